"""Structures and page tokens that several operations share."""

from __future__ import annotations

from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.services.kinesis import errors
from mocklambda.services.kinesis.shard import Record, Shard, shard_id
from mocklambda.services.kinesis.stream import Stream
from mocklambda.services.tokens import unseal

TOKEN_LIFETIME: Millis = 300_000


def shard_shape(shard: Shard) -> dict[str, Any]:
    """Describe a shard; what does not apply is left out."""
    numbers = {"StartingSequenceNumber": shard.starting_number}
    if shard.ending_number is not None:
        numbers["EndingSequenceNumber"] = shard.ending_number
    shape: dict[str, Any] = {"ShardId": shard.shard_id}
    for member, parent in zip(("ParentShardId", "AdjacentParentShardId"), shard.parents, strict=False):
        shape[member] = shard_id(parent)
    return shape | {"HashKeyRange": _key_range(shard), "SequenceNumberRange": numbers}


def child_shapes(stream: Stream, shard: Shard) -> list[dict[str, Any]]:
    """Describe what to read once a closed shard is read to its end."""
    return [
        {
            "ShardId": child.shard_id,
            "ParentShards": [shard_id(parent) for parent in child.parents],
            "HashKeyRange": _key_range(child),
        }
        for child in stream.children(shard)
    ]


def record_shape(record: Record) -> dict[str, Any]:
    """Describe a record as reads give it."""
    shape: dict[str, Any] = {
        "SequenceNumber": record.sequence_number,
        "ApproximateArrivalTimestamp": record.arrived_at,
        "Data": record.data,
        "PartitionKey": record.partition_key,
    }
    if record.is_encrypted:
        shape["EncryptionType"] = "KMS"
    return shape


def page_after(token: str, kind: str, now: Millis) -> list[Any]:
    """Return what a page token of this kind holds; raises for one that is not ours or too old."""
    parts = unseal(token)
    if not parts or parts[0] != kind:
        raise errors.invalid_argument("Invalid NextToken.")
    if now - parts[1] > TOKEN_LIFETIME:
        raise errors.token_expired()
    return parts[2:]


def _key_range(shard: Shard) -> dict[str, str]:
    return {"StartingHashKey": str(shard.first_key), "EndingHashKey": str(shard.last_key)}
