"""One accepted connection and its thread: busy with a request, or idle and free to go."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable


class Connection:
    """Has ``talk`` in a thread of its own, until told that it is enough."""

    def __init__(self, held: socket.socket, talk: Callable[[], None]) -> None:
        self._socket = held
        self._lock = threading.Lock()
        self._is_busy = False
        self._is_enough = False
        self._thread = threading.Thread(target=talk, name="mocklambda-connection", daemon=True)

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

    @property
    def is_alive(self) -> bool:
        """Whether its thread still runs."""
        return self._thread.is_alive()

    def _hang_up(self) -> None:
        with contextlib.suppress(OSError):  # the other side has gone, or it is closed already
            self._socket.shutdown(socket.SHUT_RDWR)

    # -- what its thread says ----------------------------------------------------------------------------

    def take(self) -> bool:
        """Note that a request has begun; False when none is to be taken any more."""
        with self._lock:
            self._is_busy = not self._is_enough
            return self._is_busy

    @property
    def is_last(self) -> bool:
        """Whether the request that has begun is to be the last one."""
        return self._is_enough

    def rest(self) -> None:
        """Note that the request has been answered."""
        with self._lock:
            self._is_busy = False
            if self._is_enough:
                self._hang_up()

    def close(self) -> None:
        """Give the socket back."""
        with self._lock:
            self._socket.close()
