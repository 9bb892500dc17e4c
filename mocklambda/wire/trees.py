"""Shape → converter between an API dict and a tree of JSON-like values; compiled once, run per request.

Used by the JSON and the CBOR bodies, which differ only in their leaves. Knows no bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from mocklambda.wire.scalars import Convert, coerced, no_map

Leaf = Callable[[Shape], "Convert | None"]
"""A leaf shape → what is done to its values, None for nothing."""

KINDS: Mapping[str, type] = {
    "string": str,
    "character": str,
    "integer": int,
    "long": int,
    "boolean": bool,
    "list": list,
    "structure": dict,
}
"""What JSON has for a type. Types not here have several forms, or a refusal of their own."""


def structure_of(shape: Shape) -> StructureShape:
    """Return a shape that the model promises to be a structure, as one."""
    assert isinstance(shape, StructureShape)
    return shape


def wire_name(shape: Shape, member: str) -> str:
    """Return the name that a member travels under."""
    return str(shape.serialization.get("name", member))


def is_in_body(shape: Shape) -> bool:
    """Whether a member travels in the body and not in a header, the path, the query or the status."""
    return "location" not in shape.serialization


class Reader:
    """Compiles decoders: a wire tree to an API dict. Refuses wrong kinds, drops null and unknown members."""

    def __init__(self, leaf: Leaf) -> None:
        self._leaf = leaf
        self._known: dict[str, Convert] = {}

    def structure(self, shape: StructureShape, *, body_only: bool = False) -> Convert:
        """Return the decoder of a structure; ``body_only`` leaves out what the HTTP binding holds."""
        known = self._known.get(shape.name)
        if known is not None and not body_only:
            return known
        members: dict[str, tuple[str, type | None, Convert | None]] = {}
        convert = _structure_reader(members)
        if not body_only:
            self._known[shape.name] = convert
        for name, member in shape.members.items():
            if not body_only or is_in_body(member):
                members[wire_name(member, name)] = (name, _kind(member), self._convert(member))
        return convert

    def _convert(self, shape: Shape) -> Convert | None:
        if isinstance(shape, StructureShape):
            return None if shape.is_document_type else self.structure(shape)
        if isinstance(shape, ListShape):
            return _list_reader(_kind(shape.member), self._convert(shape.member))
        if isinstance(shape, MapShape):
            return _map_reader(_kind(shape.value), self._convert(shape.value))
        return self._leaf(shape)


def _kind(shape: Shape) -> type | None:
    if isinstance(shape, StructureShape) and shape.is_document_type:
        return None
    return KINDS.get(shape.type_name)


def _structure_reader(members: Mapping[str, tuple[str, type | None, Convert | None]]) -> Convert:
    def read(tree: dict[str, Any]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, value in tree.items():
            member = members.get(key)
            if member is None or value is None:
                continue
            name, kind, convert = member
            if kind is not None and value.__class__ is not kind:
                value = coerced(kind, value)  # noqa: PLW2901
            result[name] = value if convert is None else convert(value)
        return result

    return read


def _list_reader(kind: type | None, convert: Convert | None) -> Convert:
    def read(items: list[Any]) -> list[Any]:
        if kind is not None:
            items = [x if x is None or x.__class__ is kind else coerced(kind, x) for x in items]
        if convert is None:
            return items
        return [None if item is None else convert(item) for item in items]

    return read


def _map_reader(kind: type | None, convert: Convert | None) -> Convert:
    def read(tree: dict[str, Any]) -> dict[str, Any]:
        if tree.__class__ is not dict:
            raise no_map(tree)
        items = {key: value for key, value in tree.items() if value is not None}
        if kind is not None:
            items = {k: v if v.__class__ is kind else coerced(kind, v) for k, v in items.items()}
        if convert is None:
            return items
        return {key: convert(value) for key, value in items.items()}

    return read


class Writer:
    """Compiles encoders and views: an API dict to a tree. Drops None and unknown, copies containers."""

    def __init__(self, leaf: Leaf, *, renames: bool, skips_located: bool = True) -> None:
        self._leaf = leaf
        self._renames = renames
        self._skips_located = skips_located
        self._known: dict[str, Convert] = {}

    def structure(self, shape: StructureShape, *, without: Iterable[str] = ()) -> Convert:
        """Return the encoder of a structure; members named in ``without`` are left out."""
        left_out = frozenset(without)
        known = self._known.get(shape.name)
        if known is not None and not left_out:
            return known
        members: dict[str, tuple[str, Convert | None]] = {}
        convert = _structure_writer(members)
        if not left_out:
            self._known[shape.name] = convert
        for name, member in shape.members.items():
            if name not in left_out and (is_in_body(member) or not self._skips_located):
                members[name] = (wire_name(member, name) if self._renames else name, self.convert(member))
        return convert

    def convert(self, shape: Shape) -> Convert | None:
        """Return the encoder of any shape, None where values are left as they are."""
        if isinstance(shape, StructureShape):
            return None if shape.is_document_type else self.structure(shape)
        if isinstance(shape, ListShape):
            return _list_writer(self.convert(shape.member))
        if isinstance(shape, MapShape):
            return _map_writer(self.convert(shape.value))
        return self._leaf(shape)


def _structure_writer(members: Mapping[str, tuple[str, Convert | None]]) -> Convert:
    def write(value: Mapping[str, Any]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, item in value.items():
            if item is None:
                continue
            member = members.get(key)
            if member is not None:
                name, convert = member
                result[name] = item if convert is None else convert(item)
        return result

    return write


def _list_writer(convert: Convert | None) -> Convert:
    if convert is None:
        return list
    return lambda items: [None if item is None else convert(item) for item in items]


def _map_writer(convert: Convert | None) -> Convert:
    if convert is None:
        return dict
    return lambda items: {key: None if item is None else convert(item) for key, item in items.items()}
