"""werkzeug's threaded server with what it lacks: connections that go on after a request, and an end for each.

What it says on a connection, and how it reads and writes HTTP, is werkzeug's; who answers is `application`.
"""

from __future__ import annotations

import contextlib
import io
import socket
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from mocklambda import sockets
from mocklambda.server.application import HEADERS, IS_READ, TARGET, Answer, Application
from mocklambda.server.connection import Connection
from mocklambda.server.request_body import Chunks


class Server(ThreadedWSGIServer):
    """Serves ``answer`` on a socket that listens already; whoever owns that says when to accept.

    ``on_full`` is called when there was no descriptor left for a connection.
    """

    def __init__(self, listening: socket.socket, answer: Answer, on_full: Callable[[], object]) -> None:
        host, port = listening.getsockname()[:2]
        with sockets.permitted():
            super().__init__(host, port, Application(answer), Handler, fd=listening.fileno())
        self.socket = sockets.Socket(fileno=self.socket.detach())
        self.socket.setblocking(False)
        self._on_full = on_full
        self.connections: dict[Any, Connection] = {}

    def get_request(self) -> tuple[socket.socket, Any]:
        try:
            held, address = super().get_request()
        except (BlockingIOError, ConnectionError):  # who came has gone again
            raise
        except OSError:
            self._on_full()
            raise
        held.setblocking(True)  # where that is inherited it is not
        return held, address

    def process_request(self, request: Any, client_address: Any) -> None:
        living = {held: each for held, each in self.connections.items() if each.is_alive}
        talk = partial(self.process_request_thread, request, client_address)
        living[request] = connection = Connection(request, talk)
        self.connections = living
        connection.start()

    def close_request(self, request: Any) -> None:
        self.connections[request].close()


class Handler(WSGIRequestHandler):
    """Serves one connection until either side ends it.

    werkzeug ends it after each request, as an application may leave a body unread. Ours tells that it has
    read all (``IS_READ``), and the connection goes on.
    """

    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16
    disable_nagle_algorithm = True
    server: Server

    def setup(self) -> None:
        super().setup()
        self._connection = self.server.connections[self.request]
        self._incoming = self.rfile

    def handle_one_request(self) -> None:
        self.environ = {}
        try:
            super().handle_one_request()
        finally:
            self.rfile = self._incoming
            self._connection.rest()

    def parse_request(self) -> bool:
        if not self._connection.take():
            self.close_connection = True
            return False
        if not super().parse_request():
            return False
        try:
            urlsplit(self.path)  # as werkzeug will, outside its own handling of errors
        except ValueError as error:
            self.send_error(400, str(error))
            return False
        return True

    def handle_expect_100(self) -> bool:
        return True  # werkzeug says it

    def make_environ(self) -> dict[str, Any]:
        self.wfile.flush()  # a sender may wait for the word to go on
        environ = super().make_environ()
        environ[HEADERS] = _joined(self.headers.items())
        environ[TARGET] = self.requestline.split()[1]
        if "wsgi.input_terminated" in environ:
            environ["wsgi.input"] = Chunks(cast("BinaryIO", self.rfile))
        self.rfile = io.BytesIO()  # what comes after the body is the next request, not to be thrown away
        return environ

    def send_response(self, code: int, message: str | None = None) -> None:
        self.send_response_only(code)  # in the standard's own words: werkzeug shouts them

    def send_header(self, keyword: str, value: str) -> None:
        if keyword != "Connection":
            super().send_header(keyword, value)

    def end_headers(self) -> None:
        if not self.environ.get(IS_READ) or self._connection.is_last:
            self.close_connection = True
        if self.close_connection:
            super().send_header("Connection", "close")
        elif self.request_version == "HTTP/1.0":
            super().send_header("Connection", "keep-alive")
        super().end_headers()

    def connection_dropped(self, error: BaseException, environ: dict[str, Any] | None = None) -> None:
        """End the connection: the other side has gone, or has to see that a body has no end."""
        self.close_connection = True

    def finish(self) -> None:
        with contextlib.suppress(ConnectionError):  # the other side has gone
            super().finish()

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing: the journal and the service's answers tell."""


def _joined(items: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Lower the names, and keep those with underscores, which an environ can not tell from dashes."""
    headers: dict[str, str] = {}
    for given, value in items:
        name = given.lower()
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers
