"""The handler's time: what it has used up, real or slept away, and the virtual instant it starts from."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable
from typing import Any


class HandlerClock:
    """Counts one invocation's time; moves the frozen clock, if there is one."""

    # kept in tuples: freezegun replaces plain names
    _real = (time.monotonic,)
    _sleep = (time.sleep,)
    _now = (time.time,)

    def __init__(self, on_overrun: Callable[[], None]) -> None:
        self._on_overrun = on_overrun
        self._started = self._real[0]()
        self._timeout_ms: int | None = None
        self.skipped_ms = 0.0
        self._factory: Any = None
        self._was_real = False
        self._ahead_s = 0.0
        self._threads = threading.local()
        self._main = threading.main_thread()

    # -- one invocation ----------------------------------------------------------------------------------

    def begin(self, timeout_ms: int | None, instant: int | None, *, restarts: bool = True) -> None:
        """Start counting, or go on from the start of init; ``instant`` is virtual time, None the real."""
        self.show(instant)
        if restarts:
            self._started = self._real[0]()
            if self.skipped_ms:
                self.skipped_ms = 0.0
                self._threads = threading.local()
        self._timeout_ms = timeout_ms

    def elapsed_ms(self) -> float:
        return (self._real[0]() - self._started) * 1000 + self.skipped_ms

    def remaining_ms(self) -> int:
        return max(0, int((self._timeout_ms or 0) - self.elapsed_ms()))

    def now(self) -> float:
        """Return the handler's own time, in seconds since the epoch."""
        return time.time()

    def show(self, instant: int | None) -> None:
        """Let ``time`` and ``datetime`` tell ``instant`` and go on from there."""
        if instant is None and self._factory is None:
            self._was_real = True
            return
        if instant is None:
            instant = int(self._now[0]() * 1000)
        when = dt.datetime(1970, 1, 1) + dt.timedelta(milliseconds=instant)  # noqa: DTZ001 - freezegun's form
        if self._factory is None:
            if self._was_real:
                self._pass(instant / 1000 - self._now[0]())
            from .freezing import freezer

            self._factory = freezer(when, self.monotonic).start()
        else:
            self._pass((when - self._factory()).total_seconds())
            self._factory.move_to(when)

    def _pass(self, seconds: float) -> None:
        self._ahead_s += max(0.0, seconds)

    def monotonic(self) -> float:
        """Return seconds that only ever grow: by those that pass for real, and by those that are skipped."""
        return self._real[0]() + self._ahead_s

    # -- sleeping without waiting ------------------------------------------------------------------------

    def install_virtual_sleep(self) -> None:
        """Replace ``time.sleep`` and ``asyncio.sleep``: they take no real time but count as if."""
        time.sleep = self.sleep  # type: ignore[assignment]
        install_on_import("asyncio", self._patch_asyncio)

    def sleep(self, seconds: float) -> None:
        """Count ``seconds`` as slept. Threads that sleep at the same time count once."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        ahead_ms = seconds * 1000
        if threading.current_thread() is not self._main:
            mine = getattr(self._threads, "at", self.skipped_ms) + seconds * 1000
            self._threads.at = mine
            ahead_ms = mine - self.skipped_ms
        if ahead_ms > 0:
            self.skip(ahead_ms)
        self._sleep[0](0)

    def skip(self, duration_ms: float) -> None:
        self.skipped_ms += duration_ms
        if self._factory is None:  # real time so far; from here on it is ahead
            self.show(int(self._now[0]() * 1000 + duration_ms))
        else:
            self._pass(duration_ms / 1000)
            self._factory.move_to(self._factory() + dt.timedelta(milliseconds=duration_ms))
        if self._timeout_ms is not None and self.elapsed_ms() >= self._timeout_ms:
            self._on_overrun()
            while True:  # killed from outside
                self._sleep[0](60)

    def _patch_asyncio(self, asyncio: Any) -> None:
        clock = self
        sleepers: dict[Any, list[Any]] = {}

        def wake(loop: Any) -> None:
            waiting = sleepers.get(loop)
            if not waiting:
                sleepers.pop(loop, None)
                return
            if getattr(loop, "_ready", None):  # others can still run at this instant
                loop.call_soon(wake, loop)
                return
            waiting.sort(key=lambda entry: entry[0])
            due, future, result = waiting.pop(0)
            if due > clock.skipped_ms:
                clock.skip(due - clock.skipped_ms)
            if not future.done():
                future.set_result(result)
            loop.call_soon(wake, loop)

        real_sleep = asyncio.sleep

        async def sleep(delay: float, result: Any = None) -> Any:
            if delay <= 0:
                return await real_sleep(0, result)
            loop = asyncio.get_running_loop()
            future = loop.create_future()
            if loop not in sleepers:
                sleepers[loop] = []
                loop.call_soon(wake, loop)
            sleepers[loop].append((clock.skipped_ms + delay * 1000, future, result))
            return await future

        asyncio.sleep = sleep
        asyncio.tasks.sleep = sleep


def install_on_import(name: str, patch: Callable[[Any], object]) -> None:
    """Call ``patch`` with a module now, if it is loaded, or else when it has been imported."""
    import sys

    module = sys.modules.get(name)
    if module is not None:
        patch(module)
        return
    from .imports import AfterImport

    sys.meta_path.insert(0, AfterImport(name, patch))
