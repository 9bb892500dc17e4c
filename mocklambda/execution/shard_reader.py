"""The reader of one shard: it cuts batches in order, sends them, and moves on only past what is over.

Theory of operation. Records that passed the filters wait in a buffer. A *lane* holds a batch from its
cutting to its end, through retries; while it does, the partition keys in it are blocked. There are as many
lanes as the parallelization factor: with one, the shard itself is blocked. A batch that is split, or done in
part, is replaced in its lane by what is left of it, first things first. A lane is in flight, or parked on
the clock until a retry.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from mocklambda.clock.base import Millis, Timer
from mocklambda.execution.batching import PAYLOAD_LIMIT, envelope, envelope_size, failed_identifiers
from mocklambda.execution.destination import PRINCIPAL, to_json
from mocklambda.execution.directory import Target
from mocklambda.execution.invoker import Flight, InvokeRequest
from mocklambda.execution.observations import BatchFinished, BatchHandedOver, RecordsDropped
from mocklambda.execution.poller import FOREVER, MappingSettings, PollerContext, no_access
from mocklambda.execution.ports import NO_CAUSES, Delivery, StreamRecord, StreamSource, union, working_for
from mocklambda.execution.record_filter import RecordFilter
from mocklambda.execution.refusals import NotNow
from mocklambda.execution.shard_buffer import ShardBuffer
from mocklambda.execution.stream_batch import Batch, Call, Discard, failure_record
from mocklambda.execution.stream_retry import (
    Done,
    Exhausted,
    Resume,
    RetryAfter,
    Split,
    Step,
    after_attempt,
    delay_ms,
)
from mocklambda.execution.tumbling import NoStateError, Tumbling
from mocklambda.execution.values import Invocation, InvocationKind, Outcome

OK = "OK"
PROBLEM = "PROBLEM: Function call failed"
_READ_AHEAD = 10_000


@dataclass(slots=True, kw_only=True, eq=False)
class _Lane:
    pieces: list[Batch]
    """What is left of a batch, the next piece last."""
    keys: frozenset[str]
    throttles: int = 0
    flight: Flight | None = None
    timer: Timer | None = None


class ShardReader:
    """The machine behind one shard of a stream mapping."""

    def __init__(
        self,
        shard_id: str,
        position: int,
        settings: MappingSettings,
        source: StreamSource,
        context: PollerContext,
        *,
        on_result: Callable[[str], None],
        on_end: Callable[[str], None],
    ) -> None:
        self.shard_id = shard_id
        self._source = source
        self._context = context
        self._clock = context.clock
        self._on_result = on_result
        self._on_end = on_end
        self._is_running = False
        self._buffer = ShardBuffer(shard_id, position, source, context.clock, context.observer)
        self._lanes: dict[_Lane, None] = {}
        self._timers: dict[str, Timer] = {}
        self._tumbling: Tumbling | None = None
        self.apply(settings)

    # -- life --------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Go on where it stopped."""
        self._is_running = True
        self._buffer.waiting = union((self._buffer.waiting, self._context.outbox.causes))
        if self._buffer:
            horizon = self._clock.now() - self._source.retention_ms
            self._buffer.keep(lambda record: record.arrived_at > horizon)
        for lane in self._lanes:
            if lane.flight is None:
                self._wake(partial(self._attempt, lane))
        self._wake(self.pump)

    def stop(self) -> None:
        """Take up nothing new."""
        self._is_running = False
        for lane in self._lanes:
            if lane.timer is not None:
                lane.timer.cancel()
                lane.timer = None
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def apply(self, settings: MappingSettings) -> None:
        """Work by these settings from the next batch on."""
        self._settings = settings
        self._filter = RecordFilter(settings.filters)
        self._buffer.keep(self._filter.passes)
        length = settings.tumbling_window_ms
        if length and (self._tumbling is None or self._tumbling.length_ms != length):
            self._tumbling = Tumbling(length, self.shard_id, settings.source_arn)
        elif not length:
            self._tumbling = None
        # Windows hand state from call to call, so their calls follow one another.
        self._lane_limit = 1 if length else settings.parallelization_factor
        arn = settings.source_arn.split(":", 5)
        self._trigger = f"{arn[2]}:{arn[5].split('/')[1]}"

    @property
    def running(self) -> int:
        """How many batches are in flight, or wait for a retry."""
        return len(self._lanes)

    @property
    def limit(self) -> int:
        """How many batches it may have at once."""
        return self._lane_limit

    @property
    def age_ms(self) -> Millis:
        """How long the oldest record that is not over has been there."""
        arrivals = [lane.pieces[-1].records[0].arrived_at for lane in self._lanes if lane.pieces[-1].records]
        if self._buffer:
            arrivals.append(self._buffer.first.arrived_at)
        return self._clock.now() - min(arrivals) if arrivals else 0

    # -- starting batches --------------------------------------------------------------------------------

    def pump(self) -> None:
        """Read what there is and start batches for as long as there is a lane for one."""
        target = self._target()
        if target is None:
            return
        if not self._context.may_poll(self._settings, target.spec):
            self._on_result(f"PROBLEM: {no_access(self._settings.source_arn)}")
            return
        self._buffer.read(self._settings.mapping_id, self._filter)
        for lane in list(self._lanes):
            self._attempt(lane)  # one that found no function
        while len(self._lanes) < self._lane_limit:
            batch = self._next_batch(target)
            if batch is None:
                break
            lane = _Lane(pieces=[batch], keys=batch.partition_keys)
            self._lanes[lane] = None
            self._attempt(lane)
        self._keep_waiting()
        if self._buffer.is_end and not (self._buffer or self._lanes) and not self._has_open_window:
            self.stop()
            self._on_end(self.shard_id)

    def _target(self) -> Target | None:
        return self._context.directories.resolve(self._settings.function_arn) if self._is_running else None

    def _next_batch(self, target: Target) -> Batch | None:
        if self._tumbling is not None:
            if self._is_window_over(self._tumbling):
                return Batch(records=(), encoded=(), causes=self._buffer.waiting, call=Call.FINAL)
            if self._buffer and self._tumbling.opened_at is None:
                self._tumbling.open(self._buffer.first.arrived_at)
            self._set_timer("tumbling window", self._tumbling.ends_at if self._has_open_window else None)
        is_due = bool(self._buffer) and self._is_due()
        due_at = self._buffer.gathering_since + self._settings.window_ms
        self._set_timer("batching window", due_at if self._buffer and not is_due else None)
        return self._cut(target) if is_due else None

    def _cut(self, target: Target) -> Batch | None:
        blocked = {key for lane in self._lanes for key in lane.keys}
        return self._buffer.cut(self._settings.batch_size, target.spec.role, blocked, self._is_in_reach)

    def _is_in_reach(self, record: StreamRecord) -> bool:
        return self._tumbling is None or self._tumbling.contains(record.arrived_at)

    def _is_due(self) -> bool:
        return (
            len(self._buffer) >= self._settings.batch_size
            or self._clock.now() >= self._buffer.gathering_since + self._settings.window_ms
            or self._buffer.is_payload_full
            or (self._tumbling is not None and self._is_closing(self._tumbling))
        )

    def _is_closing(self, tumbling: Tumbling) -> bool:
        return self._clock.now() >= tumbling.ends_at or not tumbling.contains(self._buffer.last.arrived_at)

    def _keep_waiting(self) -> None:
        """Let the calls whose records wait for a lane wait for a batch in flight."""
        if not self._buffer:
            self._buffer.waiting = NO_CAUSES
        elif not self._settings.window_ms or len(self._buffer) >= self._settings.batch_size:
            for flight in (lane.flight for lane in self._lanes):
                if flight is not None:
                    flight.work.add(self._buffer.waiting)
                    return

    # -- one lane ----------------------------------------------------------------------------------------

    def _attempt(self, lane: _Lane) -> None:
        target = self._target()
        if target is None or lane not in self._lanes or lane.flight is not None or lane.timer is not None:
            return
        batch = self._shed(lane)
        if batch is None:
            self._go_on(lane)
            return
        batch.request_id = self._context.ids.uuid()
        if envelope_size(sum(map(len, batch.encoded)), len(batch.encoded)) > PAYLOAD_LIMIT:
            batch.attempts += 1
            self._after(lane, batch, 0)  # I: what no event can hold counts as failed
            return
        request = InvokeRequest(
            spec=target.spec,
            invoked_arn=self._settings.function_arn,
            payload=self._payload(batch),
            kind=InvocationKind.MAPPING,
            trigger=self._trigger,
            request_id=batch.request_id,
            causes=batch.causes,
            attempt=batch.attempts + 1,
        )
        try:
            lane.flight = self._context.invoker.invoke(request, partial(self._finished, lane, batch))
        except NotNow:
            lane.throttles += 1  # D: it does not use the retry count
            self._park(lane, delay_ms(lane.throttles))
        else:
            lane.throttles = 0
            self._note_age(batch)

    def _payload(self, batch: Batch) -> bytes:
        if self._tumbling is None:
            return envelope(batch.encoded)
        return self._tumbling.event(
            batch.encoded, is_final=batch.call is Call.FINAL, is_early=batch.call is Call.EARLY
        )

    def _note_age(self, batch: Batch) -> None:
        if batch.records:
            self._context.observer.observe(
                BatchHandedOver(
                    mapping_id=self._settings.mapping_id,
                    function_arn=self._settings.function_arn,
                    iterator_age_ms=self._clock.now() - batch.records[-1].arrived_at,
                )
            )

    def _finished(self, lane: _Lane, batch: Batch, outcome: Outcome, invocation: Invocation) -> None:
        lane.flight = None
        batch.attempts += 1
        batch.outcome, batch.invocation = outcome, invocation
        failed_at = self._failed_at(batch, outcome)
        if failed_at != 0 and batch.call is Call.RECORDS and self._tumbling is not None:
            try:
                self._tumbling.take(outcome.payload)
            except NoStateError:
                failed_at = 0
        self._on_result(PROBLEM if failed_at == 0 else OK)
        failed = 0 if failed_at is None else len(batch.records) - failed_at
        self._context.observer.observe(
            BatchFinished(
                mapping_id=self._settings.mapping_id, invoked=len(batch.records), failed=failed, deleted=0
            )
        )
        self._after(lane, batch, failed_at)

    def _failed_at(self, batch: Batch, outcome: Outcome) -> int | None:
        """Return the index of the first record that failed, None for full success."""
        if outcome.is_error:
            return 0
        if not self._settings.reports_failures or not batch.records:
            return None
        numbers = {record.sequence_number: index for index, record in enumerate(batch.records)}
        failed = failed_identifiers(outcome.payload, numbers)
        return 0 if failed is None else min((numbers[number] for number in failed), default=None)

    def _after(self, lane: _Lane, batch: Batch, failed_at: int | None) -> None:
        step = after_attempt(
            size=len(batch.records),
            attempts=batch.attempts,
            failed_at=failed_at,
            max_retries=self._settings.max_retries,
            bisects=self._settings.bisects,
        )
        if isinstance(step, RetryAfter):
            self._park(lane, step.delay_ms)
            return
        lane.pieces.pop()
        lane.pieces += self._left(batch, step)
        if self._tumbling is not None:
            self._turn_window(self._tumbling, lane, batch)
        self._go_on(lane)

    def _left(self, batch: Batch, step: Step) -> list[Batch]:
        match step:
            case Resume(done):
                return [batch.part(done)]
            case Split(first):
                return [batch.part(first), batch.part(0, first)]
            case Exhausted() if batch.records:
                self._discard(batch, Discard.RETRIES_EXHAUSTED)
            case Done() | Exhausted() | RetryAfter():
                pass
        return []

    def _go_on(self, lane: _Lane) -> None:
        if lane.pieces:
            self._wake(partial(self._attempt, lane))
            return
        self._lanes.pop(lane, None)
        # D: the next window starts when the previous invocation completes.
        self._buffer.gather_anew()
        self._wake(self.pump)

    def _park(self, lane: _Lane, delay: Millis) -> None:
        if not self._is_running:
            return
        at = self._clock.now() + delay
        batch = lane.pieces[-1]
        if batch.records:
            at = min(at, batch.records[0].arrived_at + self._life_ms())
        lane.timer = self._clock.call_at(
            at,
            partial(self._unpark, lane),
            label=f"retry of {len(batch.records)} records of {self._trigger} {self.shard_id}",
        )

    def _unpark(self, lane: _Lane) -> None:
        lane.timer = None
        self._wake(partial(self._attempt, lane))

    # -- records that are given up -----------------------------------------------------------------------

    def _shed(self, lane: _Lane) -> Batch | None:
        """Give up the records of the next piece that have become too old; return what is left of it."""
        batch = lane.pieces[-1]
        horizon = self._clock.now() - self._life_ms()
        stale = sum(record.arrived_at <= horizon for record in batch.records)
        if not stale:
            return batch
        old = batch.part(0, stale, attempts=batch.attempts)
        old.request_id = old.request_id or self._context.ids.uuid()
        self._discard(old, Discard.AGE_EXCEEDED)
        lane.pieces.pop()
        if stale == len(batch.records):
            return None
        left = batch.part(stale, attempts=batch.attempts)
        lane.pieces.append(left)
        return left

    def _life_ms(self) -> Millis:
        """Return how long records are worth handing over: the mapping's limit, or the stream's."""
        limit, kept = self._settings.max_record_age_ms, self._source.retention_ms
        return kept if limit == FOREVER else min(limit, kept)

    def _discard(self, batch: Batch, why: Discard) -> None:
        settings, now = self._settings, self._clock.now()
        self._context.observer.observe(
            RecordsDropped(mapping_id=settings.mapping_id, count=len(batch.records), reason=why.value)
        )
        if settings.on_failure is None:
            return
        document = failure_record(
            batch,
            why,
            function_arn=settings.function_arn,
            source_arn=settings.source_arn,
            shard_id=self.shard_id,
            now=now,
        )
        if settings.on_failure.split(":")[2] == "s3":
            document["payload"] = envelope(batch.encoded).decode()
        outlet, target = self._context.outlet, self._context.directories.resolve(settings.function_arn)
        delivery = Delivery(
            body=to_json(document),
            principal=PRINCIPAL,
            source_arn=settings.function_arn,
            object_key=outlet.object_key(f"aws/lambda/{settings.mapping_id}/{self.shard_id}", now),
        )
        with working_for(self._context.outbox, batch.causes):
            outlet.hand_over(
                delivery,
                settings.on_failure,
                "OnFailure",
                request_id=batch.request_id,
                role="" if target is None else target.spec.role,
            )

    # -- windows and waking ------------------------------------------------------------------------------

    @property
    def _has_open_window(self) -> bool:
        return self._tumbling is not None and self._tumbling.opened_at is not None

    def _is_window_over(self, tumbling: Tumbling) -> bool:
        if tumbling.opened_at is None:
            return False
        if self._buffer:
            return not tumbling.contains(self._buffer.first.arrived_at)
        return self._buffer.is_end or self._clock.now() >= tumbling.ends_at

    @staticmethod
    def _turn_window(tumbling: Tumbling, lane: _Lane, batch: Batch) -> None:
        if batch.call is Call.FINAL:
            tumbling.close()
        elif batch.call is Call.EARLY:
            tumbling.reset()
        elif tumbling.is_overfull:
            lane.pieces.append(Batch(records=(), encoded=(), causes=batch.causes, call=Call.EARLY))

    def _set_timer(self, name: str, at: Millis | None) -> None:
        timer = self._timers.get(name)
        if timer is not None and timer.when != at:
            timer.cancel()
            del self._timers[name]
        if at is not None and (timer is None or timer.when != at) and at > self._clock.now():
            self._timers[name] = self._clock.call_at(
                at, partial(self._wake, self.pump), label=f"{name} of {self._trigger} {self.shard_id}"
            )

    def _wake(self, action: Callable[[], None]) -> None:
        self._context.outbox.soon(action)
