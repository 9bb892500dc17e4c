"""Putting records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocklambda.services.kinesis import errors
from mocklambda.services.kinesis.operations.targets import find_stream
from mocklambda.services.kinesis.sequence import UnreadableError, parse
from mocklambda.services.kinesis.shard import MAX_HASH_KEY
from mocklambda.services.kinesis.state import Kinesis
from mocklambda.services.kinesis.stream import Stream
from mocklambda.services.service import Context, Request, Result, operation

_REQUEST_BYTES = 10 << 20


@operation("PutRecord")
def put_record(ctx: Context[Kinesis], request: Request) -> Result:
    _refuse_dry_run(request)
    stream = find_stream(ctx, request, "PutRecord")
    _check_entry(stream, request, "")
    explicit = _explicit_key(request)
    _check_ordering(ctx, stream, request.get("SequenceNumberForOrdering"))
    key = request.get("PartitionKey", "")
    shard = stream.route(key, explicit)
    record = stream.put(shard, key, request["Data"], ctx.now, ctx.causes)
    if record is None:
        raise errors.rate_exceeded(shard.shard_id, stream.name, stream.account)
    return _encrypted(stream, {"ShardId": shard.shard_id, "SequenceNumber": record.sequence_number})


@operation("PutRecords")
def put_records(ctx: Context[Kinesis], request: Request) -> Result:
    _refuse_dry_run(request)
    stream = find_stream(ctx, request, "PutRecords")
    entries = request["Records"]
    total = 0
    for index, entry in enumerate(entries, 1):
        _check_entry(stream, entry, f"records.{index}.member.")
        total += len(entry["Data"]) + len(entry.get("PartitionKey", "").encode())
    if total > _REQUEST_BYTES:
        raise errors.invalid_argument("Records size exceeds 10 MB limit")
    keys = [_explicit_key(entry) for entry in entries]
    results = [_put_entry(ctx, stream, entry, key) for entry, key in zip(entries, keys, strict=True)]
    failed = sum("ErrorCode" in result for result in results)
    return _encrypted(stream, {"FailedRecordCount": failed, "Records": results})


def _put_entry(
    ctx: Context[Kinesis], stream: Stream, entry: Mapping[str, Any], explicit: int | None
) -> dict[str, Any]:
    key = entry.get("PartitionKey", "")
    shard = stream.route(key, explicit)
    record = stream.put(shard, key, entry["Data"], ctx.now, ctx.causes)
    if record is None:
        return {
            "ErrorCode": "ProvisionedThroughputExceededException",
            "ErrorMessage": errors.rate_exceeded_text(shard.shard_id, stream.name, stream.account),
        }
    return {"SequenceNumber": record.sequence_number, "ShardId": shard.shard_id}


def _refuse_dry_run(request: Request) -> None:
    if request.get("DryRun"):
        raise errors.invalid_argument("DryRun is not served here.")


def _check_entry(stream: Stream, entry: Mapping[str, Any], path: str) -> None:
    most = stream.max_record_kib << 10
    if len(entry["Data"]) > most:
        raise errors.validation(
            f"Value at '{path}data' failed to satisfy constraint: "
            f"Member must have length less than or equal to {most}"
        )
    if "PartitionKey" not in entry and stream.distribution == "USER_PARTITION_KEY":
        raise errors.validation(
            f"Value null at '{path}partitionKey' failed to satisfy constraint: Member must not be null"
        )


def _explicit_key(entry: Mapping[str, Any]) -> int | None:
    text = entry.get("ExplicitHashKey")
    if text is None:
        return None
    if int(text) > MAX_HASH_KEY:
        raise errors.bad_hash_key(text)
    return int(text)


def _check_ordering(ctx: Context[Kinesis], stream: Stream, number: str | None) -> None:
    # The numbers of a shard only ever grow, so a readable one needs nothing more.
    if number is None:
        return
    try:
        parse(number, max(ctx.now // 1000, stream.latest_s))
    except UnreadableError:
        raise errors.bad_ordering_number(number, stream.name, stream.account) from None


def _encrypted(stream: Stream, result: Result) -> Result:
    return result if stream.key_id is None else result | {"EncryptionType": "KMS"}
