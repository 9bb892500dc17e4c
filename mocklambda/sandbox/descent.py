"""Whose code a thread runs: an inline handler's own, and that of threads which it starts, is its environment's.

Without this, what a pool or an SDK's background thread calls would count for the test, which waits for the
handler, which waits for the call.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

running: ContextVar[str | None] = ContextVar("mocklambda_inline", default=None)
"""The environment whose code this is; also in what the handler's own event loops run."""


class Descent:
    """Has threads inherit their starter's environment, from its making until it is closed."""

    def __init__(self) -> None:
        self._handlers: dict[int, int] = {}
        self._start: Any = threading.Thread.start

        def start(thread: threading.Thread) -> None:
            environment = running.get()
            if environment is not None:
                handler = self.handler_of(threading.get_ident())
                thread.run = self._inheriting(thread.run, environment, handler)  # type: ignore[method-assign]
            self._start(thread)

        self._patch = start
        threading.Thread.start = start  # type: ignore[method-assign, assignment]

    def handler_of(self, thread: int) -> int:
        """Return the thread of the handler that a thread descends from; itself where it is nobody's."""
        return self._handlers.get(thread, thread)

    def start_handler(self, thread: threading.Thread) -> None:
        """Start a thread that descends from nobody, whoever happens to start it."""
        self._start(thread)

    def close(self) -> None:
        """Let threads be nobody's again."""
        if threading.Thread.start is self._patch:
            threading.Thread.start = self._start  # type: ignore[method-assign]

    def _inheriting(self, run: Callable[[], None], environment: str, handler: int) -> Callable[[], None]:
        def inheriting() -> None:
            running.set(environment)
            self._handlers[threading.get_ident()] = handler
            try:
                run()
            finally:
                del self._handlers[threading.get_ident()]

        return inheriting
