"""A stream: which shards it has, which of them takes a record, who wants to hear of it."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from mocklambda.clock.base import Millis
from mocklambda.execution.ports import Causes
from mocklambda.services.kinesis.consumers import Consumer
from mocklambda.services.kinesis.sequence import counter_of, sequence_number
from mocklambda.services.kinesis.shard import Record, Shard, even_ranges

HOUR: Millis = 3_600_000
ON_DEMAND = "ON_DEMAND"
PROVISIONED = "PROVISIONED"
ON_DEMAND_SHARDS = 4
USER_PARTITION_KEY = "USER_PARTITION_KEY"

Listener = Callable[[str], None]


@dataclass(slots=True, kw_only=True, eq=False)
class Stream:
    """One stream of an account and region. Its changes are over when the call that asks for them returns."""

    name: str
    account: str
    region: str
    created_at: Millis
    mode: str = PROVISIONED
    distribution: str = USER_PARTITION_KEY
    max_record_kib: int = 1024
    has_limits: bool = True
    """Whether shards take and give only so much in a second."""
    retention_hours: int = 24
    key_id: str | None = None
    """The KMS key of an encrypted stream."""
    metrics: tuple[str, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)
    consumers: dict[str, Consumer] = field(default_factory=dict)
    policies: dict[str, str] = field(default_factory=dict)
    """Resource policies by ARN, of the stream and its consumers."""
    counts_changed_at: list[Millis] = field(default_factory=list)
    modes_changed_at: list[Millis] = field(default_factory=list)
    is_gone: bool = False
    counter: int = 0
    """Of the records put so far."""
    latest_s: int = 0
    """The latest second inside any of its numbers."""
    _shards: dict[int, Shard] = field(default_factory=dict)
    _open: list[Shard] = field(default_factory=list)
    _open_keys: list[int] = field(default_factory=list)
    _made: int = 0
    _listeners: dict[object, Listener] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return f"arn:aws:kinesis:{self.region}:{self.account}:stream/{self.name}"

    @property
    def is_on_demand(self) -> bool:
        return self.mode == ON_DEMAND

    # -- shards ------------------------------------------------------------------------------------------

    @property
    def open_shards(self) -> list[Shard]:
        """The open shards by hash key."""
        return self._open

    def horizon(self, now: Millis) -> Millis:
        """Return the instant up to which records have expired."""
        return now - self.retention_hours * HOUR

    def shards(self, now: Millis) -> Iterator[Shard]:
        """Go through the shards by number, without those whose records have all expired."""
        horizon = self.horizon(now)
        for number in [number for number, shard in self._shards.items() if shard.is_expired(horizon)]:
            del self._shards[number]
        return iter(self._shards.values())

    def shard(self, number: int, now: Millis) -> Shard | None:
        """Return a shard, its expired records dropped; None when there is none, or it has expired."""
        shard = self._shards.get(number)
        horizon = self.horizon(now)
        if shard is None or shard.is_expired(horizon):
            return None
        shard.log.trim(horizon)
        return shard

    def children(self, shard: Shard) -> list[Shard]:
        return [other for other in self._shards.values() if shard.number in other.parents]

    def add_shards(self, count: int, now: Millis) -> None:
        """Cut the hash keys evenly into the stream's first shards."""
        for first_key, last_key in even_ranges(count):
            self._make(first_key, last_key, now // 1000, (), now)
        self._sort()

    def replace(
        self, parents: tuple[Shard, ...], keys: tuple[tuple[int, int], ...], now: Millis
    ) -> list[Shard]:
        """Close shards and open others, for the same keys, in their place."""
        # Children are made one second after the time in their parents' last number, and later than them.
        closed_s = max(now // 1000 - 1, *(parent.created_s for parent in parents))
        for parent in parents:
            parent.closed_at, parent.closed_s = now, closed_s
        numbers = tuple(parent.number for parent in parents)
        children = [self._make(first, last, closed_s + 1, numbers, now) for first, last in keys]
        self._sort()
        for changed in (*parents, *children):
            self._tell(changed)
        return children

    def _make(
        self, first_key: int, last_key: int, created_s: int, parents: tuple[int, ...], now: Millis
    ) -> Shard:
        shard = Shard(
            number=self._made,
            first_key=first_key,
            last_key=last_key,
            created_s=created_s,
            opened_at=now,
            parents=parents,
        )
        self._shards[shard.number] = shard
        self._made += 1
        self.latest_s = max(self.latest_s, created_s)
        return shard

    def _sort(self) -> None:
        self._open = sorted(
            (shard for shard in self._shards.values() if shard.is_open), key=lambda shard: shard.first_key
        )
        self._open_keys = [shard.first_key for shard in self._open]

    # -- records -----------------------------------------------------------------------------------------

    def route(self, partition_key: str, explicit_key: int | None) -> Shard:
        """Return the open shard that takes a record."""
        if self.distribution != USER_PARTITION_KEY:
            return self._open[self.counter % len(self._open)]
        key = hash_key(partition_key) if explicit_key is None else explicit_key
        return self._open[bisect_right(self._open_keys, key) - 1]

    def put(
        self, shard: Shard, partition_key: str, data: bytes, now: Millis, causes: Causes
    ) -> Record | None:
        """Append a record; None when the shard has taken all that it may in this second."""
        if self.has_limits and not shard.writes.take(len(data) + len(partition_key.encode()), now):
            return None
        record = Record(
            self.next_number(shard, now),
            partition_key,
            data,
            now,
            causes,
            self.key_id is not None,
        )
        shard.log.trim(self.horizon(now))
        shard.log.append(record)
        self._tell(shard)
        return record

    def next_number(self, shard: Shard, now: Millis) -> str:
        """Return a sequence number larger than all that the shard has given, and less than all to come."""
        self.counter += 1
        put_s = max(now // 1000, shard.created_s)
        self.latest_s = max(self.latest_s, put_s)
        return sequence_number(shard.created_s, shard.number, self.counter, put_s)

    def peek(self, now: Millis) -> list[Record]:
        """List all kept records in the order in which they were put, without counting as a read."""
        horizon = self.horizon(now)
        records: list[Record] = []
        for shard in self.shards(now):
            shard.log.trim(horizon)
            records += shard.log.page(shard.log.first, shard.log.end - shard.log.first)
        return sorted(records, key=lambda record: counter_of(record.sequence_number))

    # -- who listens -------------------------------------------------------------------------------------

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` with the id of every shard that changes; returns what ends it."""
        key = object()
        self._listeners[key] = listener

        def cancel() -> None:
            self._listeners.pop(key, None)

        return cancel

    def _tell(self, shard: Shard) -> None:
        for listener in tuple(self._listeners.values()):
            listener(shard.shard_id)

    def __repr__(self) -> str:
        return f"<{self.arn} {self._open}>"


def hash_key(partition_key: str) -> int:
    """Return the 128-bit hash that decides a record's shard."""
    return int.from_bytes(hashlib.md5(partition_key.encode(), usedforsecurity=False).digest(), "big")
