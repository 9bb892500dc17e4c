"""Decides the fate of asynchronous invocations: when each attempt is, and where an event goes that has ended.

An accepted event keeps its request id through all attempts. What runs, and on which policies, is looked up at
each attempt. Waiting events have a timer each; nothing polls.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from mocklambda.clock.base import Clock, Millis
from mocklambda.execution.concurrency import Concurrency
from mocklambda.execution.destination import Ending, Outlet
from mocklambda.execution.directory import Directories, Target
from mocklambda.execution.invoker import Invoker, InvokeRequest
from mocklambda.execution.observations import EventAccepted, EventDropped, EventStarted, Observer
from mocklambda.execution.ports import Causes, IdSource, Outbox, working_for
from mocklambda.execution.refusals import NotNow
from mocklambda.execution.retry import Condition, End, RetryAt, Step, after_attempt, after_throttle
from mocklambda.execution.tracing import RecursionStopped, new_root, read
from mocklambda.execution.values import InvocationKind, Outcome

# F: the missing blank is AWS's
ZERO_CONCURRENCY_TEXT = "Function not invoked. Function isconfigured with zero reserved concurrent executions"


@dataclass(slots=True, kw_only=True, eq=False)
class _Event:
    arn: str
    payload: bytes
    request_id: str
    trigger: str
    causes: Causes
    client_context: str | None
    trace_header: str
    tenant_id: str | None
    durable_execution: str | None
    accepted_at: Millis
    target: Target
    """As last looked up: an event outlives its function."""
    attempts: int = 0
    throttles: int = 0
    outcome: Outcome | None = None
    error_code: str | None = None
    error_message: str | None = None
    sent_trace: str | None = None

    def __repr__(self) -> str:
        return f"<event {self.request_id[:8]} for {self.target.spec.name}, {self.attempts} attempts>"


class EventQueue:
    """Lambda's internal queue of asynchronous invocations."""

    def __init__(
        self,
        *,
        clock: Clock,
        outbox: Outbox,
        ids: IdSource,
        invoker: Invoker,
        concurrency: Concurrency,
        directories: Directories,
        outlet: Outlet,
        observer: Observer,
    ) -> None:
        self._clock = clock
        self._outbox = outbox
        self._ids = ids
        self._invoker = invoker
        self._concurrency = concurrency
        self._directories = directories
        self._outlet = outlet
        self._observer = observer
        self._due: deque[_Event] = deque()
        self._waiting = 0

    def accept(
        self,
        arn: str,
        payload: bytes,
        *,
        trigger: str,
        causes: Causes,
        request_id: str | None = None,
        client_context: str | None = None,
        trace_header: str | None = None,
        tenant_id: str | None = None,
        durable_execution: str | None = None,
    ) -> str | None:
        """Queue an event for a function ARN as invoked (qualified or not) and return its request id.

        The first attempt is at the end of this turn. None when there is no such function. An empty payload
        is ``{}``. ``durable_execution`` is the ARN of an execution that the event begins.
        """
        target = self._directories.resolve(arn)
        if target is None:
            return None
        now = self._clock.now()
        event = _Event(
            arn=arn,
            payload=payload or b"{}",
            request_id=request_id or self._ids.uuid(),
            trigger=trigger,
            causes=causes,
            client_context=client_context,
            trace_header=self._with_root(trace_header, now),
            tenant_id=tenant_id,
            durable_execution=durable_execution,
            accepted_at=now,
            target=target,
        )
        self._observer.observe(EventAccepted(arn=arn, request_id=event.request_id, at=now))
        self._due.append(event)
        self._outbox.soon(self._pump)
        return event.request_id

    def waiting(self) -> int:
        """Return how many events wait for an attempt."""
        return len(self._due) + self._waiting

    # -- attempts ----------------------------------------------------------------------------------------

    def _pump(self) -> None:
        while self._due:
            event = self._due.popleft()
            with working_for(self._outbox, event.causes):
                self._attempt(event)

    def _attempt(self, event: _Event) -> None:
        target = self._directories.resolve(event.arn)
        if target is None:
            self._missing(event)
            return
        event.target = target
        if self._concurrency.reserved(target.spec.arn) == 0:
            event.error_code, event.error_message = None, ZERO_CONCURRENCY_TEXT
            self._end(event, Condition.ZERO_CONCURRENCY)
            return
        now = self._clock.now()
        try:
            flight = self._invoker.invoke(
                self._request(event), lambda outcome, _: self._finished(event, outcome)
            )
        except NotNow as refusal:
            self._put_off(event, refusal)
        except RecursionStopped:
            event.error_code, event.error_message = None, None
            self._end(event, Condition.RECURSION)
        else:
            event.attempts += 1
            event.sent_trace = None if flight is None else flight.invocation.trace_header
            self._observer.observe(
                EventStarted(arn=event.arn, request_id=event.request_id, age_ms=now - event.accepted_at)
            )

    def _request(self, event: _Event) -> InvokeRequest:
        return InvokeRequest(
            spec=event.target.spec,
            invoked_arn=event.arn,
            payload=event.payload,
            kind=InvocationKind.EVENT,
            trigger=event.trigger,
            request_id=event.request_id,
            causes=event.causes,
            client_context=event.client_context,
            trace_header=event.trace_header,
            attempt=event.attempts + 1,
            tenant_id=event.tenant_id,
            durable_execution=event.durable_execution,
            is_recursion_allowed=event.target.is_recursion_allowed,
        )

    def _finished(self, event: _Event, outcome: Outcome) -> None:
        event.outcome = outcome
        event.error_code = "200"
        event.error_message = outcome.error_message
        if outcome.is_final and outcome.is_error:
            self._end(event, Condition.RETRIES_EXHAUSTED)
            return
        self._follow(event, self._after_attempt(event, is_error=outcome.is_error))

    def _missing(self, event: _Event) -> None:
        # I: a function deleted while its event waits is answered like a 404 at each attempt
        event.attempts += 1
        event.outcome = None
        event.error_code = "404"
        event.error_message = f"Function not found: {event.arn}"
        self._follow(event, self._after_attempt(event, is_error=True))

    def _put_off(self, event: _Event, refusal: NotNow) -> None:
        event.throttles += 1
        event.error_code, event.error_message = str(refusal.status), refusal.message
        step = after_throttle(
            event.target.policy,
            throttles=event.throttles,
            accepted_at=event.accepted_at,
            now=self._clock.now(),
        )
        self._follow(event, step)

    def _after_attempt(self, event: _Event, *, is_error: bool) -> Step:
        return after_attempt(
            event.target.policy,
            attempts=event.attempts,
            is_error=is_error,
            accepted_at=event.accepted_at,
            now=self._clock.now(),
        )

    def _follow(self, event: _Event, step: Step) -> None:
        if isinstance(step, End):
            self._end(event, step.condition)
        else:
            self._park(event, step)

    def _park(self, event: _Event, step: RetryAt) -> None:
        def retry() -> None:
            self._waiting -= 1
            self._due.append(event)
            self._outbox.soon(self._pump)

        self._waiting += 1
        what = f"attempt {event.attempts + 1}" if event.attempts else "first attempt"
        self._clock.call_at(
            step.at, retry, label=f"{what} of {event.target.spec.name} ({event.trigger}, {event.request_id})"
        )

    # -- the end -----------------------------------------------------------------------------------------

    def _end(self, event: _Event, condition: Condition) -> None:
        policy = event.target.policy
        ending = Ending(
            request_id=event.request_id,
            function_arn=event.arn,
            condition=condition,
            attempts=event.attempts,
            payload=event.payload,
            outcome=event.outcome,
            executed_version=event.target.spec.version,
            role=event.target.spec.role,
            error_code=event.error_code,
            error_message=event.error_message,
            trace_header=event.sent_trace or event.trace_header,
        )
        if condition is Condition.SUCCESS:
            if policy.on_success:
                self._outlet.send_record(ending, policy.on_success)
            return
        if event.durable_execution is not None:
            message = event.error_message or condition.value
            self._invoker.durables.of(event.target.spec).give_up(event.durable_execution, message)
        self._observer.observe(
            EventDropped(
                arn=event.arn, request_id=event.request_id, condition=condition.value, at=self._clock.now()
            )
        )
        if event.target.dead_letter_arn:
            self._outlet.send_dead_letter(ending, event.target.dead_letter_arn)
        if policy.on_failure:
            self._outlet.send_record(ending, policy.on_failure)

    def _with_root(self, trace_header: str | None, now: Millis) -> str:
        if read(trace_header).get("Root"):
            return trace_header or ""
        root = f"Root={new_root(self._ids, now)}"
        return f"{root};{trace_header}" if trace_header else root
