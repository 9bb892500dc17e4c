"""How single values look on the wire: timestamps, blobs, numbers. Instants are integer epoch milliseconds."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as BinasciiError
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from math import isfinite, isinf, isnan
from typing import Any

from mocklambda.wire.errors import MalformedRequest

Convert = Callable[[Any], Any]

_BAD_TAIL = re.compile(r"[^AQgw=]==$|[^AEIMQUYcgkosw048=]=$")
"""The last sign before the padding has bits that would be lost."""
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_ONE_MILLISECOND = timedelta(milliseconds=1)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_RFC822 = re.compile(
    r"(?:\w{3,9}, *)?(\d{1,2})[ -](\w{3})[ -](\d{2,4}) (\d{2}):(\d{2}):(\d{2})(?:\.\d+)?"
    r" *(?:GMT|UTC|[+-]0000)?"
)
_ISO8601 = re.compile(
    r"(\d{4})-?(\d{2})-?(\d{2})(?:[T ](\d{2}):?(\d{2})(?::?(\d{2})(?:[.,](\d+))?)?)?(Z|[+-]\d{2}:?\d{2})?"
)


def millis(value: Any) -> int:
    """Return an instant as epoch milliseconds; aware datetimes are taken too."""
    if value.__class__ is int:
        return value
    if isinstance(value, datetime):
        return (value - EPOCH) // _ONE_MILLISECOND
    return int(value)


@lru_cache(maxsize=1024)  # what is listed together was often made together
def moment(value: Any) -> datetime:
    """Return an instant as an aware datetime in UTC."""
    return EPOCH + timedelta(milliseconds=millis(value))


def to_epoch_seconds(value: Any) -> int | float:
    """Return epoch seconds: an int when the instant is on a whole second."""
    ms = millis(value)
    return ms // 1000 if ms % 1000 == 0 else ms / 1000


def to_iso8601(value: Any) -> str:
    """Return ``2024-01-03T17:30:00Z``, with milliseconds only where there are some."""
    ms = millis(value)
    at = moment(ms).replace(tzinfo=None)
    fraction = ms % 1000
    text = at.isoformat(timespec="seconds")
    return f"{text}.{fraction:03d}Z" if fraction else f"{text}Z"


@lru_cache(maxsize=1024)
def to_iso8601_millis(value: Any) -> str:
    """Return ``2026-02-21T00:17:02.000Z``, always with milliseconds."""
    return moment(value).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


@lru_cache(maxsize=1024)
def to_rfc822(value: Any) -> str:
    """Return ``Sat, 21 Feb 2026 00:17:02 GMT``."""
    at = moment(value)
    day, month = _DAYS[at.weekday()], _MONTHS[at.month - 1]
    return f"{day}, {at.day:02d} {month} {at.year:04d} {at.hour:02d}:{at.minute:02d}:{at.second:02d} GMT"


def from_epoch_seconds(value: Any) -> int:
    """Return milliseconds from epoch seconds, given as a number or (by lenient clients) as text."""
    if value.__class__ is int or value.__class__ is float:
        return round(value * 1000)
    if isinstance(value, bool) or not isinstance(value, str):
        raise MalformedRequest(_cannot_become(value, "milliseconds since epoch", article=False))
    return parse_timestamp(value)


def parse_timestamp(text: str) -> int:
    """Return milliseconds from any of the three textual forms: ISO 8601, RFC 822, epoch seconds."""
    text = text.strip()
    found = _ISO8601.fullmatch(text)
    if found is not None and ("-" in text or "T" in text):
        return _from_iso_parts(found, text)
    found = _RFC822.fullmatch(text)
    if found is not None and found[2].title() in _MONTHS:
        return _from_rfc822_parts(found, text)
    try:
        return round(float(text) * 1000)
    except ValueError:
        raise MalformedRequest(f"{text} is not a valid timestamp") from None


def _from_iso_parts(found: re.Match[str], text: str) -> int:
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    parts = [int(part or 0) for part in (year, month, day, hour, minute, second)]
    ms = int((fraction or "0").ljust(3, "0")[:3])
    offset = 0
    if zone is not None and zone != "Z":
        digits = zone[1:].replace(":", "")
        offset = (int(digits[:2]) * 60 + int(digits[2:])) * (-60_000 if zone[0] == "-" else 60_000)
    return _instant(parts, text) + ms - offset


def _from_rfc822_parts(found: re.Match[str], text: str) -> int:
    day, month, year, hour, minute, second = found.groups()
    full_year = int(year) if len(year) == 4 else int(year) + (1900 if int(year) >= 69 else 2000)
    parts = [full_year, _MONTHS.index(month.title()) + 1, int(day), int(hour), int(minute), int(second)]
    return _instant(parts, text)


def _instant(parts: list[int], text: str) -> int:
    year, month, day, hour, minute, second = parts
    try:
        return (
            datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc) - EPOCH
        ) // _ONE_MILLISECOND
    except ValueError:
        raise MalformedRequest(f"{text} is not a valid timestamp") from None


def to_base64(value: Any) -> str:
    """Return a blob as base64 text."""
    return b64encode(value).decode("ascii")


def from_base64(value: Any) -> bytes:
    """Return a blob from base64 text; the refusals are those recorded for AWS's JSON services."""
    if value.__class__ is not str:
        raise MalformedRequest(_cannot_become(value, "Blob", article=True))
    if len(value) % 4:
        raise MalformedRequest(
            f"'{value}' can not be converted to a Blob: Base64 encoded length is expected a multiple of "
            f"4 bytes but found: {len(value)}"
        )
    if value.endswith("=") and _BAD_TAIL.search(value[-3:]):
        raise MalformedRequest(f"'{value}' can not be converted to a Blob: {_bad_base64(value)}")
    try:
        return b64decode(value, validate=True)
    except (BinasciiError, ValueError):
        raise MalformedRequest(f"'{value}' can not be converted to a Blob: {_bad_base64(value)}") from None


