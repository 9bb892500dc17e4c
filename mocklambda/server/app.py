"""WSGI ↔ wire messages. Knows HTTP; who answers is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO

from werkzeug.wrappers import Request as HttpRequest, Response as HttpResponse
from werkzeug.wsgi import get_input_stream

from mocklambda.wire.message import Request, Response

Answer = Callable[[Request, str], Response]
"""A request and the address it came from → its response."""
CHUNK = 1 << 18
WHOLE = 8 << 20
"""Bytes of a body that are read at once; a longer one is passed on as a stream."""


def application(answer: Answer) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    """Return a WSGI application around ``answer``."""

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        response = answer(request_of(environ), environ.get("REMOTE_ADDR", "127.0.0.1"))
        return http_response(response)(environ, start_response)

    return app


def request_of(environ: dict[str, Any]) -> Request:
    """Turn a WSGI environment into a wire request."""
    http = HttpRequest(environ)
    target = environ.get("RAW_URI") or environ.get("REQUEST_URI") or http.full_path
    path, _, query = str(target).partition("?")
    if path.startswith(("http://", "https://")):  # absolute form
        path = "/" + path.split("/", 3)[3] if path.count("/") > 2 else "/"
    return Request(
        method=http.method,
        scheme=http.scheme,
        host=http.host,
        path=path or "/",
        query=query,
        headers={name.lower(): value for name, value in http.headers.items()},
        body=_body(environ),
    )


def _body(environ: dict[str, Any]) -> bytes | BinaryIO:
    stream = get_input_stream(environ, safe_fallback=False)
    length = environ.get("CONTENT_LENGTH")
    if length and int(length) > WHOLE:
        return stream  # type: ignore[return-value]
    return stream.read() if length or environ.get("wsgi.input_terminated") else b""


def http_response(response: Response) -> HttpResponse:
    """Turn a wire response into one that werkzeug sends."""
    body = response.body
    made = HttpResponse(_pieces(body) if not isinstance(body, bytes) else body, status=response.status)
    made.headers.clear()
    made.headers.extend(response.headers)
    made.automatically_set_content_length = isinstance(body, bytes)
    return made


def _pieces(body: BinaryIO | Iterator[bytes]) -> Iterator[bytes]:
    if not hasattr(body, "read"):
        yield from body
        return
    try:
        while piece := body.read(CHUNK):
            yield piece
    finally:
        body.close()
