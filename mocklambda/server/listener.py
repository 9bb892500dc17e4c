"""A listening socket and the connections that came of it.

Binding costs little, so an address can be handed out long before anybody calls: what speaks HTTP is loaded
with the first connection.
"""

from __future__ import annotations

import selectors
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from mocklambda import sockets
from mocklambda.clock.real import Deadline
from mocklambda.wire.message import Request, Response

if TYPE_CHECKING:
    from mocklambda.server.connection import Connection
    from mocklambda.server.serving import Server

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
        self._socket = sockets.listening(host, port, backlog=BACKLOG)
        self._socket.setblocking(False)
        self.host, self.port = self._socket.getsockname()[:2]
        self._wake_reader, self._wake_writer = sockets.pair()
        self._server: Server | None = None
        self._closing = threading.Event()
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="mocklambda-gateway", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def refuse(self) -> None:
        """Take no more connections; idempotent."""
        if not self._closing.is_set():
            self._closing.set()
            self._wake_writer.send(b"x")
        self._thread.join()
        self._socket.close()
        if self._server is not None:
            self._server.server_close()

    def drain(self, seconds: float) -> None:
        """Take no more requests, and finish for up to ``seconds`` what is being answered."""
        self.refuse()
        for connection in self._connections():
            connection.finish()
        self._join(seconds)

    def close(self) -> None:
        """Stop, whatever is being answered; idempotent."""
        if self._is_closed:
            return
        self._is_closed = True
        self.refuse()
        for connection in self._connections():
            connection.abort()
        self._join(LAST_WORDS_S)
        self._wake_reader.close()
        self._wake_writer.close()

    def _join(self, seconds: float) -> None:
        deadline = Deadline(seconds)
        for connection in self._connections():
            connection.join(deadline.left())

    def _connections(self) -> list[Connection]:
        return [] if self._server is None else list(self._server.connections.values())

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
        if self._server is None:
            from mocklambda.server.serving import Server

            self._server = Server(self._socket, self._answer, lambda: self._closing.wait(FULL_S))
        self._server.handle_request()
