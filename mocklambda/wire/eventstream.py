"""Event streams: output events to binary frames, and frames to what an SDK iterates. Knows no operation."""

from __future__ import annotations

import struct
from binascii import crc32
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from botocore.model import Shape, StructureShape

from mocklambda.wire.body import BodyFormat
from mocklambda.wire.message import Response
from mocklambda.wire.scalars import millis
from mocklambda.wire.trees import structure_of

CONTENT_TYPE = "application/vnd.amazon.eventstream"


class _Instant(int):
    """Milliseconds that travel as a timestamp header, not as a number."""


def frame(headers: Mapping[str, Any], payload: bytes) -> bytes:
    """Return one message: prelude, its checksum, headers, payload, checksum of all before."""
    encoded = b"".join(_header(name, value) for name, value in headers.items())
    total = 12 + len(encoded) + len(payload) + 4
    prelude = struct.pack(">II", total, len(encoded))
    message = prelude + struct.pack(">I", crc32(prelude)) + encoded + payload
    return message + struct.pack(">I", crc32(message))


def _header(name: str, value: Any) -> bytes:
    key = name.encode()
    return struct.pack(">B", len(key)) + key + _header_value(value)


def _header_value(value: Any) -> bytes:
    if isinstance(value, bool):
        return b"\x00" if value else b"\x01"
    if isinstance(value, _Instant):
        return struct.pack(">Bq", 8, value)
    if isinstance(value, int):
        return struct.pack(">Bq", 5, value)
    if isinstance(value, bytes):
        return struct.pack(">BH", 6, len(value)) + value
    text = str(value).encode()
    return struct.pack(">BH", 7, len(text)) + text


def exception_frame(name: str, message: str) -> bytes:
    """Return the frame that ends a stream with a modelled error."""
    from mocklambda.wire.json_body import dumps

    headers = {":message-type": "exception", ":exception-type": name, ":content-type": "application/json"}
    return frame(headers, dumps({"message": message}))


class EventWriter:
    """Encodes the events of one event stream shape: ``{"Records": {...}}`` → a frame.

    An event that is bytes already is passed on, so that a service may end a stream with ``exception_frame``.
    """

    def __init__(self, shape: StructureShape, body: BodyFormat, content_type: str) -> None:
        self._events = {
            name: _event_writer(name, structure_of(event), body, content_type)
            for name, event in shape.members.items()
        }

    def frames(self, events: Iterable[Any]) -> Iterator[bytes]:
        """Yield a frame for each event."""
        for event in events:
            if isinstance(event, bytes):
                yield event
                continue
            ((name, value),) = event.items()
            yield self._events[name](value)


def initial_response(body: bytes, content_type: str) -> bytes:
    """Return the first frame of an RPC protocol's stream: the ordinary members of the output."""
    headers = {":message-type": "event", ":event-type": "initial-response", ":content-type": content_type}
    return frame(headers, body)


def _event_writer(
    name: str, shape: StructureShape, body: BodyFormat, content_type: str
) -> Callable[[Mapping[str, Any]], bytes]:
    header_members = {key: member for key, member in shape.members.items() if _is_header(member)}
    payload = next(
        (key for key, member in shape.members.items() if member.serialization.get("eventpayload")), None
    )
    write = _payload_writer(shape, payload, tuple(header_members), body)
    kind = _payload_type(shape, payload, content_type)

    def encode(value: Mapping[str, Any]) -> bytes:
        headers: dict[str, Any] = {":message-type": "event", ":event-type": name}
        if kind is not None:
            headers[":content-type"] = kind
        for key, member in header_members.items():
            item = value.get(key)
            if item is not None:
                headers[key] = _Instant(millis(item)) if member.type_name == "timestamp" else item
        return frame(headers, write(value))

    return encode


def _is_header(member: Shape) -> bool:
    return bool(member.serialization.get("eventheader"))


def _payload_writer(
    shape: StructureShape, payload: str | None, headers: tuple[str, ...], body: BodyFormat
) -> Callable[[Mapping[str, Any]], bytes]:
    if payload is None:
        if not any(name not in headers for name in shape.members):
            return lambda _value: b""
        return body.writer(shape, without=headers)
    member = shape.members[payload]
    if member.type_name == "blob":
        return lambda value: bytes(value.get(payload) or b"")
    if member.type_name == "string":
        return lambda value: (value.get(payload) or "").encode()
    write = body.writer(structure_of(member))
    return lambda value: write(value.get(payload) or {})


def _payload_type(shape: StructureShape, payload: str | None, content_type: str) -> str | None:
    if payload is not None:
        kind = shape.members[payload].type_name
        if kind in ("blob", "string"):
            return "application/octet-stream" if kind == "blob" else "text/plain"
    return content_type if shape.members else None


class FrameSource:
    """A response's frames, as botocore's ``EventStream`` wants to read them."""

    def __init__(self, response: Response) -> None:
        self._body = response.body

    def stream(self) -> Iterator[bytes]:
        """Yield the frames as they come."""
        if isinstance(self._body, bytes):
            yield self._body
        else:
            yield from self._body

    def close(self) -> None:
        """End the stream; a generator behind it is closed too."""
        close = getattr(self._body, "close", None)
        if close is not None:
            close()


def shown(response: Response, shape: StructureShape, protocol: str, operation: str) -> Any:
    """Return botocore's own ``EventStream`` over the response's frames."""
    from botocore.eventstream import EventStream
    from botocore.parsers import create_parser

    maker: Any = create_parser(protocol)
    parser = maker._event_stream_parser  # noqa: SLF001  # botocore offers no other way to it
    return EventStream(FrameSource(response), shape, parser, operation)
