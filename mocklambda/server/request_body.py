"""A request's body, read whole before anybody answers: a slow sender must hold up nobody but itself.

Short bodies come as bytes, long ones as a file without a name. Knows HTTP's two ways to tell a body's length.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from typing import BinaryIO, cast

CHUNK = 1 << 18
IN_MEMORY = 8 << 20
"""Bytes of a body that are kept in memory; a longer one goes to disk."""
LONGEST_LINE = 1 << 12
"""Of what chunked transfer puts between the bytes: sizes with their extensions, trailers."""


class BadBodyError(ValueError):
    """What was sent is no body by HTTP's rules, or ended before its end."""


def read_body(stream: BinaryIO, headers: Mapping[str, str]) -> bytes | BinaryIO:
    """Read the body that ``headers`` (names in lower case) announce, if any.

    Raises:
        BadBodyError: the connection can not be used any further.

    """
    if "transfer-encoding" in headers:
        if headers["transfer-encoding"].strip().lower() != "chunked":
            raise BadBodyError("Transfer-Encoding: only chunked is understood")
        return _kept(_chunks(stream))
    length = _length(headers.get("content-length", "0"))
    if length > IN_MEMORY:
        return _kept(_sized(stream, length))
    body = stream.read(length)
    if len(body) < length:
        raise BadBodyError("the body ended before its Content-Length")
    return body


def _length(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise BadBodyError(f"Content-Length: {text!r} is not a number")
    return int(text)


def _kept(pieces: Iterator[bytes]) -> bytes | BinaryIO:
    spool = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - whoever answered closes it
    try:
        for piece in pieces:
            spool.write(piece)
        size = spool.tell()
        spool.seek(0)
        if size > IN_MEMORY:
            return cast("BinaryIO", spool)
        body = spool.read()
    except BaseException:
        spool.close()
        raise
    spool.close()
    return body


def _sized(stream: BinaryIO, length: int) -> Iterator[bytes]:
    while length:
        piece = stream.read(min(CHUNK, length))
        if not piece:
            raise BadBodyError("the body ended before its announced length")
        length -= len(piece)
        yield piece


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while size := _chunk_size(_line(stream)):
        yield from _sized(stream, size)
        if _line(stream):
            raise BadBodyError("a chunk is longer than it says")
    while _line(stream):  # trailers: S3 reads its own from inside the body
        pass


def _chunk_size(line: bytes) -> int:
    digits = line.partition(b";")[0].strip()
    try:
        return int(digits, 16)
    except ValueError:
        raise BadBodyError(f"{digits!r} is not the size of a chunk") from None


def _line(stream: BinaryIO) -> bytes:
    line = stream.readline(LONGEST_LINE)
    if not line.endswith(b"\n"):
        raise BadBodyError("the body ended between chunks")
    return line.rstrip(b"\r\n")
