"""Names in UTF-8 order, in blocks: adding, removing and seeking cost O(log n) however many there are."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

_BLOCK = 1024
"""Blocks split at twice this; moving one block's tail is a few hundred nanoseconds."""


class SortedNames:
    """A sorted set of texts. Code point order is UTF-8 byte order, so plain comparison is S3's order."""

    __slots__ = ("_blocks", "_lasts")

    def __init__(self) -> None:
        self._blocks: list[list[str]] = []
        self._lasts: list[str] = []

    def add(self, name: str) -> None:
        """Put ``name`` in; a no-op when it is there."""
        if not self._blocks:
            self._blocks.append([name])
            self._lasts.append(name)
            return
        number = min(bisect_left(self._lasts, name), len(self._blocks) - 1)
        block = self._blocks[number]
        place = bisect_left(block, name)
        if place < len(block) and block[place] == name:
            return
        block.insert(place, name)
        self._lasts[number] = block[-1]
        if len(block) > 2 * _BLOCK:
            self._split(number)

    def remove(self, name: str) -> None:
        """Take ``name`` out; a no-op when it is not there."""
        number = bisect_left(self._lasts, name)
        if number == len(self._blocks):
            return
        block = self._blocks[number]
        place = bisect_left(block, name)
        if block[place] != name:
            return
        del block[place]
        if block:
            self._lasts[number] = block[-1]
        else:
            del self._blocks[number], self._lasts[number]

    def starting_at(self, name: str) -> Iterator[str]:
        """Yield all names from ``name`` on; not to be changed meanwhile."""
        number = bisect_left(self._lasts, name)
        if number == len(self._blocks):
            return
        block = self._blocks[number]
        for place in range(bisect_left(block, name), len(block)):
            yield block[place]
        for block in self._blocks[number + 1 :]:
            yield from block

    def first_at(self, name: str) -> str | None:
        """Return the first name from ``name`` on."""
        number = bisect_left(self._lasts, name)
        if number == len(self._blocks):
            return None
        block = self._blocks[number]
        return block[bisect_left(block, name)]

    def __iter__(self) -> Iterator[str]:
        for block in self._blocks:
            yield from block

    def __bool__(self) -> bool:
        return bool(self._blocks)

    def _split(self, number: int) -> None:
        block = self._blocks[number]
        head, tail = block[:_BLOCK], block[_BLOCK:]
        self._blocks[number : number + 1] = [head, tail]
        self._lasts[number : number + 1] = [head[-1], tail[-1]]


def after_all_with(prefix: str) -> str | None:
    """Return the least text greater than every text with this prefix, or None when there is none."""
    for place in range(len(prefix) - 1, -1, -1):
        code = ord(prefix[place])
        if code < 0x10FFFF:
            return prefix[:place] + chr(code + 1)
    return None
