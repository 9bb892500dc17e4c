"""Answers to callbacks that durable executions wait for."""

from __future__ import annotations

from mocklambda.services.lambda_ import errors
from mocklambda.services.lambda_.durable.checkpoint_rules import check_error
from mocklambda.services.lambda_.durable.execution import DurableExecution
from mocklambda.services.lambda_.durable.operation import Operation, Status
from mocklambda.services.lambda_.operations.data_keys import check_data
from mocklambda.services.lambda_.state import Lambda
from mocklambda.services.service import Context, Request, Result, operation


@operation("SendDurableExecutionCallbackSuccess")
def send_success(ctx: Context[Lambda], request: Request) -> Result:
    """Answer a callback: its execution goes on with the result."""
    execution, callback = _open(ctx, request)
    check_data(ctx.state, execution)
    sent = request.get("Result")
    content: bytes | None = sent if isinstance(sent, bytes | None) else sent.read()
    try:
        result = None if content is None else content.decode()
    except UnicodeDecodeError:  # I
        raise errors.invalid_parameter("The callback result must be encoded in UTF-8.") from None
    ctx.state.durable.completions.end(execution, callback, Status.SUCCEEDED, result=result or None)
    return {}


@operation("SendDurableExecutionCallbackFailure")
def send_failure(ctx: Context[Lambda], request: Request) -> Result:
    """Answer a callback: its execution goes on with an error."""
    error = request.get("Error") or {}
    check_error(error)
    execution, callback = _open(ctx, request)
    check_data(ctx.state, execution)
    ctx.state.durable.completions.end(execution, callback, Status.FAILED, error=error)
    return {}


@operation("SendDurableExecutionCallbackHeartbeat")
def send_heartbeat(ctx: Context[Lambda], request: Request) -> Result:
    """Say that a callback is still being worked on: its heartbeat timeout begins anew."""
    execution, callback = _open(ctx, request)
    ctx.state.durable.completions.heartbeat(execution, callback)
    return {}


# -- inside ----------------------------------------------------------------------------------------------


def _open(ctx: Context[Lambda], request: Request) -> tuple[DurableExecution, Operation]:
    found = ctx.state.durable.callback(request["CallbackId"])
    if found is None:
        raise errors.not_found("Callback does not exist")  # I
    execution, callback = found
    if execution.is_closed or callback.status.is_closed:
        raise errors.callback_closed()
    return found
