"""What a durable handler's SDK asks: checkpoints, and the state that a replay needs."""

from __future__ import annotations

from mocklambda.services.lambda_ import errors
from mocklambda.services.lambda_.durable.checkpoint_rules import PAYLOAD_LIMIT, RESULT_LIMIT, check_updates
from mocklambda.services.lambda_.durable.envelope import page_of, token_of
from mocklambda.services.lambda_.durable.execution import Answered, DurableExecution
from mocklambda.services.lambda_.durable.operation import Action, Kind, Update
from mocklambda.services.lambda_.durable.views import operation_view
from mocklambda.services.lambda_.operations.data_keys import check_data
from mocklambda.services.lambda_.state import Lambda
from mocklambda.services.service import Context, Request, Result, operation

REPEATED_WITHIN_MS = 15 * 60_000
DEFAULT_PAGE = 100
LARGEST_PAGE = 1000
INVALID_TOKEN = "Invalid checkpoint token"  # noqa: S105 (the SDK knows a stale token by this text)


@operation("CheckpointDurableExecution")
def checkpoint(ctx: Context[Lambda], request: Request) -> Result:
    """Take what a handler has done; tell it what has come about since, and its next token."""
    state = ctx.state
    execution = state.durable.find(request["DurableExecutionArn"])
    repeated = None if execution is None else _repeated(execution, request, ctx.now)
    if repeated is not None:
        return repeated
    execution = _current(execution, request)
    check_data(state, execution, execution.origin.spec)
    updates = [_update(each) for each in request.get("Updates") or ()]
    check_updates(
        updates,
        execution.operations,
        account=state.scope.account,
        region=state.scope.region,
        result_limit=RESULT_LIMIT if execution.is_waited_for else PAYLOAD_LIMIT,
    )
    state.durable.checkpoint(execution, updates)
    execution.token_number += 1
    if execution.is_closed or execution.pause is not None:  # no token: this invocation is to end
        return {"NewExecutionState": {"Operations": []}}
    reply = {
        "CheckpointToken": token_of(execution),
        "NewExecutionState": {"Operations": [operation_view(each) for each in execution.news()]},
    }
    if request.get("ClientToken"):
        execution.answered = Answered(
            client_token=request["ClientToken"], token=request["CheckpointToken"], at=ctx.now, reply=reply
        )
    return reply


@operation("GetDurableExecutionState")
def get_state(ctx: Context[Lambda], request: Request) -> Result:
    """Tell a page of what a replay needs."""
    execution = _current(ctx.state.durable.find(request["DurableExecutionArn"]), request)
    check_data(ctx.state, execution, execution.origin.spec)
    limit = min(request.get("MaxItems") or DEFAULT_PAGE, LARGEST_PAGE)
    try:
        found, marker = page_of(execution, request.get("Marker"), limit)
    except ValueError:
        raise errors.invalid_parameter("Invalid marker") from None
    more = {} if marker is None else {"NextMarker": marker}
    return {"Operations": [operation_view(each) for each in found], **more}


# -- inside ----------------------------------------------------------------------------------------------


def _current(execution: DurableExecution | None, request: Request) -> DurableExecution:
    is_current = (
        execution is not None and execution.attempt_id and request["CheckpointToken"] == token_of(execution)
    )
    if execution is None or not is_current:
        raise errors.invalid_parameter(INVALID_TOKEN)
    return execution


def _repeated(execution: DurableExecution, request: Request, now: int) -> Result | None:
    last = execution.answered
    is_same = (
        last is not None
        and last.client_token == request.get("ClientToken")
        and last.token == request["CheckpointToken"]
        and now - last.at < REPEATED_WITHIN_MS
    )
    return last.reply if last is not None and is_same else None


def _update(sent: Request) -> Update:
    step, wait = sent.get("StepOptions"), sent.get("WaitOptions")
    callback, chained = sent.get("CallbackOptions") or {}, sent.get("ChainedInvokeOptions") or {}
    return Update(
        operation_id=sent["Id"],
        kind=Kind(sent["Type"]),
        action=Action(sent["Action"]),
        parent_id=sent.get("ParentId"),
        name=sent.get("Name"),
        sub_type=sent.get("SubType"),
        payload=sent.get("Payload"),
        error=sent.get("Error"),
        replays_children=bool((sent.get("ContextOptions") or {}).get("ReplayChildren")),
        delay_ms=None if step is None else _seconds(step, "NextAttemptDelaySeconds"),
        wait_ms=None if wait is None else _seconds(wait, "WaitSeconds"),
        timeout_ms=_seconds(callback, "TimeoutSeconds"),
        heartbeat_ms=_seconds(callback, "HeartbeatTimeoutSeconds"),
        function_name=chained.get("FunctionName"),
        tenant_id=chained.get("TenantId"),
        trace_header=chained.get("XAmznTraceId"),
    )


def _seconds(options: Request, member: str) -> int:
    return 1000 * (options.get(member) or 0)
