"""What a function's result becomes as the HTTP reply of its URL. Knows no request.

A result that is an object with ``statusCode`` says how to answer; anything else is the answer.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from mocklambda.services.lambda_.front_ends.arrival import HOP_BY_HOP
from mocklambda.services.service import never

JSON = "application/json"
COMPUTED = HOP_BY_HOP | {"content-length", "date"}
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpReply:
    """A reply before the service's own headers are on it; a header may come more than once."""

    status: int
    content_type: str
    headers: Headers = ()
    body: bytes = b""
    chunks: Iterable[bytes] | None = None
    """In place of ``body``, where it is streamed."""
    is_cut_off: Callable[[], bool] = never
    """Asked after the last of them: whether the function failed after the first of it was sent."""


INTERNAL_SERVER_ERROR = HttpReply(status=502, content_type=JSON, body=b"Internal Server Error")
"""For whatever goes wrong in the function: why never reaches the client (R)."""


class BadShapeError(Exception):
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
    except BadShapeError:
        return INTERNAL_SERVER_ERROR


def _plain(value: Any) -> bytes:
    """Return text without quotes (R), anything else as compact JSON (R)."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def _structured(result: dict[str, Any]) -> HttpReply:
    content_type, headers = headers_of(result.get("headers"))
    body = result.get("body")
    content = b"" if body is None else _plain(body)
    if result.get("isBase64Encoded") is True:
        content = _decoded(content)
    return HttpReply(
        status=status_of(result["statusCode"]),
        content_type=content_type,
        headers=(*headers, *cookies_of(result.get("cookies"))),
        body=content,
    )


def status_of(value: Any) -> int:
    """Return a status as it is sent; raises BadShapeError."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and value == int(value)
    if not is_number and not (isinstance(value, str) and value.isascii() and value.isdigit()):
        raise BadShapeError
    status = int(value)
    if not 100 <= status <= 599:
        raise BadShapeError
    return status


def headers_of(given: Any, *, default_type: str = JSON) -> tuple[str, Headers]:
    """Return the content type, and the other headers a function may set; raises BadShapeError."""
    if given is None:
        given = {}
    if not isinstance(given, dict):
        raise BadShapeError
    content_type, headers = default_type, []
    for name, value in given.items():
        if isinstance(value, (dict, list)):
            raise BadShapeError
        text = value if isinstance(value, str) else json.dumps(value)
        if name.lower() == "content-type":
            content_type = text
        elif value is not None and name.lower() not in COMPUTED:
            headers.append((name, text))
    return content_type, tuple(headers)


def cookies_of(given: Any) -> Headers:
    """Return the headers that set cookies; raises BadShapeError."""
    if given is None:
        return ()
    if not isinstance(given, list) or not all(isinstance(cookie, str) for cookie in given):
        raise BadShapeError
    return tuple(("set-cookie", cookie) for cookie in given)


def _decoded(content: bytes) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except binascii.Error:
        raise BadShapeError from None
