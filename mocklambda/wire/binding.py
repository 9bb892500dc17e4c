"""HTTP bindings: which member lives in the path, the query, a header or the status, and how it reads.

Compiled per operation for the two REST protocols. Knows no body format.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from mocklambda.wire.addresses import path_style
from mocklambda.wire.errors import MalformedRequest
from mocklambda.wire.message import Request
from mocklambda.wire.scalars import (
    TIMESTAMP_WRITERS,
    Convert,
    boolean_text,
    from_base64,
    number_text,
    parse_boolean,
    parse_float,
    parse_integer,
    parse_timestamp,
    to_base64,
)
from mocklambda.wire.trees import wire_name
from mocklambda.wire.views import timestamp_view

HeaderMember = tuple[str, str, Convert]
"""Member, header as spelled by the model, converter."""


def located(shape: StructureShape | None, location: str) -> dict[str, Shape]:
    """Return the members of a structure that live in the given place."""
    if shape is None:
        return {}
    return {
        name: member
        for name, member in shape.members.items()
        if member.serialization.get("location") == location
    }


def split_uri(uri: str) -> tuple[str, tuple[tuple[str, str | None], ...]]:
    """Return a request URI's path template and its literal query pairs (None for a key without a value)."""
    path, _, query = uri.partition("?")
    pairs = (part.partition("=") for part in query.split("&") if part)
    return path, tuple((key, value if equals else None) for key, equals, value in pairs)


def path_pattern(template: str) -> re.Pattern[str]:
    """Return the pattern of a path template; ``{Key+}`` takes slashes, other labels do not."""
    parts = re.split(r"\{([^}]+)\}", template)
    pattern = ""
    for index, part in enumerate(parts):
        if index % 2 == 0:
            pattern += re.escape(part)
        elif part.endswith("+"):
            pattern += "(.+)"
        else:
            pattern += "([^/]+)"
    is_greedy_at_end = template.endswith("+}")
    return re.compile(pattern if is_greedy_at_end else pattern.rstrip("/") + "/?", re.DOTALL)


def parse_query(query: str) -> list[tuple[str, str]]:
    """Return the decoded pairs of a query string, empty values kept."""
    return parse_qsl(query, keep_blank_values=True) if query else []


class InputBinding:
    """Reads everything but the body of one operation's requests."""

    def __init__(self, operation: OperationModel) -> None:
        shape = operation.input_shape
        template, _ = split_uri(operation.http.get("requestUri", "/"))
        self._pattern = path_pattern(template)
        self._may_have_bucket_in_host = template.startswith("/{Bucket}")
        labels = {wire_name(member, name): (name, member) for name, member in located(shape, "uri").items()}
        names = [label.rstrip("+") for label in re.findall(r"\{([^}]+)\}", template)]
        self._labels_of = lru_cache(maxsize=256)(
            self._in_path
        )  # a test asks for the same things again and again
        self._labels = [(labels[label][0], text_reader(labels[label][1], "iso8601")) for label in names]
        query = located(shape, "querystring")
        self._query_map = next((name for name, member in query.items() if isinstance(member, MapShape)), None)
        self._query = {
            wire_name(member, name): (
                name,
                isinstance(member, ListShape),
                text_reader(_element(member), "iso8601"),
            )
            for name, member in query.items()
            if not isinstance(member, MapShape)
        }
        self._map_holds_lists = any(
            isinstance(member, MapShape) and isinstance(member.value, ListShape) for member in query.values()
        )
        self._headers = {
            wire_name(member, name).lower(): (name, header_reader(member))
            for name, member in located(shape, "header").items()
        }
        self._prefixes = [
            (name, wire_name(member, name).lower()) for name, member in located(shape, "headers").items()
        ]

    def read(self, request: Request) -> dict[str, Any]:
        """Return the members that the request's path, query and headers hold."""
        result: dict[str, Any] = {}
        if self._labels:
            path = path_style(request)[0] if self._may_have_bucket_in_host else request.path
            result.update(self._labels_of(path))
        if request.query and (self._query or self._query_map):
            self._read_query(request.query, result)
        if self._headers:
            headers = self._headers
            for key, text in request.headers.items():
                bound = headers.get(key)
                if bound is not None:
                    result[bound[0]] = bound[1](text)
        for name, prefix in self._prefixes:
            found = {
                key[len(prefix) :]: text for key, text in request.headers.items() if key.startswith(prefix)
            }
            if found:
                result[name] = found
        return result

    def _in_path(self, path: str) -> dict[str, Any]:
        found = self._pattern.fullmatch(path)
        if found is None:
            raise MalformedRequest(f"The path {path} does not name what this operation needs")
        labels = zip(self._labels, found.groups(), strict=True)
        return {name: read(unquote(text)) for (name, read), text in labels}

    def _read_query(self, query: str, result: dict[str, Any]) -> None:
        for key, text in parse_query(query):
            bound = self._query.get(key)
            if bound is not None:
                name, is_list, read = bound
                if is_list:
                    result.setdefault(name, []).append(read(text))
                else:
                    result[name] = read(text)
            elif self._query_map is not None:
                self._read_map(key, text, result.setdefault(self._query_map, {}))

    def _read_map(self, key: str, text: str, found: dict[str, Any]) -> None:
        if self._map_holds_lists:
            found.setdefault(key, []).append(text)
        else:
            found[key] = text


def _element(shape: Shape) -> Shape:
    return shape.member if isinstance(shape, ListShape) else shape


def text_reader(shape: Shape, timestamp_format: str) -> Convert:
    """Return the reader of one value given as text in a path or a query."""
    match shape.type_name:
        case "boolean":
            return parse_boolean
        case "integer" | "long":
            return parse_integer
        case "float" | "double":
            return parse_float
        case "timestamp":
            return parse_timestamp
        case "blob":
            return from_base64
        case _:
            return str


