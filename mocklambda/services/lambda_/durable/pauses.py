"""Pausing an execution and resuming it. Who may is the API's."""

from __future__ import annotations

from mocklambda.clock.base import Millis
from mocklambda.services.lambda_.durable.completions import Completions
from mocklambda.services.lambda_.durable.execution import LONGEST_MS, DurableExecution, Pause
from mocklambda.services.lambda_.durable.runs import Runs, begin_pause


def pause(
    execution: DurableExecution,
    completions: Completions,
    now: Millis,
    *,
    reason: str | None,
    stops_timeout: bool,
) -> None:
    """Invoke it no more; an invocation under way may go on to its next checkpoint."""
    execution.pause = Pause(requested_at=now, reason=reason, stops_timeout=stops_timeout)
    if stops_timeout:
        completions.arm_timeout(execution, execution.started_at + LONGEST_MS)
    if execution.flight is None:
        begin_pause(execution, now)


def resume(
    execution: DurableExecution,
    completions: Completions,
    runs: Runs,
    now: Millis,
    *,
    reason: str | None,
) -> None:
    """Go on: with an invocation where one was held back or cut short; else as what it waits for comes about."""
    ended, execution.pause = execution.pause, None
    assert ended is not None
    if ended.stops_timeout:
        later = execution.times_out_at + now - ended.requested_at
        execution.times_out_at = min(later, execution.started_at + LONGEST_MS)
        completions.arm_timeout(execution, execution.times_out_at)
    if ended.began_at is None:
        return  # it never came to be
    own = next(iter(execution.operations.values()))
    data = None if reason is None else ("reason", reason)
    execution.record("ExecutionResumed", now, own, data=data, facts={"resume_request_timestamp": now})
    if execution.is_owed:
        runs.wake(execution)
