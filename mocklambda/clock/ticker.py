"""One thread that fires timers as real time passes, for when nobody calls: server mode."""

from __future__ import annotations

import threading
from collections.abc import Callable

WAKE_AGAIN_S = 0.02
"""How long the thread may take from looking whether it is to end to its rest."""


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
        """Stop, and wait for what it is firing; idempotent."""
        self._is_closing = True
        while self._thread.is_alive():  # it may be on its way to rest when woken
            self._wake()
            self._thread.join(WAKE_AGAIN_S)

    def _run(self) -> None:
        while not self._is_closing:
            self._rest()
            if not self._is_closing:
                self._fire()