def header_reader(shape: Shape) -> Convert:
    """Return the reader of one header's text: lists are comma separated, JSON values base64 of JSON."""
    if isinstance(shape, ListShape):
        read = text_reader(shape.member, "rfc822")
        if shape.member.type_name == "timestamp":
            return lambda text: [read(part) for part in re.findall(r"[^,]+,[^,]+|[^,]+", text)]
        return lambda text: [read(part) for part in split_header(text)]
    if is_json_value(shape):
        return lambda text: json.loads(b64decode(text))
    return text_reader(shape, "rfc822")


_HEADER_ITEM = re.compile(r'\s*(?:"((?:\\.|[^"\\])*)"|([^,]*?))\s*(?:,|$)')


def split_header(text: str) -> list[str]:
    """Return the items of a comma separated header; a quoted item may hold commas and escaped quotes."""
    items: list[str] = []
    position = 0
    while position < len(text) and (found := _HEADER_ITEM.match(text, position)) is not None:
        quoted, plain = found.groups()
        items.append(plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
        if found.end() == position:
            break
        position = found.end()
    return items


def is_json_value(shape: Shape) -> bool:
    """Whether a header holds a JSON document in base64."""
    return bool(shape.serialization.get("jsonvalue")) and shape.serialization.get("location") == "header"


class OutputBinding:
    """Writes headers and status of one operation's responses, and shows them as an SDK's parser does."""

    def __init__(self, shape: StructureShape | None) -> None:
        headers = located(shape, "header")
        self._writers = {
            name: (wire_name(member, name), header_writer(member)) for name, member in headers.items()
        }
        self._readers: dict[str, list[tuple[str, Convert]]] = {}
        for name, member in headers.items():
            self._readers.setdefault(wire_name(member, name).lower(), []).append((name, header_view(member)))
        self._prefixes = [
            (name, wire_name(member, name)) for name, member in located(shape, "headers").items()
        ]
        self._status = next(iter(located(shape, "statusCode")), None)
        self._expires = next((name for name, member in headers.items() if member.name == "Expires"), None)

    @property
    def has_members(self) -> bool:
        """Whether any member lives outside the body."""
        return bool(self._writers or self._prefixes or self._status)

    def write(self, result: Mapping[str, Any], headers: dict[str, str]) -> int | None:
        """Put the members into ``headers``; return the status if a member holds it."""
        writers = self._writers
        if writers:
            for key, value in result.items():
                bound = writers.get(key)
                if bound is not None and value is not None:
                    headers[bound[0]] = bound[1](value)
        for name, prefix in self._prefixes:
            for key, value in (result.get(name) or {}).items():
                headers[prefix + key] = value
        return None if self._status is None else result.get(self._status)

    def view(
        self, result: Mapping[str, Any], status: int, headers: Mapping[str, str], parsed: dict[str, Any]
    ) -> None:
        """Put into ``parsed`` what the SDK's parser finds in a response's (lower-case) headers and status."""
        readers = self._readers
        if readers:
            for key, text in headers.items():
                for name, read in readers.get(key, ()):
                    parsed[name] = read(text)
            self._show_expires(headers, parsed)
        for name, _ in self._prefixes:
            parsed[name] = dict(result.get(name) or ())
        if self._status is not None:
            parsed[self._status] = status

    def _show_expires(self, headers: Mapping[str, str], parsed: dict[str, Any]) -> None:
        # botocore shows S3's Expires twice: as a timestamp when it is one, and as the text that came.
        if self._expires is not None and headers.get("expires"):
            parsed["ExpiresString"] = headers["expires"]
            if parsed.get(self._expires) is None:
                parsed.pop(self._expires, None)


def header_writer(shape: Shape) -> Convert:
    """Return the writer of one value as a header's text."""
    if isinstance(shape, ListShape):
        write = header_writer(shape.member)
        if shape.member.type_name == "string":
            write = _quoted
        return lambda items: ",".join(write(item) for item in items)
    if is_json_value(shape):
        return lambda value: b64encode(json.dumps(value, separators=(",", ":")).encode()).decode()
    match shape.type_name:
        case "boolean":
            return boolean_text
        case "float" | "double":
            return number_text
        case "timestamp":
            return _timestamp_writer(shape)
        case "blob":
            return to_base64
        case _:
            return str


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"' if '"' in text or "," in text else text


def _timestamp_writer(shape: Shape) -> Convert:
    write = TIMESTAMP_WRITERS[_header_format(shape)]
    return lambda value: value if isinstance(value, str) else str(write(value))


def _header_format(shape: Shape) -> str:
    return str(shape.serialization.get("timestampFormat", "rfc822")).lower()


def header_view(shape: Shape) -> Convert:
    """Return how the SDK's parser reads one header's text."""
    if isinstance(shape, ListShape):
        read = header_view(shape.member)
        return lambda text: [read(part.strip()) for part in text.split(",")]
    if is_json_value(shape):
        return header_reader(shape)
    match shape.type_name:
        case "boolean":
            return lambda text: text.lower() == "true"
        case "integer" | "long":
            return int
        case "float" | "double":
            return float
        case "timestamp":
            return _timestamp_header_view(shape)
        case "blob":
            return b64decode
        case _:
            return str


def _timestamp_header_view(shape: Shape) -> Convert:
    view = timestamp_view(_header_format(shape))

    @lru_cache(maxsize=1024)  # what is read together was often written together
    def read(text: str) -> Any:
        try:
            return view(parse_timestamp(text))
        except MalformedRequest:
            return None

    return read
