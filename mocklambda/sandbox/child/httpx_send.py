"""Requests that ``httpx`` sends to AWS hosts from a handler: its two transports, patched once it is imported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .connection import CutOffError
from .pool import Ask

CUT_OFF = "peer closed connection without sending complete message body (incomplete chunked read)"


def patch(httpx: Any, is_ours: Callable[[str], bool], ask: Ask) -> None:
    """Have requests to hosts that are AWS's answered by the test's cloud."""
    plain, asynchronous = httpx.HTTPTransport, httpx.AsyncHTTPTransport
    handle, handle_async = plain.handle_request, asynchronous.handle_async_request

    def answered(request: Any, body: bytes) -> Any:
        headers = {name.lower(): ",".join(request.headers.get_list(name)) for name in request.headers}
        try:
            answer, content = ask(
                {"method": request.method, "url": str(request.url), "headers": headers}, body
            )
        except CutOffError:
            raise httpx.RemoteProtocolError(CUT_OFF) from None
        return httpx.Response(
            answer["status"],
            headers=[
                (name.encode("latin-1"), text.encode("latin-1"))
                for name, text in (*answer["headers"].items(), *answer.get("repeated", ()))
            ],
            stream=httpx.ByteStream(content),
            extensions={"http_version": b"HTTP/1.1"},
        )

    def handle_request(transport: Any, request: Any) -> Any:
        if not is_ours(str(request.url)):
            return handle(transport, request)
        return answered(request, b"".join(request.stream))

    async def handle_async_request(transport: Any, request: Any) -> Any:
        if not is_ours(str(request.url)):
            return await handle_async(transport, request)
        from anyio.to_thread import run_sync  # what httpx's own clients run on

        body = b"".join([part async for part in request.stream])
        return await run_sync(lambda: answered(request, body))

    plain.handle_request, asynchronous.handle_async_request = handle_request, handle_async_request
