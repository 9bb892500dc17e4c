"""What a function's result becomes as the HTTP reply of its URL. Knows no request.

A result that is an object with ``statusCode`` says how to answer; anything else is the answer.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from mocklambda.services.lambda_.front_ends.arrival import HOP_BY_HOP

JSON = "application/json"
STREAM = "application/octet-stream"
COMPUTED = HOP_BY_HOP | {"content-length", "date"}
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpReply:
    """A reply before the service's own headers are on it; a header may come more than once."""

    status: int
    content_type: str
    headers: Headers = ()
    body: bytes = b""
    is_streamed: bool = False


INTERNAL_SERVER_ERROR = HttpReply(status=502, content_type=JSON, body=b"Internal Server Error")
"""For whatever goes wrong in the function: why never reaches the client (R)."""


class _BadShape(Exception):
    """The result says something that no reply can be made of."""


def buffered(payload: bytes) -> HttpReply:
    """Read a function's result as invoke mode BUFFERED does."""
    try:
        result = json.loads(payload)
    except ValueError:  # I: a runtime that answers something else than JSON
        return HttpReply(status=200, content_type=JSON, body=payload)
    if not isinstance(result, dict) or "statusCode" not in result:
        return HttpReply(status=200, content_type=JSON, body=_plain(result))
    try:
        return _structured(result)
    except _BadShape:
        return INTERNAL_SERVER_ERROR


def streamed(payload: bytes) -> HttpReply:
    """Take a result that was not streamed as invoke mode RESPONSE_STREAM does: as it is (R)."""
    return HttpReply(status=200, content_type=STREAM, body=payload, is_streamed=True)


def _plain(value: Any) -> bytes:
    """Return text without quotes (R), anything else as compact JSON (R)."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def _structured(result: dict[str, Any]) -> HttpReply:
    content_type, headers = _headers(result.get("headers"))
    body = result.get("body")
    content = b"" if body is None else _plain(body)
    if result.get("isBase64Encoded") is True:
        content = _decoded(content)
    return HttpReply(
        status=_status(result["statusCode"]),
        content_type=content_type,
        headers=(*headers, *(("set-cookie", cookie) for cookie in _cookies(result.get("cookies")))),
        body=content,
    )


def _status(value: Any) -> int:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and value == int(value)
    if not is_number and not (isinstance(value, str) and value.isascii() and value.isdigit()):
        raise _BadShape
    status = int(value)
    if not 100 <= status <= 599:
        raise _BadShape
    return status


def _headers(given: Any) -> tuple[str, Headers]:
    if given is None:
        given = {}
    if not isinstance(given, dict):
        raise _BadShape
    content_type, headers = JSON, []
    for name, value in given.items():
        if isinstance(value, (dict, list)):
            raise _BadShape
        text = value if isinstance(value, str) else json.dumps(value)
        if name.lower() == "content-type":
            content_type = text
        elif value is not None and name.lower() not in COMPUTED:
            headers.append((name, text))
    return content_type, tuple(headers)


def _cookies(given: Any) -> list[str]:
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(cookie, str) for cookie in given):
        raise _BadShape
    return given


def _decoded(content: bytes) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except binascii.Error:
        raise _BadShape from None
