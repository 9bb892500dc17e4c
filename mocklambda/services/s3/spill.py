"""Where bodies are kept: in memory, and beyond a limit in one temporary file that dies with the session."""

from __future__ import annotations

import os
import tempfile
import weakref
from bisect import insort
from collections import deque
from collections.abc import Iterable
from typing import IO

from mocklambda.services.s3.bodies import EMPTY, INLINE, Body, Memory

MEMORY_LIMIT = 64 << 20
"""What large bodies may take in memory together, before further ones go to the file."""


class Extent:
    """A body in the spill file."""

    __slots__ = ("__weakref__", "_file", "_offset", "size")

    def __init__(self, file: IO[bytes], offset: int, size: int) -> None:
        self._file = file
        self._offset = offset
        self.size = size

    def read(self, start: int, end: int) -> bytes:
        # pread: readers in other threads share the file without sharing a position.
        return os.pread(self._file.fileno(), min(end, self.size) - start, self._offset + start)


class BodyStore:
    """Takes the bytes of uploads in; gives back what no body uses any more."""

    def __init__(self, memory_limit: int = MEMORY_LIMIT) -> None:
        self._limit = memory_limit
        self._in_memory = 0
        self._file: IO[bytes] | None = None
        self._end = 0
        self._free: list[tuple[int, int]] = []
        self._dropped: deque[tuple[int, int]] = deque()
        self._forgotten: deque[int] = deque()

    def keep(self, pieces: Iterable[bytes]) -> Body:
        """Store what ``pieces`` yields; nothing is kept if it raises."""
        gathered: list[bytes] = []
        size = 0
        source = iter(pieces)
        for piece in source:
            gathered.append(piece)
            size += len(piece)
            if size > INLINE and self._is_full(size):
                return self._spill(gathered, source)
        if not size:
            return EMPTY
        body = Memory(gathered[0] if len(gathered) == 1 else b"".join(gathered))
        if size > INLINE:
            self._in_memory += size
            weakref.finalize(body, self._forgotten.append, size).atexit = False
        return body

    def close(self) -> None:
        """Drop the file; what is still being read from it can not be read on."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _is_full(self, more: int) -> bool:
        # Finalizers run in any thread and only note what they release; it is counted here.
        while self._forgotten:
            self._in_memory -= self._forgotten.popleft()
        return self._in_memory + more > self._limit

    def _spill(self, gathered: list[bytes], rest: Iterable[bytes]) -> Extent:
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="mocklambda-s3-")  # noqa: SIM115 - closed with the session
        while self._dropped:
            self._release(*self._dropped.popleft())
        start = self._end
        try:
            for pieces in (gathered, rest):
                for piece in pieces:
                    self._write(piece)
        except BaseException:
            self._end = start
            raise
        extent = Extent(self._file, start, self._end - start)
        weakref.finalize(extent, self._dropped.append, (start, extent.size)).atexit = False
        return extent

    def _write(self, piece: bytes) -> None:
        assert self._file is not None
        view = memoryview(piece)
        while view:
            written = os.pwrite(self._file.fileno(), view, self._end)
            self._end += written
            view = view[written:]

    def _release(self, offset: int, size: int) -> None:
        """Note room as free, and take the file's end back as far as it is free."""
        insort(self._free, (offset, size))
        while self._free and sum(self._free[-1]) == self._end:
            self._end = self._free.pop()[0]
