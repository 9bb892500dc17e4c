"""Shape → API dict from an XML element: compiled once, run per request. Namespaces are not looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from xml.etree.ElementTree import Element

from botocore.model import ListShape, MapShape, Shape, StructureShape

from mocklambda.wire.scalars import (
    Convert,
    from_base64,
    parse_boolean,
    parse_float,
    parse_integer,
    parse_timestamp,
)
from mocklambda.wire.trees import is_in_body, wire_name

Read = Callable[[Any], Any]


def local(name: str) -> str:
    """Return a tag without its namespace."""
    return name.rpartition("}")[2]


class XmlReader:
    """Compiles decoders of request bodies."""

    def __init__(self) -> None:
        self._known: dict[str, Read] = {}

    def structure(self, shape: StructureShape, *, body_only: bool = False) -> Read:
        """Return element → the members of ``shape``."""
        known = self._known.get(shape.name)
        if known is not None and not body_only:
            return known
        members: dict[str, tuple[str, bool, Read]] = {}
        attributes: dict[str, str] = {}
        read = _structure_reader(members, attributes)
        if not body_only:
            self._known[shape.name] = read
        for name, member in shape.members.items():
            if member.serialization.get("xmlAttribute"):
                attributes[wire_name(member, name).rpartition(":")[2]] = name
            elif not body_only or is_in_body(member):
                # requests name a flat list by its member, not by its elements
                members[wire_name(member, name)] = (name, *self._member(member))
        return read

    def _member(self, shape: Shape) -> tuple[bool, Read]:
        """Return whether the member repeats, and the reader of the element (or of all of them)."""
        if shape.serialization.get("flattened") and isinstance(shape, ListShape):
            read = self._convert(shape.member)
            return True, lambda found: [read(item) for item in found]
        if shape.serialization.get("flattened") and isinstance(shape, MapShape):
            return True, self._pairs(shape)
        return False, self._convert(shape)

    def _convert(self, shape: Shape) -> Read:
        if isinstance(shape, StructureShape):
            return self.structure(shape)
        if isinstance(shape, ListShape):
            read = self._convert(shape.member)
            return lambda found: [read(item) for item in found]
        if isinstance(shape, MapShape):
            return self._pairs(shape)
        leaf = LEAVES.get(shape.type_name, str)
        return lambda found: leaf(found.text or "")

    def _pairs(self, shape: MapShape) -> Read:
        key, value = wire_name(shape.key, "key"), wire_name(shape.value, "value")
        read_key, read_value = self._convert(shape.key), self._convert(shape.value)

        def read(entries: Any) -> dict[Any, Any]:
            result = {}
            for entry in entries:
                parts = {local(part.tag): part for part in entry}
                if key in parts and value in parts:
                    result[read_key(parts[key])] = read_value(parts[value])
            return result

        return read


LEAVES: Mapping[str, Convert] = {
    "boolean": parse_boolean,
    "integer": parse_integer,
    "long": parse_integer,
    "float": parse_float,
    "double": parse_float,
    "timestamp": parse_timestamp,
    "blob": from_base64,
}


def _structure_reader(members: Mapping[str, tuple[str, bool, Read]], attributes: Mapping[str, str]) -> Read:
    def read(found: Element) -> dict[str, Any]:
        result: dict[str, Any] = {}
        repeated: dict[str, list[Element]] = {}
        for child in found:
            tag = local(child.tag)
            member = members.get(tag)
            if member is None:
                continue
            if member[1]:
                repeated.setdefault(tag, []).append(child)
            else:
                result[member[0]] = member[2](child)
        for tag, children in repeated.items():
            name, _, convert = members[tag]
            result[name] = convert(children)
        if attributes:
            for key, text in found.attrib.items():
                bound = attributes.get(local(key))
                if bound is not None:
                    result[bound] = text
        return result

    return read
