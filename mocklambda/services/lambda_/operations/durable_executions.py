"""Durable executions as their owners see them: told of, listed, stopped, paused, resumed, deleted."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from typing import Any, TypeVar

from mocklambda.clock.base import Millis
from mocklambda.services.lambda_ import errors
from mocklambda.services.lambda_.durable.checkpoint_rules import check_error
from mocklambda.services.lambda_.durable.execution import DurableExecution, ExecutionStatus
from mocklambda.services.lambda_.durable.pauses import pause, resume
from mocklambda.services.lambda_.durable.views import execution_view, history_view, summary_view
from mocklambda.services.lambda_.operations.data_keys import check_data
from mocklambda.services.lambda_.operations.locate import locate
from mocklambda.services.lambda_.state import Lambda
from mocklambda.services.service import AwsError, Context, Request, Result, operation

T = TypeVar("T")
REPEATED_WITHIN_MS = 15 * 60_000
DEFAULT_PAGE = 100
LARGEST_PAGE = 1000
STOPPED = {"ErrorMessage": "Execution stopped by user request"}


@operation("GetDurableExecution")
def get_execution(ctx: Context[Lambda], request: Request) -> Result:
    """Tell all of an execution but its history."""
    execution, has_data = _find(ctx, request), _has_data(request)
    if has_data:
        check_data(ctx.state, execution)
    return execution_view(execution, has_data=has_data)


@operation("GetDurableExecutionHistory")
def get_history(ctx: Context[Lambda], request: Request) -> Result:
    """Tell a page of what happened, oldest first unless ``ReverseOrder``."""
    execution, has_data = _find(ctx, request), _has_data(request)
    if has_data:
        check_data(ctx.state, execution)
    events = [
        history_view(each, number, has_data=has_data) for number, each in enumerate(execution.history, 1)
    ]
    if request.get("ReverseOrder"):
        events.reverse()
    found, more = _page(events, request)
    return {"Events": found, **more}


@operation("ListDurableExecutionsByFunction")
def list_executions(ctx: Context[Lambda], request: Request) -> Result:
    """List a function's executions, newest first unless ``ReverseOrder``."""
    located = locate(ctx, request, "ListDurableExecutionsByFunction")
    function = located.must_exist()
    version = None if located.qualifier is None else function.find(located.qualifier)
    if located.qualifier is not None and version is None:
        raise errors.function_not_found(located.asked_arn)
    executions = [
        each
        for each in located.state.durable.of_function(function.name)
        if (version is None or each.version == version.number) and _matches(each, request)
    ]
    if not request.get("ReverseOrder"):
        executions.reverse()
    found, more = _page(executions, request)
    return {"DurableExecutions": [summary_view(each) for each in found], **more}


@operation("StopDurableExecution")
def stop(ctx: Context[Lambda], request: Request) -> Result:
    """End an execution for good; an invocation under way goes on, unheard. One that has ended stays as it is."""
    execution = _find(ctx, request)
    check_error(request.get("Error"))
    check_data(ctx.state, execution)
    if not execution.is_closed:
        error = request.get("Error") or STOPPED
        ctx.state.durable.runs.close(execution, ExecutionStatus.STOPPED, error=error)
    return {"StopTimestamp": execution.ended_at}


@operation("PauseDurableExecution")
def pause_execution(ctx: Context[Lambda], request: Request) -> Result:
    """Have an execution invoked no more for now; what it waits for goes on."""
    execution = _find(ctx, request)
    ctx.reply.status = 202
    if _is_repeated(execution, "pause", request, ctx.now):
        return {}
    check_data(ctx.state, execution)
    if execution.is_closed or execution.pause is not None:
        raise _conflict(execution, "paused")
    stops_timeout = request.get("ExecutionTimeoutPaused")
    pause(
        execution,
        ctx.state.durable.completions,
        ctx.now,
        reason=request.get("Reason"),
        stops_timeout=True if stops_timeout is None else stops_timeout,
    )
    _remember(execution, "pause", request, ctx.now)
    return {}


@operation("ResumeDurableExecution")
def resume_execution(ctx: Context[Lambda], request: Request) -> Result:
    """Let an execution go on."""
    execution = _find(ctx, request)
    ctx.reply.status = 202
    if _is_repeated(execution, "resume", request, ctx.now):
        return {}
    check_data(ctx.state, execution)
    if execution.is_closed or execution.pause is None:
        raise _conflict(execution, "resumed")
    durable = ctx.state.durable
    resume(execution, durable.completions, durable.runs, ctx.now, reason=request.get("Reason"))
    _remember(execution, "resume", request, ctx.now)
    return {}


@operation("DeleteDurableExecution")
def delete_execution(ctx: Context[Lambda], request: Request) -> Result:
    """Forget an execution that has ended."""
    execution = _find(ctx, request)
    if not execution.is_closed:
        raise _conflict(execution, "deleted")
    ctx.state.durable.forget(execution)
    ctx.reply.status = 202
    return {"DeletionRequestTimestamp": ctx.now}


# -- inside ----------------------------------------------------------------------------------------------


def _find(ctx: Context[Lambda], request: Request) -> DurableExecution:
    execution = ctx.state.durable.find(request["DurableExecutionArn"])
    if execution is None:
        raise errors.not_found("Durable Execution does not exist")
    return execution


def _conflict(execution: DurableExecution, what: str) -> AwsError:
    status = execution.shown_status.value  # I: the code is documented, not the text
    return errors.conflict(f"The durable execution can not be {what} in status {status}.")


def _has_data(request: Request) -> bool:
    wanted = request.get("IncludeExecutionData")
    return True if wanted is None else bool(wanted)


def _matches(execution: DurableExecution, request: Request) -> bool:
    after: Millis | None = request.get("StartedAfter")
    before: Millis | None = request.get("StartedBefore")
    name, statuses = request.get("DurableExecutionName"), request.get("Statuses")
    return (
        (name is None or execution.name == name)
        and (not statuses or execution.shown_status.value in statuses)
        and (after is None or execution.started_at > after)
        and (before is None or execution.started_at < before)
    )


def _is_repeated(execution: DurableExecution, what: str, request: Request, now: Millis) -> bool:
    """Tell whether this was done before, a short while ago, for the same client token."""
    before = execution.client_tokens.get((what, request.get("ClientToken") or ""))
    return before is not None and now - before < REPEATED_WITHIN_MS


def _remember(execution: DurableExecution, what: str, request: Request, now: Millis) -> None:
    token = request.get("ClientToken")
    if token:
        execution.client_tokens[what, token] = now


def _page(items: list[T], request: Request) -> tuple[Iterable[T], dict[str, Any]]:
    size = min(request.get("MaxItems") or DEFAULT_PAGE, LARGEST_PAGE)
    start = _position(request.get("Marker"))
    end = start + size
    more = {"NextMarker": base64.b64encode(str(end).encode()).decode()} if end < len(items) else {}
    return items[start:end], more


def _position(marker: str | None) -> int:
    if not marker:
        return 0
    try:
        return int(base64.b64decode(marker, validate=True))
    except (binascii.Error, ValueError):
        raise errors.invalid_parameter("Invalid Marker") from None
