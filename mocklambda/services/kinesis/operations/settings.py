"""What can be changed about a stream: retention, mode, encryption, record size, shard-level metrics."""

from __future__ import annotations

from mocklambda.services.kinesis import errors
from mocklambda.services.kinesis.operations.targets import find_stream
from mocklambda.services.kinesis.state import Kinesis, in_last_day
from mocklambda.services.kinesis.stream import PROVISIONED, USER_PARTITION_KEY
from mocklambda.services.service import Context, Request, Result, operation

_METRICS = (
    "IncomingBytes",
    "IncomingRecords",
    "OutgoingBytes",
    "OutgoingRecords",
    "WriteProvisionedThroughputExceeded",
    "ReadProvisionedThroughputExceeded",
    "IteratorAgeMilliseconds",
)
_MODE_CHANGES_PER_DAY = 2


@operation("IncreaseStreamRetentionPeriod")
def increase_stream_retention_period(ctx: Context[Kinesis], request: Request) -> Result:
    return _set_retention(ctx, request, is_increase=True)


@operation("DecreaseStreamRetentionPeriod")
def decrease_stream_retention_period(ctx: Context[Kinesis], request: Request) -> Result:
    return _set_retention(ctx, request, is_increase=False)


def _set_retention(ctx: Context[Kinesis], request: Request, *, is_increase: bool) -> Result:
    action = "IncreaseStreamRetentionPeriod" if is_increase else "DecreaseStreamRetentionPeriod"
    hours = request["RetentionPeriodHours"]
    if hours < 24:
        raise errors.retention_too_short(hours)
    if hours > 8760:
        raise errors.retention_too_long(hours)
    stream = find_stream(ctx, request, action)
    existing = stream.retention_hours
    if (hours < existing) if is_increase else (hours > existing):
        raise errors.retention_wrong_way(hours, stream.name, existing)
    stream.retention_hours = hours
    return {}


@operation("UpdateStreamMode")
def update_stream_mode(ctx: Context[Kinesis], request: Request) -> Result:
    stream = find_stream(ctx, request, "UpdateStreamMode")
    if "WarmThroughputMiBps" in request:
        raise errors.invalid_argument(
            "WarmThroughputMiBps needs an account with MinimumThroughputBillingCommitment enabled."
        )
    mode = request["StreamModeDetails"]["StreamMode"]
    if mode == stream.mode:
        return {}
    if in_last_day(stream.modes_changed_at, ctx.now) >= _MODE_CHANGES_PER_DAY:
        raise errors.limit_exceeded(
            f"Stream {stream.name} under account {stream.account} has switched its capacity mode "
            f"{_MODE_CHANGES_PER_DAY} times in the last 24 hours."
        )
    if mode == PROVISIONED:
        ctx.scope.peer(stream.account, stream.region).check_shard_limit(len(stream.open_shards))
        stream.distribution = USER_PARTITION_KEY
    stream.mode = mode
    stream.modes_changed_at.append(ctx.now)
    return {}


@operation("UpdateStreamRecordDistributionStrategy")
def update_stream_record_distribution_strategy(ctx: Context[Kinesis], request: Request) -> Result:
    stream = find_stream(ctx, request, "UpdateStreamRecordDistributionStrategy")
    strategy = request["RecordDistributionStrategy"]
    if strategy != USER_PARTITION_KEY and not stream.is_on_demand:
        raise errors.invalid_argument(
            f"RecordDistributionStrategy {strategy} is supported for streams in On-Demand mode only."
        )
    stream.distribution = strategy
    return {}


@operation("UpdateMaxRecordSize")
def update_max_record_size(ctx: Context[Kinesis], request: Request) -> Result:
    find_stream(ctx, request, "UpdateMaxRecordSize").max_record_kib = request["MaxRecordSizeInKiB"]
    return {}


@operation("StartStreamEncryption")
def start_stream_encryption(ctx: Context[Kinesis], request: Request) -> Result:
    _check_kms(request)
    find_stream(ctx, request, "StartStreamEncryption").key_id = request["KeyId"]
    return {}


@operation("StopStreamEncryption")
def stop_stream_encryption(ctx: Context[Kinesis], request: Request) -> Result:
    _check_kms(request)
    find_stream(ctx, request, "StopStreamEncryption").key_id = None
    return {}


def _check_kms(request: Request) -> None:
    if request["EncryptionType"] != "KMS":
        raise errors.invalid_argument("The only valid EncryptionType is KMS.")


@operation("EnableEnhancedMonitoring")
def enable_enhanced_monitoring(ctx: Context[Kinesis], request: Request) -> Result:
    return _set_metrics(ctx, request, is_enabled=True)


@operation("DisableEnhancedMonitoring")
def disable_enhanced_monitoring(ctx: Context[Kinesis], request: Request) -> Result:
    return _set_metrics(ctx, request, is_enabled=False)


def _set_metrics(ctx: Context[Kinesis], request: Request, *, is_enabled: bool) -> Result:
    action = "EnableEnhancedMonitoring" if is_enabled else "DisableEnhancedMonitoring"
    stream = find_stream(ctx, request, action)
    named = set(_METRICS if "ALL" in request["ShardLevelMetrics"] else request["ShardLevelMetrics"])
    before = stream.metrics
    wanted = named | set(before) if is_enabled else set(before) - named
    stream.metrics = tuple(metric for metric in _METRICS if metric in wanted)
    return {
        "StreamName": stream.name,
        "StreamARN": stream.arn,
        "CurrentShardLevelMetrics": list(before),
        "DesiredShardLevelMetrics": list(stream.metrics),
    }
