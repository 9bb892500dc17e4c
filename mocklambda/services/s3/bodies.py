"""What an object's bytes are: in memory, in the spill file, or a run of other bodies. Bodies never change."""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CHUNK = 1 << 20


class Body(Protocol):
    """Bytes that are read by range; copies and parts of uploads share them."""

    @property
    def size(self) -> int:
        """How many bytes."""

    def read(self, start: int, end: int) -> bytes:
        """Return the bytes from ``start`` up to, not including, ``end``."""


class Memory:
    """A body held as bytes."""

    __slots__ = ("__weakref__", "data", "size")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)

    def read(self, start: int, end: int) -> bytes:
        return self.data[start:end]


EMPTY = Memory(b"")


class Piece:
    """A range of another body."""

    __slots__ = ("_body", "_start", "size")

    def __init__(self, body: Body, start: int, end: int) -> None:
        self._body = body
        self._start = start
        self.size = end - start

    def read(self, start: int, end: int) -> bytes:
        return self._body.read(self._start + start, self._start + min(end, self.size))


class Joined:
    """Several bodies, one after another: a completed multipart upload, without copying its parts."""

    __slots__ = ("_bodies", "_starts", "size")

    def __init__(self, bodies: Sequence[Body]) -> None:
        self._bodies = list(bodies)
        self._starts: list[int] = []
        self.size = 0
        for body in bodies:
            self._starts.append(self.size)
            self.size += body.size

    def read(self, start: int, end: int) -> bytes:
        end = min(end, self.size)
        found = []
        number = bisect_right(self._starts, start) - 1
        while start < end:
            begin, body = self._starts[number], self._bodies[number]
            found.append(body.read(start - begin, min(end - begin, body.size)))
            start = begin + body.size
            number += 1
        return b"".join(found)


def chunks(body: Body) -> Iterator[bytes]:
    """Yield the whole body in pieces of a megabyte."""
    for start in range(0, body.size, CHUNK):
        yield body.read(start, start + CHUNK)


class Reader(io.RawIOBase):
    """A file-like view of a range of a body, for replies that stream."""

    def __init__(self, body: Body, start: int, end: int) -> None:
        self._body = body
        self._start = start
        self._place = start
        self._end = end

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: self._start, io.SEEK_CUR: self._place, io.SEEK_END: self._end}[whence]
        self._place = max(self._start, base + offset)
        return self.tell()

    def tell(self) -> int:
        return self._place - self._start

    def read(self, size: int | None = -1, /) -> bytes:
        end = self._end if size is None or size < 0 else min(self._end, self._place + size)
        if end <= self._place:
            return b""
        data = self._body.read(self._place, end)
        self._place = end
        return data

    def readall(self) -> bytes:
        return self.read()

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)


INLINE = 1 << 20
"""Answers up to this size are handed over as bytes, larger ones as a reader."""


def answer(body: Body, start: int, end: int) -> bytes | BinaryIO:
    """Return what a reply's Body is: bytes when small, else something to stream from."""
    if end - start <= INLINE:
        return body.data if type(body) is Memory and end - start == body.size else body.read(start, end)
    return cast("BinaryIO", Reader(body, start, end))
