"""A listening socket with werkzeug behind it, which is loaded when the first connection comes.

Binding costs nothing, so an address can be handed out long before anybody calls.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from collections.abc import Callable
from typing import Any

from mocklambda.server.app import Answer

STOP_SECONDS = 0.05
"""How often werkzeug's loop looks whether it is to end."""


class Listener:
    """Serves ``answer`` on an address; ``port`` 0 takes any free one."""

    def __init__(self, make_app: Callable[[], Any], host: str = "127.0.0.1", port: int = 0) -> None:
        self._make_app = make_app
        self._socket = socket.create_server((host, port), reuse_port=False)
        self.host, self.port = self._socket.getsockname()[:2]
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._server: Any = None
        self._is_closing = False
        self._thread = threading.Thread(target=self._run, name="mocklambda-gateway", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self.host}:{self.port}"

    def close(self) -> None:
        """Finish what is being answered, and stop; idempotent."""
        if self._is_closing:
            return
        self._is_closing = True
        self._wake_writer.send(b"x")
        if self._server is not None:
            self._server.shutdown()
        self._thread.join()
        for each in (self._socket, self._wake_reader, self._wake_writer):
            each.close()

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_READ)
            selector.register(self._wake_reader, selectors.EVENT_READ)
            selector.select()
        if self._is_closing:
            return
        self._server = _server(self._socket, self._make_app())
        with contextlib.closing(_Closing(self._server)):
            if not self._is_closing:
                self._server.serve_forever(poll_interval=STOP_SECONDS)


class _Closing:
    def __init__(self, server: Any) -> None:
        self._server = server

    def close(self) -> None:
        self._server.server_close()


def _server(listening: socket.socket, app: Any) -> Any:
    from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

    class Handler(WSGIRequestHandler):
        """One connection, kept alive, without a line on stderr for each request."""

        protocol_version = "HTTP/1.1"

        def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's own name
            """Say nothing: the journal and the service's answers tell."""

    class Server(ThreadedWSGIServer):
        """Its threads end with their connections, which idle ones never do: so they are not waited for."""

        daemon_threads = True
        block_on_close = False

    host, port = listening.getsockname()[:2]
    return Server(host, port, app, Handler, fd=listening.fileno())


__all__ = ["Answer", "Listener"]
