"""A shard: its range of hash keys, its records, and what it can take and give in a second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from mocklambda.clock.base import Millis
from mocklambda.execution.ports import Causes
from mocklambda.services.kinesis.sequence import ending_number, sequence_number
from mocklambda.services.kinesis.throughput import CallBudget, ReadBudget, WriteBudget
from mocklambda.services.record_log import RecordLog

MAX_HASH_KEY = (1 << 128) - 1
_ANSWER_BYTES = 10 << 20


class Record(NamedTuple):
    """One record; a named tuple because a hundred thousand of them are made in a row."""

    sequence_number: str
    partition_key: str
    data: bytes
    arrived_at: Millis
    causes: Causes
    is_encrypted: bool

    @property
    def size(self) -> int:
        return len(self.data) + len(self.partition_key.encode())


@dataclass(slots=True, kw_only=True, eq=False)
class Shard:
    """One shard of a stream."""

    number: int
    first_key: int
    last_key: int
    created_s: int
    """The second inside its sequence numbers; it may lie ahead of the clock after several reshards."""
    opened_at: Millis
    parents: tuple[int, ...] = ()
    closed_at: Millis | None = None
    closed_s: int = 0
    log: RecordLog[Record] = field(default_factory=RecordLog)
    writes: WriteBudget = field(default_factory=WriteBudget)
    reads: ReadBudget = field(default_factory=ReadBudget)
    iterators: CallBudget = field(default_factory=CallBudget)

    @property
    def shard_id(self) -> str:
        return shard_id(self.number)

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def starting_number(self) -> str:
        return sequence_number(self.created_s, self.number, 0, self.created_s)

    @property
    def ending_number(self) -> str | None:
        return None if self.is_open else ending_number(self.created_s, self.number, self.closed_s)

    def is_expired(self, horizon: Millis) -> bool:
        """Whether it was closed so long ago that none of its records can be left."""
        return self.closed_at is not None and self.closed_at <= horizon

    def read(self, position: int, limit: int) -> Sequence[Record]:
        """Return up to ``limit`` records and 10 MiB, always one at least if there is one."""
        records = self.log.page(position, limit)
        total = 0
        for count, record in enumerate(records):
            total += record.size
            if total > _ANSWER_BYTES and count:
                return records[:count]
        return records

    def __repr__(self) -> str:
        state = "open" if self.is_open else "closed"
        return f"<{self.shard_id} {state} {self.log.first}..{self.log.end}>"


def shard_id(number: int) -> str:
    """Write a shard's number as AWS does: ``shardId-000000000000``."""
    return f"shardId-{number:012d}"


def even_ranges(count: int) -> list[tuple[int, int]]:
    """Cut the hash keys into ``count`` ranges of equal width; the last takes what is left over."""
    width = (MAX_HASH_KEY + 1) // count
    starts = [index * width for index in range(count)]
    return list(zip(starts, [start - 1 for start in starts[1:]] + [MAX_HASH_KEY], strict=True))
