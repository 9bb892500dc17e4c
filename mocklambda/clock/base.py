"""What the rest of the package knows of time: an instant, and a call at an instant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

Millis = int
"""Integer milliseconds: an instant since the epoch, or a duration."""


class Timer(Protocol):
    """A call parked on the clock."""

    @property
    def when(self) -> Millis:
        """The instant at which it fires."""

    def cancel(self) -> None:
        """Take it off the clock; a no-op once it has fired."""


class Clock(Protocol):
    """Tells the time and calls back; must only be used inside a turn of the engine."""

    def now(self) -> Millis:
        """Return the current instant."""

    def call_at(
        self, when: Millis, action: Callable[[], None], *, label: str = "", recurring: bool = False
    ) -> Timer:
        """Park ``action`` until ``when``; what is already due fires at the end of this turn at the earliest.

        ``label`` is what a listing of parked work shows. ``recurring`` marks a schedule that never comes
        to an end, which ``run_until_idle`` does not count as work.
        """
