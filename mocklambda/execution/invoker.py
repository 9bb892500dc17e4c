"""The one door to running a function: admit → assign → send → outcome. Knows no queue, no retry, no API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from mocklambda.clock.base import Clock, Millis
from mocklambda.execution.concurrency import Concurrency, Slot, Throttled
from mocklambda.execution.effects import SendInvocation
from mocklambda.execution.environment import Environment
from mocklambda.execution.fleet import Fleet
from mocklambda.execution.mishaps import Mishaps
from mocklambda.execution.observations import AttemptFinished, AttemptRefused, Observer
from mocklambda.execution.ports import NO_CAUSES, Causes, Outbox, Work, working_for
from mocklambda.execution.refusals import NotNow, Unstartable
from mocklambda.execution.tracing import RecursionStopped, Tracer
from mocklambda.execution.values import FunctionSpec, Invocation, InvocationKind, Outcome, Streamed

OnOutcome = Callable[[Outcome, Invocation], None]
OnStreamed = Callable[[Streamed, Invocation], None]
RECURSIVE = "RecursiveInvocation"


@dataclass(slots=True, kw_only=True)
class InvokeRequest:
    """A wish to run a function once."""

    spec: FunctionSpec
    invoked_arn: str
    """As invoked, with the qualifier that was used."""
    payload: bytes
    kind: InvocationKind
    trigger: str
    request_id: str
    causes: Causes = NO_CAUSES
    client_context: str | None = None
    trace_header: str | None = None
    """As it arrived with the request or message."""
    attempt: int = 1
    tenant_id: str | None = None
    is_recursion_allowed: bool = False
    is_streamed: bool = False
    """Whether the caller takes the response as a stream."""
    on_streamed: OnStreamed | None = None
    """Takes what has come of it, each time more has; the outcome has all of it again. No call waits for the invocation
    then, once anything has come, but those that it was made by: they read on."""
    durable_execution: str | None = None
    """The ARN of the execution that this is to begin; None lets a durable function make one."""


@dataclass(slots=True, kw_only=True)
class Flight:
    """An invocation under way."""

    invocation: Invocation
    environment: Environment
    work: Work
    started_at: Millis
    is_cold: bool
    slot: Slot | None
    """None on a provisioned environment."""
    on_outcome: OnOutcome
    on_streamed: OnStreamed | None


class DurableRunner(Protocol):
    """The durable executions of one account and region."""

    def start(self, request: InvokeRequest, on_outcome: OnOutcome) -> Flight | None:
        """Begin an execution; ``on_outcome`` is called when it has ended. As ``Invoker.invoke``."""

    def give_up(self, arn: str, message: str) -> None:
        """Let an execution fail whose event was dropped; nothing where it has ended."""


class DurableRunners:
    """Who runs the durable executions of a session, by account and region."""

    def __init__(self) -> None:
        self._by_place: dict[tuple[str, str], DurableRunner] = {}

    def add(self, account: str, region: str, runner: DurableRunner) -> None:
        """Let ``runner`` have the executions of this account and region."""
        self._by_place[account, region] = runner

    def of(self, spec: FunctionSpec) -> DurableRunner:
        """Return who runs a function's executions."""
        return self._by_place[spec.account, spec.region]


