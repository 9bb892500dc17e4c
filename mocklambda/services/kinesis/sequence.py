"""Sequence numbers: 186 bits that say which shard, when it was made, which record, and when it was put.

Layout, as 47 hex digits: ``2``, shard creation (9, epoch seconds), low nibble of the shard number (1),
counter (16), ``00``, record time (9, epoch seconds), shard number (8), version (1). All have 56 decimal
digits, so that they sort as texts.
"""

from __future__ import annotations

from typing import NamedTuple

_LEAD = 2 << 184
_VERSION = 2
_SMALL = 1 << 124
_MAX_COUNTER = 0x7FFF_FFFF_FFFF_FFFF


class UnreadableError(ValueError):
    """The text is no sequence number that this service could have given."""


class SequenceNumber(NamedTuple):
    """What a sequence number says."""

    created_s: int
    """When its shard was made; -1 in numbers too small to say."""
    counter: int
    put_s: int
    shard: int


def sequence_number(created_s: int, shard: int, counter: int, put_s: int) -> str:
    """Write a number in AWS's form."""
    return str(
        _LEAD | created_s << 148 | (shard & 15) << 144 | counter << 80 | put_s << 36 | shard << 4 | _VERSION
    )


def ending_number(created_s: int, shard: int, closed_s: int) -> str:
    """Write the number that ends a closed shard: larger than that of any of its records."""
    return sequence_number(created_s, shard, _MAX_COUNTER, closed_s)


def parse(text: str, latest_s: int) -> SequenceNumber:
    """Read a number; raises UnreadableError, also for times after ``latest_s``."""
    value = int(text)
    if value < _SMALL:
        return SequenceNumber(-1, 0, 0, _signed(value & 0xFFFF_FFFF))
    number = SequenceNumber(
        created_s=value >> 148 & 0xF_FFFF_FFFF,
        counter=value >> 80 & 0xFFFF_FFFF_FFFF_FFFF,
        put_s=value >> 36 & 0xF_FFFF_FFFF,
        shard=_signed(value >> 4 & 0xFFFF_FFFF),
    )
    if (
        value >> 184 != 2
        or value & 15 not in {1, 2}
        or number.counter > _MAX_COUNTER
        or max(number.put_s, number.created_s) > latest_s
    ):
        raise UnreadableError(text)
    return number


def counter_of(text: str) -> int:
    """Return a record's place among all that its stream was given."""
    return int(text) >> 80 & 0xFFFF_FFFF_FFFF_FFFF


def _signed(bits: int) -> int:
    return bits - (1 << 32) if bits >> 31 else bits
