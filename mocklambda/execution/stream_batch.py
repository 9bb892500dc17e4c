"""A batch of one shard's records, and what its on-failure record says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from enum import Enum
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.execution.batching import encode_record
from mocklambda.execution.destination import iso_millis
from mocklambda.execution.ports import Causes, StreamRecord
from mocklambda.execution.values import Invocation, Outcome

_IDENTITY = "invokeIdentityArn"


class Discard(Enum):
    """Why a batch was given up, as on-failure records say it."""

    RETRIES_EXHAUSTED = "RetryAttemptsExhausted"
    AGE_EXCEEDED = "RecordAgeExceeded"


class Call(Enum):
    """What an invocation is for."""

    RECORDS = "records"
    FINAL = "final"
    """The end of a tumbling window; without records."""
    EARLY = "early"
    """A tumbling window whose state has grown too large; without records."""


@dataclass(slots=True, kw_only=True, eq=False)
class Batch:
    """Records that go into one event, and how often they went."""

    records: tuple[StreamRecord, ...]
    encoded: tuple[bytes, ...]
    causes: Causes
    call: Call = Call.RECORDS
    attempts: int = 0
    request_id: str = ""
    """Of the last attempt."""
    outcome: Outcome | None = None
    invocation: Invocation | None = None

    def part(self, start: int, end: int | None = None, *, attempts: int = 0) -> Batch:
        """Return a batch of some of the records; without ``attempts``, with a new count."""
        return Batch(
            records=self.records[start:end],
            encoded=self.encoded[start:end],
            causes=self.causes,
            attempts=attempts,
            request_id=self.request_id,
        )

    @property
    def partition_keys(self) -> frozenset[str]:
        return frozenset(record.partition_key for record in self.records)


def encode(record: StreamRecord, role: str) -> bytes:
    """Write a record as it stands in the events of a function with this role."""
    document = record.record
    return encode_record({**document, _IDENTITY: role} if _IDENTITY in document else document)


def failure_record(
    batch: Batch, why: Discard, *, function_arn: str, source_arn: str, shard_id: str, now: Millis
) -> dict[str, Any]:
    """Return the record of a batch that was given up, members in AWS's order."""
    context: dict[str, Any] = {
        "requestId": batch.request_id,
        "functionArn": function_arn,
        "condition": why.value,
        # R: the look that finds a record too old counts as well
        "approximateInvokeCount": batch.attempts + (why is Discard.AGE_EXCEEDED),
    }
    document: dict[str, Any] = {"requestContext": context}
    if why is Discard.RETRIES_EXHAUSTED and batch.outcome is not None and batch.invocation is not None:
        document["responseContext"] = {
            "statusCode": 200,
            "executedVersion": batch.invocation.spec.version,
            "functionError": "Unhandled" if batch.outcome.is_error else None,
        }
    is_table = source_arn.split(":")[2] == "dynamodb"
    write = _iso_seconds if is_table else iso_millis
    first, last = batch.records[0], batch.records[-1]
    return document | {
        "version": "1.0",
        "timestamp": iso_millis(now),
        "DDBStreamBatchInfo" if is_table else "KinesisBatchInfo": {
            "shardId": shard_id,
            "startSequenceNumber": first.sequence_number,
            "endSequenceNumber": last.sequence_number,
            "approximateArrivalOfFirstRecord": write(first.arrived_at),
            "approximateArrivalOfLastRecord": write(last.arrived_at),
            "batchSize": len(batch.records),
            "streamArn": source_arn.partition("/consumer/")[0],
        },
    }


def _iso_seconds(instant: Millis) -> str:
    return f"{datetime.fromtimestamp(instant // 1000, tz=timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
