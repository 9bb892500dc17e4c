"""Requests to AWS hosts that no SDK makes, from a handler: presigned URLs, function URLs, load balancers.

``requests`` and everything else above urllib3 end in one method of one class.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from email.message import Message
from http import HTTPStatus
from typing import Any

from .connection import CutOffError

Ask = Callable[[dict[str, Any], Any], "tuple[dict[str, Any], bytes]"]
"""A request's header and body → the answer's header and body."""
PORTS = {"http": 80, "https": 443}


def patch(module: Any, is_ours: Callable[[str], bool], ask: Ask) -> None:
    """Have requests to hosts that are AWS's answered by the test's cloud."""
    pool_class = module.HTTPConnectionPool
    original = pool_class.urlopen

    def urlopen(
        pool: Any, method: str, url: str, body: Any = None, headers: Any = None, *args: Any, **options: Any
    ) -> Any:
        port = "" if pool.port in {None, PORTS.get(pool.scheme)} else f":{pool.port}"
        whole = url if not url.startswith("/") else f"{pool.scheme}://{pool.host}{port}{url}"
        if not is_ours(whole):
            return original(pool, method, url, body, headers, *args, **options)
        content = _content(body)
        sent = _headers(pool.headers if headers is None else headers, content)
        try:
            answer, received = ask({"method": method, "url": whole, "headers": sent}, content)
        except CutOffError as error:
            raise module.ProtocolError(f"Connection broken: {error!r}", error) from None
        return _response(answer, received, method, url, options)

    pool_class.urlopen = urlopen


def _content(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body)
    pieces = [body.read()] if hasattr(body, "read") else body
    return b"".join(piece.encode() if isinstance(piece, str) else bytes(piece) for piece in pieces)


def _headers(given: Any, content: bytes) -> dict[str, str]:
    """Return the headers as a connection would have sent them: with those that urllib3 adds by itself."""
    from urllib3._version import __version__
    from urllib3.util import SKIP_HEADER

    headers = {"accept-encoding": "identity", "user-agent": f"python-urllib3/{__version__}"}
    if content:
        headers["content-length"] = str(len(content))
    for name, value in (given or {}).items():
        headers[str(name).lower()] = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    return {name: text for name, text in headers.items() if text != SKIP_HEADER}


def _response(answer: dict[str, Any], content: bytes, method: str, url: str, options: dict[str, Any]) -> Any:
    from urllib3 import HTTPResponse
    from urllib3._collections import HTTPHeaderDict

    headers = HTTPHeaderDict(answer["headers"])
    for name, value in answer.get("repeated", ()):
        headers.add(name, value)
    status = answer["status"]
    return HTTPResponse(
        body=io.BytesIO(content),
        headers=headers,
        status=status,
        version=11,
        reason=HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else None,
        preload_content=options.get("preload_content", True),
        decode_content=options.get("decode_content", True),
        original_response=_Original(headers),  # type: ignore[arg-type]
        request_method=method,
        request_url=url,
    )


class _Original:
    """What ``requests`` takes cookies from: the reply below urllib3's."""

    def __init__(self, headers: Any) -> None:
        self.msg = Message()
        for name, value in headers.iteritems():
            self.msg[name] = value

    def isclosed(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing is open."""
