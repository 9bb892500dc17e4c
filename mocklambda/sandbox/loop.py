"""The one thread that serves all environments of a session: descriptors, real deadlines, posted calls.

Knows nothing of what it watches. A callback runs on this thread, one at a time, and must not block.
"""

from __future__ import annotations

import contextlib
import heapq
import os
import selectors
import threading
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import Any

from mocklambda.clock.real import RealClock

Callback = Callable[[], None]
CLOSING_S = 10.0
"""How long closing waits for a callback that, against all rules, blocks."""


class Alarm:
    """A deadline that is set anew again and again: it costs the heap one entry, not one a time."""

    __slots__ = ("_action", "_at", "_loop", "_parked")

    def __init__(self, loop: Loop, action: Callback) -> None:
        self._loop = loop
        self._action = action
        self._at: float | None = None
        self._parked: float | None = None

    def set(self, at: float) -> None:
        """Go off at ``at``, in ``RealClock.monotonic`` seconds, and not before."""
        self._at = at
        if self._parked is None or at < self._parked:
            self._parked = at
            self._loop.park(at, self)

    def clear(self) -> None:
        """Do not go off."""
        self._at = None

    def due(self, parked: float, now: float) -> Callback | None:
        """Return what to call, once the entry for ``parked`` has come up."""
        if parked != self._parked:  # set to an earlier time since
            return None
        self._parked = None
        if self._at is None:
            return None
        if self._at > now:
            self.set(self._at)
            return None
        self._at = None
        return self._action


class Loop:
    """Watches descriptors and deadlines from one thread. ``on_broken`` hears of a bug that ends it."""

    def __init__(self, on_broken: Callable[[Exception], None]) -> None:
        self._on_broken = on_broken
        self._selector = selectors.DefaultSelector()
        self._wake_reader, self._wake_writer = os.pipe()
        os.set_blocking(self._wake_reader, False)
        os.set_blocking(self._wake_writer, False)
        self._selector.register(self._wake_reader, selectors.EVENT_READ, self._drain)
        self._posted: deque[Callback] = deque()
        self._parked: list[tuple[float, int, Alarm]] = []
        self._numbers = count()
        self._lock = threading.Lock()
        self._sleeps_until: float | None = 0.0
        self._is_running = True
        self._thread = threading.Thread(target=self._run, name="mocklambda-sandbox", daemon=True)
        self._thread.start()

    # -- from any thread ---------------------------------------------------------------------------------

    def watch(self, descriptor: int, on_ready: Callback) -> None:
        """Call back whenever ``descriptor`` can be read or has come to its end."""
        self._selector.register(descriptor, selectors.EVENT_READ, on_ready)

    def watch_room(self, descriptor: int, on_ready: Callback) -> None:
        """Call back whenever ``descriptor``, which is only written to, can be."""
        self._selector.register(descriptor, selectors.EVENT_WRITE, on_ready)

    def watch_writing(self, descriptor: int, on_ready: Callback, *, also: bool) -> None:
        """Call back also (or, with ``also`` false, no longer) when ``descriptor`` can be written."""
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if also else 0)
        self._selector.modify(descriptor, events, on_ready)

    def unwatch(self, descriptor: int) -> None:
        """Stop watching, before the descriptor is closed."""
        with contextlib.suppress(KeyError, ValueError):  # it never was, or no more
            self._selector.unregister(descriptor)

    def park(self, at: float, alarm: Alarm) -> None:
        """Look at ``alarm`` at ``at``."""
        with self._lock:
            heapq.heappush(self._parked, (at, next(self._numbers), alarm))
            sleeps_until = self._sleeps_until
        if sleeps_until is None or at < sleeps_until:
            self.wake()

    def post(self, action: Callback) -> None:
        """Call ``action`` on the loop's thread."""
        self._posted.append(action)
        self.wake()

    def guard(self, action: Callback) -> None:
        """Run, on any thread, what the loop's thread would have; a bug in it is one of the loop's."""
        try:
            action()
        except Exception as error:
            self._on_broken(error)

    def wake(self) -> None:
        with contextlib.suppress(OSError):  # it is awake already, or gone
            os.write(self._wake_writer, b"!")

    @property
    def is_own_thread(self) -> bool:
        return threading.current_thread() is self._thread

    def close(self) -> None:
        """End the thread and close what it used."""
        self._is_running = False
        self.wake()
        if not self.is_own_thread:
            self._thread.join(CLOSING_S)
        self._selector.close()
        os.close(self._wake_reader)
        os.close(self._wake_writer)

    # -- on the loop's thread ----------------------------------------------------------------------------

    def _run(self) -> None:
        self.guard(self._serve)

    def _serve(self) -> None:
        select = self._selector.select
        while self._is_running:
            for key, _ in select(self._time_left()):
                callback: Any = key.data
                callback()
            while self._posted:
                self._posted.popleft()()
            if self._parked:
                self._fire()

    def _time_left(self) -> float | None:
        with self._lock:
            if not self._parked:
                self._sleeps_until = None
                return None
            self._sleeps_until = at = self._parked[0][0]
        return max(0.0, at - RealClock.monotonic())

    def _fire(self) -> None:
        now = RealClock.monotonic()
        while True:
            with self._lock:
                if not self._parked or self._parked[0][0] > now:
                    return
                at, _, alarm = heapq.heappop(self._parked)
            action = alarm.due(at, now)
            if action is not None:
                action()

    def _drain(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake_reader, 4096)
