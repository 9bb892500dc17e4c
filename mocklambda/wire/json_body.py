"""JSON bodies: bytes to API dicts and back, driven by the shape. Knows no headers and no operations."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from botocore.model import Shape, StructureShape

from mocklambda.wire.errors import MalformedRequest
from mocklambda.wire.scalars import (
    TIMESTAMP_WRITERS,
    Convert,
    from_base64,
    from_epoch_seconds,
    from_float,
    to_base64,
    to_float,
)
from mocklambda.wire.trees import Reader, Writer
from mocklambda.wire.views import leaf_views

_compact = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
_ascii = json.JSONEncoder(separators=(",", ":")).encode
_scan: Callable[[str, int], tuple[Any, int]] = getattr(json.JSONDecoder(), "scan_once")  # noqa: B009 - not in its stub


def dumps(tree: Any) -> bytes:
    """Return compact UTF-8 JSON, as AWS sends it; lone surrogates stay escaped."""
    try:
        return _compact(tree).encode()
    except UnicodeEncodeError:
        return _ascii(tree).encode()


def loads(body: bytes) -> Any:
    """Return the value of a JSON body; an empty one is an empty object."""
    if not body:
        return {}
    try:
        text = body.decode("utf-8", "surrogatepass")  # given bytes, json would guess their encoding
        value, end = _scan(text, 0)
        return value if end == len(text) else json.loads(text)  # with no look for blanks where there are none
    except StopIteration:
        return _with_blanks(text)
    except ValueError:
        raise MalformedRequest(None) from None


def _with_blanks(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise MalformedRequest(None) from None


class JsonBody:
    """JSON as a body format. ``are_numbers_coerced`` tells what the SDK's parser does to numbers."""

    def __init__(self, *, are_numbers_coerced: bool) -> None:
        self._reader = Reader(_decoded)
        self._writer = Writer(_encoded, renames=True)
        self._viewer = Writer(
            leaf_views("unixtimestamp", are_numbers_coerced=are_numbers_coerced), renames=False
        )

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
        """Return the members of ``shape`` → what the SDK's parser makes of their JSON."""
        return self._viewer.structure(shape, without=without)

    def field(self, shape: Shape) -> Convert | None:
        """Return the encoder of one member's value, to a JSON tree."""
        return self._writer.convert(shape)


def _decoded(shape: Shape) -> Convert | None:
    kind = shape.type_name
    if kind == "timestamp":
        return from_epoch_seconds
    if kind == "blob":
        return from_base64
    if kind in ("float", "double"):
        return from_float
    return None


def _encoded(shape: Shape) -> Convert | None:
    kind = shape.type_name
    if kind == "timestamp":
        return TIMESTAMP_WRITERS[shape.serialization.get("timestampFormat", "unixtimestamp").lower()]
    if kind == "blob":
        return to_base64
    if kind in ("float", "double"):
        return to_float
    return None
