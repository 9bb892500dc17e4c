"""The streams of one account's tables in one region: one shard each, records for a day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mocklambda.clock.base import Millis
from mocklambda.execution.ports import Causes
from mocklambda.ids import Ids
from mocklambda.services.dynamodbstreams.record import Record, event_name, images, size_of
from mocklambda.services.record_log import RecordLog
from mocklambda.services.service import Scope
from mocklambda.services.table_changes import ItemWritten, StreamSwitched, TableChange

RETENTION: Millis = 24 * 3_600_000
_FIRST_NUMBER = 100_000_000_000_000_000_000

Listener = Callable[[str], None]


@dataclass(slots=True, kw_only=True, eq=False)
class TableStream:
    """One stream of a table. A table that is switched off and on again has another one."""

    arn: str
    table: str
    label: str
    view_type: str
    key_schema: Sequence[Mapping[str, str]]
    created_at: Millis
    shard_id: str
    starting_number: int
    closed_at: Millis | None = None
    latest_number: int = 0
    log: RecordLog[Record] = field(default_factory=RecordLog)
    _listeners: dict[object, Listener] = field(default_factory=dict)

    @property
    def is_enabled(self) -> bool:
        return self.closed_at is None

    def is_expired(self, now: Millis) -> bool:
        """Whether it was switched off so long ago that nothing of it can be left."""
        return self.closed_at is not None and self.closed_at + RETENTION <= now

    def append(self, change: ItemWritten, ids: Ids, now: Millis, causes: Causes) -> None:
        """Write down what changed, if anything did."""
        name = event_name(change)
        if name is None:
            return  # R: an identical item makes no record
        # Numbers rise; they do not follow one another.
        self.latest_number = max(self.latest_number, self.starting_number) + 1 + int(ids.hex(2), 16)
        shown = images(change, self.view_type)
        record = Record(
            event_id=ids.hex(32),
            event_name=name,
            sequence_number=str(self.latest_number),
            arrived_at=now,
            keys=change.keys,
            images=shown,
            size=size_of(change.keys) + sum(map(size_of, shown.values())),
            view_type=self.view_type,
            causes=causes,
            is_expiry=change.is_expiry,
        )
        self.log.trim(now - RETENTION)
        self.log.append(record)
        self._tell()

    def close(self, now: Millis) -> None:
        """End it: nothing more is written, what there is stays readable for a day."""
        if self.closed_at is None:
            self.closed_at = now
            self._tell()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` with the shard's id when it changes; returns what ends it."""
        key = object()
        self._listeners[key] = listener

        def cancel() -> None:
            self._listeners.pop(key, None)

        return cancel

    def _tell(self) -> None:
        for listener in tuple(self._listeners.values()):
            listener(self.shard_id)


class TableStreams:
    """The service's state for one account and region."""

    def __init__(self, scope: Scope[TableStreams]) -> None:
        self.scope = scope
        self._streams: dict[str, TableStream] = {}

    def find(self, arn: str, now: Millis) -> TableStream | None:
        """Return a stream that is there still."""
        stream = self._streams.get(arn)
        return None if stream is None or stream.is_expired(now) else stream

    def all(self, now: Millis) -> list[TableStream]:
        """List the streams that are there, oldest first."""
        for arn in [arn for arn, stream in self._streams.items() if stream.is_expired(now)]:
            del self._streams[arn]
        return list(self._streams.values())

    def take(self, changes: Iterable[TableChange], now: Millis, causes: Causes) -> None:
        """Take what happened to tables, in order."""
        for change in changes:
            stream = self._streams.get(change.arn)
            if isinstance(change, StreamSwitched):
                self._switch(change, stream, now)
            elif stream is not None and stream.is_enabled:
                stream.append(change, self.scope.ids, now, causes)

    def _switch(self, change: StreamSwitched, stream: TableStream | None, now: Millis) -> None:
        if not change.is_enabled:
            if stream is not None:
                stream.close(now)
        elif stream is None:
            ids = self.scope.ids
            self._streams[change.arn] = TableStream(
                arn=change.arn,
                table=change.table,
                label=change.label,
                view_type=change.view_type,
                key_schema=change.key_schema,
                created_at=now,
                shard_id=f"shardId-{now:020d}-{ids.hex(8)}",
                starting_number=_FIRST_NUMBER + int(ids.hex(8), 16),
            )
