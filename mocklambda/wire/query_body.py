"""The query protocols: flat ``A.member.1.B=c`` parameters to API dicts, and results to XML in a wrapper.

EC2's dialect differs in names only. Knows no operation by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from mocklambda.wire.binding import parse_query
from mocklambda.wire.errors import MalformedRequest
from mocklambda.wire.message import Request
from mocklambda.wire.model_repairs import QUERY_ALIASES
from mocklambda.wire.plans import Plan
from mocklambda.wire.trees import wire_name
from mocklambda.wire.xml_read import LEAVES
from mocklambda.wire.xml_text import document, element
from mocklambda.wire.xml_write import XmlView, XmlWriter

Node = dict[str, Any]
"""A tree of parameters by the parts of their names; a value sits under the empty part."""
Read = Callable[[Node], Any]


class Names(Protocol):
    """How a dialect names members and wraps results."""

    def member(self, shape: Shape, name: str) -> str:
        """Return the part of a parameter's name that a structure's member gives."""

    def is_flat(self, shape: Shape) -> bool:
        """Whether a list's or map's numbers follow its name directly."""

    def envelope(self, operation: OperationModel, namespace: str, inner: str, request_id: str) -> str:
        """Return the whole response element around the result."""


class QueryNames:
    """The AWS query protocol."""

    def member(self, shape: Shape, name: str) -> str:
        if isinstance(shape, ListShape) and self.is_flat(shape):
            return str(shape.member.serialization.get("name", wire_name(shape, name)))
        return wire_name(shape, name)

    def is_flat(self, shape: Shape) -> bool:
        return bool(shape.serialization.get("flattened"))

    def envelope(self, operation: OperationModel, namespace: str, inner: str, request_id: str) -> str:
        name = f"{operation.name}Response"
        metadata = f"<ResponseMetadata>{element('RequestId', request_id)}</ResponseMetadata>"
        return f"<{name}{namespace}>{inner}{metadata}</{name}>"


class Ec2Names:
    """EC2's dialect: capitals in requests, no lists but flat ones, no result wrapper."""

    def member(self, shape: Shape, name: str) -> str:
        if "queryName" in shape.serialization:
            return str(shape.serialization["queryName"])
        spelled = wire_name(shape, name)
        return spelled[:1].upper() + spelled[1:] if "name" in shape.serialization else name

    def is_flat(self, shape: Shape) -> bool:
        return True

    def envelope(self, operation: OperationModel, namespace: str, inner: str, request_id: str) -> str:
        name = f"{operation.name}Response"
        return f"<{name}{namespace}>{element('requestId', request_id)}{inner}</{name}>"


def parameters(request: Request) -> dict[str, str]:
    """Return the request's parameters, of the query string and of a form body."""
    found = dict(parse_query(request.query))
    if request.method != "GET":
        try:
            found.update(parse_query(request.content().decode()))
        except (UnicodeDecodeError, ValueError):
            raise MalformedRequest("The request body is not a form", code="MalformedInput") from None
    return found


def tree(found: Mapping[str, str]) -> Node:
    """Return flat parameters as a tree."""
    root: Node = {}
    for name, value in found.items():
        node = root
        for part in name.split("."):
            node = node.setdefault(part, {})
        node[""] = value
    return root


class QueryReader:
    """Compiles decoders of one dialect."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._known: dict[str, Read] = {}

    def structure(self, shape: StructureShape) -> Read:
        """Return parameters → the members of ``shape``."""
        known = self._known.get(shape.name)
        if known is not None:
            return known
        members: list[tuple[str, str, Read]] = []

        def read(node: Node) -> dict[str, Any]:
            return {name: convert(node[key]) for key, name, convert in members if key in node}

        self._known[shape.name] = read
        members += [
            (key, name, self._convert(member))
            for name, member in shape.members.items()
            for key in (self._names.member(member, name), *QUERY_ALIASES.get((shape.name, name), ()))
        ]
        return read

    def _convert(self, shape: Shape) -> Read:
        if isinstance(shape, StructureShape):
            return self.structure(shape)
        if isinstance(shape, ListShape):
            read = self._convert(shape.member)
            inner = (
                None if self._names.is_flat(shape) else str(shape.member.serialization.get("name", "member"))
            )
            return lambda node: [read(item) for item in _numbered(node, inner)]
        if isinstance(shape, MapShape):
            return self._map(shape)
        leaf = LEAVES.get(shape.type_name, str)
        return lambda node: leaf(node.get("", ""))

    def _map(self, shape: MapShape) -> Read:
        inner = None if self._names.is_flat(shape) else "entry"
        key, value = wire_name(shape.key, "key"), wire_name(shape.value, "value")
        read_key, read_value = self._convert(shape.key), self._convert(shape.value)

        def read(node: Node) -> dict[Any, Any]:
            entries = _numbered(node, inner)
            return {read_key(entry.get(key, {})): read_value(entry.get(value, {})) for entry in entries}

        return read


def _numbered(node: Node, inner: str | None) -> list[Node]:
    if inner is not None:
        node = node.get(inner, {})
    numbers = sorted((int(part), part) for part in node if part.isdecimal())
    return [node[part] for _, part in numbers]


def query_plan(operation: OperationModel, names: Names) -> Plan:
    """Return the plan of an operation of a query protocol."""
    metadata = operation.service_model.metadata
    namespace = f' xmlns="{metadata["xmlNamespace"]}"' if metadata.get("xmlNamespace") else ""
    write = _result_writer(operation.output_shape)
    show = None if operation.output_shape is None else XmlView().structure(operation.output_shape)

    def head(_result: Mapping[str, Any], headers: dict[str, str]) -> None:
        headers["Content-Type"] = "text/xml"

    def content(result: Mapping[str, Any], headers: dict[str, str]) -> bytes:
        return document(names.envelope(operation, namespace, write(result), headers["x-amzn-RequestId"]))

    return Plan(
        decode=_input_reader(operation, names),
        head=head,
        content=content,
        view=lambda result, _response, _headers: {} if show is None else show(result),
        status=int(operation.http.get("responseCode", 200)),
        can_wait=True,
    )


def _input_reader(operation: OperationModel, names: Names) -> Callable[[Request], dict[str, Any]]:
    shape = operation.input_shape
    if shape is None:
        return lambda _request: {}
    read = QueryReader(names).structure(shape)
    return lambda request: read(tree(parameters(request)))


def _result_writer(output: StructureShape | None) -> Callable[[Mapping[str, Any]], str]:
    if output is None:
        return lambda _result: ""
    write = XmlWriter(are_instants_millis=False).structure(output)
    wrapper = output.serialization.get("resultWrapper")
    if wrapper is not None:
        return lambda result: write(str(wrapper), result)
    return lambda result: _unwrapped(write("r", result))


def _unwrapped(text: str) -> str:
    return "" if text == "<r/>" else text[len("<r>") : -len("</r>")]
