"""What travels: one request and one response, as bytes and names, before any protocol looks at them.

Nobody changes them; they are not frozen since every call makes one of each, and a frozen one takes three times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO


@dataclass(slots=True, kw_only=True)
class Request:
    """One HTTP request. Header names are lower-case; path and query are as sent, percent-encoded."""

    method: str
    scheme: str
    host: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes | BinaryIO

    def content(self) -> bytes:
        """Return the whole body as bytes, reading it if it is a stream."""
        body = self.body
        return body if isinstance(body, bytes) else body.read()


class CutOffError(ConnectionError):
    """Raised by a body in pieces, after the last one that came: its sender hung up before the end."""


@dataclass(slots=True, kw_only=True)
class Response:
    """One HTTP response. Header names are spelled as AWS sends them.

    ``body`` is a file for big objects, and an iterator for what is sent in pieces: frames of event streams that
    have no end yet, and the chunks of a streamed reply, which may raise CutOffError.
    """

    status: int
    headers: dict[str, str]
    body: bytes | BinaryIO | Iterator[bytes]
    repeated: tuple[tuple[str, str], ...] = ()
    """Headers that ``headers`` has already and that may come more than once: cookies, above all."""
    delay_ms: int = 0
    """How much later it is to reach who asked, by a plan of the test's."""


class LateResponse(Response):
    """A response of which the status is known, and which is not written before somebody asks for the rest.

    Only for what can't fail to be written, from values that nobody changes.
    """

    __slots__ = ("_made", "_make")

    def __init__(self, status: int, make: Callable[[], Response]) -> None:
        self.status = status
        self.repeated = ()
        self.delay_ms = 0
        self._make = make
        self._made: Response | None = None

    def made(self) -> Response:
        """Return the response that this one stands for."""
        if self._made is None:
            self._made = self._make()
        return self._made

    @property
    def body(self) -> bytes | BinaryIO | Iterator[bytes]:  # type: ignore[override]
        return self.made().body

    @property
    def headers(self) -> dict[str, str]:  # type: ignore[override]
        return self.made().headers
