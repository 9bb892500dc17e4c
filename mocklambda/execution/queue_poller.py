"""The poller of a queue: batch, invoke, delete or leave. Knows the queue as a port, no queue service.

Theory of operation. It is woken when a message became visible, when a batch came back, when a window or a
back-off ends. Then it starts batches for as long as it has room and there is something to start. Messages
that wait in the queue because it has no room keep their calls waiting, through a batch that is in flight. A
batch that is refused for want of concurrency is tried again with growing distance while its messages are
hidden; what fails is left to the queue's visibility timeout.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from mocklambda.clock.base import Millis, Timer
from mocklambda.execution.batching import (
    PAYLOAD_LIMIT,
    encode_record,
    envelope,
    envelope_size,
    failed_identifiers,
)
from mocklambda.execution.directory import Target
from mocklambda.execution.invoker import Flight, InvokeRequest
from mocklambda.execution.message_buffer import HeldMessage, MessageBuffer
from mocklambda.execution.message_filter import MessageFilter
from mocklambda.execution.observations import BatchFinished, BatchPolled
from mocklambda.execution.poller import NOTHING_PROCESSED, MappingSettings, PollerContext
from mocklambda.execution.ports import NO_CAUSES, Causes, QueueRecord, QueueSource, Subscription, union
from mocklambda.execution.refusals import NotNow
from mocklambda.execution.scaling import Scaling
from mocklambda.execution.tracing import RecursionStopped, merge
from mocklambda.execution.values import Invocation, InvocationKind, Outcome

GRACE_MS: Millis = 30_000
"""Added to window and function timeout where the queue's visibility timeout is shorter than both (D)."""
THROTTLE_FIRST_MS: Millis = 1_000
THROTTLE_CAP_MS: Millis = 60_000


@dataclass(slots=True, kw_only=True, eq=False)
class _Batch:
    held: list[HeldMessage]
    request_id: str
    causes: Causes
    groups: frozenset[str]
    expires_at: Millis
    throttles: int = 0
    flight: Flight | None = None
    timer: Timer | None = None


