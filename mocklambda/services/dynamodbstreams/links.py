"""What a table's stream is to pollers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.execution import ports
from mocklambda.services.dynamodbstreams.record import PRINCIPAL, Record, in_hash_order
from mocklambda.services.dynamodbstreams.state import RETENTION, TableStream, TableStreams
from mocklambda.services.record_log import RecordLog


def stream_source(state: TableStreams, arn: str) -> TableSource | None:
    """Return the stream under this ARN as something to poll."""
    stream = state.find(arn, state.scope.clock.now())
    return None if stream is None else TableSource(state, stream)


class TableSource:
    """A table's stream, as a poller sees it."""

    def __init__(self, state: TableStreams, stream: TableStream) -> None:
        self._state = state
        self._stream = stream

    @property
    def arn(self) -> str:
        return self._stream.arn

    @property
    def retention_ms(self) -> Millis:
        return RETENTION

    def shards(self) -> Sequence[ports.Shard]:
        if self._stream.is_expired(self._now()):
            return ()
        return (ports.Shard(shard_id=self._stream.shard_id, is_closed=not self._stream.is_enabled),)

    def position(self, shard_id: str, start: str, timestamp: Millis | None = None) -> int:
        log = self._trimmed()
        if start == "LATEST":
            return log.end
        return log.first if timestamp is None else log.at_time(timestamp)

    def read(self, shard_id: str, position: int, limit: int) -> ports.Page:
        log = self._trimmed()
        records = log.page(position, limit)
        end = max(position, log.first) + len(records)
        return ports.Page(
            records=[self._record(record) for record in records],
            position=end,
            is_end=not self._stream.is_enabled and end >= log.end,
        )

    def subscribe(self, on_records: Callable[[str], None]) -> ports.Subscription:
        return _Subscription(self._stream.listen(on_records))

    def _trimmed(self) -> RecordLog[Record]:
        self._stream.log.trim(self._now() - RETENTION)
        return self._stream.log

    def _now(self) -> Millis:
        return self._state.scope.clock.now()

    def _record(self, record: Record) -> ports.StreamRecord:
        event = event_record(record, self._state.scope.region, self._stream.arn)
        return ports.StreamRecord(
            sequence_number=record.sequence_number,
            partition_key=repr(sorted(record.keys.items())),  # order is kept for each item
            arrived_at=record.arrived_at,
            record=event,
            match=lambda: event,
            causes=record.causes,
            size=record.size,
        )


class _Subscription:
    def __init__(self, cancel: Callable[[], None]) -> None:
        self.cancel = cancel


def event_record(record: Record, region: str, source_arn: str) -> dict[str, Any]:
    """Describe a record as Lambda's events do."""
    event: dict[str, Any] = {
        "eventID": record.event_id,
        "eventName": record.event_name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": region,
        "dynamodb": {
            "ApproximateCreationDateTime": record.created_ms / 1000,
            "Keys": in_hash_order(record.keys),
            **{name: in_hash_order(image) for name, image in record.images.items()},
            "SequenceNumber": record.sequence_number,
            "SizeBytes": record.size,
            "StreamViewType": record.view_type,
        },
        "eventSourceARN": source_arn,
    }
    if record.is_expiry:
        event["userIdentity"] = {"type": "Service", "principalId": PRINCIPAL}
    return event