def _bad_base64(text: str) -> str:
    bad = re.search(r"[^A-Za-z0-9+/=]|=(?!=?$)", text)
    if bad is None:
        return "Invalid last non-pad Base64 character dectected"  # AWS's own spelling
    return f"Invalid Base64 character: '{bad[0]}'"


def to_float(value: Any) -> Any:
    """Return a number, or its name where JSON has no number for it."""
    if value.__class__ is float and not isfinite(value):
        return float_name(value)
    return value


def float_name(value: float) -> str:
    """Return ``NaN``, ``Infinity`` or ``-Infinity``."""
    if isnan(value):
        return "NaN"
    return "Infinity" if isinf(value) and value > 0 else "-Infinity"


def from_float(value: Any) -> int | float:
    """Return a number that may have come as the name of one."""
    if value.__class__ is float or value.__class__ is int:
        return value
    if value in ("NaN", "Infinity", "-Infinity"):
        return float(value)
    raise MalformedRequest(_cannot_become(value, "Double", article=True))


def coerced(kind: type, value: Any) -> Any:
    """Return ``value`` as the JSON kind that the model wants, or raise with AWS's own text."""
    if kind is int and value.__class__ is float and isfinite(value):
        return int(value)  # AWS cuts a fraction off
    if isinstance(value, kind) and not isinstance(value, bool):
        return value
    raise MalformedRequest(_cannot_become(value, _JAVA_KINDS[kind], article=True))


def no_map(value: Any) -> MalformedRequest:
    """Return the refusal of what should have been a map."""
    return MalformedRequest(_cannot_become(value, "map", article=True))


_JAVA_KINDS = {str: "String", int: "Integer", bool: "Boolean", list: "list", dict: "structure"}


def _cannot_become(value: Any, wanted: str, *, article: bool) -> str:
    """Return what AWS's JSON services say of a value of the wrong kind."""
    if isinstance(value, list):
        return "Start of list found where not expected"
    if isinstance(value, dict):
        return "Start of structure or map found where not expected."
    if wanted in ("list", "map"):
        return f"Expected {wanted} or null"
    if wanted == "structure":
        return "Expected null"
    if wanted == "Boolean" and isinstance(value, str):
        return f"'{value.upper()}' can not be converted to an Boolean"
    if isinstance(value, bool):
        java = "java.lang.Boolean"
    elif isinstance(value, str):
        java = "java.lang.String"
    else:
        java = "com.amazon.coral.value.json.numbers.TruncatingBigNumber"
    if not article:
        return f"class {java} can not be converted to {wanted}"
    return f"class {java} can not be converted to {'a' if wanted == 'Blob' else 'an'} {wanted}"


def parse_boolean(text: str) -> bool:
    """Return a boolean from its textual form, in any case."""
    lowered = text.strip().lower()
    if lowered in ("true", "1"):
        return True
    if lowered in ("false", "0", ""):
        return False
    raise MalformedRequest(f"'{text}' can not be converted to an Boolean")


def parse_integer(text: str) -> int:
    """Return an integer from its textual form."""
    try:
        return int(text)
    except ValueError:
        raise MalformedRequest(f"'{text}' can not be converted to an Integer") from None


def parse_float(text: str) -> float:
    """Return a number from its textual form, names of non-numbers included."""
    try:
        return float(text)
    except ValueError:
        raise MalformedRequest(f"'{text}' can not be converted to an Double") from None


def boolean_text(value: Any) -> str:
    """Return ``true`` or ``false``."""
    return "true" if value else "false"


def number_text(value: Any) -> str:
    """Return a number as text, names of non-numbers included."""
    return str(to_float(value))


TIMESTAMP_WRITERS: dict[str, Convert] = {
    "iso8601": to_iso8601,
    "rfc822": to_rfc822,
    "unixtimestamp": to_epoch_seconds,
}
