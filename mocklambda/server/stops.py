"""Being asked to stop: by Ctrl-C or by a supervisor, once to be let end and once more to be ended."""

from __future__ import annotations

import signal

from mocklambda import sockets

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stops:
    """Takes the process's signals, until closed; made and waited for in its main thread.

    A signal may arrive in any thread of the process, and would not wake one that waits for a lock: so each is
    a byte in a socket.
    """

    def __init__(self) -> None:
        self._reader, self._writer = sockets.pair()
        self._writer.setblocking(False)
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for number in SIGNALS:
            signal.signal(number, _take)

    def wait(self) -> None:
        """Return once somebody asks, or notes that there is nothing more to wait for."""
        self._reader.recv(1)

    def note(self) -> None:
        """Let ``wait`` return."""
        self._writer.send(b"\0")

    def close(self) -> None:
        """Heed no signal any more: what follows is short, and must be done."""
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        signal.set_wakeup_fd(-1)

    def release(self) -> None:
        """Give the sockets back, once nobody notes anything."""
        self._reader.close()
        self._writer.close()


def _take(number: int, frame: object) -> None:
    """Have the signal neither end the process nor interrupt what it does."""
