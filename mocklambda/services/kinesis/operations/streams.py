"""Streams as such: create, delete, describe, list."""

from __future__ import annotations

from itertools import islice
from typing import Any

from mocklambda.services.kinesis import errors
from mocklambda.services.kinesis.operations.shapes import page_after, shard_shape
from mocklambda.services.kinesis.operations.tags import checked_tags
from mocklambda.services.kinesis.operations.targets import find_stream, shard_number
from mocklambda.services.kinesis.state import Kinesis
from mocklambda.services.kinesis.stream import (
    ON_DEMAND,
    ON_DEMAND_SHARDS,
    PROVISIONED,
    USER_PARTITION_KEY,
    Stream,
)
from mocklambda.services.service import Context, Request, Result, operation
from mocklambda.services.tokens import seal

_ON_DEMAND_LIMIT = 50


@operation("CreateStream")
def create_stream(ctx: Context[Kinesis], request: Request) -> Result:
    name, state = request["StreamName"], ctx.state
    if name in state.streams:
        raise errors.stream_exists(name, ctx.account)
    count = request.get("ShardCount")
    # R: without a mode and a count the stream is on demand, with four shards.
    default = ON_DEMAND if count is None else PROVISIONED
    mode = (request.get("StreamModeDetails") or {}).get("StreamMode", default)
    if mode == PROVISIONED and count is None:
        raise errors.validation(
            "Value null at 'shardCount' failed to satisfy constraint: Member must not be null"
        )
    if mode == ON_DEMAND and count is not None:
        raise errors.invalid_argument("ShardCount cannot be specified for a stream in On-Demand mode.")
    if "WarmThroughputMiBps" in request:
        raise errors.invalid_argument(
            "WarmThroughputMiBps needs an account with MinimumThroughputBillingCommitment enabled."
        )
    distribution = request.get("RecordDistributionStrategy", USER_PARTITION_KEY)
    if distribution != USER_PARTITION_KEY and mode != ON_DEMAND:
        raise errors.invalid_argument(
            f"RecordDistributionStrategy {distribution} is supported for streams in On-Demand mode only."
        )
    if mode == PROVISIONED:
        state.check_shard_limit(int(count or 0))
    elif sum(stream.is_on_demand for stream in state.streams.values()) >= _ON_DEMAND_LIMIT:
        raise errors.limit_exceeded(
            f"This request would exceed the on-demand stream limit for the account {ctx.account} "
            f"in {ctx.region}. Limit: {_ON_DEMAND_LIMIT}."
        )
    stream = Stream(
        name=name,
        account=ctx.account,
        region=ctx.region,
        created_at=ctx.now,
        mode=mode,
        distribution=distribution,
        max_record_kib=request.get("MaxRecordSizeInKiB", 1024),
        has_limits=ctx.scope.config.throughput_limits,
        tags=checked_tags(request.get("Tags") or {}, {}, name, ctx.account),
    )
    stream.add_shards(ON_DEMAND_SHARDS if count is None else count, ctx.now)
    state.add(stream)
    return {}


@operation("DeleteStream")
def delete_stream(ctx: Context[Kinesis], request: Request) -> Result:
    stream = find_stream(ctx, request, "DeleteStream")
    if stream.consumers and not request.get("EnforceConsumerDeletion"):
        raise errors.has_consumers(stream.name, stream.arn)
    ctx.scope.peer(stream.account, stream.region).remove(stream)
    return {}


@operation("DescribeStream")
def describe_stream(ctx: Context[Kinesis], request: Request) -> Result:
    stream = find_stream(ctx, request, "DescribeStream")
    last = request.get("ExclusiveStartShardId")
    after = -1 if last is None else shard_number(last, stream.name, stream.account)
    following = (shard for shard in stream.shards(ctx.now) if shard.number > after)
    limit = request.get("Limit", 100)
    shards = list(islice(following, limit + 1))
    description = _common(stream) | {
        "Shards": [shard_shape(shard) for shard in shards[:limit]],
        "HasMoreShards": len(shards) > limit,
    }
    return {"StreamDescription": description}


@operation("DescribeStreamSummary")
def describe_stream_summary(ctx: Context[Kinesis], request: Request) -> Result:
    stream = find_stream(ctx, request, "DescribeStreamSummary")
    summary = _common(stream) | {
        "OpenShardCount": len(stream.open_shards),
        "ConsumerCount": len(stream.consumers),
        "MaxRecordSizeInKiB": stream.max_record_kib,
    }
    return {"StreamDescriptionSummary": summary}


def _common(stream: Stream) -> dict[str, Any]:
    common: dict[str, Any] = _summary(stream) | {
        "RetentionPeriodHours": stream.retention_hours,
        "EnhancedMonitoring": [{"ShardLevelMetrics": list(stream.metrics)}],
        "EncryptionType": "NONE" if stream.key_id is None else "KMS",
    }
    if stream.key_id is not None:
        common["KeyId"] = stream.key_id
    return common


def _summary(stream: Stream) -> dict[str, Any]:
    return {
        "StreamName": stream.name,
        "StreamARN": stream.arn,
        "StreamStatus": "ACTIVE",
        "StreamModeDetails": {"StreamMode": stream.mode},
        "StreamCreationTimestamp": stream.created_at,
    }


@operation("ListStreams")
def list_streams(ctx: Context[Kinesis], request: Request) -> Result:
    start = request.get("ExclusiveStartStreamName", "")
    if request.get("NextToken") is not None:
        (start,) = page_after(request["NextToken"], "streams", ctx.now)
    limit = request.get("Limit", 100)
    names = sorted(name for name in ctx.state.streams if name > start)
    page = names[:limit]
    result: Result = {
        "StreamNames": page,
        "HasMoreStreams": len(names) > limit,
        "StreamSummaries": [_summary(ctx.state.streams[name]) for name in page],
    }
    if len(names) > limit:
        result["NextToken"] = seal(ctx.scope.ids, "streams", ctx.now, page[-1])
    return result


@operation("DescribeLimits")
def describe_limits(ctx: Context[Kinesis], request: Request) -> Result:
    return {
        "ShardLimit": ctx.state.shard_limit,
        "OpenShardCount": ctx.state.open_shard_count(),
        "OnDemandStreamCount": sum(stream.is_on_demand for stream in ctx.state.streams.values()),
        "OnDemandStreamCountLimit": _ON_DEMAND_LIMIT,
    }
