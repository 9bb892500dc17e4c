"""How replies and events tell of executions, operations and their history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.services.lambda_.durable.execution import LONGEST_MS, DurableExecution, ExecutionStatus
from mocklambda.services.lambda_.durable.operation import Event, Kind, Operation

View = dict[str, Any]


def operation_view(operation: Operation) -> View:
    """Return an operation as handlers see it, in replies and, as it is here, in their events."""
    return _given(
        Id=operation.operation_id,
        ParentId=operation.parent_id,
        Name=operation.name,
        Type=operation.kind.value,
        SubType=operation.sub_type,
        StartTimestamp=operation.started_at,
        EndTimestamp=operation.ended_at,
        Status=operation.status.value,
    ) | {f"{operation.kind.title}Details": _DETAILS[operation.kind](operation)}


def history_view(event: Event, number: int, *, has_data: bool) -> View:
    """Return an event of the history; ``number`` counts from 1."""
    details = {_camel(name): _camels(fact) for name, fact in event.facts.items() if fact is not None}
    if event.data is not None:
        name, payload = event.data
        shown = {"Payload": payload} if has_data and payload is not None else {}
        details[name.title()] = {**shown, "Truncated": not has_data}
    operation = event.operation
    view = _given(EventType=event.type, EventId=number, EventTimestamp=event.at)
    if operation is not None:
        view |= _given(
            SubType=operation.sub_type,
            Id=operation.operation_id,
            Name=operation.name,
            ParentId=operation.parent_id,
        )
    return {**view, f"{event.type}Details": details}


def summary_view(execution: DurableExecution) -> View:
    """Return an execution as lists show it."""
    return _given(
        DurableExecutionArn=execution.arn,
        DurableExecutionName=execution.name,
        FunctionArn=execution.function_arn,
        Status=execution.shown_status.value,
        StartTimestamp=execution.started_at,
        EndTimestamp=execution.ended_at,
    )


def execution_view(execution: DurableExecution, *, has_data: bool) -> View:
    """Return all of an execution."""
    view = summary_view(execution) | _given(
        Version=execution.version,
        ExecutionDataIncluded=has_data,
        DurableConfig=config_view(execution.terms),
        PauseDetails=_pause(execution, has_data=has_data),
    )
    if execution.ended_flight is not None:
        view["TraceHeader"] = {"XAmznTraceId": execution.ended_flight.trace_header}
    elif execution.flight is not None:
        view["TraceHeader"] = {"XAmznTraceId": execution.flight.invocation.trace_header}
    if not execution.is_closed:
        is_stopped = execution.pause is not None and execution.pause.stops_timeout
        view["ExpectedExecutionTimeoutTimestamp"] = (
            execution.started_at + LONGEST_MS if is_stopped else execution.times_out_at
        )
    if has_data:
        has_failed = execution.is_closed and execution.status is not ExecutionStatus.SUCCEEDED
        view |= _given(
            InputPayload=execution.payload,
            Result=execution.result,
            Error=dict(execution.error or {}) if has_failed else None,
        )
    return view


def config_view(terms: Any) -> View:
    """Return a function's DurableConfig."""
    view = {
        "RetentionPeriodInDays": terms.retention_ms // 86_400_000,
        "ExecutionTimeout": terms.timeout_ms // 1000,
    }
    return view | ({"KMSKeyArn": terms.key_arn} if terms.key_arn else {})


# -- inside ----------------------------------------------------------------------------------------------


def _given(**members: Any) -> View:
    return {name: value for name, value in members.items() if value is not None}


def _camel(name: str) -> str:
    return name.title().replace("_", "")


def _camels(fact: Any) -> Any:
    return {_camel(name): value for name, value in fact.items()} if isinstance(fact, dict) else fact


def _outcome(operation: Operation) -> View:
    return _given(Result=operation.result, Error=operation.error)


def _of_execution(operation: Operation) -> View:
    return _given(InputPayload=operation.payload)


def _of_context(operation: Operation) -> View:
    shown = {"ReplayChildren": True} if operation.replays_children else {}
    return shown | _outcome(operation)


def _of_step(operation: Operation) -> View:
    return _given(Attempt=operation.attempt, NextAttemptTimestamp=operation.next_attempt_at) | _outcome(
        operation
    )


def _of_wait(operation: Operation) -> View:
    return _given(ScheduledEndTimestamp=operation.ends_at)


def _of_callback(operation: Operation) -> View:
    return {"CallbackId": operation.callback_id, **_outcome(operation)}


_DETAILS: dict[Kind, Callable[[Operation], View]] = {
    Kind.EXECUTION: _of_execution,
    Kind.CONTEXT: _of_context,
    Kind.STEP: _of_step,
    Kind.WAIT: _of_wait,
    Kind.CALLBACK: _of_callback,
    Kind.CHAINED_INVOKE: _outcome,
}


def _pause(execution: DurableExecution, *, has_data: bool) -> View | None:
    pause = execution.pause
    if pause is None:
        return None
    requested_at: Millis = pause.requested_at
    return _given(
        PauseRequestTimestamp=requested_at,
        Reason=pause.reason if has_data else None,
        ExecutionTimeoutPaused=pause.stops_timeout,
    )
