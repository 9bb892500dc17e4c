"""A body in chunks as ``http.client`` has it, so that urllib3 reads it chunk by chunk as from a connection."""

from __future__ import annotations

from collections.abc import Iterator
from http.client import HTTPResponse
from io import BufferedReader
from typing import Any

from mocklambda.intercept.pieces import PiecesFile
from mocklambda.wire.message import CutOffError

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class _Connection:
    """What ``http.client`` reads from; it has no other end."""

    def __init__(self, sent: Iterator[bytes]) -> None:
        self._sent = sent

    def makefile(self, _mode: str) -> BufferedReader:
        return BufferedReader(PiecesFile(self._sent))


def chunked_body(chunks: Iterator[bytes]) -> HTTPResponse:
    """Return the body; one that is cut off is found out by who reads it, at its end."""
    connection: Any = _Connection(_sent(chunks))
    response = HTTPResponse(connection)
    response.begin()
    return response


def _sent(chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield HEAD
    try:
        for chunk in chunks:
            if chunk:
                yield b"%x\r\n%b\r\n" % (len(chunk), chunk)
    except CutOffError:
        return
    yield b"0\r\n\r\n"
