"""What one entry of a pattern's list asks of one value: the operators, compiled to plain predicates.

Argument checks that need no knowledge of the pattern's text live here (addresses, wildcards, numbers); their
faults are InvalidPatterns without a place, which the grammar completes where the service does.
"""

from __future__ import annotations

import ipaddress
import operator
import re
from collections.abc import Callable, Iterable
from decimal import Decimal

from mocklambda.execution.pattern_reader import InvalidPattern

Test = Callable[[object], bool]
Number = int | float

MAX_WILDCARDS = 5
"""A value with more is too complex (recorded: two are fine, six are not; the true measure is not known)."""

_V4 = re.compile(r"[0-9]+(\.[0-9]+){3}")
_V6 = re.compile(r"[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
_COMPARISONS: dict[str, Callable[[Number, Number], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def is_number(value: object) -> bool:
    """Whether a JSON value is a number (a boolean is none)."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def number(text: str) -> Number:
    """Read a JSON number."""
    return int(text) if text.lstrip("-").isdigit() else float(text)


def comparable(text: str) -> Number:
    """Read a number for comparing; it must be one that a 64-bit float holds."""
    value = number(text)
    if abs(Decimal(text)) > Decimal("1.7976931348623157e308") or Decimal(repr(float(value))) != Decimal(text):
        raise InvalidPattern(f"Cannot compare number : {text}", locations=1)
    return value


def starts(text: str) -> Test:
    """Strings that start so."""
    return lambda value: isinstance(value, str) and value.startswith(text)


def ends(text: str) -> Test:
    """Strings that end so."""
    return lambda value: isinstance(value, str) and value.endswith(text)


def without_case(test: Callable[[str], Test], text: str) -> Test:
    """Apply ``starts`` or ``ends`` or ``equals`` without regard to case."""
    inner = test(text.lower())
    return lambda value: isinstance(value, str) and inner(value.lower())


def equals(text: str) -> Test:
    """Return the test for this very string."""
    return lambda value: value == text


def compares(sign: str, bound: Number) -> Test:
    """Return the test for numbers on one side of a bound."""
    compare = _COMPARISONS[sign]
    return lambda value: is_number(value) and compare(value, bound)  # type: ignore[arg-type]


def within(low: Test, high: Test) -> Test:
    """Both bounds hold."""
    return lambda value: low(value) and high(value)


def outside(excluded: Iterable[str | Number]) -> Test:
    """Any value but these, of whatever type."""
    values = frozenset(excluded)
    return lambda value: isinstance(value, bool) or value not in values


def none_of(tests: Iterable[Test]) -> Test:
    """Any value, of whatever type, for which none of these holds."""
    listed = tuple(tests)
    return lambda value: not any(test(value) for test in listed)


def wildcard(text: str) -> Test:
    r"""Strings that fit ``text``: ``*`` is any run of characters, ``\*`` and ``\\`` are literal."""
    pieces = _pieces(text)
    if len(pieces) == 1:
        return equals(pieces[0])
    first, *middle, last = pieces
    floor = len(first) + len(last)

    def fits(value: object) -> bool:
        if not isinstance(value, str) or len(value) < floor:
            return False
        if not (value.startswith(first) and value.endswith(last)):
            return False
        at, end = len(first), len(value) - len(last)
        for piece in middle:
            at = value.find(piece, at, end)
            if at < 0:
                return False
            at += len(piece)
        return True

    return fits


def _pieces(text: str) -> list[str]:
    pieces, at = [""], 0
    while at < len(text):
        char = text[at]
        if char == "\\":
            at += 1
            if text[at : at + 1] not in {"*", "\\"}:
                raise InvalidPattern(f"Invalid escape character at pos {at}", locations=1)
            pieces[-1] += text[at]
        elif char != "*":
            pieces[-1] += char
        elif text[at + 1 : at + 2] == "*":
            raise InvalidPattern(f"Consecutive wildcard characters at pos {at + 1}", locations=1)
        else:
            pieces.append("")
        at += 1
    if len(pieces) > MAX_WILDCARDS + 1:
        raise InvalidPattern(
            "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences"
            " after a wildcard character"
        )
    return pieces


def in_block(text: str) -> Test:
    """Strings that are addresses in a CIDR block."""
    parts = text.rstrip("/").split("/")
    if len(parts) != 2:
        raise InvalidPattern("Malformed CIDR, one '/' required")
    if not re.fullmatch(r"[+-]?[0-9]+", parts[1]):
        raise InvalidPattern("Malformed CIDR, mask bits must be an integer")
    bits = int(parts[1])
    if bits < 0:
        raise InvalidPattern("Malformed CIDR, mask bits must not be negative")
    first = _address(parts[0])
    if bits >= first.max_prefixlen:
        raise InvalidPattern(f"IPv{first.version} mask bits must be < {first.max_prefixlen}")
    block = ipaddress.ip_network((int(first) if first.version == 4 else first.packed, bits), strict=False)

    def fits(value: object) -> bool:
        address = address_in(value)
        return address is not None and address.version == block.version and address in block

    return fits


def address_in(value: object) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address that a value spells, if it does."""
    if not isinstance(value, str) or not (_V4.fullmatch(value) or _V6.fullmatch(value)):
        return None
    try:
        return ipaddress.ip_address(value)
    except ValueError:
        return None


def same_address(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Test:
    """Any spelling of this address."""
    return lambda value: address_in(value) == address


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    if not (_V4.fullmatch(text) or _V6.fullmatch(text)):
        raise InvalidPattern(f"Nonstandard IP address: {text}")
    found = address_in(text)
    if found is None:
        raise InvalidPattern(f"Invalid IP address: {text}")
    return found
