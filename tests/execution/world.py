"""The core with everything around it played: a clock that stands still, environments that answer at once."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from mocklambda.clock.virtual import VirtualClock
from mocklambda.engine import Engine
from mocklambda.execution.core import Execution
from mocklambda.execution.directory import EventPolicy, Target
from mocklambda.execution.effects import SendInvocation, StartEnvironment, StopEnvironment
from mocklambda.execution.invoker import InvokeRequest
from mocklambda.execution.observations import Observation
from mocklambda.execution.ports import NO_CAUSES, Causes, Delivery, QueueRecord, Undeliverable
from mocklambda.execution.values import FunctionSpec, Invocation, InvocationKind, Outcome, OutcomeKind
from mocklambda.ids import Ids

START = 1_700_000_000_000
ACCOUNT, REGION = "123456789012", "us-east-1"
SUCCESS = Outcome(kind=OutcomeKind.SUCCEEDED, payload=b'"ok"')
FAILURE = Outcome(
    kind=OutcomeKind.FAILED,
    payload=b'{"errorMessage":"boom","errorType":"ValueError"}',
    error_type="ValueError",
    error_message="boom",
)
CRASH = replace(FAILURE, kind=OutcomeKind.CRASHED, is_environment_lost=True)


def arn_of(name: str) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"


def spec_of(name: str = "fn", **changes: Any) -> FunctionSpec:
    values: dict[str, Any] = {
        "account": ACCOUNT,
        "region": REGION,
        "name": name,
        "version": "$LATEST",
        "runtime": "python3.12",
        "handler": "app.handler",
        "code": None,
    }
    return FunctionSpec(**{**values, **changes})


class Directory:
    def __init__(self) -> None:
        self.targets: dict[str, Target] = {}

    def resolve(self, arn: str) -> Target | None:
        return self.targets.get(arn)

    def check_start(self, spec: FunctionSpec) -> None:
        """Let all start."""

    def has_internet(self, spec: FunctionSpec) -> bool:
        return True


@dataclass
class Inbox:
    """A destination that keeps what it gets."""

    arn: str
    refuses: bool = False
    deliveries: list[Delivery] = field(default_factory=list)

    def deliver(self, delivery: Delivery) -> str | None:
        if self.refuses:
            raise Undeliverable("Gone", "not here")
        self.deliveries.append(delivery)
        return None

    def permits(self, principal: str, source_arn: str, source_account: str) -> bool:
        return True


@dataclass
class _Message:
    id: str
    record: dict[str, Any]
    causes: Causes
    group_id: str | None
    trace_header: str | None
    received: int = 0


class _Subscription:
    def __init__(self, queue: Queue, action: Callable[[], None]) -> None:
        self.queue, self.action = queue, action

    def cancel(self) -> None:
        self.queue.listeners.remove(self.action)


class Queue:
    """A queue as pollers see it, with visibility, receive counts and group order, nothing else."""

    def __init__(self, world: World, arn: str, visibility_timeout_ms: int = 30_000) -> None:
        self.world = world
        self.arn = arn
        self.is_fifo = arn.endswith(".fifo")
        self.visibility_timeout_ms = visibility_timeout_ms
        self.visible: deque[_Message] = deque()
        self.hidden: dict[str, _Message] = {}
        self.deleted: list[str] = []
        self.visibilities: list[int | None] = []
        self.listeners: list[Callable[[], None]] = []
        self._count = 0

    def put(
        self, body: str, *, group: str | None = None, trace: str | None = None, causes: Causes = NO_CAUSES
    ) -> None:
        self._count += 1
        record = {
            "messageId": f"m{self._count}",
            "body": body,
            "attributes": {},
            "messageAttributes": {},
            "md5OfBody": "x",
        }
        self.visible.append(_Message(f"m{self._count}", record, causes, group, trace))
        self._tell()

    def _tell(self) -> None:
        for listener in list(self.listeners):
            listener()

    def receive(self, limit: int, *, visibility_timeout_ms: int | None = None) -> list[QueueRecord]:
        self.visibilities.append(visibility_timeout_ms)
        timeout = self.visibility_timeout_ms if visibility_timeout_ms is None else visibility_timeout_ms
        blocked = {message.group_id for message in self.hidden.values()} if self.is_fifo else set()
        taken = [m for m in self.visible if not self.is_fifo or m.group_id not in blocked][:limit]
        for message in taken:
            self.visible.remove(message)
            message.received += 1
            self.hidden[f"{message.id}#{message.received}"] = message
        handles = [f"{message.id}#{message.received}" for message in taken]
        if taken:
            self.world.clock.call_at(self.world.clock.now() + timeout, lambda: self._return(handles))
        return [
            QueueRecord(
                message_id=m.id,
                receipt_handle=f"{m.id}#{m.received}",
                record=m.record,
                causes=m.causes,
                group_id=m.group_id,
                trace_header=m.trace_header,
            )
            for m in taken
        ]

    def _return(self, handles: list[str]) -> None:
        self.visible += [self.hidden.pop(handle) for handle in handles if handle in self.hidden]
        self.visible = deque(sorted(self.visible, key=lambda m: int(m.id[1:])))
        self._tell()

    def delete(self, receipt_handles: Sequence[str]) -> None:
        for handle in receipt_handles:
            self.deleted.append(self.hidden.pop(handle).id)
        if self.is_fifo and self.visible:
            self._tell()

    def waiting(self) -> Causes:
        return frozenset().union(*(message.causes for message in self.visible))

    def backlog(self) -> int:
        return len(self.visible)

    def subscribe(self, on_visible: Callable[[], None]) -> _Subscription:
        self.listeners.append(on_visible)
        return _Subscription(self, on_visible)


class World:
    """One session of the core. ``answers`` says how functions answer; None holds the answer back."""

    def __init__(self, **options: Any) -> None:
        self.clock = VirtualClock(lambda: START)
        self.engine = Engine(self.clock, self._perform)
        self.directory = Directory()
        self.inboxes: dict[str, Inbox] = {}
        self.queues: dict[str, Queue] = {}
        self.streams: dict[str, Any] = {}
        self.observations: list[Observation] = []
        self.effects: list[Any] = []
        self.sent: list[tuple[int, Invocation]] = []
        self.held: deque[SendInvocation] = deque()
        self._outcomes: deque[tuple[SendInvocation, Outcome]] = deque()
        self.answers: Callable[[Invocation], Outcome | None] = lambda _: SUCCESS
        self.execution = Execution(
            clock=self.clock, outbox=self.engine, ids=Ids(7), links=self, observer=self, **options
        )
        self.execution.add_directory(ACCOUNT, REGION, self.directory)

    # what the core asks for

    def destination(self, arn: str) -> Inbox | None:
        return self.inboxes.get(arn)

    def queue_source(self, arn: str) -> Queue | None:
        return self.queues.get(arn)

    def stream_source(self, arn: str) -> Any:
        return self.streams.get(arn)

    def observe(self, observation: Observation) -> None:
        self.observations.append(observation)

    def _perform(self, effect: Any) -> None:
        self.effects.append(effect)
        if isinstance(effect, SendInvocation):
            self.sent.append((self.clock.now() - START, effect.invocation))
            outcome = self.answers(effect.invocation)
            if outcome is None:
                self.held.append(effect)
            else:
                self._report(effect, outcome)

    def _report(self, effect: SendInvocation, outcome: Outcome) -> None:
        """Report outcomes one after the other: what performs effects must not nest turns ever deeper."""
        self._outcomes.append((effect, outcome))
        if len(self._outcomes) > 1:
            return
        while self._outcomes:
            sent, result = self._outcomes[0]
            finished = self.execution.reports.invocation_finished
            self.engine.turn(partial(finished, sent.environment_id, result))
            self._outcomes.popleft()

    # what tests do

    def function(self, name: str = "fn", *, qualifier: str = "", **changes: Any) -> FunctionSpec:
        extra = {
            key: changes.pop(key)
            for key in ("policy", "dead_letter_arn", "is_recursion_allowed")
            if key in changes
        }
        spec = spec_of(name, **changes)
        arn = spec.arn + (f":{qualifier}" if qualifier else "")
        self.directory.targets[arn] = Target(spec=spec, **extra)
        return spec

    def inbox(self, arn: str, **options: Any) -> Inbox:
        return self.inboxes.setdefault(arn, Inbox(arn, **options))

    def queue(self, name: str = "q", **options: Any) -> Queue:
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
        return self.queues.setdefault(arn, Queue(self, arn, **options))

    def turn(self, action: Callable[[], Any], causes: Causes = NO_CAUSES) -> Any:
        return self.engine.turn(action, causes)

    def request(self, spec: FunctionSpec, **changes: Any) -> InvokeRequest:
        values: dict[str, Any] = {
            "spec": spec,
            "invoked_arn": spec.arn,
            "payload": b"{}",
            "kind": InvocationKind.REQUEST_RESPONSE,
            "trigger": "invoke",
            "request_id": "r1",
        }
        return InvokeRequest(**{**values, **changes})

    def invoke(self, spec: FunctionSpec, **changes: Any) -> list[Outcome]:
        outcomes: list[Outcome] = []
        self.turn(
            lambda: self.execution.invoker.invoke(
                self.request(spec, **changes), lambda o, _: outcomes.append(o)
            )
        )
        return outcomes

    def accept(self, spec: FunctionSpec, payload: bytes = b'{"k":1}', **changes: Any) -> str | None:
        values = {"trigger": "async", "causes": NO_CAUSES, **changes}
        return self.turn(lambda: self.execution.events.accept(values.pop("arn", spec.arn), payload, **values))

    def answer(self, outcome: Outcome = SUCCESS) -> None:
        self._report(self.held.popleft(), outcome)

    def advance(self, seconds: float) -> None:
        self.engine.advance(round(seconds * 1000))

    def times(self) -> list[int]:
        """Virtual seconds at which invocations were sent."""
        return [at // 1000 for at, _ in self.sent]

    def of(self, kind: type[Any]) -> list[Any]:
        return [observation for observation in self.observations if isinstance(observation, kind)]

    def started(self) -> list[str]:
        return [effect.environment_id for effect in self.effects if isinstance(effect, StartEnvironment)]

    def stopped(self) -> list[str]:
        return [effect.environment_id for effect in self.effects if isinstance(effect, StopEnvironment)]

    def environments(self) -> list[str]:
        """Environments in the order in which they got invocations."""
        return [effect.environment_id for effect in self.effects if isinstance(effect, SendInvocation)]

    def events(self) -> list[Any]:
        return [json.loads(invocation.payload) for _, invocation in self.sent]


def policy(**changes: Any) -> EventPolicy:
    return EventPolicy(**changes)