class Invoker:
    """Runs functions. Environments report back through ``finished``."""

    def __init__(
        self,
        *,
        clock: Clock,
        outbox: Outbox,
        concurrency: Concurrency,
        fleet: Fleet,
        tracer: Tracer,
        observer: Observer,
        mishaps: Mishaps,
    ) -> None:
        self._clock = clock
        self._outbox = outbox
        self._concurrency = concurrency
        self._fleet = fleet
        self._tracer = tracer
        self._observer = observer
        self._mishaps = mishaps
        self._flights: dict[str, Flight] = {}
        self.durables = DurableRunners()

    def invoke(self, request: InvokeRequest, on_outcome: OnOutcome) -> Flight | None:
        """Run a function: once, or for as many invocations as a durable execution of it takes.

        ``on_outcome`` is called in the turn in which the outcome is in state. Returns the first invocation, or
        None where nothing runs yet: of a durable execution that is paused, or over. Raises as ``attempt`` does.
        """
        if request.spec.durable is not None:
            return self.durables.of(request.spec).start(request, on_outcome)
        return self.attempt(request, on_outcome)

    def attempt(self, request: InvokeRequest, on_outcome: OnOutcome) -> Flight:
        """Start one invocation; ``on_outcome`` is called in the turn in which its outcome is in state.

        Raises NotNow (Throttled, Unstartable), or RecursionStopped; nothing has begun then.
        """
        spec = request.spec
        try:
            header = self._trace_header(request)
            environment, slot = self._place(spec, request.tenant_id)
        except (NotNow, RecursionStopped) as refusal:
            self._refused(request, refusal)
            raise
        invocation = Invocation(
            request_id=request.request_id,
            spec=spec,
            invoked_arn=request.invoked_arn,
            payload=request.payload,
            kind=request.kind,
            trigger=request.trigger,
            causes=request.causes,
            client_context=request.client_context,
            trace_header=header,
            attempt=request.attempt,
            tenant_id=request.tenant_id,
            is_streamed=request.is_streamed,
        )
        return self._send(invocation, environment, slot, on_outcome, request.on_streamed)

    def streamed(self, environment_id: str, more: Streamed) -> None:
        """Take what has come of the response of the invocation that an environment has."""
        flight = self._flights[environment_id]
        if flight.on_streamed is not None:
            flight.work.open(flight.invocation.causes)
            with working_for(self._outbox, flight.work.causes):
                flight.on_streamed(more, flight.invocation)

    def finished(self, environment_id: str, outcome: Outcome) -> None:
        """Take the outcome of the invocation that an environment had."""
        flight = self._flights.pop(environment_id)
        try:
            if flight.slot is not None:
                self._concurrency.release(flight.slot)
            self._fleet.give_back(flight.environment, is_lost=outcome.is_environment_lost)
            with working_for(self._outbox, flight.work.causes):
                self._observer.observe(self._attempt(flight, outcome))
                flight.on_outcome(outcome, flight.invocation)
        finally:
            flight.work.end()

    def in_flight(self) -> list[Flight]:
        """List what is under way, oldest first."""
        return list(self._flights.values())

    # -- inside ------------------------------------------------------------------------------------------

    def _trace_header(self, request: InvokeRequest) -> str:
        return self._tracer.header(
            request.trace_header,
            request.spec.arn,
            self._clock.now(),
            is_traced=request.spec.is_traced,
            may_loop=request.is_recursion_allowed,
        )

    def _place(self, spec: FunctionSpec, tenant_id: str | None) -> tuple[Environment, Slot | None]:
        if self._mishaps.is_throttled(spec.arn):
            raise self._concurrency.refuse(spec.arn)
        provisioned = self._fleet.take_provisioned(spec)
        if provisioned is not None:
            return provisioned, None
        slot = self._concurrency.admit(spec.concurrency_key or spec.arn, self._clock.now())
        try:
            return self._fleet.take(spec, tenant_id), slot
        except NotNow:
            self._concurrency.release(slot)
            raise

    def _send(
        self,
        invocation: Invocation,
        environment: Environment,
        slot: Slot | None,
        on_outcome: OnOutcome,
        on_streamed: OnStreamed | None,
    ) -> Flight:
        now = self._clock.now()
        work = self._outbox.begin(f"{invocation.spec.name} ({invocation.trigger})", invocation.causes)
        flight = Flight(
            invocation=invocation,
            environment=environment,
            work=work,
            started_at=now,
            is_cold=environment.served == 1 and not environment.is_provisioned,
            slot=slot,
            on_outcome=on_outcome,
            on_streamed=on_streamed,
        )
        self._flights[environment.id] = flight
        self._outbox.emit(
            SendInvocation(
                environment_id=environment.id,
                invocation=invocation,
                work=work,
                instant=now,
                mishap=self._mishaps.take(invocation.spec.arn),
            )
        )
        return flight

    def _attempt(self, flight: Flight, outcome: Outcome) -> AttemptFinished:
        return AttemptFinished(
            invocation=flight.invocation,
            outcome=outcome,
            started_at=flight.started_at,
            finished_at=self._clock.now(),
            environment_id=flight.environment.id,
            log_stream=flight.environment.log_stream,
            is_cold=flight.is_cold,
        )

    def _refused(self, request: InvokeRequest, refusal: NotNow | RecursionStopped) -> None:
        self._observer.observe(
            AttemptRefused(
                spec=request.spec,
                request_id=request.request_id,
                trigger=request.trigger,
                reason=_reason(refusal),
                at=self._clock.now(),
            )
        )


def _reason(refusal: NotNow | RecursionStopped) -> str:
    if isinstance(refusal, Throttled):
        return refusal.reason.value
    return refusal.code if isinstance(refusal, Unstartable) else RECURSIVE
