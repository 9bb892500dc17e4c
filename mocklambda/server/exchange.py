"""HTTP on one connection: bytes → request, response → bytes, one after the other. Who answers is given."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any, BinaryIO, Protocol, cast

from mocklambda.server.request_body import CHUNK, BadBodyError, read_body
from mocklambda.wire.message import Request, Response

Answer = Callable[[Request, str], Response]
"""A request and the address it came from → its response."""
LONGEST_REQUEST_LINE = 1 << 16
OF_THE_CONNECTION = frozenset({"connection", "keep-alive", "transfer-encoding"})
"""Headers of an answer that this connection says for itself."""


class Line(Protocol):
    """The connection as its listener sees it."""

    answer: Answer

    def is_taken(self) -> bool:
        """Note that a request has begun; False when none is to be taken any more."""

    def is_last(self) -> bool:
        """Tell whether the request that has begun is to be the last one."""

    def rest(self) -> None:
        """Note that the request has been answered."""


class Exchange(BaseHTTPRequestHandler):
    """Serves one connection until either side ends it."""

    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16
    disable_nagle_algorithm = True
    server: Line  # type: ignore[assignment]

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError, TimeoutError):  # the other side has gone
            super().handle()

    def finish(self) -> None:
        with contextlib.suppress(ConnectionError):
            super().finish()

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(LONGEST_REQUEST_LINE + 1)
        self.close_connection = True
        if not self.raw_requestline or not self.server.is_taken():
            return
        try:
            self._take()
        finally:
            self.server.rest()

    def _take(self) -> None:
        if len(self.raw_requestline) > LONGEST_REQUEST_LINE:
            self.requestline, self.request_version, self.command = "", "", ""
            self.send_error(414)
        elif self.parse_request():  # which otherwise has told the other side itself
            self._exchange()
        self.wfile.flush()

    def _exchange(self) -> None:
        headers = _joined(self.headers.items())
        try:
            body = read_body(cast("BinaryIO", self.rfile), headers)
        except BadBodyError as error:
            self.close_connection = True
            self.send_error(400, str(error))
            return
        try:
            response = self.server.answer(self._request(headers, body), str(self.client_address[0]))
        except Exception as error:  # whoever answers has said what it could: a client must not hang on a bug
            response = _owned_up(error)
        finally:
            if not isinstance(body, bytes):
                body.close()
        self._respond(response)

    def _request(self, headers: dict[str, str], body: bytes | BinaryIO) -> Request:
        target = self.path
        if target.startswith(("http://", "https://")):  # as a proxy is asked
            target = "/" + target.split("/", 3)[3] if target.count("/") > 2 else "/"
        path, _, query = target.partition("?")
        return Request(
            method=self.command,
            scheme="http",
            host=headers.get("host", ""),
            path=path or "/",
            query=query,
            headers=headers,
            body=body,
        )

    def handle_expect_100(self) -> bool:
        """Ask for the body at once: it is read before anything is decided."""
        is_welcome = super().handle_expect_100()
        self.wfile.flush()
        return is_welcome

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the journal and the service's answers tell."""

    # -- the response ------------------------------------------------------------------------------------

    def _respond(self, response: Response) -> None:
        body = response.body
        has_body = self.command != "HEAD" and response.status >= 200 and response.status not in {204, 304}
        given = {name.lower() for name in response.headers}
        is_chunked = False
        self.send_response_only(response.status)
        for name, value in (*response.headers.items(), *response.repeated):
            if name.lower() not in OF_THE_CONNECTION:
                self.send_header(name, _header_text(value))
        if "date" not in given:
            self.send_header("Date", self.date_time_string())
        if has_body and "content-length" not in given:
            is_chunked = not isinstance(body, bytes) and self.request_version != "HTTP/1.0"
            self._say_length(body, is_chunked=is_chunked)
        self._say_whether_it_goes_on()
        self.end_headers()
        try:
            if has_body:
                self._write(_pieces(body), is_chunked=is_chunked)
        finally:
            close = getattr(body, "close", None)
            if close is not None:
                close()

    def _say_length(self, body: Any, *, is_chunked: bool) -> None:
        if is_chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif isinstance(body, bytes):
            self.send_header("Content-Length", str(len(body)))
        else:  # before chunked transfer was, an end was the connection's end
            self.close_connection = True

    def _say_whether_it_goes_on(self) -> None:
        if self.close_connection or self.server.is_last():
            self.send_header("Connection", "close")
        elif self.request_version == "HTTP/1.0":
            self.send_header("Connection", "keep-alive")

    def _write(self, pieces: Iterable[bytes], *, is_chunked: bool) -> None:
        write = self.wfile.write
        for piece in pieces:
            if not piece:
                continue
            if is_chunked:
                write(b"%x\r\n" % len(piece))
                write(piece)
                write(b"\r\n")
                self.wfile.flush()  # what has no end yet is wanted now
            else:
                write(piece)
        if is_chunked:
            write(b"0\r\n\r\n")


def _owned_up(error: Exception) -> Response:
    text = f"A bug in mocklambda, not in your code: {type(error).__name__}: {error}\n"
    return Response(status=500, headers={"Content-Type": "text/plain; charset=utf-8"}, body=text.encode())


def _joined(items: Iterable[tuple[str, str]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for given, value in items:
        name = given.lower()
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers


def _header_text(value: str) -> str:
    """Keep a value on its line, and spell what Latin-1 can not as UTF-8."""
    line = value.replace("\r", " ").replace("\n", " ")
    return line if _is_latin(line) else line.encode().decode("latin-1")


def _is_latin(text: str) -> bool:
    return all(ord(character) < 256 for character in text)


def _pieces(body: bytes | BinaryIO | Iterator[bytes]) -> Iterable[bytes]:
    if isinstance(body, bytes):
        return (body,)
    if hasattr(body, "read"):
        return iter(lambda: body.read(CHUNK), b"")
    return body


__all__ = ["Answer", "Exchange", "Line"]
