"""What a function's result becomes as a load balancer's reply, and the replies that it makes itself."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from mocklambda.services.lambda_.front_ends.arrival import HOP_BY_HOP

LIMIT = 1 << 20
"""Bytes of a request's body, and of the whole JSON of a result (D)."""
COMPUTED = HOP_BY_HOP | {"content-length"}
Headers = tuple[tuple[str, str], ...]
TITLES: Mapping[int, str] = MappingProxyType(
    {
        301: "301 Moved Permanently",
        302: "302 Found",
        400: "400 Bad Request",
        413: "413 Request Entity Too Large",
        463: "463",
        500: "500 Internal Server Error",
        502: "502 Bad Gateway",
        503: "503 Service Temporarily Unavailable",
        504: "504 Gateway Time-out",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BalancerReply:
    """A reply before the balancer's own headers are on it."""

    status: int
    headers: Headers = ()
    body: bytes = b""


class BadResult(Exception):
    """The function's result is no reply that a load balancer takes."""


def own_reply(status: int) -> BalancerReply:
    """Return the page that the load balancer shows where no target answers."""
    title = TITLES[status]
    text = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    )
    headers = (("Server", "awselb/2.0"), ("Content-Type", "text/html"))
    return BalancerReply(status=status, headers=headers, body=text.encode())


def target_reply(payload: bytes, *, is_multi_value: bool) -> BalancerReply:
    """Read a function's result; raises BadResult."""
    if len(payload) > LIMIT:
        raise BadResult
    try:
        result = json.loads(payload)
    except ValueError:
        raise BadResult from None
    if not isinstance(result, dict):
        raise BadResult
    status = _status(result.get("statusCode"))
    _check_description(result, status)
    headers = _lists(result) if is_multi_value else _singles(result)
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers = (*headers, ("Content-Type", "application/octet-stream"))  # I
    return BalancerReply(status=status, headers=headers, body=_body(result))


def _status(value: Any) -> int:
    is_text = isinstance(value, str) and value.isascii() and value.isdigit()
    if isinstance(value, bool) or not (isinstance(value, int) or is_text) or not 200 <= int(value) <= 599:
        raise BadResult
    return int(value)


def _check_description(result: dict[str, Any], status: int) -> None:
    if "statusDescription" not in result:
        return
    text = result["statusDescription"]
    if not isinstance(text, str) or re.fullmatch(rf"{status} \S.*", text) is None:
        raise BadResult


def _singles(result: dict[str, Any]) -> Headers:
    headers = result.get("headers", {})
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        raise BadResult
    return tuple((name, value) for name, value in headers.items() if name.lower() not in COMPUTED)


def _lists(result: dict[str, Any]) -> Headers:
    headers = result.get("multiValueHeaders", {})
    if not isinstance(headers, dict):
        raise BadResult
    pairs: list[tuple[str, str]] = []
    for name, values in headers.items():
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise BadResult
        if name.lower() not in COMPUTED:
            pairs.extend((name, value) for value in values)
    return tuple(pairs)


def _body(result: dict[str, Any]) -> bytes:
    body = result.get("body", "")
    if not isinstance(body, str):
        raise BadResult
    content = body.encode("utf-8", "surrogatepass")
    if result.get("isBase64Encoded") is not True:
        return content
    try:
        return base64.b64decode(content, validate=True)
    except binascii.Error:
        raise BadResult from None
