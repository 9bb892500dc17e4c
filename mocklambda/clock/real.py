"""Real deadlines, for real processes: out of reach of freezegun and time-machine.

Both replace functions by name in loaded modules; a function kept in a class attribute stays the real one,
and ``clock_gettime`` is left alone by both.
"""

from __future__ import annotations

import time


class RealClock:
    """Monotonic seconds that no test can freeze."""

    if hasattr(time, "clock_gettime"):
        _read = (time.clock_gettime, time.CLOCK_MONOTONIC)

        @classmethod
        def monotonic(cls) -> float:
            """Return seconds since an arbitrary point."""
            read, which = cls._read
            return read(which)

    else:  # Windows
        _counter = (time.perf_counter,)

        @classmethod
        def monotonic(cls) -> float:
            """Return seconds since an arbitrary point."""
            return cls._counter[0]()


class Deadline:
    """A point in real time; ``left()`` is what remains of it, in seconds, never below zero."""

    __slots__ = ("_at",)

    def __init__(self, seconds: float) -> None:
        self._at = RealClock.monotonic() + seconds

    def left(self) -> float:
        return max(0.0, self._at - RealClock.monotonic())

    @property
    def passed(self) -> bool:
        return self.left() == 0.0
