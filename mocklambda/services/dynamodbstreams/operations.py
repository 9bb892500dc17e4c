"""The four operations of DynamoDB Streams."""

from __future__ import annotations

import base64
from typing import Any, NamedTuple

from mocklambda.clock.base import Millis
from mocklambda.services.dynamodbstreams import errors
from mocklambda.services.dynamodbstreams.record import PRINCIPAL, Record
from mocklambda.services.dynamodbstreams.state import RETENTION, TableStream, TableStreams
from mocklambda.services.service import Context, Request, Result, operation
from mocklambda.services.table_changes import Attributes
from mocklambda.services.tokens import seal, unseal

_ITERATOR_LIFETIME: Millis = 15 * 60_000
_PAGE = 100
_MOST_RECORDS = 1000
_ANSWER_BYTES = 1 << 20


class _Place(NamedTuple):
    """What an iterator says."""

    position: int
    created_at: Millis
    may_trim: bool
    """Whether it asked for the oldest record, whichever that is when it is read."""


@operation("ListStreams")
def list_streams(ctx: Context[TableStreams], request: Request) -> Result:
    table, last = request.get("TableName"), request.get("ExclusiveStartStreamArn")
    streams = [stream for stream in ctx.state.all(ctx.now) if table in {None, stream.table}]
    if last is not None:
        arns = [stream.arn for stream in streams]
        streams = streams[arns.index(last) + 1 :] if last in arns else []
    limit = min(request.get("Limit", _PAGE), _PAGE)
    result: Result = {
        "Streams": [
            {"StreamArn": stream.arn, "TableName": stream.table, "StreamLabel": stream.label}
            for stream in streams[:limit]
        ]
    }
    if len(streams) > limit:
        result["LastEvaluatedStreamArn"] = streams[limit - 1].arn
    return result


@operation("DescribeStream")
def describe_stream(ctx: Context[TableStreams], request: Request) -> Result:
    stream = _find(ctx, request["StreamArn"])
    numbers = {"StartingSequenceNumber": str(stream.starting_number)}
    if not stream.is_enabled:
        numbers["EndingSequenceNumber"] = str(max(stream.latest_number, stream.starting_number))
    # The one shard has no children, and nothing comes after it.
    has_shard = request.get("ExclusiveStartShardId") is None and "ShardFilter" not in request
    shards = [{"ShardId": stream.shard_id, "SequenceNumberRange": numbers}] if has_shard else []
    return {
        "StreamDescription": {
            "StreamArn": stream.arn,
            "StreamLabel": stream.label,
            "StreamStatus": "ENABLED" if stream.is_enabled else "DISABLED",
            "StreamViewType": stream.view_type,
            "CreationRequestDateTime": stream.created_at,
            "TableName": stream.table,
            "KeySchema": list(stream.key_schema),
            "Shards": shards,
        }
    }


@operation("GetShardIterator")
def get_shard_iterator(ctx: Context[TableStreams], request: Request) -> Result:
    stream = _find(ctx, request["StreamArn"])
    if request["ShardId"] != stream.shard_id:
        raise errors.shard_not_found(request["ShardId"], stream.arn)
    stream.log.trim(ctx.now - RETENTION)
    kind = request["ShardIteratorType"]
    place = _Place(_position(stream, kind, request), ctx.now, kind == "TRIM_HORIZON")
    return {"ShardIterator": _iterator(ctx, stream, place)}


def _position(stream: TableStream, kind: str, request: Request) -> int:
    number = request.get("SequenceNumber")
    if kind in {"AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"}:
        if number is None:
            raise errors.validation(f"SequenceNumber is required for ShardIteratorType {kind}")
        log = stream.log
        at = log.at_number(number) if kind == "AT_SEQUENCE_NUMBER" else log.after_number(number)
        oldest = log.page(log.first, 1)
        if log.first and (not oldest or number < oldest[0].sequence_number):
            raise errors.trimmed()
        return at
    if number is not None:
        raise errors.validation(f"SequenceNumber is not allowed for ShardIteratorType {kind}")
    if kind == "LATEST":
        return stream.log.end
    if kind == "AT_TIMESTAMP":
        if request.get("Timestamp") is None:
            raise errors.validation("Timestamp is required for ShardIteratorType AT_TIMESTAMP")
        return stream.log.at_time(request["Timestamp"])
    return stream.log.first


@operation("GetRecords")
def get_records(ctx: Context[TableStreams], request: Request) -> Result:
    arn, _, sealed = request["ShardIterator"].rpartition("|1|")
    parts = unseal(sealed)
    if not parts:
        raise errors.validation("Invalid ShardIterator")
    place = _Place(*parts)
    stream = _find(ctx, arn)
    if ctx.now - place.created_at > _ITERATOR_LIFETIME:
        raise errors.iterator_expired()
    stream.log.trim(ctx.now - RETENTION)
    if place.position < stream.log.first and not place.may_trim:
        raise errors.trimmed()
    records = _page(stream, place.position, min(request.get("Limit", _MOST_RECORDS), _MOST_RECORDS))
    result: Result = {"Records": [_shape(record, ctx.region) for record in records]}
    end = max(place.position, stream.log.first) + len(records)
    if stream.is_enabled or end < stream.log.end:
        is_start = place.may_trim and not records
        result["NextShardIterator"] = _iterator(ctx, stream, _Place(end, ctx.now, is_start))
    return result


def _page(stream: TableStream, position: int, limit: int) -> list[Record]:
    taken: list[Record] = []
    total = 0
    for record in stream.log.page(position, limit):
        total += record.size
        if taken and total > _ANSWER_BYTES:
            break
        taken.append(record)
    return taken


def _iterator(ctx: Context[TableStreams], stream: TableStream, place: _Place) -> str:
    return f"{stream.arn}|1|{seal(ctx.scope.ids, *place)}"


def _find(ctx: Context[TableStreams], arn: str) -> TableStream:
    stream = ctx.state.find(arn, ctx.now)
    if stream is None:
        raise errors.stream_not_found(arn)
    return stream


def _shape(record: Record, region: str) -> dict[str, Any]:
    shape: dict[str, Any] = {
        "eventID": record.event_id,
        "eventName": record.event_name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": region,
        "dynamodb": {
            "ApproximateCreationDateTime": record.created_ms,
            "Keys": _with_bytes(record.keys),
            **{name: _with_bytes(image) for name, image in record.images.items()},
            "SequenceNumber": record.sequence_number,
            "SizeBytes": record.size,
            "StreamViewType": record.view_type,
        },
    }
    if record.is_expiry:
        shape["userIdentity"] = {"Type": "Service", "PrincipalId": PRINCIPAL}
    return shape


def _with_bytes(attributes: Attributes) -> dict[str, Any]:
    """Return attributes with binary values as bytes, as the API's structures have them."""
    return {name: _typed(value) for name, value in attributes.items()}


def _typed(value: Any) -> dict[str, Any]:
    ((kind, inner),) = value.items()
    match kind:
        case "B":
            return {kind: base64.b64decode(inner)}
        case "BS":
            return {kind: [base64.b64decode(one) for one in inner]}
        case "M":
            return {kind: _with_bytes(inner)}
        case "L":
            return {kind: [_typed(one) for one in inner]}
        case _:
            return {kind: inner}
