"""What a shard can take and give in a second, on the clock: windows of one second that open with a call."""

from __future__ import annotations

from mocklambda.clock.base import Millis

WRITE_RECORDS = 1000
WRITE_BYTES = 1 << 20
READ_CALLS = 5
READ_BYTES = 2 << 20
_SECOND: Millis = 1000


class WriteBudget:
    """1,000 records or 1 MiB, data and partition keys together."""

    __slots__ = ("_bytes", "_opened_at", "_records")

    def __init__(self) -> None:
        self._opened_at: Millis = -_SECOND
        self._records = 0
        self._bytes = 0

    def take(self, size: int, now: Millis) -> bool:
        """Book one record of ``size`` bytes; False, and nothing booked, when the second is full."""
        if now - self._opened_at >= _SECOND:
            self._opened_at, self._records, self._bytes = now, 0, 0
        # A record larger than a second's worth fits into an untouched one, or it never would.
        if self._records >= WRITE_RECORDS or (self._bytes and self._bytes + size > WRITE_BYTES):
            return False
        self._records += 1
        self._bytes += size
        return True


class CallBudget:
    """Five calls in a second."""

    __slots__ = ("_calls", "_opened_at")

    def __init__(self) -> None:
        self._opened_at: Millis = -_SECOND
        self._calls = 0

    def take(self, now: Millis) -> bool:
        """Book a call; False when the second is full."""
        if now - self._opened_at >= _SECOND:
            self._opened_at, self._calls = now, 0
        self._calls += 1
        return self._calls <= READ_CALLS


class ReadBudget:
    """Five calls and 2 MiB in a second; a larger answer blocks for the seconds it is worth."""

    __slots__ = ("_blocked_until", "_bytes", "_calls", "_opened_at")

    def __init__(self) -> None:
        self._calls = CallBudget()
        self._opened_at: Millis = -_SECOND
        self._bytes = 0
        self._blocked_until: Millis = 0

    def take(self, now: Millis) -> bool:
        """Book a call; False when the second is full or a large answer still counts."""
        return self._calls.take(now) and now >= self._blocked_until

    def gave(self, size: int, now: Millis) -> None:
        """Count what a read answered with."""
        if now - self._opened_at >= _SECOND:
            self._opened_at, self._bytes = now, 0
        self._bytes += size
        self._blocked_until = now + self._bytes // READ_BYTES * _SECOND
