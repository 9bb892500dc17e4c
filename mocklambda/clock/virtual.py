"""The virtual clock: a heap of (when, sequence), and ``now = source() + skipped``.

Knows nothing of the lock or of work in flight: the engine decides when to fire. While something runs at its
own instant the clock is *pinned* there, so that a thing due at 12:00:00.000 sees exactly that.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count

from mocklambda.clock.base import Millis
from mocklambda.clock.sources import Source


class VirtualTimer:
    """One parked call. Ordered by instant, then by the order in which they were set."""

    __slots__ = ("_clock", "_key", "action", "label", "recurring", "when")

    def __init__(
        self,
        clock: VirtualClock,
        when: Millis,
        sequence: int,
        action: Callable[[], None],
        label: str,
        recurring: bool,
    ) -> None:
        self._clock = clock
        self._key = (when, sequence)
        self.when = when
        self.action: Callable[[], None] | None = action
        self.label = label
        self.recurring = recurring

    def __lt__(self, other: VirtualTimer) -> bool:
        return self._key < other._key

    def cancel(self) -> None:
        if self.action is not None:
            self.action = None
            self._clock.forget(self)

    def __repr__(self) -> str:
        return f"<{self.label or 'timer'} at {self.when}>"


class VirtualClock:
    """Virtual time for one session. All methods are called under the engine's lock."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._skipped: Millis = 0
        self._pinned: Millis | None = None
        self.read: Millis | None = None
        """What the engine has read: while a turn lasts, nobody needs to look again."""
        self._heap: list[VirtualTimer] = []
        self._cancelled = 0
        self._lasting = 0  # live timers that are not recurring
        self._sequence = count()

    def now(self) -> Millis:
        if self._pinned is not None:
            return self._pinned
        return self._source() + self._skipped if self.read is None else self.read

    def call_at(
        self, when: Millis, action: Callable[[], None], *, label: str = "", recurring: bool = False
    ) -> VirtualTimer:
        timer = VirtualTimer(self, when, next(self._sequence), action, label, recurring)
        heapq.heappush(self._heap, timer)
        self._lasting += not recurring
        return timer

    # -- what the engine does with it --------------------------------------------------------------------

    def pin(self, instant: Millis | None) -> None:
        """Hold time at ``instant``; None lets it follow its source again."""
        self._pinned = instant

    @property
    def pinned(self) -> Millis | None:
        return self._pinned

    def land(self, instant: Millis) -> None:
        """Make ``now`` exactly ``instant`` and let it follow its source from there."""
        self._pinned = None
        self._skipped = instant - self._source()

    def next_due(self, *, lasting: bool = False) -> Millis | None:
        """Return the instant of the first timer, or None.

        With ``lasting``, None also when nothing but recurring timers is left.
        """
        if lasting and not self._lasting:
            return None
        while self._heap and self._heap[0].action is None:
            heapq.heappop(self._heap)
            self._cancelled -= 1
        return self._heap[0].when if self._heap else None

    def take_due(self, instant: Millis) -> Callable[[], None] | None:
        """Take the first timer due at or before ``instant`` off the clock and return what it wanted called."""
        due = self.next_due()
        if due is None or due > instant:
            return None
        timer = heapq.heappop(self._heap)
        action, timer.action = timer.action, None
        self._lasting -= not timer.recurring
        return action

    def forget(self, timer: VirtualTimer) -> None:
        """Count a cancelled timer, and drop such from the heap once they are most of it."""
        self._lasting -= not timer.recurring
        self._cancelled += 1
        if self._cancelled > 64 and self._cancelled * 2 > len(self._heap):
            self._heap = [timer for timer in self._heap if timer.action is not None]
            heapq.heapify(self._heap)
            self._cancelled = 0

    def parked(self) -> list[VirtualTimer]:
        """List what is on the clock, in the order in which it will fire."""
        return sorted(timer for timer in self._heap if timer.action is not None)
