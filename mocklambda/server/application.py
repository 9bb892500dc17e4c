"""WSGI ↔ wire messages. Who answers is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO, cast

import werkzeug
from werkzeug.datastructures import Headers
from werkzeug.exceptions import BadRequest
from werkzeug.http import http_date
from werkzeug.wsgi import wrap_file

from mocklambda.errors import NothingWillAnswer
from mocklambda.server.request_body import CHUNK, read_body
from mocklambda.wire.message import CutOffError, Request, Response

Answer = Callable[[Request, str], Response]
"""A request and the address it came from → its response."""
Environ = dict[str, Any]

HEADERS = "mocklambda.headers"
"""In the environ: the request's headers by their names in lower case."""
TARGET = "mocklambda.target"
"""In the environ: path and query as the request's first line has them."""
IS_READ = "mocklambda.is_read"
"""Put into the environ once nothing of the request is left to be read."""
OF_THE_CONNECTION = frozenset({"connection", "keep-alive", "transfer-encoding"})
"""Headers of an answer that the server says for itself."""


class Application:
    """Passes requests on to ``answer``."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        pieces: Iterable[bytes] = self._respond(environ)(environ, start_response)
        return pieces

    def _respond(self, environ: Environ) -> Any:
        try:
            body = read_body(environ)
        except BadRequest as error:
            return error
        environ[IS_READ] = True
        try:
            response = self._answer(_request(environ, body), environ["REMOTE_ADDR"])
        except Exception as error:  # whoever answers has said what it could: a client must not hang on a bug
            response = _owned_up(error)
        finally:
            if not isinstance(body, bytes):
                body.close()
        return _response(environ, response)


class Reply(werkzeug.Response):
    """Has the headers that it was given, as they are, and a length where that is known."""

    default_mimetype = None

    def get_wsgi_headers(self, environ: Environ) -> Headers:
        """Add the length; werkzeug would respell locations, and take what S3 says from a 304."""
        headers = Headers(self.headers)
        if self.is_sequence and self.status_code >= 200 and self.status_code not in {204, 304}:
            headers.setdefault("Content-Length", str(self.calculate_content_length()))
        return headers


def _request(environ: Environ, body: bytes | BinaryIO) -> Request:
    target = environ[TARGET]
    if target.startswith(("http://", "https://")):  # as a proxy is asked
        target = "/" + target.split("/", 3)[3] if target.count("/") > 2 else "/"
    path, _, query = target.partition("?")
    return Request(
        method=environ["REQUEST_METHOD"],
        scheme=environ["wsgi.url_scheme"],
        host=environ[HEADERS].get("host", ""),
        path=path or "/",
        query=query,
        headers=environ[HEADERS],
        body=body,
    )


def _response(environ: Environ, response: Response) -> Reply:
    headers = [
        (name, _header_text(value))
        for name, value in (*response.headers.items(), *response.repeated)
        if name.lower() not in OF_THE_CONNECTION
    ]
    reply = Reply(status=response.status, headers=headers)
    reply.headers.setdefault("Date", http_date())
    body = response.body
    if isinstance(body, bytes):
        reply.response = [body]
        return reply
    if hasattr(body, "read"):
        reply.response = wrap_file(environ, cast("BinaryIO", body), CHUNK)
    else:
        reply.response = _while_it_lasts(body)
    if environ["SERVER_PROTOCOL"] == "HTTP/1.0" and "Content-Length" not in reply.headers:
        reply.make_sequence()  # chunks came with the next version
    else:
        reply.direct_passthrough = True
    return reply


def _while_it_lasts(body: Iterator[bytes]) -> Iterator[bytes]:
    """Pass on what comes; raise CutOffError where the end of the session leaves the rest out."""
    try:
        yield from body
    except NothingWillAnswer as error:
        raise CutOffError from error


def _owned_up(error: Exception) -> Response:
    text = f"A bug in mocklambda, not in your code: {type(error).__name__}: {error}\n"
    return Response(status=500, headers={"Content-Type": "text/plain; charset=utf-8"}, body=text.encode())


def _header_text(value: str) -> str:
    """Keep a value on its line, and spell what Latin-1 can not as UTF-8."""
    line = value.replace("\r", " ").replace("\n", " ")
    return line if _is_latin(line) else line.encode().decode("latin-1")


def _is_latin(text: str) -> bool:
    return all(ord(character) < 256 for character in text)
