"""The poller of a stream: a reader for each shard, parents before children. Knows the stream as a port.

Theory of operation. It is woken by the source, with the id of a shard that has more records, was closed or
is new. A shard is read once all its parents have been read to their end and are over. Shards that are there
when the mapping starts begin at its starting position; those that come later, being children, begin at their
first record.
"""

from __future__ import annotations

from mocklambda.clock.base import Millis
from mocklambda.execution.poller import NOTHING_PROCESSED, MappingSettings, PollerContext
from mocklambda.execution.ports import StreamSource, Subscription
from mocklambda.execution.shard_reader import ShardReader


class StreamPoller:
    """The machine behind one stream mapping."""

    def __init__(self, settings: MappingSettings, source: StreamSource, context: PollerContext) -> None:
        self._settings = settings
        self._source = source
        self._context = context
        self._subscription: Subscription | None = None
        self._positions: dict[str, int] | None = None
        """Where shards begin that are not read yet; None until the first start."""
        self._readers: dict[str, ShardReader] = {}
        self._over: set[str] = set()
        self._last_result = NOTHING_PROCESSED

    def start(self) -> None:
        """Take up work, or go on where it stopped."""
        if self._positions is None:
            # Now, not at the end of the turn: LATEST means what is put from here on.
            self._positions = {
                shard.shard_id: self._first_position(shard.shard_id) for shard in self._source.shards()
            }
        self._subscription = self._source.subscribe(self._on_records)
        for reader in list(self._readers.values()):
            reader.start()
        self._open_shards()

    def stop(self) -> None:
        """Take up nothing new; what is in flight ends as usual."""
        if self._subscription is not None:
            self._subscription.cancel()
            self._subscription = None
        for reader in self._readers.values():
            reader.stop()

    def update(self, settings: MappingSettings) -> None:
        """Work by other settings from the next batch on."""
        self._settings = settings
        for reader in self._readers.values():
            reader.apply(settings)
            self._context.outbox.soon(reader.pump)

    def wake(self) -> None:
        """Look again at what is there."""
        for reader in self._readers.values():
            reader.start()

    @property
    def last_result(self) -> str:
        return self._last_result

    @property
    def limit(self) -> int:
        """How many batches it may have in flight now: so many for each shard."""
        return sum(reader.limit for reader in self._readers.values())

    @property
    def running(self) -> int:
        """How many batches are in flight, or wait for a retry."""
        return sum(reader.running for reader in self._readers.values())

    @property
    def iterator_age_ms(self) -> Millis:
        """How long the oldest record that is not over has been in the stream."""
        return max((reader.age_ms for reader in self._readers.values()), default=0)

    def _first_position(self, shard_id: str) -> int:
        settings = self._settings
        return self._source.position(shard_id, settings.starting_position, settings.starting_timestamp)

    def _on_records(self, shard_id: str) -> None:
        reader = self._readers.get(shard_id)
        if reader is not None:
            self._context.outbox.soon(reader.pump)
        elif shard_id not in self._over:
            self._context.outbox.soon(self._open_shards)

    def _open_shards(self) -> None:
        """Begin to read each shard whose parents are over."""
        if self._subscription is None:
            return
        shards = self._source.shards()
        listed = {shard.shard_id for shard in shards}
        self._over &= listed
        for shard in shards:
            is_known = shard.shard_id in self._readers or shard.shard_id in self._over
            if not is_known and all(self._is_over(parent, listed) for parent in shard.parents):
                self._open(shard.shard_id)

    def _is_over(self, parent: str, listed: set[str]) -> bool:
        return parent in self._over or (parent not in listed and parent not in self._readers)

    def _open(self, shard_id: str) -> None:
        assert self._positions is not None
        position = self._positions.pop(shard_id, None)
        reader = ShardReader(
            shard_id,
            self._source.position(shard_id, "TRIM_HORIZON") if position is None else position,
            self._settings,
            self._source,
            self._context,
            on_result=self._note,
            on_end=self._close,
        )
        self._readers[shard_id] = reader
        reader.start()

    def _close(self, shard_id: str) -> None:
        del self._readers[shard_id]
        self._over.add(shard_id)
        self._context.outbox.soon(self._open_shards)

    def _note(self, result: str) -> None:
        self._last_result = result
