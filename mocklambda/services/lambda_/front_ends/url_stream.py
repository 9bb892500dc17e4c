"""What a function's response becomes as the reply of a URL in invoke mode RESPONSE_STREAM. Knows no request.

A response with HTTP metadata begins with a prelude in JSON and eight zero bytes; anything else is sent as it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

from mocklambda.execution.values import Outcome, Streamed
from mocklambda.services.lambda_.front_ends.url_reply import (
    INTERNAL_SERVER_ERROR,
    BadShapeError,
    HttpReply,
    cookies_of,
    headers_of,
    status_of,
)
from mocklambda.services.service import never

OCTETS = "application/octet-stream"
WITH_METADATA = "application/vnd.awslambda.http-integration-response"
END_OF_PRELUDE = bytes(8)


class Beginning:
    """What has come of a response before its reply can begin."""

    def __init__(self) -> None:
        self._chunks: tuple[bytes, ...] = ()

    def reply(
        self, more: Streamed, rest: Iterable[bytes], is_cut_off: Callable[[], bool]
    ) -> HttpReply | None:
        """Return the reply that ``more`` makes known, with ``rest`` to come after it; None where more must come."""
        self._chunks += more.chunks
        if more.content_type != WITH_METADATA:
            return _plain(more.content_type, chain(self._chunks, rest), is_cut_off)
        prelude, chunks = _split(self._chunks)
        return None if prelude is None else _with_metadata(prelude, chain(chunks, rest), is_cut_off)


def streamed(outcome: Outcome) -> HttpReply:
    """Return the reply: a failure before its first byte is a 502, one after it cuts the body off (D, I)."""
    response = outcome.streamed
    is_cut_off: Callable[[], bool] = (lambda: True) if outcome.is_error else never
    if response is not None and response.content_type == WITH_METADATA:
        prelude, chunks = _split(response.chunks)
        return _with_metadata(prelude, chunks, is_cut_off)
    if outcome.is_error and (response is None or not response.chunks):
        return INTERNAL_SERVER_ERROR
    if response is None:  # R: a result that came whole is sent as it is
        response = Streamed(chunks=(outcome.payload,), content_type=OCTETS)
    return _plain(response.content_type, response.chunks, is_cut_off)


def _plain(content_type: str, chunks: Iterable[bytes], is_cut_off: Callable[[], bool]) -> HttpReply:
    return HttpReply(status=200, content_type=content_type, chunks=chunks, is_cut_off=is_cut_off)


def _with_metadata(
    prelude: bytes | None, chunks: Iterable[bytes], is_cut_off: Callable[[], bool]
) -> HttpReply:
    try:
        metadata = _metadata(prelude)
        content_type, headers = headers_of(metadata.get("headers"), default_type=OCTETS)
        return HttpReply(
            status=status_of(metadata.get("statusCode", 200)),  # R: without one it is 200
            content_type=content_type,
            headers=(*headers, *cookies_of(metadata.get("cookies"))),
            chunks=chunks,
            is_cut_off=is_cut_off,
        )
    except BadShapeError:
        return INTERNAL_SERVER_ERROR


def _split(chunks: tuple[bytes, ...]) -> tuple[bytes | None, tuple[bytes, ...]]:
    """Take the prelude off; None where it has no end."""
    begun = b""
    for number, chunk in enumerate(chunks):
        begun += chunk
        prelude, end, rest = begun.partition(END_OF_PRELUDE)
        if end:
            return prelude, (*([rest] if rest else []), *chunks[number + 1 :])
    return None, ()


def _metadata(prelude: bytes | None) -> dict[str, Any]:
    try:
        found = json.loads(prelude or b"")
    except ValueError:
        raise BadShapeError from None
    if not isinstance(found, dict):
        raise BadShapeError
    return found
