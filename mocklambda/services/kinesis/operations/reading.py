"""Iterators and what they read."""

from __future__ import annotations

from mocklambda.services.kinesis import errors
from mocklambda.services.kinesis.iterators import LIFETIME, ShardIterator, find_position
from mocklambda.services.kinesis.operations.shapes import child_shapes, record_shape
from mocklambda.services.kinesis.operations.targets import full_shard_id, state_for, stream_name
from mocklambda.services.kinesis.policies import check_access
from mocklambda.services.kinesis.shard import Shard, shard_id
from mocklambda.services.kinesis.state import Kinesis
from mocklambda.services.kinesis.stream import Stream
from mocklambda.services.service import Context, Request, Result, operation

_MOST_RECORDS = 10_000


@operation("GetShardIterator")
def get_shard_iterator(ctx: Context[Kinesis], request: Request) -> Result:
    _refuse_dry_run(request)
    name = stream_name(request)
    asked = full_shard_id(request["ShardId"], name, ctx.account)
    state = state_for(ctx, request.get("StreamARN"))
    stream, shard = _find(ctx, state, name, asked)
    check_access(stream, stream.arn, "GetShardIterator", ctx.account)
    position = find_position(
        stream,
        shard,
        request["ShardIteratorType"],
        request.get("StartingSequenceNumber"),
        request.get("Timestamp"),
        now=ctx.now,
    )
    if stream.has_limits and not shard.iterators.take(ctx.now):
        raise errors.rate_exceeded(shard.shard_id, stream.name, stream.account)
    return {"ShardIterator": _iterator(ctx, stream, shard, position)}


@operation("GetRecords")
def get_records(ctx: Context[Kinesis], request: Request) -> Result:
    _refuse_dry_run(request)
    iterator = ShardIterator.unseal(request["ShardIterator"])
    if ctx.now - iterator.created_at > LIFETIME:
        raise errors.iterator_expired(iterator.created_at, ctx.now)
    state = ctx.state if iterator.account == ctx.account else ctx.scope.peer(iterator.account, ctx.region)
    stream, shard = _find(ctx, state, iterator.name, shard_id(iterator.shard))
    check_access(stream, stream.arn, "GetRecords", ctx.account)
    if stream.has_limits and not shard.reads.take(ctx.now):
        raise errors.rate_exceeded(shard.shard_id, stream.name, stream.account)
    start = iterator.position if iterator.life == stream.created_at else 0
    return _read(ctx, stream, shard, start, request.get("Limit", _MOST_RECORDS))


def _read(ctx: Context[Kinesis], stream: Stream, shard: Shard, start: int, limit: int) -> Result:
    records = shard.read(start, limit)
    shard.reads.gave(sum(record.size for record in records), ctx.now)
    end = max(start, shard.log.first) + len(records)
    newest = shard.log.newest
    behind = newest.arrived_at - records[-1].arrived_at if newest is not None and records else 0
    result: Result = {"Records": [record_shape(record) for record in records], "MillisBehindLatest": behind}
    if shard.is_open or end < shard.log.end:
        result["NextShardIterator"] = _iterator(ctx, stream, shard, end)
    else:
        result["ChildShards"] = child_shapes(stream, shard)
    return result


def _iterator(ctx: Context[Kinesis], stream: Stream, shard: Shard, position: int) -> str:
    place = ShardIterator(stream.account, stream.name, stream.created_at, shard.number, position, ctx.now)
    return place.seal(ctx.scope.ids)


def _find(ctx: Context[Kinesis], state: Kinesis, name: str, asked: str) -> tuple[Stream, Shard]:
    stream = state.streams.get(name)
    shard = None if stream is None else stream.shard(int(asked.partition("-")[2]), ctx.now)
    if stream is None or shard is None:
        raise errors.no_such_shard(asked, name, state.scope.account)
    return stream, shard


def _refuse_dry_run(request: Request) -> None:
    if request.get("DryRun"):
        raise errors.invalid_argument("DryRun is not served here.")
