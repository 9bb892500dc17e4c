"""A stream as pollers see it, and what went to the function that reads it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from mocklambda.execution.poller import MappingSettings
from mocklambda.execution.ports import NO_CAUSES, Causes, Page, Shard, StreamRecord
from mocklambda.execution.values import Invocation, Outcome, OutcomeKind

from .world import ACCOUNT, FAILURE, REGION, World, arn_of

INBOX = f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead"


class _Subscription:
    def __init__(self, stream: Stream, action: Callable[[str], None]) -> None:
        self.stream, self.action = stream, action

    def cancel(self) -> None:
        self.stream.listeners.remove(self.action)


class Stream:
    """Shards with numbered records: data ``x`` of the n-th record is sequence number n."""

    def __init__(self, world: World, *, shards: int = 1, service: str = "kinesis") -> None:
        self.world = world
        resource = "stream/s" if service == "kinesis" else "table/t/stream/2024"
        self.arn = f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"
        self.records: dict[str, list[StreamRecord]] = {f"shard-{n}": [] for n in range(shards)}
        self.parents: dict[str, tuple[str, ...]] = {}
        self.closed: set[str] = set()
        self.retention_ms = 86_400_000
        self.listeners: list[Callable[[str], None]] = []
        self.limits: list[int] = []
        self._count = 0
        world.streams[self.arn] = self

    def put(
        self,
        *data: Any,
        key: str | None = None,
        shard: str = "shard-0",
        causes: Causes = NO_CAUSES,
        size: int = 9,
    ) -> None:
        """Put records in one turn; the partition key is the data unless given."""
        self.world.turn(lambda: self._put(data, key, shard, causes, size), causes)

    def _put(self, data: tuple[Any, ...], key: str | None, shard: str, causes: Causes, size: int) -> None:
        for one in data:
            self._count += 1
            number = str(self._count)
            self.records[shard].append(
                StreamRecord(
                    sequence_number=number,
                    partition_key=str(one) if key is None else key,
                    arrived_at=self.world.clock.now(),
                    record={"n": number, "data": one, "invokeIdentityArn": ""},
                    match=lambda one=one: (
                        {} if one == "no json" else {"data": {"v": one}, "partitionKey": key}
                    ),
                    causes=causes,
                    size=size,
                )
            )
        self._tell(shard)

    def reshard(self, parents: tuple[str, ...], *children: str) -> None:
        def change() -> None:
            self.closed |= set(parents)
            for child in children:
                self.records[child] = []
                self.parents[child] = parents
            for shard in (*parents, *children):
                self._tell(shard)

        self.world.turn(change)

    def _tell(self, shard: str) -> None:
        for listener in list(self.listeners):
            listener(shard)

    def shards(self) -> list[Shard]:
        return [
            Shard(shard_id=shard, parents=self.parents.get(shard, ()), is_closed=shard in self.closed)
            for shard in self.records
        ]

    def position(self, shard_id: str, start: str, timestamp: int | None = None) -> int:
        records = self.records[shard_id]
        if start == "LATEST":
            return len(records)
        if start == "AT_TIMESTAMP":
            return sum(record.arrived_at < (timestamp or 0) for record in records)
        return 0

    def read(self, shard_id: str, position: int, limit: int) -> Page:
        self.limits.append(limit)
        records = self.records[shard_id][position : position + limit]
        end = position + len(records)
        return Page(
            records=records,
            position=end,
            is_end=shard_id in self.closed and end == len(self.records[shard_id]),
        )

    def subscribe(self, on_records: Callable[[str], None]) -> _Subscription:
        self.listeners.append(on_records)
        return _Subscription(self, on_records)


def connect(world: World, stream: Stream, *, is_enabled: bool = True, **changes: Any) -> MappingSettings:
    """Map the stream to ``fn``, with a queue for what fails."""
    values: dict[str, Any] = {"batch_size": 100, "on_failure": INBOX, "function_arn": arn_of("fn"), **changes}
    settings = MappingSettings(mapping_id="u", source_arn=stream.arn, **values)
    world.inbox(INBOX)
    world.turn(lambda: world.execution.mappings.create(settings, is_enabled=is_enabled))
    return settings


def batches(world: World) -> list[list[Any]]:
    """Return the data that each invocation got."""
    return [data_of(invocation) for _, invocation in world.sent]


def data_of(invocation: Invocation) -> list[Any]:
    return [record["data"] for record in json.loads(invocation.payload)["Records"]]


def given_up(world: World) -> list[tuple[str, int, int, str, str]]:
    """Return condition, count, size, first and last sequence number of the on-failure records."""
    bodies = [json.loads(delivery.body) for delivery in world.inboxes[INBOX].deliveries]
    return [
        (
            body["requestContext"]["condition"],
            body["requestContext"]["approximateInvokeCount"],
            info["batchSize"],
            info["startSequenceNumber"],
            info["endSequenceNumber"],
        )
        for body in bodies
        for info in [body.get("KinesisBatchInfo") or body["DDBStreamBatchInfo"]]
    ]


def answering(document: Any) -> Outcome:
    return Outcome(kind=OutcomeKind.SUCCEEDED, payload=json.dumps(document).encode())


def failing_on(*bad: Any) -> Callable[[Invocation], Outcome]:
    """Return a function that raises for batches that hold one of these."""
    return lambda invocation: FAILURE if set(data_of(invocation)) & set(bad) else answering(None)


def reporting(*bad: Any) -> Callable[[Invocation], Outcome]:
    """Return a function that reports these records as failed."""

    def answer(invocation: Invocation) -> Outcome:
        records = json.loads(invocation.payload)["Records"]
        failures = [{"itemIdentifier": record["n"]} for record in records if record["data"] in bad]
        return answering({"batchItemFailures": failures})

    return answer
