"""One operation, compiled: request to input, result to reply, result to what the SDK shows.

Two ways to build a plan: ``rpc_plan`` (all members in the body) and ``rest_plan`` (body and HTTP binding).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO

from botocore.model import OperationModel, StructureShape

from mocklambda.wire import eventstream
from mocklambda.wire.binding import InputBinding, OutputBinding
from mocklambda.wire.body import BodyFormat
from mocklambda.wire.message import Request, Response
from mocklambda.wire.scalars import Convert
from mocklambda.wire.trees import structure_of

Content = bytes | BinaryIO | Iterator[bytes]
Headers = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is done for one operation."""

    decode: Callable[[Request], dict[str, Any]]
    encode: Callable[[Mapping[str, Any], Headers], tuple[int | None, Content]]
    """Result and headers to fill → the status if a member holds it, and the body."""
    view: Callable[[Mapping[str, Any], Response, Mapping[str, str]], dict[str, Any]]
    """Result, response and its lower-case headers → what the SDK's parser gives, without metadata."""
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A protocol's content types and its name for botocore's parser."""

    content: str
    blob: str
    """Of a streaming payload that says no type of its own."""
    event: str
    parser: str


def rpc_plan(operation: OperationModel, body: BodyFormat, media: Media) -> Plan:
    """Return the plan of an operation of an RPC protocol: every member is in the body."""
    output = operation.output_shape
    stream: str | None = None if output is None else output.event_stream_name
    if output is not None and stream is not None:
        encode, view = _rpc_stream(operation, output, stream, body, media)
    else:
        encode, view = _rpc_output(output, body, media)
    return Plan(decode=_rpc_input(operation, body), encode=encode, view=view, status=_status(operation))


def _status(operation: OperationModel) -> int:
    return int(operation.http.get("responseCode", 200))


def _rpc_input(operation: OperationModel, body: BodyFormat) -> Callable[[Request], dict[str, Any]]:
    shape = operation.input_shape
    if shape is None:
        return lambda _request: {}
    read = body.reader(shape)
    return lambda request: read(request.content())


def _rpc_output(output: StructureShape | None, body: BodyFormat, media: Media) -> tuple[Any, Any]:
    if output is None:  # AWS answers with nothing at all, not with {}
        return _write_nothing(media.content), _show_nothing
    write, show = body.writer(output), body.view(output)
    content_type = media.content

    def encode(result: Mapping[str, Any], headers: Headers) -> tuple[None, Content]:
        headers["Content-Type"] = content_type
        return None, write(result)

    return encode, lambda result, _response, _headers: show(result)


def _write_nothing(content_type: str | None) -> Callable[[Mapping[str, Any], Headers], tuple[None, Content]]:
    def encode(_result: Mapping[str, Any], headers: Headers) -> tuple[None, Content]:
        if content_type is not None:
            headers["Content-Type"] = content_type
        return None, b""

    return encode


def _show_nothing(
    _result: Mapping[str, Any], _response: Response, _headers: Mapping[str, str]
) -> dict[str, Any]:
    return {}


def _rpc_stream(
    operation: OperationModel, output: StructureShape, name: str, body: BodyFormat, media: Media
) -> tuple[Any, Any]:
    events = structure_of(output.members[name])
    writer = eventstream.EventWriter(events, body, media.event)
    write = body.writer(output, without=(name,))
    show = body.view(output, without=(name,))

    def encode(result: Mapping[str, Any], headers: Headers) -> tuple[None, Content]:
        headers["Content-Type"] = eventstream.CONTENT_TYPE
        first = eventstream.initial_response(write(result), media.event)
        return None, _joined(first, writer, result.get(name))

    def view(result: Mapping[str, Any], response: Response, _headers: Mapping[str, str]) -> dict[str, Any]:
        stream = eventstream.shown(response, events, media.parser, operation.name)
        stream.get_initial_response()
        return {**show(result), name: stream}

    return encode, view


def _joined(first: bytes, writer: eventstream.EventWriter, events: Any) -> Content:
    if events is None or isinstance(events, list | tuple):
        return first + b"".join(writer.frames(events or ()))
    return _chained(first, writer.frames(events))


def _chained(first: bytes, frames: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from frames


def rest_plan(operation: OperationModel, body: BodyFormat, media: Media) -> Plan:
    """Return the plan of an operation of a REST protocol: bindings, and a body or a payload member."""
    output = operation.output_shape
    binding = OutputBinding(output)
    write, show = _rest_payload(operation, output, body, media)

    def encode(result: Mapping[str, Any], headers: Headers) -> tuple[int | None, Content]:
        content = write(result, headers)
        return binding.write(result, headers), content

    def view(result: Mapping[str, Any], response: Response, headers: Mapping[str, str]) -> dict[str, Any]:
        parsed: dict[str, Any] = show(result, response, headers)
        if binding.has_members:
            binding.view(result, response.status, headers, parsed)
        return parsed

    return Plan(decode=_rest_input(operation, body), encode=encode, view=view, status=_status(operation))


def _rest_input(operation: OperationModel, body: BodyFormat) -> Callable[[Request], dict[str, Any]]:
    shape = operation.input_shape
    if shape is None:
        return lambda _request: {}
    binding = InputBinding(operation)
    read = _payload_reader(shape, body)
    if read is None:
        return binding.read

    def decode(request: Request) -> dict[str, Any]:
        result = binding.read(request)
        read(request, result)
        return result

    return decode


def _payload_reader(
    shape: StructureShape, body: BodyFormat
) -> Callable[[Request, dict[str, Any]], None] | None:
    payload = shape.serialization.get("payload")
    if payload is None:
        if all("location" in member.serialization for member in shape.members.values()):
            return None
        read_all = body.reader(shape, body_only=True)
        return lambda request, result: result.update(read_all(request.content()))
    member = shape.members[payload]
    if member.type_name == "blob":
        return _blob_reader(payload)
    if member.type_name == "string":
        return _string_reader(payload)
    return _structure_reader(payload, body.reader(structure_of(member)))


def _blob_reader(payload: str) -> Callable[[Request, dict[str, Any]], None]:
    def read(request: Request, result: dict[str, Any]) -> None:
        if request.body != b"":
            result[payload] = request.body

    return read


def _string_reader(payload: str) -> Callable[[Request, dict[str, Any]], None]:
    def read(request: Request, result: dict[str, Any]) -> None:
        content = request.content()
        if content:
            result[payload] = content.decode("utf-8", "replace")

    return read


def _structure_reader(payload: str, convert: Convert) -> Callable[[Request, dict[str, Any]], None]:
    def read(request: Request, result: dict[str, Any]) -> None:
        content = request.content()
        if content:
            result[payload] = convert(content)

    return read


def _rest_payload(
    operation: OperationModel, output: StructureShape | None, body: BodyFormat, media: Media
) -> tuple[Any, Any]:
    if output is None:
        return _no_content, _show_nothing
    payload = output.serialization.get("payload")
    if payload is None:
        return _members_as_body(output, body, media)
    member = output.members[payload]
    if member.serialization.get("eventstream"):
        return _event_payload(operation, payload, structure_of(member), body, media)
    if member.type_name == "blob":
        return _streamed(payload, media.blob)
    if member.type_name == "string":
        return _text_payload(payload)
    return _structured(payload, body, media, structure_of(member))


def _no_content(_result: Mapping[str, Any], _headers: Headers) -> Content:
    return b""


def _members_as_body(output: StructureShape, body: BodyFormat, media: Media) -> tuple[Any, Any]:
    if output.members and all("location" in member.serialization for member in output.members.values()):
        return _no_content, _show_nothing
    write, show = body.writer(output), body.view(output)

    def encode(result: Mapping[str, Any], headers: Headers) -> Content:
        headers["Content-Type"] = media.content
        return write(result)  # type: ignore[no-any-return]

    return encode, lambda result, _response, _headers: show(result)


def _event_payload(
    operation: OperationModel, payload: str, shape: StructureShape, body: BodyFormat, media: Media
) -> tuple[Any, Any]:
    writer = eventstream.EventWriter(shape, body, media.event)

    def encode(result: Mapping[str, Any], headers: Headers) -> Content:
        headers["Content-Type"] = eventstream.CONTENT_TYPE
        return _joined(b"", writer, result.get(payload))

    def view(_result: Mapping[str, Any], response: Response, _headers: Mapping[str, str]) -> dict[str, Any]:
        return {payload: eventstream.shown(response, shape, media.parser, operation.name)}

    return encode, view


def _streamed(payload: str, content_type: str) -> tuple[Any, Any]:
    def encode(result: Mapping[str, Any], headers: Headers) -> Content:
        content: Any = result.get(payload)
        headers["Content-Type"] = content_type
        return b"" if content is None else content

    def view(_result: Mapping[str, Any], response: Response, headers: Mapping[str, str]) -> dict[str, Any]:
        from botocore.response import StreamingBody

        content: Any = response.body
        raw = BytesIO(content) if isinstance(content, bytes) else content
        length: Any = headers.get("content-length")  # botocore takes its text, or None where it is not known
        return {payload: StreamingBody(raw, length)}

    return encode, view


def _text_payload(payload: str) -> tuple[Any, Any]:
    def encode(result: Mapping[str, Any], headers: Headers) -> Content:
        headers["Content-Type"] = "text/plain"
        return str(result.get(payload) or "").encode()

    def view(_result: Mapping[str, Any], response: Response, _headers: Mapping[str, str]) -> dict[str, Any]:
        assert isinstance(response.body, bytes)
        return {payload: response.body.decode()}

    return encode, view


def _structured(payload: str, body: BodyFormat, media: Media, member: StructureShape) -> tuple[Any, Any]:
    write, show = body.writer(member), body.view(member)

    def encode(result: Mapping[str, Any], headers: Headers) -> Content:
        value = result.get(payload)
        if value is None:
            return b""
        headers["Content-Type"] = media.content
        return write(value)  # type: ignore[no-any-return]

    def view(result: Mapping[str, Any], _response: Response, _headers: Mapping[str, str]) -> dict[str, Any]:
        return {payload: show(result.get(payload) or {})}

    return encode, view
