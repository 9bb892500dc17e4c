"""What a checkpoint does: each update to its operation, and to the history. The rules have been checked.

What an update sets off in the world (timers, invocations) is whoever's who asks for what has started.
"""

from __future__ import annotations

from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.services.lambda_.durable.execution import DurableExecution
from mocklambda.services.lambda_.durable.operation import Action, Kind, Operation, Status, Update

DEFAULT_WAIT_MS = 1000
_ENDS = {Action.SUCCEED: Status.SUCCEEDED, Action.FAIL: Status.FAILED, Action.CANCEL: Status.CANCELLED}


def apply_update(
    execution: DurableExecution, update: Update, now: Millis, *, callback_id: str = ""
) -> Operation:
    """Change the operation that an update is for, made with it if it is new; the execution's own is not."""
    operation = execution.operations.get(update.operation_id)
    if operation is None:
        operation = execution.operations[update.operation_id] = Operation(
            operation_id=update.operation_id,
            kind=update.kind,
            status=Status.STARTED,
            started_at=now,
            parent_id=update.parent_id,
            name=update.name,
            sub_type=update.sub_type,
            callback_id=callback_id,
        )
    if update.action is Action.START:
        _start(execution, operation, update, now)
    elif update.action is Action.RETRY:
        _retry(execution, operation, update, now)
    else:
        _end(execution, operation, update, now)
    execution.touch(operation)
    return operation


# -- inside ----------------------------------------------------------------------------------------------


def _start(execution: DurableExecution, operation: Operation, update: Update, now: Millis) -> None:
    operation.status = Status.STARTED
    facts: dict[str, Any] = {}
    if operation.kind is Kind.WAIT:
        wait_ms = update.wait_ms or DEFAULT_WAIT_MS
        operation.ends_at = now + wait_ms
        facts = {"duration": wait_ms // 1000, "scheduled_end_timestamp": operation.ends_at}
    elif operation.kind is Kind.CALLBACK:
        operation.heartbeat_ms = update.heartbeat_ms
        facts = {
            "callback_id": operation.callback_id,
            "timeout": update.timeout_ms // 1000,
            "heartbeat_timeout": update.heartbeat_ms // 1000,
        }
    elif operation.kind is Kind.CHAINED_INVOKE:
        return  # recorded once it is known whether there is such a function
    execution.record(f"{operation.kind.title}Started", now, operation, facts=facts)


def _retry(execution: DurableExecution, operation: Operation, update: Update, now: Millis) -> None:
    delay_ms = update.delay_ms or 0
    operation.status = Status.PENDING
    operation.attempt += 1
    operation.next_attempt_at = now + delay_ms
    operation.result, operation.error = update.payload, update.error
    # a step that polls for a condition keeps what it has so far in a retry without an error
    status = Status.SUCCEEDED if update.error is None else Status.FAILED
    _record_step(execution, operation, status, now, delay_ms)


def _end(execution: DurableExecution, operation: Operation, update: Update, now: Millis) -> None:
    status = operation.status = _ENDS[update.action]
    operation.ended_at = now
    operation.next_attempt_at = None
    operation.result, operation.error = update.payload, update.error
    operation.replays_children = update.replays_children
    operation.stop_timers()
    if operation.kind is Kind.STEP:
        operation.attempt += 1
        _record_step(execution, operation, status, now, 0)
        return
    data: tuple[str, Any] | None = None
    if status is Status.SUCCEEDED:
        data = ("result", update.payload)
    elif status is Status.FAILED or update.error is not None:
        data = ("error", update.error or {})
    execution.record(f"{operation.kind.title}{status.title}", now, operation, data=data)


def _record_step(
    execution: DurableExecution, operation: Operation, status: Status, now: Millis, delay_ms: Millis
) -> None:
    is_error = status is Status.FAILED
    execution.record(
        f"{operation.kind.title}{status.title}",
        now,
        operation,
        data=("error", operation.error or {}) if is_error else ("result", operation.result),
        facts={
            "retry_details": {
                "current_attempt": operation.attempt,
                "next_attempt_delay_seconds": delay_ms // 1000,
            }
        },
    )
