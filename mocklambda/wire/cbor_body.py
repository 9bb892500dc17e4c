"""CBOR bodies: bytes to API dicts and back. Smithy's RPC v2 counts instants in seconds, x-amz-cbor-1.1 in ms.

Reads all of RFC 8949's definite and indefinite forms; writes what AWS writes.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from botocore.model import Shape, StructureShape

from mocklambda.wire.errors import MalformedRequest
from mocklambda.wire.scalars import Convert, from_base64, from_epoch_seconds, millis, to_float
from mocklambda.wire.trees import Reader, Writer
from mocklambda.wire.views import leaf_views

_FLOATS = {25: (">e", 2), 26: (">f", 4), 27: (">d", 8)}
_SIMPLE = {20: False, 21: True, 22: None, 23: None}
_INDEFINITE = 31
_DEEPEST = 200


class Instant:
    """A value already encoded with its timestamp tag."""

    __slots__ = ("encoded",)

    def __init__(self, encoded: bytes) -> None:
        self.encoded = encoded


def dumps(tree: Any) -> bytes:
    """Return the CBOR of a tree of dicts, lists, strings, bytes, numbers, booleans, None and ``Instant``s."""
    out = bytearray()
    _put(out, tree)
    return bytes(out)


def _head(major: int, value: int) -> bytes:
    start = major << 5
    if value < 24:
        return bytes((start | value,))
    if value < 0x100:
        return bytes((start | 24, value))
    if value < 0x10000:
        return struct.pack(">BH", start | 25, value)
    if value < 0x100000000:
        return struct.pack(">BI", start | 26, value)
    return struct.pack(">BQ", start | 27, value)


def _put(out: bytearray, value: Any) -> None:
    if isinstance(value, str):
        text = value.encode("utf-8", "replace")
        out += _head(3, len(text)) + text
    elif value is None:
        out.append(0xF6)
    elif isinstance(value, bool):
        out.append(0xF5 if value else 0xF4)
    elif isinstance(value, int):
        out += _head(0, value) if value >= 0 else _head(1, -1 - value)
    elif isinstance(value, float):
        out += struct.pack(">Bd", 0xFB, value)
    elif isinstance(value, dict):
        out += _head(5, len(value))
        for key, item in value.items():
            _put(out, key)
            _put(out, item)
    elif isinstance(value, list):
        out.append(0x9F)  # R: AWS leaves the length of lists open
        for item in value:
            _put(out, item)
        out.append(0xFF)
    elif isinstance(value, Instant):
        out += value.encoded
    else:
        out += _head(2, len(value)) + value


def loads(body: bytes) -> Any:
    """Return the value of a CBOR body; an empty one is an empty map. Timestamps are their bare numbers."""
    if not body:
        return {}
    reader = _Cursor(body)
    try:
        value = reader.item()
    except (IndexError, struct.error, ValueError, KeyError, TypeError):
        raise MalformedRequest(None) from None
    if reader.position != len(body):
        raise MalformedRequest(None)
    return value


_BREAK = object()


class _Cursor:
    """Where the next data item starts. Short reads raise struct.error, unknown forms KeyError."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.position = 0
        self._depth = 0

    def item(self) -> Any:
        value = self._any()
        if value is _BREAK:
            raise ValueError(self.position)
        return value

    def _any(self) -> Any:
        initial = self._data[self.position]
        self.position += 1
        major, info = initial >> 5, initial & 31
        if major == 7:
            return self._simple(info)
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ValueError(self._depth)
        value = _READERS[major](self, info)
        self._depth -= 1
        return value

    def _simple(self, info: int) -> Any:
        if info == _INDEFINITE:
            return _BREAK
        if info in _SIMPLE:
            return _SIMPLE[info]
        form, size = _FLOATS[info]
        return struct.unpack(form, self._take(size))[0]

    def _take(self, size: int) -> bytes:
        taken = self._data[self.position : self.position + size]
        if len(taken) != size:
            raise ValueError(size)
        self.position += size
        return taken

    def number(self, info: int) -> int:
        if info < 24:
            return info
        return int.from_bytes(self._take({24: 1, 25: 2, 26: 4, 27: 8}[info]), "big")

    def negative(self, info: int) -> int:
        return -1 - self.number(info)

    def blob(self, info: int) -> bytes:
        if info == _INDEFINITE:
            return b"".join(self._until_break())
        return self._take(self.number(info))

    def text(self, info: int) -> str:
        if info == _INDEFINITE:
            return "".join(self._until_break())
        return self._take(self.number(info)).decode()

    def array(self, info: int) -> list[Any]:
        if info == _INDEFINITE:
            return self._until_break()
        return [self.item() for _ in range(self.number(info))]

    def mapping(self, info: int) -> dict[Any, Any]:
        if info == _INDEFINITE:
            items = iter(self._until_break())
            return dict(zip(items, items, strict=True))
        return {self.item(): self.item() for _ in range(self.number(info))}

    def tagged(self, info: int) -> Any:
        self.number(info)
        return self.item()

    def _until_break(self) -> list[Any]:
        items = []
        while (value := self._any()) is not _BREAK:
            items.append(value)
        return items


