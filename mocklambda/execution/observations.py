"""What the core tells whoever keeps the journal and the metrics: facts, after they are in state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from mocklambda.clock.base import Millis
from mocklambda.execution.values import FunctionSpec, Invocation, LogStream, Outcome


@dataclass(slots=True, kw_only=True)
class AttemptFinished:
    """A function ran once."""

    invocation: Invocation
    outcome: Outcome
    started_at: Millis
    finished_at: Millis
    environment_id: str
    log_stream: LogStream
    is_cold: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRefused:
    """A function was not run: no concurrency was left, a loop was stopped, or no environment could start."""

    spec: FunctionSpec
    request_id: str
    trigger: str
    reason: str
    """A throttle reason, ``RecursiveInvocation``, or the code of what keeps environments from starting."""
    at: Millis


@dataclass(frozen=True, slots=True, kw_only=True)
class EventAccepted:
    """An asynchronous invocation was queued."""

    arn: str
    request_id: str
    at: Millis


@dataclass(frozen=True, slots=True, kw_only=True)
class EventStarted:
    """An attempt at a queued event began."""

    arn: str
    request_id: str
    age_ms: Millis


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDropped:
    """A queued event ended without success, whoever took it then."""

    arn: str
    request_id: str
    condition: str
    at: Millis


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSent:
    """What became of a record for a destination or of a dead letter."""

    arn: str
    """Of the function."""
    request_id: str
    purpose: str
    """``OnSuccess``, ``OnFailure`` or ``DeadLetter``."""
    destination_arn: str
    error: str | None
    """Why it could not be delivered; None when it was."""
    at: Millis


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPolled:
    """A poller took records from its source."""

    mapping_id: str
    polled: int
    filtered_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFinished:
    """A poller's batch came back."""

    mapping_id: str
    invoked: int
    failed: int
    deleted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchHandedOver:
    """A stream's batch went to its function."""

    mapping_id: str
    function_arn: str
    iterator_age_ms: Millis
    """How long its last record had been in the stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsDropped:
    """A stream's records were given up."""

    mapping_id: str
    count: int
    reason: str
    """As the on-failure record says it."""


Observation = (
    AttemptFinished
    | AttemptRefused
    | EventAccepted
    | EventStarted
    | EventDropped
    | RecordSent
    | BatchPolled
    | BatchFinished
    | BatchHandedOver
    | RecordsDropped
)


class Observer(Protocol):
    """Whoever keeps the journal and the metrics."""

    def observe(self, observation: Observation) -> None:
        """Take note, inside the turn; must not change what the core decides."""
