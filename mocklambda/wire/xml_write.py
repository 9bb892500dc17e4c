"""Shape → XML text of an API dict, and what an SDK's parser makes of it: compiled once, run per response."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from mocklambda.wire.scalars import (
    Convert,
    boolean_text,
    number_text,
    to_base64,
    to_epoch_seconds,
    to_iso8601,
    to_iso8601_millis,
    to_rfc822,
)
from mocklambda.wire.trees import Writer, is_in_body, wire_name
from mocklambda.wire.views import leaf_views
from mocklambda.wire.xml_text import element, empty, escape_attribute

Write = Callable[[str, Any], str]
"""Element name and value → text."""


def key_name(shape: Shape, member: str) -> str:
    """Return the element name of a member: a flat list's is its elements' own, where they have one."""
    if isinstance(shape, ListShape) and shape.serialization.get("flattened"):
        inner = shape.member.serialization.get("name")
        if inner is not None:
            return str(inner)
    return wire_name(shape, member)


class XmlWriter:
    """Compiles encoders. S3 gives instants milliseconds always, the query services when there are some."""

    def __init__(self, *, are_instants_millis: bool) -> None:
        self._iso8601 = to_iso8601_millis if are_instants_millis else to_iso8601
        self._known: dict[str, Callable[..., str]] = {}

    def structure(self, shape: StructureShape, *, without: Iterable[str] = ()) -> Callable[..., str]:
        """Return name, value and attributes of the root → its element."""
        left_out = frozenset(without)
        known = self._known.get(shape.name)
        if known is not None and not left_out:
            return known
        members: dict[str, tuple[str, Write]] = {}
        attributes: dict[str, str] = {}
        namespace = _namespace(shape)

        def write(name: str, value: Mapping[str, Any], extra: str = "") -> str:
            start = name + extra + namespace
            parts = []
            for key, item in value.items():
                if item is None:
                    continue
                if key in members:
                    inner, convert = members[key]
                    parts.append(convert(inner, item))
                elif key in attributes:
                    start += f' {attributes[key]}="{escape_attribute(str(item))}"'
            return f"<{start}>{''.join(parts)}</{name}>" if parts else empty(start)

        if not left_out:
            self._known[shape.name] = write
        for name, member in shape.members.items():
            if member.serialization.get("xmlAttribute"):
                attributes[name] = wire_name(member, name)
            elif name not in left_out and is_in_body(member):
                members[name] = (key_name(member, name), self._convert(member))
        return write

    def _convert(self, shape: Shape) -> Write:
        if isinstance(shape, StructureShape):
            return self.structure(shape)
        if isinstance(shape, ListShape):
            return self._list(shape)
        if isinstance(shape, MapShape):
            return self._map(shape)
        leaf = self._leaf(shape)
        if leaf is str:
            return element
        if leaf is to_base64:
            return lambda name, value: element(name, leaf(value))
        return lambda name, value: f"<{name}>{leaf(value)}</{name}>"  # nothing in it needs escaping

    def _list(self, shape: ListShape) -> Write:
        write = self._convert(shape.member)
        if shape.serialization.get("flattened"):
            return lambda name, items: "".join(write(name, item) for item in items)
        inner = str(shape.member.serialization.get("name", "member"))

        def wrapped(name: str, items: Iterable[Any]) -> str:
            parts = "".join(write(inner, item) for item in items)
            return f"<{name}>{parts}</{name}>" if parts else empty(name)

        return wrapped

    def _map(self, shape: MapShape) -> Write:
        key, value = wire_name(shape.key, "key"), wire_name(shape.value, "value")
        write_key, write_value = self._convert(shape.key), self._convert(shape.value)

        def pair(name: str, items: tuple[Any, Any]) -> str:
            return f"<{name}>{write_key(key, items[0])}{write_value(value, items[1])}</{name}>"

        if shape.serialization.get("flattened"):
            return lambda name, items: "".join(pair(name, item) for item in items.items())

        def wrapped(name: str, items: Mapping[Any, Any]) -> str:
            parts = "".join(pair("entry", item) for item in items.items())
            return f"<{name}>{parts}</{name}>" if parts else empty(name)

        return wrapped

    def _leaf(self, shape: Shape) -> Convert:
        match shape.type_name:
            case "boolean":
                return boolean_text
            case "float" | "double":
                return number_text
            case "blob":
                return to_base64
            case "timestamp":
                return self._timestamp(shape)
            case _:
                return str

    def _timestamp(self, shape: Shape) -> Convert:
        wanted = str(shape.serialization.get("timestampFormat", "iso8601")).lower()
        return {"iso8601": self._iso8601, "rfc822": to_rfc822, "unixtimestamp": to_epoch_seconds}[wanted]


def _namespace(shape: StructureShape) -> str:
    """Return the declaration that a structure's own attributes need (Grantee's ``xsi:type``)."""
    declared = shape.serialization.get("xmlNamespace")
    if not isinstance(declared, Mapping) or not declared.get("prefix"):
        return ""
    return f' xmlns:{declared["prefix"]}="{declared["uri"]}"'


class XmlView(Writer):
    """Compiles what an SDK's parser makes of XML: flat lists and maps that are empty are not seen."""

    def __init__(self) -> None:
        super().__init__(leaf_views("iso8601", are_numbers_coerced=True), renames=False)

    def structure(self, shape: StructureShape, *, without: Iterable[str] = ()) -> Convert:
        """Return the view of a structure."""
        show = super().structure(shape, without=without)
        flat = [name for name, member in shape.members.items() if member.serialization.get("flattened")]
        if not flat:
            return show

        def without_empty(value: Mapping[str, Any]) -> dict[str, Any]:
            shown: dict[str, Any] = show(value)
            for name in flat:
                if name in shown and not shown[name]:
                    del shown[name]
            return shown

        return without_empty
