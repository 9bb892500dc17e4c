"""One thread that fires timers as real time passes, for when nobody calls: server mode."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Ticker:
    """Runs until closed. ``rest`` returns when something is due or may have become due, ``fire`` fires it."""

    def __init__(self, rest: Callable[[], None], fire: Callable[[], None], wake: Callable[[], None]) -> None:
        self._rest = rest
        self._fire = fire
        self._wake = wake
        self._is_closing = False
        self._thread = threading.Thread(target=self._run, name="mocklambda-ticker", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop, and wait for what it is firing."""
        self._is_closing = True
        self._wake()
        self._thread.join()

    def _run(self) -> None:
        while not self._is_closing:
            self._rest()
            if not self._is_closing:
                self._fire()
