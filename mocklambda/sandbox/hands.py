"""How a thread that waits for an invocation hears the environment itself, with no other thread to wake it for that.

While it waits, a hand takes the control channel of the one environment that is busy from the loop; a thread that is
going to wait for what it sets off has it even before the invocation is sent. With several busy at once the loop hears
them: whoever waits then may wait for more than one. To one that is idle nobody listens: it has nothing to say.
"""

from __future__ import annotations

import contextlib
import math
import os
import select
import threading
from collections.abc import Container
from typing import TYPE_CHECKING, Protocol

from mocklambda.clock.real import RealClock

if TYPE_CHECKING:
    from mocklambda.sandbox.environment import Environment
    from mocklambda.sandbox.process import Process

    Lent = tuple[Environment, Process]


def _processors() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return (os.cpu_count() or 1) if affinity is None else len(affinity(0))


LOOKING_S = 60e-6 if _processors() > 1 else 0.0
"""How long a hand looks before it sleeps; a single processor is needed for the handler."""


class Listener(Protocol):
    """Who listens to the channels otherwise. All but ``hear`` are called under its lock."""

    def listen(self, process: Process) -> None:
        """Have the loop listen to a process, if it does not."""

    def leave(self, process: Process) -> None:
        """Have the loop no longer listen to it, if it does."""

    def hear(self, environment: Environment, process: Process) -> None:
        """Act on what a process has said, and tell what is to be told."""


class Hands:
    """The hands of one session, and which environments are busy."""

    def __init__(self, listener: Listener, lock: threading.RLock, expecting: Container[int]) -> None:
        self.busy: dict[Environment, None] = {}
        self.hear = listener.hear
        self._listener = listener
        self._lock = lock
        self._expecting = expecting
        self._kept: dict[int, Lent] = {}
        self._spare: list[Hand] = []
        self._is_closed = False

    def engage(self, environment: Environment) -> None:
        """Note that it is about to be busy, and see to it that somebody listens; under the lock."""
        self.busy[environment] = None
        process = environment.process
        if process is None or process.is_silent or process.is_lent:
            return
        thread = threading.get_ident()
        if len(self.busy) == 1 and thread in self._expecting:
            self._let_go(thread)  # what it heard before has come to its end
            process.is_lent = True
            self._listener.leave(process)
            self._kept[thread] = (environment, process)
        else:
            self._listener.listen(process)

    def dismiss(self) -> None:
        """Take back what this thread has kept: it waits no more."""
        if threading.get_ident() in self._kept:
            with self._lock:
                self._let_go(threading.get_ident())

    def _let_go(self, thread: int) -> None:
        kept = self._kept.pop(thread, None)
        if kept is not None:
            self._take_back(*kept)

    def offer(self) -> Hand | None:
        """Return a hand for a thread that is about to wait, if one can spare waking it; takes no lock."""
        if len(self.busy) != 1 and threading.get_ident() not in self._kept:
            return None
        try:
            return self._spare.pop()
        except IndexError:
            return Hand(self)

    def release(self, hand: Hand) -> None:
        """Keep a hand for whoever waits next; takes no lock, as whoever releases one holds the engine's."""
        self._spare.append(hand)
        if self._is_closed:
            self._close_spare()

    def lend(self) -> Lent | None:
        """Give the channel that this thread has kept, or that of the one that is busy."""
        kept = self._kept.get(threading.get_ident())
        if kept is not None and not kept[1].is_silent:
            return kept
        with self._lock:
            if len(self.busy) != 1:
                return None
            (environment,) = self.busy
            process = environment.process
            if process is None or process.is_lent or process.is_silent:
                return None
            process.is_lent = True
            self._listener.leave(process)
            return environment, process

    def give_back(self, environment: Environment, process: Process) -> None:
        """Have done with waiting for a moment; what was kept for this thread still is."""
        if self._kept.get(threading.get_ident()) != (environment, process):
            with self._lock:
                self._take_back(environment, process)

    def _take_back(self, environment: Environment, process: Process) -> None:
        process.is_lent = False
        if environment in self.busy and not process.is_closed and not process.is_silent:
            self._listener.listen(process)

    def close(self) -> None:
        """Close the descriptors of all, now or when they are released."""
        self._is_closed = True
        self._close_spare()

    def _close_spare(self) -> None:
        while self._spare:
            with contextlib.suppress(IndexError):  # another thread has taken the last one
                self._spare.pop().close()


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
        descriptor = process.answers
        self._poll.register(descriptor, select.POLLIN)
        try:
            if self._wait(seconds, descriptor):
                self._hands.hear(environment, process)
        finally:
            self._poll.unregister(descriptor)
            self._hands.give_back(environment, process)

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
            os.sched_yield()  # the handler may be waiting for this very processor

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
