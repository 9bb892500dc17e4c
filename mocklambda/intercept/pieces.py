"""A body in pieces as a file: a read waits for no more than one piece."""

from __future__ import annotations

from collections.abc import Iterator
from io import RawIOBase
from typing import Any


class PiecesFile(RawIOBase):
    """To be read through ``io.BufferedReader``."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        taken = self._rest[: len(buffer)]
        buffer[: len(taken)] = taken
        self._rest = self._rest[len(taken) :]
        return len(taken)
