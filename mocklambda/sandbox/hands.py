"""How a thread that waits for an invocation hears the environment itself, with no other thread to wake it for that.

While it waits, a hand takes the control channel of the one environment that is busy from the loop. With several
busy at once the loop hears them all: whoever waits then may wait for more than one.
"""

from __future__ import annotations

import contextlib
import math
import os
import select
import threading
from typing import TYPE_CHECKING, Protocol

from mocklambda.clock.real import RealClock

if TYPE_CHECKING:
    from mocklambda.sandbox.environment import Environment
    from mocklambda.sandbox.process import Process


def _processors() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return (os.cpu_count() or 1) if affinity is None else len(affinity(0))


LOOKING_S = 60e-6 if _processors() > 1 else 0.0
"""How long a hand looks before it sleeps; a single processor is needed for the handler."""


class Listener(Protocol):
    """Who listens to the channels otherwise. All but ``hear`` are called under its lock."""

    def listen(self, process: Process) -> None:
        """Have the loop listen to a process."""

    def leave(self, process: Process) -> None:
        """Have the loop no longer listen to it."""

    def hear(self, environment: Environment, process: Process) -> None:
        """Act on what a process has said, and tell what is to be told."""


class Hands:
    """The hands of one session, and which environments are busy."""

    def __init__(self, listener: Listener, lock: threading.RLock) -> None:
        self.busy: dict[Environment, None] = {}
        self.hear = listener.hear
        self._listener = listener
        self._lock = lock
        self._spare: list[Hand] = []
        self._is_closed = False

    def offer(self) -> Hand | None:
        """Return a hand for a thread that is about to wait, if one can spare waking it; takes no lock."""
        if len(self.busy) != 1:
            return None
        try:
            return self._spare.pop()
        except IndexError:
            return Hand(self)

    def release(self, hand: Hand) -> None:
        """Keep a hand for whoever waits next."""
        with self._lock:
            if self._is_closed:
                hand.close()
            else:
                self._spare.append(hand)

    def lend(self) -> tuple[Environment, Process] | None:
        """Give the channel of the one that is busy, for somebody else to listen to."""
        with self._lock:
            if len(self.busy) != 1:
                return None
            (environment,) = self.busy
            process = environment.process
            if process is None or process.is_lent or process.is_silent or process.has_unsent:
                return None
            process.is_lent = True
            self._listener.leave(process)
            return environment, process

    def take_back(self, process: Process) -> None:
        """Have the loop listen to it again."""
        with self._lock:
            process.is_lent = False
            if not process.is_closed and not process.is_silent:
                self._listener.listen(process)

    def close(self) -> None:
        """Close the descriptors of all; under the lock."""
        self._is_closed = True
        for hand in self._spare:
            hand.close()
        self._spare.clear()


class Hand:
    """Waits for one thread at a time: for a frame, for ``notify``, or for its time to be over."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self._thread = 0
        self._reader, self._writer = os.pipe()
        for descriptor in (self._reader, self._writer):
            os.set_blocking(descriptor, False)
        self._poll = select.poll()
        self._poll.register(self._reader, select.POLLIN)

    def wait(self, seconds: float | None) -> None:
        """Return at the first of the three, what was said acted on."""
        self._thread = threading.get_ident()
        lent = self._hands.lend()
        if lent is None:
            self._wait(seconds, -1)
            return
        environment, process = lent
        descriptor = process.control.fileno()
        self._poll.register(descriptor, select.POLLIN)
        try:
            if self._wait(seconds, descriptor):
                self._hands.hear(environment, process)
        finally:
            self._poll.unregister(descriptor)
            self._hands.take_back(process)

    def _wait(self, seconds: float | None, descriptor: int) -> bool:
        left = None if seconds is None else math.ceil(seconds * 1000)
        has_spoken = False
        for ready, _ in self._look() or self._poll.poll(left):
            if ready == descriptor:
                has_spoken = True
            else:
                os.read(self._reader, 4096)
        return has_spoken

    def _look(self) -> list[tuple[int, int]]:
        """Look for what is there nearly at once: to be put to sleep and woken takes longer than most handlers."""
        until = RealClock.monotonic() + LOOKING_S
        while True:
            found = self._poll.poll(0)
            if found or RealClock.monotonic() >= until:
                return found

    def notify(self) -> None:
        """End the waiting of another thread; one that acts on what it heard looks again by itself."""
        if threading.get_ident() != self._thread:
            with contextlib.suppress(BlockingIOError):  # it is told often enough already
                os.write(self._writer, b"!")

    def release(self) -> None:
        """Be free for another thread."""
        self._hands.release(self)

    def close(self) -> None:
        """Close its descriptors."""
        os.close(self._reader)
        os.close(self._writer)
