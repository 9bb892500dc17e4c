"""Message attributes: what may be sent, how they are digested, which of them a receive selects."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mocklambda.execution.ports import Attribute
from mocklambda.services.sqs import errors

_NAME = re.compile(r"[\w\-.]+")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_BAD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BAD_ASCII = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_TYPES = ("String", "Number", "Binary")


def has_bad_characters(text: str) -> bool:
    """Tell whether ``text`` holds a character outside those that SQS takes."""
    pattern = _BAD_ASCII if text.isascii() else _BAD
    return pattern.search(text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeSet:
    """The attributes of one message, with what is always asked of them."""

    values: Mapping[str, Attribute]
    md5: str
    size: int
    """Bytes of names, types and values, as they count toward a message's size."""

    @classmethod
    def of(cls, values: Mapping[str, Attribute]) -> AttributeSet | None:
        """Return the set, or None for an empty one."""
        if not values:
            return None
        size = sum(
            len(name.encode()) + len(value.data_type.encode()) + len(_raw(value.value))
            for name, value in values.items()
        )
        return cls(values=values, md5=digest(values), size=size)


def digest(values: Mapping[str, Attribute]) -> str:
    """Return the MD5 that SDKs check, over the attributes sorted by name."""
    md5 = hashlib.md5(usedforsecurity=False)
    for name in sorted(values):
        attribute = values[name]
        for part in (name.encode(), attribute.data_type.encode()):
            md5.update(len(part).to_bytes(4, "big") + part)
        raw = _raw(attribute.value)
        marker = b"\x01" if isinstance(attribute.value, str) else b"\x02"
        md5.update(marker + len(raw).to_bytes(4, "big") + raw)
    return md5.hexdigest()


def _raw(value: str | bytes) -> bytes:
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value


def from_request(given: Mapping[str, Mapping[str, Any]], *, kind: str = "user") -> dict[str, Attribute]:
    """Check attributes as a client sent them; raises the error of the first that is wrong."""
    if len(given) > 10:
        raise errors.invalid_parameter(
            f"Number of message attributes [{len(given)}] exceeds the allowed maximum [10]."
        )
    return {name: _checked(name, value, kind) for name, value in given.items()}


def _checked(name: str, given: Mapping[str, Any], kind: str) -> Attribute:
    _check_name(name)
    if not given:
        raise errors.invalid_parameter(
            f"The message attribute '{name}' must contain non-empty message attribute value."
        )
    data_type = given.get("DataType") or ""
    base = data_type.partition(".")[0]
    if base not in _TYPES or len(data_type) > 256:
        raise errors.invalid_parameter(
            f"The type of message ({kind}) attribute '{name}' is invalid. "
            "You must use only the following supported type prefixes: Binary, Number, String."
        )
    if given.get("StringListValues") or given.get("BinaryListValues"):
        raise errors.unsupported_operation("Message attribute list values are not supported.")
    value = given.get("BinaryValue" if base == "Binary" else "StringValue")
    if not value:
        raise errors.invalid_parameter(
            f"Message ({kind}) attribute '{name}' must contain a non-empty value of type '{base}'."
        )
    if isinstance(value, str) and has_bad_characters(value):
        raise errors.invalid_parameter(errors.BAD_CHARACTERS)
    if base == "Number" and not _NUMBER.fullmatch(value):
        raise errors.invalid_parameter(
            f"Can't cast the value of message ({kind}) attribute '{name}' to a number."
        )
    return Attribute(data_type=data_type, value=value)


def _check_name(name: str) -> None:
    if not name:
        raise errors.invalid_parameter("The request must contain non-empty message attribute name.")
    if len(name) > 256:
        raise errors.invalid_parameter("Message (user) attribute names must be shorter than 256 Bytes")
    if not _NAME.fullmatch(name):
        raise errors.invalid_parameter(
            "Message (user) attributes name can only contain upper and lower score characters, digits, "
            "periods, hyphens and underscores. "
        )
    lower = name.lower()
    if lower.startswith(("aws.", "amazon.")) or name[0] == "." or name[-1] == "." or ".." in name:
        raise errors.invalid_parameter(
            "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. "
            "These strings are reserved for internal use. Additionally, they cannot start or end with '.'."
        )


Selection = Callable[[str], bool]


def selection(names: Iterable[str]) -> Selection:
    """Compile ``MessageAttributeNames``: exact names, ``prefix.*``, and ``All`` in its three spellings."""
    exact, prefixes = set(), []
    for name in names:
        if name in {"All", "*", ".*"}:
            return _everything
        if name.endswith(".*"):
            prefixes.append(name[:-2])
        else:
            exact.add(name)
    starts = tuple(prefixes)
    return lambda name: name in exact or name.startswith(starts)


def _everything(name: str) -> bool:
    return True


def selected(attributes: AttributeSet, wanted: Selection) -> tuple[Mapping[str, Attribute], str | None]:
    """Return the wanted attributes and the digest over just these."""
    if wanted is _everything:
        return attributes.values, attributes.md5
    values = {name: value for name, value in attributes.values.items() if wanted(name)}
    return values, digest(values) if values else None
