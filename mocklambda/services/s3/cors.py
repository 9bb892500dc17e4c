"""Which cross-origin requests a bucket's rules let through, and with which headers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CorsRule:
    """One rule, its lists as put."""

    origins: tuple[str, ...]
    methods: tuple[str, ...]
    allowed_headers: tuple[str, ...] = ()
    exposed_headers: tuple[str, ...] = ()
    max_age_seconds: int | None = None
    rule_id: str | None = None

    def allows(self, origin: str, method: str, asked: Sequence[str]) -> bool:
        """Whether this rule lets the request through; ``asked`` are header names."""
        return (
            method in self.methods
            and any(_fits(pattern, origin) for pattern in self.origins)
            and all(
                any(_fits(pattern.lower(), name.lower()) for pattern in self.allowed_headers)
                for name in asked
            )
        )


def first_match(rules: Sequence[CorsRule], origin: str, method: str, asked: Sequence[str]) -> CorsRule | None:
    """Return the first rule that allows the request."""
    return next((rule for rule in rules if rule.allows(origin, method, asked)), None)


def headers_of(rule: CorsRule, origin: str, asked: Sequence[str]) -> dict[str, str]:
    """Return the headers that a matching rule puts on the answer."""
    is_any = "*" in rule.origins
    headers = {
        "Access-Control-Allow-Origin": "*" if is_any else origin,
        "Access-Control-Allow-Methods": ", ".join(rule.methods),
        "Vary": "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
    }
    if not is_any:
        headers["Access-Control-Allow-Credentials"] = "true"
    if asked:
        headers["Access-Control-Allow-Headers"] = ", ".join(name.lower() for name in asked)
    if rule.exposed_headers:
        headers["Access-Control-Expose-Headers"] = ", ".join(rule.exposed_headers)
    if rule.max_age_seconds is not None:
        headers["Access-Control-Max-Age"] = str(rule.max_age_seconds)
    return headers


def asked_headers(text: str | None) -> list[str]:
    """Split an Access-Control-Request-Headers value."""
    return [name.strip() for name in (text or "").split(",") if name.strip()]


def _fits(pattern: str, text: str) -> bool:
    if "*" not in pattern:
        return pattern == text
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*", 1), text) is not None
