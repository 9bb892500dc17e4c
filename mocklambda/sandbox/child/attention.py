"""Whether an environment looks out for its next invocation for a moment before it sleeps.

To be put to sleep and woken again takes a quarter of a warm invocation. Looking out costs a processor, so it is done
only where it pays: while nobody else wants this one, and as long as invocations do come at once. Where it was in vain,
the next ones are awaited asleep: four, after each further time in vain twice as many, after each success half as many.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable

LONGEST_S = 400e-6
"""More than a test needs from one invocation to the next, when it does nothing else."""
UNDISTURBED_S = 5e-6
"""To give way takes less if there is nobody to give way to."""
MOST_DISTURBED = 2
"""Giving way so often took longer: once may have been the kernel's own business."""
FEWEST_ASLEEP = 4
MOST_ASLEEP = 512


def _processors() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return 1 if affinity is None else len(affinity(0))


class Attention:
    """Looks at one descriptor. ``clock`` and ``give_way`` are the system's own, but for tests."""

    _clock = (time.perf_counter,)  # kept in a tuple: freezegun replaces plain names

    def __init__(
        self,
        descriptor: int,
        clock: Callable[[], float] | None = None,
        give_way: Callable[[], None] | None = None,
    ) -> None:
        self._now = clock or self._clock[0]
        self._give_way = give_way or getattr(os, "sched_yield", None)
        self._poll = select.poll() if self._give_way is not None and _processors() > 1 else None
        if self._poll is not None:
            self._poll.register(descriptor, select.POLLIN)
        self._asleep = 0
        """How many are still to be awaited asleep."""
        self._next_asleep = FEWEST_ASLEEP

    def look_out(self) -> None:
        """Return when there is something to read, or when it is better to sleep."""
        if self._poll is None or self._give_way is None:
            return
        if self._asleep:
            self._asleep -= 1
            return
        comes, disturbed = self._watch(self._poll, self._give_way)
        if not comes:
            self._asleep = self._next_asleep
            self._next_asleep = min(2 * self._next_asleep, MOST_ASLEEP)
        elif not disturbed:
            self._next_asleep = max(self._next_asleep // 2, FEWEST_ASLEEP)

    def _watch(self, poll: select.poll, give_way: Callable[[], None]) -> tuple[bool, int]:
        """Return whether something came while it was worth while, and how often somebody else had the processor."""
        now = self._now
        until = now() + LONGEST_S
        disturbed = 0
        while not poll.poll(0):
            before = now()
            if before >= until:
                return False, disturbed
            give_way()
            if now() - before > UNDISTURBED_S:
                disturbed += 1
                if disturbed == MOST_DISTURBED:
                    return False, disturbed
        return True, disturbed
