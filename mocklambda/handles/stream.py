"""A Kinesis stream as a test holds it: written to, looked into."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mocklambda.handles.handle import Handle, as_bytes
from mocklambda.journal import instant


@dataclass(frozen=True, kw_only=True)
class Record:
    """A record in a stream, as a peek shows it.

    Attributes:
        data: its bytes; ``json()`` parses them.
        partition_key: as put.
        sequence_number, shard_id: where it lies.
        arrived_at: virtual time, aware UTC.
    """

    data: bytes
    partition_key: str
    sequence_number: str
    shard_id: str
    arrived_at: datetime

    def json(self) -> Any:
        """Parse the data."""
        return json.loads(self.data)


class Stream(Handle):
    """A Kinesis stream."""

    @property
    def arn(self) -> str:
        return self._arn("kinesis", f"stream/{self.name}")

    def put(self, data: Any, *, key: str = "key") -> str:
        """Put a record; returns its sequence number.

        Args:
            data: bytes as they are, text in UTF-8, anything else as JSON.
            key: the partition key: records of one key stay in order.
        """
        answer = self._cloud.api(
            "kinesis", "PutRecord", StreamName=self.name, Data=as_bytes(data), PartitionKey=key
        )
        return str(answer["SequenceNumber"])

    @property
    def records(self) -> list[Record]:
        """Peek: all that it holds, shard after shard, oldest first, with nothing read."""
        return self._cloud.in_turn("kinesis", self._peek)  # type: ignore[no-any-return]

    def _peek(self, kinesis: Any, now: int) -> list[Record]:
        return [
            Record(
                data=record.data,
                partition_key=record.partition_key,
                sequence_number=record.sequence_number,
                shard_id=shard_id,
                arrived_at=instant(record.arrived_at),
            )
            for shard_id, record in _held(kinesis.find(self.name), now)
        ]

    def __len__(self) -> int:
        return len(self.records)


def _held(stream: Any, now: int) -> Iterator[tuple[str, Any]]:
    for shard in stream.shards(now):
        first = shard.log.first
        for record in shard.log.page(first, shard.log.end - first):
            yield shard.shard_id, record
