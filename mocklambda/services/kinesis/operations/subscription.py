"""One consumer's subscription to one shard: which event comes next, and when there are no more.

On AWS it lasts five minutes, with an empty event now and then. So it does here where callers wait in real time. Else it
also ends once its reader has read all that there is, after one event at least: waiting for more would be waiting for
nobody.
"""

from __future__ import annotations

from typing import Any

from mocklambda.clock.base import Clock, Millis
from mocklambda.execution.ports import Outbox, Pending
from mocklambda.services.kinesis.consumers import Consumer
from mocklambda.services.kinesis.operations.shapes import child_shapes, record_shape
from mocklambda.services.kinesis.shard import Shard
from mocklambda.services.kinesis.stream import Stream

_LIFETIME: Millis = 300_000
_SILENCE: Millis = 5000
"""After so long without a record comes an event without any (D)."""
_EVENT_RECORDS = 10_000


class Subscription:
    """Made when a consumer subscribes; asked for an event whenever its reader wants one."""

    def __init__(self, stream: Stream, shard: Shard, consumer: Consumer, position: int, now: Millis) -> None:
        self._stream = stream
        self._shard = shard
        self._consumer = consumer
        self._position = position
        self._ends_at = now + _LIFETIME
        self._has_given = False
        self._is_over = False

    def next_event(self, now: Millis, *, is_due: bool = False) -> dict[str, Any] | None:
        """Return the next event, None at the end; one that ``is_due`` comes even if there is nothing in it."""
        shard = self._shard
        is_live = (
            self._consumer.holds(shard.number, self) and now < self._ends_at and not self._stream.is_gone
        )
        shard.log.trim(self._stream.horizon(now))
        if not is_live or self._is_over or (self._has_read_all and not is_due):
            self._consumer.release(shard.number, self)
            return None
        self._has_given = True
        return self._event(now)

    @property
    def _has_read_all(self) -> bool:
        return self._has_given and self._position >= self._shard.log.end

    def await_event(self, clock: Clock, outbox: Outbox) -> dict[str, Any] | Pending | None:
        """Return the next event, None at the end: later, if none of it is there yet."""
        now = clock.now()
        if self._is_over or not self._has_read_all or now >= self._ends_at:
            return self.next_event(now)
        pending = outbox.pending()

        def go_on() -> None:
            if not pending.done:
                stop_listening()
                timer.cancel()
                pending.resolve(self.next_event(clock.now(), is_due=True))

        def look(shard_id: str) -> None:
            if shard_id == self._shard.shard_id:
                outbox.soon(go_on)  # once for all records of a call

        stop_listening = self._stream.listen(look)
        due = min(now + _SILENCE, self._ends_at)
        timer = clock.call_at(due, go_on, label="a subscription is silent", recurring=True)
        return pending

    def _event(self, now: Millis) -> dict[str, Any]:
        shard = self._shard
        records = shard.read(self._position, _EVENT_RECORDS)
        self._position = max(self._position, shard.log.first) + len(records)
        newest = shard.log.newest
        event: dict[str, Any] = {
            "Records": [record_shape(record) for record in records],
            "MillisBehindLatest": newest.arrived_at - records[-1].arrived_at if newest and records else 0,
        }
        if self._position < shard.log.end:
            event["ContinuationSequenceNumber"] = records[-1].sequence_number
        elif shard.is_open:
            # R: no record's number; it lies behind the last one and serves AFTER_SEQUENCE_NUMBER.
            event["ContinuationSequenceNumber"] = self._stream.next_number(shard, now)
        else:
            event["ChildShards"] = child_shapes(self._stream, shard)
            self._is_over = True
        return event
