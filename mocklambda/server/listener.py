"""A listening socket and the connections that came of it.

Binding costs little, so an address can be handed out long before anybody calls: what speaks HTTP is loaded
with the first connection.
"""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from mocklambda.clock.real import Deadline
from mocklambda.wire.message import Request, Response

if TYPE_CHECKING:
    from mocklambda.server.connection import Connection

BACKLOG = 128
FULL_S = 0.05
"""Pause of accepting when the process has no descriptor left."""
LAST_WORDS_S = 2.0
"""How long closing waits for threads whose connections are gone."""


class Listener:
    """Serves ``answer`` on an address; ``port`` 0 takes any free one."""

    def __init__(
        self, answer: Callable[[Request, str], Response], host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self._answer = answer
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family, backlog=BACKLOG)
        self._socket.setblocking(False)
        self.host, self.port = self._socket.getsockname()[:2]
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._changed = threading.Condition()
        self._connections: dict[Connection, None] = {}
        self._closing = threading.Event()
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="mocklambda-gateway", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def drain(self, seconds: float) -> None:
        """Take no more requests, and finish for up to ``seconds`` what is being answered."""
        self._stop_accepting()
        deadline = Deadline(seconds)
        for connection in self._open():
            connection.finish()
        with self._changed:
            self._changed.wait_for(lambda: not self._connections, deadline.left())

    def close(self) -> None:
        """Stop, whatever is being answered; idempotent."""
        if self._is_closed:
            return
        self._is_closed = True
        self._stop_accepting()
        left = self._open()
        for connection in left:
            connection.abort()
        deadline = Deadline(LAST_WORDS_S)
        for connection in left:
            connection.join(deadline.left())
        self._wake_reader.close()
        self._wake_writer.close()

    def _stop_accepting(self) -> None:
        if not self._closing.is_set():
            self._closing.set()
            self._wake_writer.send(b"x")
        self._thread.join()
        self._socket.close()

    def _open(self) -> list[Connection]:
        with self._changed:
            return list(self._connections)

    # -- its thread --------------------------------------------------------------------------------------

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_READ)
            selector.register(self._wake_reader, selectors.EVENT_READ)
            while not self._closing.is_set():
                selector.select()
                if not self._closing.is_set():
                    self._accept()

    def _accept(self) -> None:
        from mocklambda.server.connection import Connection

        try:
            held, address = self._socket.accept()
        except (BlockingIOError, ConnectionError):  # who came has gone again
            return
        except OSError:
            self._closing.wait(FULL_S)
            return
        connection = Connection(held, address, self._answer, self._ended)
        with self._changed:
            self._connections[connection] = None
        connection.start()

    def _ended(self, connection: Connection) -> None:
        with self._changed:
            del self._connections[connection]
            self._changed.notify_all()
