"""How much memory the process of one environment has held at most, and whether that is more than it may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mocklambda.clock.real import RealClock
from mocklambda.sandbox import memory
from mocklambda.sandbox.loop import Alarm
from mocklambda.sandbox.process import Process


class MemoryWatch:
    """Looks at a process now and then while it works; what it tells of itself counts too."""

    def __init__(
        self,
        limit_mb: int,
        *,
        enforces: bool,
        alarm: Callable[[Callable[[], None]], Alarm],
        process: Callable[[], Process | None],
        on_over: Callable[[], None],
    ) -> None:
        self._limit_mb = limit_mb
        self._enforces = enforces
        self._process = process
        self._on_over = on_over
        self._look = alarm(self._look_at)
        self._distance = 0.0
        self._peak = 0
        self._uses_sdk = False

    def forget(self) -> None:
        """Begin with a new process."""
        self._peak = 0
        self._uses_sdk = False

    def begin(self, at: float) -> None:
        """Look from that instant on, at growing distances."""
        if self._enforces:
            self._distance = memory.FIRST_LOOK_S
            self._look.set(at + self._distance)

    def end(self) -> None:
        """Look no more."""
        self._look.clear()

    def hear(self, header: dict[str, Any]) -> None:
        """Take what the process told of itself."""
        self._uses_sdk = self._uses_sdk or header["sdk"]
        self._peak = max(self._peak, header["rss"])

    def see(self, process: Process, resident: int) -> None:
        """Take what was seen from outside: what preloading put there counts once it is used."""
        self._peak = max(self._peak, resident - (0 if self._uses_sdk else process.unused))

    @property
    def most_mb(self) -> int:
        """The most that was held, as a REPORT says it."""
        used = memory.used_mb(self._peak)
        return min(used, self._limit_mb) if self._enforces else used

    @property
    def is_over(self) -> bool:
        return self._enforces and self._peak > self._limit_mb * memory.MB

    def _look_at(self) -> None:
        process = self._process()
        if process is None:
            return
        if process.pid is not None:
            self.see(process, memory.resident(process.pid))
            if self.is_over:
                self._on_over()
                return
        self._distance = min(self._distance * 2, memory.LAST_LOOK_S)
        self._look.set(RealClock.monotonic() + self._distance)
