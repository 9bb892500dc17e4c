"""Version ids: opaque, yet they tell their order, so that a listing can go on after a deleted one."""

from __future__ import annotations

import re

from mocklambda.ids import Ids

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._"
_VALUES = {letter: value for value, letter in enumerate(_LETTERS)}
_FORM = re.compile(r"[A-Za-z0-9._]{32}")
_ORDER_BITS = 48
_SPREAD = 0x9E3779B97F4B
"""Odd, so that multiplying modulo 2^48 can be undone; it only makes neighbours look unlike."""
_GATHER = pow(_SPREAD, -1, 1 << _ORDER_BITS)


def make(order: int, ids: Ids) -> str:
    """Return a new id for the ``order``-th version."""
    spread = order * _SPREAD % (1 << _ORDER_BITS)
    value = spread << 144 | int(ids.hex(36), 16)
    return "".join(_LETTERS[value >> shift & 63] for shift in range(186, -1, -6))


def is_well_formed(version_id: str) -> bool:
    return version_id == "null" or _FORM.fullmatch(version_id) is not None


def order_of(version_id: str) -> int:
    """Return the order that a well-formed id was made with."""
    value = 0
    for letter in version_id[: _ORDER_BITS // 6]:
        value = value << 6 | _VALUES[letter]
    return value * _GATHER % (1 << _ORDER_BITS)
