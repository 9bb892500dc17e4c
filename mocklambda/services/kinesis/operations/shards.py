"""Listing shards, splitting and merging them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.services.kinesis import errors
from mocklambda.services.kinesis.operations.shapes import page_after, shard_shape
from mocklambda.services.kinesis.operations.targets import (
    find_stream,
    full_shard_id,
    shard_number,
    stream_name,
)
from mocklambda.services.kinesis.reshard import can_split, merge, scale, split
from mocklambda.services.kinesis.shard import Shard
from mocklambda.services.kinesis.state import Kinesis, in_last_day
from mocklambda.services.kinesis.stream import Stream
from mocklambda.services.service import Context, Request, Result, operation
from mocklambda.services.tokens import seal

_COUNT_CHANGES_PER_DAY = 10
_MOST_SHARDS = 10_000


@operation("ListShards")
def list_shards(ctx: Context[Kinesis], request: Request) -> Result:
    token = request.get("NextToken")
    has_stream = "StreamName" in request or "StreamARN" in request
    if token is None and not has_stream:
        raise errors.invalid_argument("Either NextToken or StreamName should be provided.")
    if token is not None and has_stream:
        raise errors.invalid_argument("NextToken and StreamName cannot be provided together.")
    if token is not None:
        arn, after, criteria = page_after(token, "shards", ctx.now)
        stream = find_stream(ctx, {"StreamARN": arn}, "ListShards")
    else:
        stream = find_stream(ctx, request, "ListShards")
        _check_life(stream, request)
        start = request.get("ExclusiveStartShardId")
        after = -1 if start is None else shard_number(start, stream.name, stream.account)
        criteria = request.get("ShardFilter") or {"Type": "FROM_TRIM_HORIZON"}
    passes = _shard_filter(stream, criteria, ctx.now)
    limit = request.get("MaxResults", 1000)
    found = (shard for shard in stream.shards(ctx.now) if shard.number > after and passes(shard))
    shards = list(islice(found, limit + 1))
    result: Result = {"Shards": [shard_shape(shard) for shard in shards[:limit]]}
    if len(shards) > limit:
        result["NextToken"] = seal(
            ctx.scope.ids, "shards", ctx.now, stream.arn, shards[limit - 1].number, dict(criteria)
        )
    return result


def _check_life(stream: Stream, request: Request) -> None:
    created = request.get("StreamCreationTimestamp")
    if created is not None and created // 1000 != stream.created_at // 1000:
        raise errors.stream_not_found(stream.name, stream.account)


def _shard_filter(stream: Stream, criteria: Mapping[str, Any], now: Millis) -> Callable[[Shard], bool]:
    kind = criteria["Type"]
    horizon = max(stream.horizon(now), stream.created_at)
    if kind == "AFTER_SHARD_ID":
        if "ShardId" not in criteria:
            raise errors.invalid_argument("ShardFilter of type AFTER_SHARD_ID needs a ShardId.")
        after = shard_number(criteria["ShardId"], stream.name, stream.account)
        return lambda shard: shard.number > after
    if kind in {"AT_TIMESTAMP", "FROM_TIMESTAMP"} and "Timestamp" not in criteria:
        raise errors.invalid_argument(f"ShardFilter of type {kind} needs a Timestamp.")
    instant = max(criteria.get("Timestamp", horizon), horizon)
    if kind == "AT_LATEST":
        return lambda shard: shard.is_open
    if kind in {"AT_TRIM_HORIZON", "AT_TIMESTAMP"}:
        return lambda shard: shard.opened_at <= instant and _lives_at(shard, instant)
    return lambda shard: _lives_at(shard, instant)


def _lives_at(shard: Shard, instant: Millis) -> bool:
    return shard.closed_at is None or shard.closed_at >= instant


@operation("SplitShard")
def split_shard(ctx: Context[Kinesis], request: Request) -> Result:
    asked = full_shard_id(request["ShardToSplit"], stream_name(request), ctx.account)
    stream = find_stream(ctx, request, "SplitShard")
    _check_provisioned(stream)
    shard = _find(stream, asked, ctx.now)
    ctx.scope.peer(stream.account, stream.region).check_shard_limit(1)
    _check_open(stream, shard)
    key = int(request["NewStartingHashKey"])
    if not can_split(shard, key):
        raise errors.bad_split_key(
            request["NewStartingHashKey"],
            asked,
            stream.name,
            stream.account,
            first=shard.first_key,
            last=shard.last_key,
        )
    split(stream, shard, key, ctx.now)
    return {}


@operation("MergeShards")
def merge_shards(ctx: Context[Kinesis], request: Request) -> Result:
    name = stream_name(request)
    asked = [
        full_shard_id(request[member], name, ctx.account)
        for member in ("ShardToMerge", "AdjacentShardToMerge")
    ]
    stream = find_stream(ctx, request, "MergeShards")
    _check_provisioned(stream)
    lower, upper = [_find(stream, shard, ctx.now) for shard in asked]
    _check_open(stream, lower)
    _check_open(stream, upper)
    if lower.last_key + 1 != upper.first_key:
        raise errors.not_adjacent(lower.shard_id, upper.shard_id, stream.name, stream.account)
    merge(stream, lower, upper, ctx.now)
    return {}


@operation("UpdateShardCount")
def update_shard_count(ctx: Context[Kinesis], request: Request) -> Result:
    stream = find_stream(ctx, request, "UpdateShardCount")
    _check_provisioned(stream)
    current, target = len(stream.open_shards), request["TargetShardCount"]
    if target > 2 * current or target * 2 < current:
        raise errors.scales_too_far(current, target)
    if target > _MOST_SHARDS:
        raise errors.limit_exceeded(f"UpdateShardCount cannot scale a stream beyond {_MOST_SHARDS} shards.")
    ctx.scope.peer(stream.account, stream.region).check_shard_limit(target - current)
    if in_last_day(stream.counts_changed_at, ctx.now) >= _COUNT_CHANGES_PER_DAY:
        raise errors.limit_exceeded(
            f"UpdateShardCount was called {_COUNT_CHANGES_PER_DAY} times in the last 24 hours for stream "
            f"{stream.name} under account {stream.account}."
        )
    stream.counts_changed_at.append(ctx.now)
    scale(stream, target, ctx.now)
    return {
        "StreamName": stream.name,
        "StreamARN": stream.arn,
        "CurrentShardCount": current,
        "TargetShardCount": target,
    }


def _check_provisioned(stream: Stream) -> None:
    if stream.is_on_demand:
        raise errors.is_on_demand(stream.name, stream.account)


def _check_open(stream: Stream, shard: Shard) -> None:
    if not shard.is_open:
        raise errors.already_resharded(shard.shard_id, stream.name, stream.account)


def _find(stream: Stream, asked: str, now: Millis) -> Shard:
    shard = stream.shard(int(asked.partition("-")[2]), now)
    if shard is None:
        raise errors.shard_not_found(asked, stream.name, stream.account)
    return shard
