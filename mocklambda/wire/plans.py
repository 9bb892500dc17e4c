"""One operation, compiled: request to input, result to reply, result to what the SDK shows.

Two ways to build a plan: ``rpc_plan`` (all members in the body) and ``rest_plan`` (body and HTTP binding). A
reply is made in two steps, head and content, since a caller in this process seldom looks at the second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
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
    head: Callable[[Mapping[str, Any], Headers], int | None]
    """Result and headers to fill → the status if a member holds it."""
    content: Callable[[Mapping[str, Any], Headers], Content]
    """Result and the headers that ``head`` has filled → the body."""
    view: Callable[[Mapping[str, Any], Response, Mapping[str, str]], dict[str, Any]]
    """Result, response and its lower-case headers → what the SDK's parser gives, without metadata."""
    status: int
    can_wait: bool
    """Whether ``view`` does without the written content, which then can wait until somebody asks."""
    has_bound_members: bool = False
    """Whether members travel as headers or status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Payload:
    """What an operation's output is in a body."""

    head: Callable[[Mapping[str, Any], Headers], None]
    write: Callable[[Mapping[str, Any]], Content]
    view: Callable[[Mapping[str, Any], Response, Mapping[str, str]], dict[str, Any]]
    can_wait: bool = False


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
        payload = _rpc_stream(operation, output, stream, body, media)
    else:
        payload = _rpc_output(output, body, media)
    return _plan(operation, _rpc_input(operation, body), payload)


def _plan(operation: OperationModel, decode: Callable[[Request], dict[str, Any]], payload: _Payload) -> Plan:
    write = payload.write
    return Plan(
        decode=decode,
        head=payload.head,
        content=lambda result, _headers: write(result),
        view=payload.view,
        status=_status(operation),
        can_wait=payload.can_wait,
    )


def _typed(content_type: str) -> Callable[[Mapping[str, Any], Headers], None]:
    def head(_result: Mapping[str, Any], headers: Headers) -> None:
        headers["Content-Type"] = content_type

    return head


def _status(operation: OperationModel) -> int:
    return int(operation.http.get("responseCode", 200))


def _rpc_input(operation: OperationModel, body: BodyFormat) -> Callable[[Request], dict[str, Any]]:
    shape = operation.input_shape
    if shape is None:
        return lambda _request: {}
    read = body.reader(shape)
    return lambda request: read(request.content())


def _rpc_output(output: StructureShape | None, body: BodyFormat, media: Media) -> _Payload:
    if output is None:  # AWS answers with nothing at all, not with {}
        return _nothing(media.content)
    return _members(output, body, media.content)


def _members(output: StructureShape, body: BodyFormat, content_type: str) -> _Payload:
    show = body.view(output)
    return _Payload(
        head=_typed(content_type),
        write=body.writer(output),
        view=lambda result, _response, _headers: show(result),
        can_wait=True,
    )


def _nothing(content_type: str | None = None) -> _Payload:
    def head(_result: Mapping[str, Any], headers: Headers) -> None:
        headers["Content-Length"] = "0"  # which a member may be bound to
        if content_type is not None:
            headers["Content-Type"] = content_type

    return _Payload(
        head=head,
        write=lambda _result: b"",
        view=lambda _result, _response, _headers: {},
        can_wait=True,
    )


def _rpc_stream(
    operation: OperationModel, output: StructureShape, name: str, body: BodyFormat, media: Media
) -> _Payload:
    events = structure_of(output.members[name])
    writer = eventstream.EventWriter(events, body, media.event)
    write = body.writer(output, without=(name,))
    show = body.view(output, without=(name,))

    def content(result: Mapping[str, Any]) -> Content:
        first = eventstream.initial_response(write(result), media.event)
        return _joined(first, writer, result.get(name))

    def view(result: Mapping[str, Any], response: Response, _headers: Mapping[str, str]) -> dict[str, Any]:
        stream = eventstream.shown(response, events, media.parser, operation.name)
        stream.get_initial_response()
        return {**show(result), name: stream}

    return _Payload(head=_typed(eventstream.CONTENT_TYPE), write=content, view=view)


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
    payload = _rest_payload(operation, output, body, media)
    plan = _plan(operation, _rest_input(operation, body), payload)
    binding = OutputBinding(output)
    if not binding.has_members:
        return plan
    fill, show = plan.head, payload.view

    def head(result: Mapping[str, Any], headers: Headers) -> int | None:
        fill(result, headers)  # a member may know the content type better
        return binding.write(result, headers)

    def view(result: Mapping[str, Any], response: Response, headers: Mapping[str, str]) -> dict[str, Any]:
        parsed = show(result, response, headers)
        binding.view(result, response.status, headers, parsed)
        return parsed

    return replace(plan, head=head, view=view, has_bound_members=True)


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
) -> _Payload:
    if output is None:
        return _nothing()
    payload = output.serialization.get("payload")
    if payload is None:
        if output.members and all("location" in each.serialization for each in output.members.values()):
            return _nothing()
        return _members(output, body, media.content)
    member = output.members[payload]
    if member.serialization.get("eventstream"):
        return _events(operation, payload, structure_of(member), body, media)
    if member.type_name == "blob":
        return _streamed(payload, media.blob)
    if member.type_name == "string":
        return _text(payload)
    return _structured(payload, body, media, structure_of(member))


def _events(
    operation: OperationModel, payload: str, shape: StructureShape, body: BodyFormat, media: Media
) -> _Payload:
    writer = eventstream.EventWriter(shape, body, media.event)

    def view(_result: Mapping[str, Any], response: Response, _headers: Mapping[str, str]) -> dict[str, Any]:
        return {payload: eventstream.shown(response, shape, media.parser, operation.name)}

    return _Payload(
        head=_typed(eventstream.CONTENT_TYPE),
        write=lambda result: _joined(b"", writer, result.get(payload)),
        view=view,
    )


def _streamed(payload: str, content_type: str) -> _Payload:
    def write(result: Mapping[str, Any]) -> Content:
        content: Content | None = result.get(payload)
        return b"" if content is None else content

    def head(result: Mapping[str, Any], headers: Headers) -> None:
        headers["Content-Type"] = content_type
        content = write(result)
        if isinstance(content, bytes):
            headers["Content-Length"] = str(len(content))

    def view(result: Mapping[str, Any], _response: Response, headers: Mapping[str, str]) -> dict[str, Any]:
        from botocore.response import StreamingBody

        content: Any = write(result)
        raw = BytesIO(content) if isinstance(content, bytes) else content
        length: Any = headers.get("content-length")  # botocore takes its text, or None where it is not known
        return {payload: StreamingBody(raw, length)}

    return _Payload(head=head, write=write, view=view, can_wait=True)


def _text(payload: str) -> _Payload:
    return _Payload(
        head=_typed("text/plain"),
        write=lambda result: str(result.get(payload) or "").encode(),
        view=lambda result, _response, _headers: {payload: str(result.get(payload) or "")},
        can_wait=True,
    )


def _structured(payload: str, body: BodyFormat, media: Media, member: StructureShape) -> _Payload:
    write, show = body.writer(member), body.view(member)

    def head(result: Mapping[str, Any], headers: Headers) -> None:
        if result.get(payload) is not None:
            headers["Content-Type"] = media.content

    def content(result: Mapping[str, Any]) -> Content:
        value = result.get(payload)
        return b"" if value is None else write(value)

    return _Payload(
        head=head,
        write=content,
        view=lambda result, _response, _headers: {payload: show(result.get(payload) or {})},
        can_wait=True,
    )
