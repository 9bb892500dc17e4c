"""The records of one shard that were read, passed the filters and wait to be sent; where reading goes on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from itertools import islice

from mocklambda.clock.base import Clock, Millis
from mocklambda.execution.batching import PAYLOAD_LIMIT, envelope_size
from mocklambda.execution.observations import BatchPolled, Observer
from mocklambda.execution.ports import NO_CAUSES, Causes, StreamRecord, StreamSource, union
from mocklambda.execution.record_filter import RecordFilter
from mocklambda.execution.stream_batch import Batch, encode

_READ_AHEAD = 10_000


class ShardBuffer:
    """Reads ahead, so that calls can wait for their records, but only so far."""

    def __init__(
        self, shard_id: str, position: int, source: StreamSource, clock: Clock, observer: Observer
    ) -> None:
        self._shard_id = shard_id
        self._position = position
        self._source = source
        self._clock = clock
        self._observer = observer
        self._records: list[StreamRecord] = []
        self._bytes = 0
        self._since: Millis = 0
        self.waiting: Causes = NO_CAUSES
        """The calls whose records are here; some may be gone already while others are left."""
        self.is_end = False
        """The shard was read to its end."""

    def __len__(self) -> int:
        return len(self._records)

    @property
    def first(self) -> StreamRecord:
        return self._records[0]

    @property
    def last(self) -> StreamRecord:
        return self._records[-1]

    @property
    def gathering_since(self) -> Millis:
        """The instant from which a batching window counts."""
        return self._since

    @property
    def is_payload_full(self) -> bool:
        """Whether what is here fills an event, however many records that is."""
        return self._bytes * 4 // 3 >= PAYLOAD_LIMIT

    def gather_anew(self) -> None:
        """Let the next batching window start now."""
        self._since = self._clock.now()

    def read(self, mapping_id: str, wanted: RecordFilter) -> None:
        """Take what the source has more."""
        while not self.is_end and (room := _READ_AHEAD - len(self._records)) > 0:
            page = self._source.read(self._shard_id, self._position, room)
            self._position, self.is_end = page.position, page.is_end
            if not page.records:
                return
            passed = [record for record in page.records if wanted.passes(record)]
            if not self._records:
                self.gather_anew()
            self._records += passed
            self._bytes += sum(record.size for record in passed)
            self.waiting = union((self.waiting, *(record.causes for record in passed)))
            polled = len(page.records)
            self._observer.observe(
                BatchPolled(mapping_id=mapping_id, polled=polled, filtered_out=polled - len(passed))
            )

    def keep(self, is_wanted: Callable[[StreamRecord], bool]) -> None:
        """Drop the records that are not wanted."""
        self._records = [record for record in self._records if is_wanted(record)]
        self._bytes = sum(record.size for record in self._records)

    def cut(
        self, size: int, role: str, blocked: Collection[str], is_in_reach: Callable[[StreamRecord], bool]
    ) -> Batch | None:
        """Take a batch: the first records, within reach, of no partition key that is blocked."""
        taken: list[StreamRecord] = []
        encoded: list[bytes] = []
        total = 0
        for record in islice(self._free(blocked, is_in_reach), size):
            written = encode(record, role)
            if taken and envelope_size(total + len(written), len(taken) + 1) > PAYLOAD_LIMIT:
                break
            taken.append(record)
            encoded.append(written)
            total += len(written)
        if not taken:
            return None
        self._remove(taken)
        causes = union((self.waiting, *(record.causes for record in taken)))
        return Batch(records=tuple(taken), encoded=tuple(encoded), causes=causes)

    def _free(
        self, blocked: Collection[str], is_in_reach: Callable[[StreamRecord], bool]
    ) -> Iterator[StreamRecord]:
        for record in self._records:
            if not is_in_reach(record):
                return
            if record.partition_key not in blocked:
                yield record

    def _remove(self, taken: list[StreamRecord]) -> None:
        self._bytes -= sum(record.size for record in taken)
        if taken[-1] is self._records[len(taken) - 1]:
            del self._records[: len(taken)]
        else:
            gone = set(map(id, taken))
            self._records = [record for record in self._records if id(record) not in gone]
