"""Decides how many batches a queue's mapping may have in flight now. Knows instants only."""

from __future__ import annotations

from mocklambda.clock.base import Millis

MINUTE_MS: Millis = 60_000
START = 5
STEP = 300
"""Per minute of pressure (D; 60 before late 2023)."""
CEILING = 1250
PER_POLLER = 10
"""Concurrent batches of one provisioned poller (D)."""
PROVISIONED_STEP = 1000


class Scaling:
    """Grows by a step each minute while messages wait for a free poller; falls back when none waits."""

    __slots__ = ("_ceiling", "_pressed_at", "_start", "_step")

    def __init__(self, start: int = START, step: int = STEP, ceiling: int = CEILING) -> None:
        self._start = start
        self._step = step
        self._ceiling = ceiling
        self._pressed_at: Millis | None = None

    @classmethod
    def provisioned(cls, minimum: int, maximum: int) -> Scaling:
        """Return the scaling of a mapping with pollers of its own."""
        return cls(minimum * PER_POLLER, PROVISIONED_STEP, maximum * PER_POLLER)

    def allowed(self, now: Millis) -> int:
        """Return how many batches may be in flight."""
        if self._pressed_at is None:
            return self._start
        minutes = (now - self._pressed_at) // MINUTE_MS
        return min(self._ceiling, self._start + self._step * minutes)

    def press(self, now: Millis) -> None:
        """Messages wait for a free poller."""
        if self._pressed_at is None:
            self._pressed_at = now

    def relax(self) -> None:
        """No message waits."""
        self._pressed_at = None

    def next_step_at(self, now: Millis) -> Millis | None:
        """Return when more will be allowed, None when that is not to come."""
        if self._pressed_at is None or self.allowed(now) >= self._ceiling:
            return None
        return self._pressed_at + ((now - self._pressed_at) // MINUTE_MS + 1) * MINUTE_MS
