"""What a static website answers to a path: an object, a redirect, or an error. Knows no bucket's contents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingRule:
    """One redirection rule."""

    prefix: str | None = None
    error_code: str | None = None
    host: str | None = None
    protocol: str | None = None
    status: int = 301
    replace_prefix: str | None = None
    replace_key: str | None = None

    def location(self, path: str, scheme: str, host: str) -> str:
        """Return where a request for ``path`` is sent."""
        if self.replace_key is not None:
            path = self.replace_key
        elif self.replace_prefix is not None:
            path = self.replace_prefix + path[len(self.prefix or "") :]
        return f"{self.protocol or scheme}://{self.host or host}/{path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Website:
    """A bucket's website, from its configuration."""

    index_suffix: str = ""
    error_key: str | None = None
    rules: Sequence[RoutingRule] = ()
    redirect_all: RoutingRule | None = None

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Website:
        """Read a configuration that was accepted."""
        everything = document.get("RedirectAllRequestsTo")
        if everything is not None:
            rule = RoutingRule(host=everything.get("HostName"), protocol=everything.get("Protocol"))
            return cls(redirect_all=rule)
        return cls(
            index_suffix=document["IndexDocument"]["Suffix"],
            error_key=(document.get("ErrorDocument") or {}).get("Key"),
            rules=tuple(_rule(rule) for rule in document.get("RoutingRules") or ()),
        )

    def before(self, path: str) -> RoutingRule | None:
        """Return the rule that sends a path away whether or not there is an object."""
        if self.redirect_all is not None:
            return self.redirect_all
        return next(
            (rule for rule in self.rules if rule.error_code is None and path.startswith(rule.prefix or "")),
            None,
        )

    def when_missing(self, path: str) -> RoutingRule | None:
        """Return the rule for a path under which there is nothing."""
        return next(
            (rule for rule in self.rules if rule.error_code == "404" and path.startswith(rule.prefix or "")),
            None,
        )

    def key_of(self, path: str) -> str:
        """Return the key that a path stands for."""
        return path + self.index_suffix if not path or path.endswith("/") else path


def _rule(document: Mapping[str, Any]) -> RoutingRule:
    condition, redirect = document.get("Condition") or {}, document["Redirect"]
    return RoutingRule(
        prefix=condition.get("KeyPrefixEquals"),
        error_code=condition.get("HttpErrorCodeReturnedEquals"),
        host=redirect.get("HostName"),
        protocol=redirect.get("Protocol"),
        status=int(redirect.get("HttpRedirectCode") or 301),
        replace_prefix=redirect.get("ReplaceKeyPrefixWith"),
        replace_key=redirect.get("ReplaceKeyWith"),
    )


def error_page(title: str, members: Mapping[str, str], missing_error_key: str | None = None) -> bytes:
    """Return S3's own page for an error; with the key of an error document that is not there."""
    page = f"<html>\n<head><title>{title}</title></head>\n<body>\n<h1>{title}</h1>\n{_items(members)}"
    if missing_error_key is not None:
        what = {
            "Code": "NoSuchKey",
            "Message": "The specified key does not exist.",
            "Key": missing_error_key,
        }
        page += (
            f"<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n{_items(what)}"
        )
    return f"{page}<hr/>\n</body>\n</html>\n".encode()


def _items(members: Mapping[str, str]) -> str:
    lines = "".join(f"<li>{name}: {escape(value)}</li>\n" for name, value in members.items())
    return f"<ul>\n{lines}</ul>\n"
