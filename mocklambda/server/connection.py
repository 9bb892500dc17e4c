"""One accepted connection and its thread: busy with a request, or idle and free to go."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Any

from mocklambda.server.exchange import Answer, Exchange


class Connection:
    """Talks on ``held`` in a thread of its own, until told that it is enough; closes it."""

    def __init__(
        self, held: socket.socket, address: Any, answer: Answer, on_end: Callable[[Connection], None]
    ) -> None:
        self.answer = answer
        self._socket = held
        self._address = address
        self._on_end = on_end
        self._lock = threading.Lock()
        self._is_busy = False
        self._is_enough = False
        self._thread = threading.Thread(target=self._run, name="mocklambda-connection", daemon=True)

    def start(self) -> None:
        """Begin to talk."""
        self._thread.start()

    def finish(self) -> None:
        """Answer what has been asked, then end; one that is idle ends now."""
        with self._lock:
            self._is_enough = True
            if not self._is_busy:
                self._hang_up()

    def abort(self) -> None:
        """End now, whatever is being said."""
        with self._lock:
            self._is_enough = True
            self._hang_up()

    def join(self, seconds: float) -> None:
        """Wait until its thread has ended, but no longer than ``seconds``."""
        self._thread.join(seconds)

    def _hang_up(self) -> None:
        with contextlib.suppress(OSError):  # the other side has gone, or it is closed already
            self._socket.shutdown(socket.SHUT_RDWR)

    # -- what is said on it (exchange.Line) --------------------------------------------------------------

    def is_taken(self) -> bool:
        with self._lock:
            self._is_busy = not self._is_enough
            return self._is_busy

    def is_last(self) -> bool:
        return self._is_enough

    def rest(self) -> None:
        with self._lock:
            self._is_busy = False
            if self._is_enough:
                self._hang_up()

    def _run(self) -> None:
        try:
            Exchange(self._socket, self._address, self)  # type: ignore[arg-type]
        finally:
            with self._lock:
                self._socket.close()
            self._on_end(self)
