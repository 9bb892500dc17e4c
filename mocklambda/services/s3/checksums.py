"""The five checksum algorithms: their names, running values, and how parts make a whole.

CRC32C and CRC64NVME are counted by ``awscrt`` where it is installed; without it a table in Python does the
same, some thousand times slower (1 KB takes about 0.1 ms, which small test objects do not notice).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Protocol

SIZES = {"CRC32": 4, "CRC32C": 4, "CRC64NVME": 8, "SHA1": 20, "SHA256": 32}
"""Algorithm → bytes of its value."""
DEFAULT = "CRC64NVME"
COMPOSITE = "COMPOSITE"
FULL_OBJECT = "FULL_OBJECT"
TYPES = {
    "CRC32": (COMPOSITE, FULL_OBJECT),
    "CRC32C": (COMPOSITE, FULL_OBJECT),
    "SHA1": (COMPOSITE,),
    "SHA256": (COMPOSITE,),
    "CRC64NVME": (FULL_OBJECT,),
}
"""Algorithm → types that a multipart upload may have, its default first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checksum:
    """A stored checksum: base64, with ``-N`` when it is composed of N parts' values."""

    algorithm: str
    value: str
    kind: str = FULL_OBJECT

    @property
    def member(self) -> str:
        """The API member that carries it."""
        return "Checksum" + self.algorithm


class Hasher(Protocol):
    """A running checksum."""

    def update(self, data: bytes, /) -> None:
        """Take more data."""

    def digest(self) -> bytes:
        """Return the value so far, big-endian."""


class _Crc:
    __slots__ = ("_function", "_size", "_value")

    def __init__(self, function: Callable[[bytes, int], int], size: int) -> None:
        self._function = function
        self._size = size
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = self._function(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._size, "big")


def hasher(algorithm: str) -> Hasher:
    """Start a running checksum."""
    if algorithm == "CRC32":
        return _Crc(zlib.crc32, 4)
    if algorithm == "SHA1":
        return hashlib.sha1()
    if algorithm == "SHA256":
        return hashlib.sha256()
    return _Crc(_library(algorithm), SIZES[algorithm])


def encode(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def decode(value: str, size: int) -> bytes | None:
    """Return the bytes that base64 ``value`` stands for, or None when it is not ``size`` of them."""
    try:
        raw = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) == size else None


def composed(algorithm: str, values: list[str]) -> Checksum:
    """Return the COMPOSITE checksum over the parts' values."""
    running = hasher(algorithm)
    for value in values:
        running.update(base64.b64decode(value))
    return Checksum(algorithm=algorithm, value=f"{encode(running.digest())}-{len(values)}", kind=COMPOSITE)


@cache
def _library(algorithm: str) -> Callable[[bytes, int], int]:
    try:
        from awscrt import checksums as library
    except ImportError:
        return _by_table(*_POLYNOMIALS[algorithm])
    function: Callable[[bytes, int], int] = library.crc32c if algorithm == "CRC32C" else library.crc64nvme
    return function


_POLYNOMIALS = {"CRC32C": (0x82F63B78, 32), "CRC64NVME": (0x9A6C9329AC4BC9B5, 64)}
"""Reflected polynomial and width; initial value and final xor are all ones."""


def _by_table(polynomial: int, width: int) -> Callable[[bytes, int], int]:
    ones = (1 << width) - 1
    table = []
    for index in range(256):
        value = index
        for _ in range(8):
            value = (value >> 1) ^ polynomial if value & 1 else value >> 1
        table.append(value)

    def update(data: bytes, previous: int) -> int:
        value = previous ^ ones
        for byte in data:
            value = (value >> 8) ^ table[(value ^ byte) & 0xFF]
        return value ^ ones

    return update
