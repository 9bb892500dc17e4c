"""What streams are to other services: something to deliver to, and something that pollers read."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.execution import ports
from mocklambda.services.kinesis import errors
from mocklambda.services.kinesis.iterators import ShardIterator, find_position
from mocklambda.services.kinesis.shard import Record, Shard, shard_id
from mocklambda.services.kinesis.state import Kinesis
from mocklambda.services.kinesis.stream import HOUR, Stream
from mocklambda.services.resources import Resource
from mocklambda.services.service import Context, Request


def destination(state: Kinesis, arn: str) -> StreamDestination | None:
    """Return the stream under this ARN as something to deliver to."""
    found = state.by_arn(arn)
    return None if found is None or found[1] is not None else StreamDestination(state, found[0])


def stream_source(state: Kinesis, arn: str) -> KinesisSource | None:
    """Return the stream under a stream's or consumer's ARN as something to poll."""
    found = state.by_arn(arn)
    return None if found is None else KinesisSource(state, found[0], arn)


def resource_policy(state: Kinesis, arn: str) -> str | None:
    """Return the policy of the stream or consumer under this ARN."""
    found = state.by_arn(arn)
    return None if found is None else found[0].policies.get(arn)


def resource(state: Kinesis, arn: str) -> Resource | None:
    """Return tags of the stream or consumer under this ARN, and the stream's key."""
    found = state.by_arn(arn)
    if found is None:
        return None
    stream, consumer = found
    return Resource(tags=stream.tags if consumer is None else consumer.tags, key=stream.key_id or "")


def about(ctx: Context[Kinesis], request: Request) -> str | None:
    """Return the ARN of the stream that an iterator reads; None for requests without one."""
    token = request.get("ShardIterator")
    if token is None:
        return None
    iterator = ShardIterator.unseal(token)
    return f"arn:aws:kinesis:{ctx.region}:{iterator.account}:stream/{iterator.name}"


class StreamDestination:
    """A stream that takes deliveries as records."""

    def __init__(self, state: Kinesis, stream: Stream) -> None:
        self._state = state
        self._stream = stream

    @property
    def arn(self) -> str:
        return self._stream.arn

    def deliver(self, delivery: ports.Delivery) -> str:
        """Put the body as one record; returns its sequence number."""
        stream, scope = self._stream, self._state.scope
        if stream.is_gone:
            error = errors.stream_not_found(stream.name, stream.account)
            raise ports.Undeliverable(error.code, error.message)
        key = delivery.partition_key or scope.ids.uuid()
        shard = stream.route(key, None)
        record = stream.put(shard, key, delivery.body.encode(), scope.clock.now(), scope.outbox.causes)
        if record is None:
            error = errors.rate_exceeded(shard.shard_id, stream.name, stream.account)
            raise ports.Undeliverable(error.code, error.message)
        return record.sequence_number

    def permits(self, principal: str, source_arn: str, source_account: str) -> bool:
        """Tell that services write with a role of the owner's: no resource policy stands in their way."""
        return True


class KinesisSource:
    """A stream, or a fan-out consumer of it, as a poller sees it."""

    def __init__(self, state: Kinesis, stream: Stream, arn: str) -> None:
        self._state = state
        self._stream = stream
        self._arn = arn

    @property
    def arn(self) -> str:
        return self._arn

    @property
    def retention_ms(self) -> Millis:
        return self._stream.retention_hours * HOUR

    def shards(self) -> Sequence[ports.Shard]:
        if self._state.by_arn(self._arn) is None:
            return ()
        # By number: children are always made after their parents.
        return [
            ports.Shard(
                shard_id=shard.shard_id,
                parents=tuple(shard_id(parent) for parent in shard.parents),
                is_closed=not shard.is_open,
            )
            for shard in self._stream.shards(self._now())
        ]

    def position(self, shard_id: str, start: str, timestamp: Millis | None = None) -> int:
        shard = self._shard(shard_id)
        return (
            0
            if shard is None
            else find_position(self._stream, shard, start, None, timestamp, now=self._now())
        )

    def read(self, shard_id: str, position: int, limit: int) -> ports.Page:
        shard = self._shard(shard_id)
        if shard is None:
            return ports.Page(records=(), position=position, is_end=True)
        records = shard.log.page(position, limit)
        end = max(position, shard.log.first) + len(records)
        return ports.Page(
            records=[self._record(shard.shard_id, record) for record in records],
            position=end,
            is_end=not shard.is_open and end >= shard.log.end,
        )

    def subscribe(self, on_records: Callable[[str], None]) -> ports.Subscription:
        return _Subscription(self._stream.listen(on_records))

    def _shard(self, text: str) -> Shard | None:
        if self._state.by_arn(self._arn) is None:
            return None
        return self._stream.shard(int(text.removeprefix("shardId-")), self._now())

    def _now(self) -> Millis:
        return self._state.scope.clock.now()

    def _record(self, shard: str, record: Record) -> ports.StreamRecord:
        return ports.StreamRecord(
            sequence_number=record.sequence_number,
            partition_key=record.partition_key,
            arrived_at=record.arrived_at,
            record=event_record(shard, record, self._stream.region, self._arn),
            match=lambda: _match_document(shard, record, self._stream.region, self._arn),
            causes=record.causes,
            size=record.size,
        )


class _Subscription:
    def __init__(self, cancel: Callable[[], None]) -> None:
        self.cancel = cancel


def event_record(shard: str, record: Record, region: str, source_arn: str) -> dict[str, Any]:
    """Describe a record as Lambda's events do; ``invokeIdentityArn`` is for the mapping to fill in."""
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": record.partition_key,
            "sequenceNumber": record.sequence_number,
            "data": base64.b64encode(record.data).decode(),
            "approximateArrivalTimestamp": record.arrived_at / 1000,
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"{shard}:{record.sequence_number}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": "",
        "awsRegion": region,
        "eventSourceARN": source_arn,
    }


def _match_document(shard: str, record: Record, region: str, source_arn: str) -> Mapping[str, Any]:
    # R: filters see the members of "kinesis" at the top, the data decoded, and no data that is no JSON.
    event = event_record(shard, record, region, source_arn)
    document: dict[str, Any] = event | event.pop("kinesis")
    del document["data"]
    with contextlib.suppress(ValueError):
        document["data"] = json.loads(record.data)
    return document
