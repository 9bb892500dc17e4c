"""XML bodies for REST XML: bytes to API dicts and back. Element order is the result's own order."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, ParseError, XMLParser

from botocore.model import ServiceModel, Shape, StructureShape

from mocklambda.wire.errors import MalformedRequest
from mocklambda.wire.scalars import Convert
from mocklambda.wire.xml_read import XmlReader
from mocklambda.wire.xml_text import document, element
from mocklambda.wire.xml_write import XmlView, XmlWriter


def parse(body: bytes) -> Element:
    """Return the root of a document. Documents that define entities are refused, as AWS does."""
    parser = XMLParser()  # noqa: S314  # entity definitions are refused below, before they are expanded
    if b"<!" in body and b"<!ENTITY" in body:
        raise _malformed()
    try:
        parser.feed(body)
        return parser.close()
    except (ParseError, LookupError, ValueError):
        raise _malformed() from None


def _malformed() -> MalformedRequest:
    text = "The XML you provided was not well-formed or did not validate against our published schema"
    return MalformedRequest(text, code="MalformedXML")


class XmlBody:
    """XML as a body format, for one service: the namespace of its documents is the model's."""

    def __init__(self, model: ServiceModel) -> None:
        self._namespace = model.metadata.get("resultNamespace") or model.metadata.get("xmlNamespace")
        self._unwrapped = frozenset(model.metadata.get("unwrappedOutputs") or ())
        self._reader = XmlReader()
        self._writer = XmlWriter(are_instants_millis=True)
        self._viewer = XmlView()

    def reader(self, shape: StructureShape, *, body_only: bool = False) -> Convert:
        """Return bytes → the members of ``shape``; the root's name is not looked at, S3 does not either."""
        read = self._reader.structure(shape, body_only=body_only)
        return lambda body: read(parse(body)) if body else {}

    def writer(self, shape: StructureShape, *, without: tuple[str, ...] = ()) -> Convert:
        """Return the members of ``shape`` → a document."""
        root = str(shape.serialization.get("name", shape.name))
        attributes = f' xmlns="{self._namespace}"' if self._namespace else ""
        if shape.name in self._unwrapped:
            return _unwrapped(root, attributes, next(iter(shape.members)))
        write = self._writer.structure(shape, without=without)
        return lambda value: document(write(root, value, attributes), newline=True)

    def view(self, shape: StructureShape, *, without: tuple[str, ...] = ()) -> Convert:
        """Return the members of ``shape`` → what the SDK's parser makes of their document."""
        if shape.name in self._unwrapped:  # botocore reads the root's text by a handler of its own
            member = next(iter(shape.members))
            return lambda value: {member: value.get(member) or None}
        return self._viewer.structure(shape, without=without)

    def field(self, shape: Shape) -> Convert | None:
        """Values inside an error are text as they are."""
        return None


def _unwrapped(root: str, attributes: str, member: str) -> Convert:
    """Return the writer of a root that holds the text of the only member (GetBucketLocation)."""

    def write(value: dict[str, Any]) -> bytes:
        text = element(root, value.get(member) or "")
        return document(text.replace(root, root + attributes, 1), newline=True)

    return write
