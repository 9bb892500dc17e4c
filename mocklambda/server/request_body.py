"""A request's body, read whole before anybody answers: a slow sender must hold up nobody but itself.

Short bodies come as bytes, long ones as a file without a name.
"""

from __future__ import annotations

import shutil
import tempfile
from typing import Any, BinaryIO, cast

from werkzeug.exceptions import BadRequest
from werkzeug.serving import DechunkedInput
from werkzeug.wsgi import get_content_length, get_input_stream

CHUNK = 1 << 18
IN_MEMORY = 8 << 20
"""Bytes of a body that are kept in memory; a longer one goes to disk."""
LONGEST_LINE = 1 << 12
"""Of what chunked transfer puts between the bytes: sizes with their extensions, trailers."""


class Whole:
    """A connection that gives all the bytes that were asked for, or an error.

    werkzeug counts those that did not come as read: what it makes of them is not even in the buffer any more.
    """

    def __init__(self, rfile: Any) -> None:
        self._rfile = rfile
        self.readline = rfile.readline
        self.peek = rfile.peek

    def read(self, size: int) -> bytes:
        """Raise BadRequest where the connection ends first."""
        data: bytes = self._rfile.read(size)
        if len(data) < size:
            raise BadRequest("the body ended inside a chunk")
        return data


class Chunks(DechunkedInput):
    """Chunked transfer as werkzeug reads it, past extensions and trailers too, and to its announced end."""

    def __init__(self, rfile: Any) -> None:
        super().__init__(cast("Any", Whole(rfile)))

    def read_chunk_len(self) -> int:
        digits = self._rfile.readline(LONGEST_LINE).partition(b";")[0].strip()
        if not digits.isalnum():
            raise BadRequest(f"{digits!r} is not the size of a chunk")
        try:
            size = int(digits, 16)
        except ValueError:
            raise BadRequest(f"{digits!r} is not the size of a chunk") from None
        if not size:
            self._pass_over_trailers()
        return size

    def _pass_over_trailers(self) -> None:
        peek = cast("Any", self._rfile).peek
        while peek(1)[:1] not in {b"\r", b"\n", b""}:
            self._rfile.readline(LONGEST_LINE)

    def readinto(self, buf: Any) -> int:
        try:
            return super().readinto(buf)
        except ConnectionError:
            raise
        except OSError as error:
            raise BadRequest(str(error)) from None


def read_body(environ: dict[str, Any]) -> bytes | BinaryIO:
    """Read the body that the headers announce, if any.

    Raises:
        BadRequest: what was sent is no body by HTTP's rules, or ended before its end: the connection can not
            be used any further.

    """
    coding = environ.get("HTTP_TRANSFER_ENCODING")
    if coding is not None and coding.strip().lower() != "chunked":
        raise BadRequest("Transfer-Encoding: only chunked is understood")
    length = environ.get("CONTENT_LENGTH", "0")
    if coding is None and not (length.isascii() and length.isdigit()):
        raise BadRequest(f"Content-Length: {length!r} is not a number")
    stream = get_input_stream(environ)
    if coding is None and (get_content_length(environ) or 0) <= IN_MEMORY:
        return stream.read()
    return _kept(stream)


def _kept(stream: Any) -> bytes | BinaryIO:
    spool = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - whoever answered closes it
    try:
        shutil.copyfileobj(stream, spool, CHUNK)
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