class QueuePoller:
    """The machine behind one queue mapping."""

    def __init__(self, settings: MappingSettings, source: QueueSource, context: PollerContext) -> None:
        self._source = source
        self._context = context
        self._clock = context.clock
        self._subscription: Subscription | None = None
        self._buffer = MessageBuffer()
        self._batches: dict[_Batch, None] = {}  # in flight, or waiting for concurrency
        self._busy_groups: set[str] = set()
        self._window: Timer | None = None
        self._growth: Timer | None = None
        self._starters = NO_CAUSES
        """The calls that set it to work: they wait until all that was visible then has been taken up."""
        self._apply(settings)

    # -- life --------------------------------------------------------------------------------------------

    def start(self) -> None:
        self._subscription = self._source.subscribe(self._wake)
        self._starters = self._context.outbox.causes
        self._wake()

    def stop(self) -> None:
        if self._subscription is not None:
            self._subscription.cancel()
            self._subscription = None
        self._buffer.clear()
        self._cancel_window()
        self._relax()
        for batch in list(self._batches):
            if batch.timer is not None:
                batch.timer.cancel()
                self._forget(batch)

    def update(self, settings: MappingSettings) -> None:
        self._apply(settings)
        self.wake()

    def wake(self) -> None:
        self._starters |= self._context.outbox.causes
        self._wake()

    @property
    def last_result(self) -> str:
        return NOTHING_PROCESSED  # queues' mappings do not show it

    @property
    def limit(self) -> int:
        """How many batches it may have in flight now."""
        allowed = self._scaling.allowed(self._clock.now())
        return min(allowed, self._settings.maximum_concurrency or allowed)

    @property
    def running(self) -> int:
        """How many batches are in flight, or wait for concurrency."""
        return len(self._batches)

    def _apply(self, settings: MappingSettings) -> None:
        self._settings = settings
        self._filter = MessageFilter(settings.filters)
        pollers = settings.provisioned_pollers
        self._scaling = Scaling.provisioned(*pollers) if pollers else Scaling()
        self._trigger = f"sqs:{settings.source_arn.rpartition(':')[2]}"

    def _wake(self) -> None:
        self._context.outbox.soon(self._pump)

    # -- starting batches --------------------------------------------------------------------------------

    def _pump(self) -> None:
        if self._subscription is None:
            return
        while self.running < self.limit:
            target = self._context.directories.resolve(self._settings.function_arn)
            if target is None or not self._context.may_poll(self._settings, target.spec):
                return
            batch = self._next_batch(target)
            if batch is None:
                break
            self._send(batch, target)
        self._note_pressure()

    def _next_batch(self, target: Target) -> _Batch | None:
        self._fill(target)
        now = self._clock.now()
        self._buffer.expire(now)
        if not self._buffer:
            self._cancel_window()
            return None
        if self._settings.window_ms and not self._is_due(now):
            self._await_window()
            return None
        self._cancel_window()
        return self._cut()

    def _fill(self, target: Target) -> None:
        """Receive until a batch is full or nothing is visible; what the filters refuse is deleted."""
        visibility = self._visibility_ms(target)
        while (missing := self._settings.batch_size - len(self._buffer)) > 0:
            received = self._source.receive(missing, visibility_timeout_ms=visibility)
            if not received:
                return
            passed = [record for record in received if self._filter.passes(record.record)]
            if len(passed) < len(received):
                kept = {record.receipt_handle for record in passed}
                self._source.delete([r.receipt_handle for r in received if r.receipt_handle not in kept])
            now = self._clock.now()
            expires_at = now + (self._source.visibility_timeout_ms if visibility is None else visibility)
            for record in passed:
                self._hold(record, now, expires_at)
            self._context.observer.observe(
                BatchPolled(
                    mapping_id=self._settings.mapping_id,
                    polled=len(received),
                    filtered_out=len(received) - len(passed),
                )
            )

    def _hold(self, record: QueueRecord, now: Millis, expires_at: Millis) -> None:
        encoded = self._encode(record)
        if envelope_size(len(encoded), 1) <= PAYLOAD_LIMIT:
            # I: what no event can hold is left to the queue's redrive policy
            group = record.group_id if self._source.is_fifo else None
            self._buffer.add(
                HeldMessage(
                    source=record, encoded=encoded, group=group, received_at=now, expires_at=expires_at
                )
            )

    def _visibility_ms(self, target: Target) -> Millis | None:
        window = self._settings.window_ms
        needed = window + target.spec.timeout_ms
        return needed + GRACE_MS if window and needed > self._source.visibility_timeout_ms else None

    def _encode(self, record: QueueRecord) -> bytes:
        document = record.record
        if self._settings.window_ms and "md5OfMessageAttributes" not in document:
            # R: with a window the digest of no attributes is sent as null, without one it is left out
            document = dict(_with_null_digest(document.items()))
        return encode_record(document)

    def _is_due(self, now: Millis) -> bool:
        return (
            len(self._buffer) >= self._settings.batch_size
            or now >= self._buffer.oldest_at + self._settings.window_ms
            or self._buffer.is_full
        )

    def _cut(self) -> _Batch | None:
        taken = self._buffer.take(self._settings.batch_size, self._busy_groups)
        if not taken:
            return None
        return _Batch(
            held=taken,
            request_id=self._context.ids.uuid(),
            causes=union(
                (*(one.source.causes for one in taken), self._starters, self._context.outbox.causes)
            ),
            groups=frozenset(one.group for one in taken if one.group is not None),
            expires_at=min(one.expires_at for one in taken),
        )

    # -- one batch ---------------------------------------------------------------------------------------

    def _send(self, batch: _Batch, target: Target) -> None:
        self._batches[batch] = None
        self._busy_groups |= batch.groups
        request = InvokeRequest(
            spec=target.spec,
            invoked_arn=self._settings.function_arn,
            payload=envelope([held.encoded for held in batch.held]),
            kind=InvocationKind.MAPPING,
            trigger=self._trigger,
            request_id=batch.request_id,
            causes=batch.causes,
            trace_header=merge(held.source.trace_header for held in batch.held),
            is_recursion_allowed=target.is_recursion_allowed,
        )
        try:
            batch.flight = self._context.invoker.invoke(request, partial(self._finished, batch))
        except NotNow:
            self._back_off(batch)
        except RecursionStopped:
            self._give_up(batch)  # D: it comes back, until the redrive policy moves it

    def _back_off(self, batch: _Batch) -> None:
        delay = min(THROTTLE_FIRST_MS << min(batch.throttles, 20), THROTTLE_CAP_MS)
        at = self._clock.now() + delay
        batch.throttles += 1
        if at >= batch.expires_at:
            self._give_up(batch)
        else:
            batch.timer = self._clock.call_at(
                at,
                partial(self._again, batch),
                label=f"throttled batch of {len(batch.held)} from {self._trigger}",
            )

    def _again(self, batch: _Batch) -> None:
        self._context.outbox.soon(partial(self._retry, batch))

    def _retry(self, batch: _Batch) -> None:
        batch.timer = None
        target = self._context.directories.resolve(self._settings.function_arn)
        if batch not in self._batches:
            return
        if target is None or self._subscription is None:
            self._give_up(batch)
        else:
            self._send(batch, target)

    def _give_up(self, batch: _Batch) -> None:
        """Leave a batch's messages to the queue; later ones of its groups must not pass them."""
        self._forget(batch)
        self._buffer.drop_groups(batch.groups)
        self._wake()

    def _forget(self, batch: _Batch) -> None:
        del self._batches[batch]
        self._busy_groups -= batch.groups

    def _finished(self, batch: _Batch, outcome: Outcome, _: Invocation) -> None:
        failed = self._failed(batch, outcome)
        done = [held.source.receipt_handle for held in batch.held if held.source.message_id not in failed]
        if failed:
            self._give_up(batch)
        else:
            self._forget(batch)
        if done:
            self._source.delete(done)
        self._context.observer.observe(
            BatchFinished(
                mapping_id=self._settings.mapping_id,
                invoked=len(batch.held),
                failed=len(batch.held) - len(done),
                deleted=len(done),
            )
        )
        self._wake()

    def _failed(self, batch: _Batch, outcome: Outcome) -> frozenset[str]:
        everything = frozenset(held.source.message_id for held in batch.held)
        if outcome.is_error:
            return everything
        if not self._settings.reports_failures:
            return frozenset()
        failed = failed_identifiers(outcome.payload, everything)
        return everything if failed is None else failed

    # -- windows and pressure ----------------------------------------------------------------------------

    def _await_window(self) -> None:
        if self._window is None:
            self._window = self._clock.call_at(
                self._buffer.oldest_at + self._settings.window_ms,
                self._window_over,
                label=f"batching window of {self._trigger}",
            )

    def _window_over(self) -> None:
        self._window = None
        self._wake()

    def _cancel_window(self) -> None:
        if self._window is not None:
            self._window.cancel()
            self._window = None

    def _note_pressure(self) -> None:
        if self.running < self.limit or not (self._buffer or self._source.backlog()):
            self._relax()
            self._starters = NO_CAUSES
            return
        flight = next((batch.flight for batch in self._batches if batch.flight is not None), None)
        if flight is not None:
            flight.work.add(self._source.waiting() | self._starters)
            if self._buffer and self._is_due(self._clock.now()):
                flight.work.add(self._buffer.causes)
        now = self._clock.now()
        self._scaling.press(now)
        at = self._scaling.next_step_at(now)
        if self._growth is None and at is not None:
            self._growth = self._clock.call_at(
                at, self._grown, label=f"more pollers for {self._trigger}", recurring=True
            )

    def _grown(self) -> None:
        self._growth = None
        self._wake()

    def _relax(self) -> None:
        self._scaling.relax()
        if self._growth is not None:
            self._growth.cancel()
            self._growth = None


def _with_null_digest(items: Iterable[tuple[str, object]]) -> Iterable[tuple[str, object]]:
    for name, value in items:
        yield name, value
        if name == "messageAttributes":
            yield "md5OfMessageAttributes", None


__all__ = ["QueuePoller"]