_READERS: tuple[Callable[[_Cursor, int], Any], ...] = (
    _Cursor.number,
    _Cursor.negative,
    _Cursor.blob,
    _Cursor.text,
    _Cursor.array,
    _Cursor.mapping,
    _Cursor.tagged,
)


class CborBody:
    """CBOR as a body format."""

    def __init__(self, *, are_seconds: bool) -> None:
        self._reader = Reader(lambda shape: _decoded(shape, are_seconds=are_seconds))
        self._writer = Writer(lambda shape: _encoded(shape, are_seconds=are_seconds), renames=True)
        self._viewer = Writer(_shown, renames=False)

    def reader(self, shape: StructureShape, *, body_only: bool = False) -> Convert:
        """Return bytes → the members of ``shape``."""
        read = self._reader.structure(shape, body_only=body_only)

        def from_bytes(body: bytes) -> Any:
            tree = loads(body)
            if tree.__class__ is not dict:
                raise MalformedRequest(None)
            return read(tree)

        return from_bytes

    def writer(self, shape: StructureShape, *, without: tuple[str, ...] = ()) -> Convert:
        """Return the members of ``shape`` → bytes."""
        write = self._writer.structure(shape, without=without)
        return lambda value: dumps(write(value))

    def view(self, shape: StructureShape, *, without: tuple[str, ...] = ()) -> Convert:
        """Return the members of ``shape`` → what the SDK's parser makes of their CBOR."""
        return self._viewer.structure(shape, without=without)

    def field(self, shape: Shape) -> Convert | None:
        """Return the encoder of one member's value."""
        return self._writer.convert(shape)


def _decoded(shape: Shape, *, are_seconds: bool) -> Convert | None:
    if shape.type_name == "timestamp":
        return from_epoch_seconds if are_seconds else int
    if shape.type_name == "blob":
        return lambda value: value if isinstance(value, bytes) else from_base64(value)
    return None


def _encoded(shape: Shape, *, are_seconds: bool) -> Convert | None:
    if shape.type_name == "timestamp":
        if are_seconds:
            return lambda value: Instant(struct.pack(">BBd", 0xC1, 0xFB, millis(value) / 1000))
        # R: the older form is milliseconds in eight bytes; SDKs cannot read a float there
        return lambda value: Instant(struct.pack(">BBq", 0xC1, 0x1B, millis(value)))
    return bytes if shape.type_name == "blob" else None


_views = leaf_views("unixtimestamp", are_numbers_coerced=False)


def _shown(shape: Shape) -> Convert | None:
    found = _views(shape)
    return None if found is to_float else found
