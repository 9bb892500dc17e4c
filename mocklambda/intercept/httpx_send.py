"""Requests that ``httpx`` sends to AWS hosts: its two transports, patched once it is loaded, now or later.

It is never imported from here: a test that does not use it does not pay for it.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import closing
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any, BinaryIO, cast

from mocklambda.intercept import active
from mocklambda.wire.message import CutOffError, Request, Response


def install() -> active.Undo:
    """Patch httpx's transports, at once or when it is imported; returns what puts them back."""
    undo: list[active.Undo] = []
    loaded = sys.modules.get("httpx")
    if loaded is not None:
        undo.append(_patch(loaded))
    else:
        awaiting = _Awaiting(lambda module: undo.append(_patch(module)))
        sys.meta_path.insert(0, awaiting)
        undo.append(awaiting.leave)

    def put_back() -> None:
        while undo:
            undo.pop()()

    return put_back


class _Awaiting(MetaPathFinder):
    """Stands before the other finders until httpx is asked for."""

    def __init__(self, on_loaded: Callable[[ModuleType], None]) -> None:
        self._on_loaded = on_loaded

    def leave(self) -> None:
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != "httpx":
            return None
        self.leave()
        spec = find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = _Telling(spec.loader, self._on_loaded)
        return spec


class _Telling(Loader):
    """Loads as another loader does, and tells."""

    def __init__(self, loader: Loader, on_loaded: Callable[[ModuleType], None]) -> None:
        self._loader = loader
        self._on_loaded = on_loaded

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        self._on_loaded(module)


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
    return httpx.Response(
        response.status,
        headers=[*response.headers.items(), *response.repeated],
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
            for chunk in chunks():
                yield chunk

    return Stream()
