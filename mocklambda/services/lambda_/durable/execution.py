"""The state of one durable execution. Knows no clock and no invoker: who changes it says when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from mocklambda.clock.base import Millis, Timer
from mocklambda.execution.invoker import Flight, InvokeRequest, OnOutcome
from mocklambda.execution.ports import NO_CAUSES, Causes
from mocklambda.execution.values import DurableTerms, Invocation, InvocationKind, Outcome
from mocklambda.services.lambda_.durable.operation import Error, Event, Kind, Operation, Status

LONGEST_MS = 366 * 86_400_000
"""After which an execution ends however long it was paused."""


class ExecutionStatus(Enum):
    """How far an execution is."""

    RUNNING = "RUNNING"
    PAUSING = "PAUSING"
    PAUSED = "PAUSED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    STOPPED = "STOPPED"

    @property
    def is_closed(self) -> bool:
        return self in _CLOSED


_CLOSED = frozenset(
    {
        ExecutionStatus.SUCCEEDED,
        ExecutionStatus.FAILED,
        ExecutionStatus.TIMED_OUT,
        ExecutionStatus.STOPPED,
    }
)


@dataclass(slots=True, kw_only=True)
class Pause:
    """A pause that was asked for."""

    requested_at: Millis
    reason: str | None
    stops_timeout: bool
    began_at: Millis | None = None
    """None while it waits for the invocation under way to checkpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The last checkpoint, for a client that asks once more."""

    client_token: str
    token: str
    at: Millis
    reply: dict[str, Any]


@dataclass(slots=True, kw_only=True, eq=False)
class DurableExecution:
    """One durable execution."""

    arn: str
    name: str
    function_name: str
    version: str
    terms: DurableTerms
    payload: str
    origin: InvokeRequest
    """What started it; every invocation of it is made from this."""
    started_at: Millis
    times_out_at: Millis
    status: ExecutionStatus = ExecutionStatus.RUNNING
    ended_at: Millis | None = None
    result: str | None = None
    error: Error | None = None
    operations: dict[str, Operation] = field(default_factory=dict)
    """In the order in which they started; the first is the execution's own."""
    history: list[Event] = field(default_factory=list)
    on_end: list[OnOutcome] = field(default_factory=list)
    pause: Pause | None = None
    flight: Flight | None = None
    """The invocation under way."""
    ended_flight: Invocation | None = None
    last_outcome: Outcome | None = None
    has_begun: bool = False
    attempt_id: str = ""
    """Of the invocation whose checkpoints are taken; empty for none."""
    token_number: int = 0
    changes: int = 0
    seen: int = 0
    """How many of the changes the handler was told of."""
    updated: dict[str, None] = field(default_factory=dict)
    """Operations that changed from outside since the handler was last invoked."""
    is_owed: bool = False
    """An invocation was held back or cut short by a pause."""
    failures: int = 0
    """Invocations in a row that failed."""
    throttles: int = 0
    causes: Causes = NO_CAUSES
    answered: Answered | None = None
    client_tokens: dict[tuple[str, str], Millis] = field(default_factory=dict)
    """When pauses and resumptions were asked for, by what and client token."""
    timers: dict[str, Timer] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<durable execution {self.name} of {self.function_name}, {self.shown_status.value}>"

    @property
    def function_arn(self) -> str:
        """Of the version that runs it."""
        return self.arn.partition("/")[0]

    @property
    def is_closed(self) -> bool:
        return self.status.is_closed

    @property
    def shown_status(self) -> ExecutionStatus:
        if self.pause is None or self.is_closed:
            return self.status
        return ExecutionStatus.PAUSING if self.pause.began_at is None else ExecutionStatus.PAUSED

    @property
    def is_waited_for(self) -> bool:
        """Whether a caller waits for its result."""
        return self.origin.kind is InvocationKind.REQUEST_RESPONSE

    @property
    def waits(self) -> bool:
        """Whether something outside of the handler will bring it on."""
        return any(operation.is_waited_for for operation in self.operations.values())

    @property
    def has_news(self) -> bool:
        """Whether something changed that the handler was not told of."""
        return self.changes > self.seen

    def touch(self, operation: Operation) -> None:
        """Note that an operation changed."""
        self.changes += 1
        operation.touched = self.changes

    def news(self) -> list[Operation]:
        """Return what changed since the handler was last told, which it is with this."""
        found = [each for each in self.operations.values() if each.touched > self.seen]
        self.seen = self.changes
        return found

    def replayed(self) -> Iterator[Operation]:
        """Yield what a replay needs: all but the children of closed contexts that need none."""
        hidden: set[str] = set()
        for operation in self.operations.values():
            parent = self.operations.get(operation.parent_id or "")
            is_hidden = parent is not None and (
                parent.operation_id in hidden or (parent.status.is_closed and not parent.replays_children)
            )
            if is_hidden:
                hidden.add(operation.operation_id)
            else:
                yield operation

    def record(self, kind: str, at: Millis, operation: Operation | None = None, **more: Any) -> None:
        """Add to the history; ``more`` is an event's ``data`` and ``facts``."""
        self.history.append(Event(type=kind, at=at, operation=operation, **more))

    def close(
        self, status: ExecutionStatus, now: Millis, *, result: str | None = None, error: Error | None = None
    ) -> None:
        """End it for good, with all that it waits for; the invocation under way may go on, unheard."""
        self.status, self.ended_at = status, now
        self.result, self.error = result, error
        self.pause = None
        self.attempt_id = ""
        own = next(iter(self.operations.values()))
        own.status, own.ended_at = Status[status.name], now
        self.touch(own)
        for operation in self.operations.values():
            operation.stop_timers()
        for timer in self.timers.values():
            timer.cancel()
        self.timers.clear()
        data = ("error", error or {}) if status is not ExecutionStatus.SUCCEEDED else ("result", result)
        self.record(Kind.EXECUTION.title + own.status.title, now, own, data=data)
