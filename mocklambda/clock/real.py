"""Real deadlines, for real processes: out of reach of freezegun and time-machine.

Both replace functions by name in loaded modules; a function kept in a class attribute stays the real one,
and ``clock_gettime`` is left alone by both.
"""

from __future__ import annotations

import sys
import time


class RealClock:
    """Monotonic seconds that no test can freeze."""

    if hasattr(time, "clock_gettime"):
        _read = (time.clock_gettime, time.CLOCK_MONOTONIC)
        # time-machine shifts CLOCK_REALTIME itself; the coarse one (Linux, id 5) it does not know.
        _wall = (time.clock_gettime, 5 if sys.platform == "linux" else time.CLOCK_REALTIME)

        @classmethod
        def monotonic(cls) -> float:
            """Return seconds since an arbitrary point."""
            read, which = cls._read
            return read(which)

        @classmethod
        def wall_ms(cls) -> int:
            """Return the machine's own idea of milliseconds since the epoch."""
            read, which = cls._wall
            return int(read(which) * 1000)

    else:  # Windows
        _counter = (time.perf_counter,)

        @classmethod
        def monotonic(cls) -> float:
            """Return seconds since an arbitrary point."""
            return cls._counter[0]()

        _time = (time.time,)

        @classmethod
        def wall_ms(cls) -> int:
            """Return the machine's own idea of milliseconds since the epoch."""
            return int(cls._time[0]() * 1000)


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
