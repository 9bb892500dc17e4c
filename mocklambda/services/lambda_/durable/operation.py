"""What an execution checkpoints: operations, the updates that change them, and events of its history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from mocklambda.clock.base import Millis, Timer

Error = Mapping[str, Any]
"""An error as the API has it; opaque here."""


class Kind(Enum):
    """What an operation is."""

    EXECUTION = "EXECUTION"
    CONTEXT = "CONTEXT"
    STEP = "STEP"
    WAIT = "WAIT"
    CALLBACK = "CALLBACK"
    CHAINED_INVOKE = "CHAINED_INVOKE"

    @property
    def title(self) -> str:
        """As in the types of history events: ``ChainedInvoke``."""
        return self.value.title().replace("_", "")


class Status(Enum):
    """How far an operation is."""

    STARTED = "STARTED"
    PENDING = "PENDING"
    """A step that waits for its next attempt."""
    READY = "READY"
    """A step whose next attempt may begin."""
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    TIMED_OUT = "TIMED_OUT"
    STOPPED = "STOPPED"

    @property
    def is_closed(self) -> bool:
        return self not in _OPEN

    @property
    def title(self) -> str:
        """As in the types of history events: ``TimedOut``."""
        return self.value.title().replace("_", "")


_OPEN = frozenset({Status.STARTED, Status.PENDING, Status.READY})


class Action(Enum):
    """What an update does."""

    START = "START"
    SUCCEED = "SUCCEED"
    FAIL = "FAIL"
    RETRY = "RETRY"
    CANCEL = "CANCEL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """One change of one operation, as a handler checkpoints it."""

    operation_id: str
    kind: Kind
    action: Action
    parent_id: str | None = None
    name: str | None = None
    sub_type: str | None = None
    payload: str | None = None
    error: Error | None = None
    replays_children: bool = False
    delay_ms: Millis | None = None
    """Until a step's next attempt; None where the update has no options for steps."""
    wait_ms: Millis | None = None
    timeout_ms: Millis = 0
    heartbeat_ms: Millis = 0
    """Of a callback; 0 for none."""
    function_name: str | None = None
    """To invoke; None where the update has no options for that."""
    tenant_id: str | None = None
    trace_header: str | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Operation:
    """One operation."""

    operation_id: str
    kind: Kind
    status: Status
    started_at: Millis
    ended_at: Millis | None = None
    parent_id: str | None = None
    name: str | None = None
    sub_type: str | None = None
    payload: str | None = None
    """An execution's input."""
    result: str | None = None
    error: Error | None = None
    replays_children: bool = False
    attempt: int = 0
    """How many attempts at a step have ended."""
    next_attempt_at: Millis | None = None
    ends_at: Millis | None = None
    """When a wait is over."""
    callback_id: str = ""
    heartbeat_ms: Millis = 0
    touched: int = 0
    """The execution's count of changes at this one's last."""
    timers: list[Timer] = field(default_factory=list)
    """What will end it, or its pause; a callback's heartbeat is the last."""

    def __repr__(self) -> str:
        return f"<{self.kind.value} {self.name or self.operation_id}, {self.status.value}>"

    @property
    def is_waited_for(self) -> bool:
        """Whether something outside of the handler will bring it on."""
        if self.kind is Kind.STEP:
            return self.status is Status.PENDING
        return self.kind in _ENDED_FROM_OUTSIDE and self.status is Status.STARTED

    def stop_timers(self) -> None:
        while self.timers:
            self.timers.pop().cancel()


_ENDED_FROM_OUTSIDE = frozenset({Kind.WAIT, Kind.CALLBACK, Kind.CHAINED_INVOKE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One entry of an execution's history."""

    type: str
    at: Millis
    operation: Operation | None = None
    data: tuple[str, Any] | None = None
    """``input``, ``result``, ``error`` or ``reason``, and its payload: what a reply can leave out."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What else is told."""
