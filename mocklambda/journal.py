"""What ran, why, how long and with what result: the record a test looks at, and its telling as text.

Taking note is cheap: documents are parsed when somebody looks.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.execution.observations import (
    AttemptFinished,
    AttemptRefused,
    EventDropped,
    Observation,
    RecordSent,
)

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def instant(at: Millis) -> datetime:
    """Turn milliseconds since the epoch into an aware UTC datetime."""
    return EPOCH + timedelta(milliseconds=at)


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """One attempt to run a function, as it came out.

    Attributes:
        function: the function's name; ``version`` is ``$LATEST`` or a number.
        trigger: what set it off: ``invoke``, ``async``, ``sqs:orders``, ``s3:uploads`` ...
        event: the event that the handler got; ``result`` what it returned, None after an error.
        error: the error document (``errorType``, ``errorMessage`` ...), or None.
        attempt: 1 for the first try of an event, 2 for its first retry ...
        started_at: virtual time, aware UTC.
        duration_ms, billed_ms, init_ms, max_memory_mb: as in the REPORT line.
        cold: it ran in an environment that was made for it; ``environment_id`` names that.
        sent_to: ARNs of the destinations and dead-letter queues that took the record of this, the event's last attempt.
    """

    function: str
    version: str
    request_id: str
    trigger: str
    event: Any
    result: Any
    error: dict[str, Any] | None
    logs: str
    attempt: int
    started_at: datetime
    duration_ms: float
    billed_ms: int
    init_ms: float | None
    max_memory_mb: int
    cold: bool
    environment_id: str
    trace_id: str | None
    sent_to: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether the handler returned."""
        return self.error is None


class Journal:
    """All that a session's functions did, in order, or the newest ``size`` entries of it."""

    def __init__(self, size: int | None = None) -> None:
        self._observations: deque[Observation] = deque(maxlen=size)

    def observe(self, observation: Observation) -> None:
        """Take note."""
        self._observations.append(observation)

    def invocations(self, function: str | None = None) -> list[Invocation]:
        """List attempts that ran, of one function (by name) or of all, in the order in which they ended."""
        ended: list[AttemptFinished] = []
        last: dict[str, int] = {}
        sent: dict[int, tuple[str, ...]] = {}
        for seen in list(self._observations):
            if isinstance(seen, AttemptFinished):
                last[seen.invocation.request_id] = len(ended)
                ended.append(seen)
            elif isinstance(seen, RecordSent) and seen.error is None and seen.request_id in last:
                place = last[seen.request_id]
                sent[place] = (*sent.get(place, ()), seen.destination_arn)
        return [
            _invocation(seen, sent.get(place, ()))
            for place, seen in enumerate(ended)
            if function in {None, seen.invocation.spec.name}
        ]

    def timeline(self) -> str:
        """Tell what happened as text, one line each, with logs below."""
        return "\n".join(line for seen in list(self._observations) for line in _lines(seen))

    def __len__(self) -> int:
        return len(self._observations)


def _document(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _invocation(seen: AttemptFinished, sent_to: tuple[str, ...]) -> Invocation:
    invocation, outcome = seen.invocation, seen.outcome
    document = _document(outcome.payload)
    return Invocation(
        function=invocation.spec.name,
        version=invocation.spec.version,
        request_id=invocation.request_id,
        trigger=invocation.trigger,
        event=_document(invocation.payload),
        result=None if outcome.is_error else document,
        error=document if outcome.is_error else None,
        logs=outcome.logs,
        attempt=invocation.attempt,
        started_at=instant(seen.started_at),
        duration_ms=outcome.duration_ms,
        billed_ms=outcome.billed_ms,
        init_ms=outcome.init_ms,
        max_memory_mb=outcome.max_memory_mb,
        cold=seen.is_cold,
        environment_id=seen.environment_id,
        trace_id=_trace_id(invocation.trace_header),
        sent_to=sent_to,
    )


def _trace_id(header: str) -> str | None:
    for part in header.split(";"):
        name, _, value = part.partition("=")
        if name == "Root":
            return value
    return None


def _lines(seen: Observation) -> Iterable[str]:
    if isinstance(seen, AttemptFinished):
        yield from _attempt_lines(seen)
    elif isinstance(seen, AttemptRefused):
        yield f"{_stamp(seen.at)}  {seen.spec.name}  not run: {seen.reason}  <- {seen.trigger}  [{seen.request_id}]"
    elif isinstance(seen, EventDropped):
        yield f"{_stamp(seen.at)}  {_name(seen.arn)}  event given up: {seen.condition}  [{seen.request_id}]"
    elif isinstance(seen, RecordSent):
        how = f"could not be sent ({seen.error})" if seen.error else "sent"
        yield f"{_stamp(seen.at)}  {_name(seen.arn)}  {seen.purpose} record {how} -> {seen.destination_arn}"


def _attempt_lines(seen: AttemptFinished) -> Iterable[str]:
    invocation, outcome = seen.invocation, seen.outcome
    state = "cold" if seen.is_cold else "warm"
    attempt = f", attempt {invocation.attempt}" if invocation.attempt > 1 else ""
    how = f"{outcome.error_type or outcome.kind.value}: {outcome.error_message}" if outcome.is_error else "ok"
    yield (
        f"{_stamp(seen.started_at)}  {invocation.spec.name}  {outcome.duration_ms:.1f} ms, {state}{attempt}"
        f"  <- {invocation.trigger}  {how}  [{invocation.request_id}]"
    )
    for line in outcome.logs.splitlines():
        if not line.startswith(("START ", "END ", "REPORT ", "INIT_START ")):
            yield f"    | {line}"


def _stamp(at: Millis) -> str:
    return instant(at).strftime("%H:%M:%S.%f")[:-3]


def _name(arn: str) -> str:
    return arn.split(":function:", 1)[-1]
