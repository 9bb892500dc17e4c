"""Requests that ``httpx`` sends to AWS hosts: its two transports, patched once it is loaded, now or later.

It is never imported from here: a test that does not use it does not pay for it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from typing import Any, BinaryIO, cast

from mocklambda.intercept import active
from mocklambda.intercept.aio import in_thread
from mocklambda.intercept.loading import once_loaded
from mocklambda.wire.message import CutOffError, Request, Response


def install() -> active.Undo:
    """Patch httpx's transports, at once or when it is imported; returns what puts them back."""
    return once_loaded("httpx", _patch)


def _patch(httpx: Any) -> active.Undo:
    plain, asynchronous = httpx.HTTPTransport, httpx.AsyncHTTPTransport
    handle, handle_async = plain.handle_request, asynchronous.handle_async_request

    def handle_request(transport: Any, request: Any) -> Any:
        session = _session_for(request)
        if session is None:
            return handle(transport, request)
        return _answered(httpx, session, request, b"".join(request.stream))

    async def handle_async_request(transport: Any, request: Any) -> Any:
        session = _session_for(request)
        if session is None:
            return await handle_async(transport, request)
        return _answered(httpx, session, request, b"".join([part async for part in request.stream]))

    plain.handle_request, asynchronous.handle_async_request = handle_request, handle_async_request

    def undo() -> None:
        plain.handle_request, asynchronous.handle_async_request = handle, handle_async

    return undo


def _session_for(request: Any) -> active.Answering | None:
    session = active.top()
    return session if session is not None and active.is_aws(request.url.host) else None


def _answered(httpx: Any, session: active.Answering, request: Any, body: bytes) -> Any:
    response = session.wire(_request_of(request, body))
    if response.delay_ms:
        session.rest(response.delay_ms)
    return httpx.Response(
        response.status,
        headers=[
            (name.encode("latin-1"), text.encode("latin-1"))
            for name, text in (*response.headers.items(), *response.repeated)
        ],
        stream=_stream(httpx, response),
        extensions={"http_version": b"HTTP/1.1"},
    )


def _request_of(request: Any, body: bytes) -> Request:
    path, _, query = request.url.raw_path.decode("ascii").partition("?")
    return Request(
        method=request.method,
        scheme=request.url.scheme,
        host=request.url.netloc.decode("ascii"),
        path=path or "/",
        query=query,
        headers={name.lower(): ",".join(request.headers.get_list(name)) for name in request.headers},
        body=body,
    )


def _stream(httpx: Any, response: Response) -> Any:
    body = response.body
    if isinstance(body, bytes):
        return httpx.ByteStream(body)
    read = getattr(body, "read", None)
    if read is None:
        return _in_pieces(httpx, body)
    with closing(cast("BinaryIO", body)):
        return httpx.ByteStream(read())


def _in_pieces(httpx: Any, pieces: Iterator[bytes]) -> Any:
    """Return a stream, for both of httpx's worlds, of a body in chunks."""

    def chunks() -> Iterator[bytes]:
        try:
            yield from pieces
        except CutOffError:
            message = "peer closed connection without sending complete message body (incomplete chunked read)"
            raise httpx.RemoteProtocolError(message) from None

    class Stream(httpx.SyncByteStream, httpx.AsyncByteStream):  # type: ignore[misc]
        def __iter__(self) -> Iterator[bytes]:
            return chunks()

        async def __aiter__(self) -> AsyncIterator[bytes]:
            rest = chunks()
            while (chunk := await in_thread(lambda: next(rest, None))) is not None:
                yield chunk

    return Stream()
