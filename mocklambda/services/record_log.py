"""The records of one shard in order, found by position, number and time; expired ones leave at the front.

Positions count records from the shard's first and never change; trimming moves the oldest one only.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from operator import attrgetter
from typing import Generic, Protocol, TypeVar

from mocklambda.clock.base import Millis

_arrival = attrgetter("arrived_at")
_number = attrgetter("sequence_number")


class Numbered(Protocol):
    """What such a record has; numbers of one shard have one length, so that they sort as texts."""

    @property
    def sequence_number(self) -> str:
        """Its number, larger than those before."""

    @property
    def arrived_at(self) -> Millis:
        """When it was written."""


R = TypeVar("R", bound=Numbered)


class RecordLog(Generic[R]):
    """Records in arrival order, the expired ones dropped from the front."""

    __slots__ = ("_dropped", "_first", "_records")

    def __init__(self) -> None:
        self._records: list[R] = []
        self._dropped = 0
        self._first = 0

    @property
    def first(self) -> int:
        """The position of the oldest kept record."""
        return self._first

    @property
    def end(self) -> int:
        """The position behind the newest record."""
        return self._dropped + len(self._records)

    @property
    def newest(self) -> R | None:
        return self._records[-1] if self.end > self._first else None

    def append(self, record: R) -> None:
        self._records.append(record)

    def trim(self, horizon: Millis) -> None:
        """Drop what arrived at or before ``horizon``."""
        start = self._first - self._dropped
        if start == len(self._records) or self._records[start].arrived_at > horizon:
            return
        start = bisect_right(self._records, horizon, lo=start, key=_arrival)
        self._first = self._dropped + start
        if start * 2 >= len(self._records):
            del self._records[:start]
            self._dropped = self._first

    def page(self, position: int, limit: int) -> Sequence[R]:
        """Return up to ``limit`` kept records from ``position`` on."""
        start = max(position, self._first) - self._dropped
        return self._records[start : start + limit]

    def at_time(self, instant: Millis) -> int:
        """Return the position of the first kept record that arrived at ``instant`` or later."""
        return self._dropped + bisect_left(
            self._records, instant, lo=self._first - self._dropped, key=_arrival
        )

    def at_number(self, number: str) -> int:
        """Return the position of the record with this sequence number, or of the next one."""
        return self._dropped + bisect_left(self._records, number, lo=self._first - self._dropped, key=_number)

    def after_number(self, number: str) -> int:
        """Return the position behind the record with this sequence number."""
        return self._dropped + bisect_right(
            self._records, number, lo=self._first - self._dropped, key=_number
        )
