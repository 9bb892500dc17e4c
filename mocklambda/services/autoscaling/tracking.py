"""When target tracking asks for another capacity: the metric's minutes, its two alarms, its cooldowns. Pure.

Theory. A minute in which nothing was invoked has no value, and breaks a row of minutes. The high alarm goes
off after three minutes in a row above the target, the low one after fifteen below nine tenths of it (F). For
as long as one stays so, each minute asks for the capacity at which what was used would meet the target.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from mocklambda.clock.base import Millis

MINUTE_MS: Millis = 60_000
HIGH_MINUTES = 3
LOW_MINUTES = 15
LOW_SHARE = 0.9
_ROUNDING = 1e-9


class Side(Enum):
    """Which alarm."""

    HIGH = "High"
    LOW = "Low"


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """The metric in one minute."""

    number: int
    """Since the epoch."""
    utilization: float
    """In use / allocated, on average of the invocations' beginnings."""
    allocated: int
    """At the last of them."""


@dataclass(slots=True)
class Meter:
    """Collects one minute's values."""

    number: int
    total: float = 0.0
    count: int = 0
    allocated: int = 0

    def add(self, in_use: int, allocated: int) -> None:
        """Take one value."""
        self.total += in_use / allocated
        self.count += 1
        self.allocated = allocated

    def minute(self) -> Minute:
        """Return what the minute came to."""
        return Minute(number=self.number, utilization=self.total / self.count, allocated=self.allocated)


@dataclass(slots=True, kw_only=True)
class Tracking:
    """One policy's alarms and cooldowns."""

    target: float
    out_cooldown_ms: Millis = 0
    in_cooldown_ms: Millis = 0
    high: int = 0
    """Minutes in a row above the target."""
    low: int = 0
    last: int = 0
    out_until: Millis = 0
    out_added: int = 0
    in_until: Millis = 0

    def take(self, minute: Minute) -> Side | None:
        """Note a minute and tell which alarm is on after it."""
        is_next = minute.number == self.last + 1
        self.last = minute.number
        self.high = (self.high if is_next else 0) + 1 if minute.utilization > self.target else 0
        self.low = (self.low if is_next else 0) + 1 if minute.utilization < self.target * LOW_SHARE else 0
        if self.high >= HIGH_MINUTES:
            return Side.HIGH
        return Side.LOW if self.low >= LOW_MINUTES else None

    def wanted(self, minute: Minute) -> int:
        """Return the capacity at which what was used would just meet the target."""
        return math.ceil(minute.utilization * minute.allocated / self.target - _ROUNDING)

    def lets_out(self, added: int, now: Millis) -> bool:
        """Tell whether the scale-out cooldown is over; a larger scale-out need not wait for it (D)."""
        return now >= self.out_until or added > self.out_added

    def lets_in(self, now: Millis) -> bool:
        """Tell whether both cooldowns are over."""
        return now >= self.in_until and now >= self.out_until

    def went_out(self, added: int, now: Millis) -> None:
        """Begin the scale-out cooldown; that of a scale-in ends (D)."""
        self.out_until, self.out_added, self.in_until = now + self.out_cooldown_ms, added, 0

    def went_in(self, now: Millis) -> None:
        """Begin the scale-in cooldown."""
        self.in_until = now + self.in_cooldown_ms
