"""Message move tasks: start, list, cancel."""

from __future__ import annotations

from mocklambda.services.links import Arn
from mocklambda.services.service import Context, Request, Result, operation
from mocklambda.services.sqs import errors, moves
from mocklambda.services.sqs.mover import Mover
from mocklambda.services.sqs.operations.request import required
from mocklambda.services.sqs.queue import Queue
from mocklambda.services.sqs.state import Sqs


@operation("StartMessageMoveTask")
def start_message_move_task(ctx: Context[Sqs], request: Request) -> Result:
    per_second = request.get("MaxNumberOfMessagesPerSecond")
    if per_second is not None and not 1 <= per_second <= 500:
        reason = "Value must be an integer between 1 and 500."
        raise errors.invalid_value(per_second, "MaxNumberOfMessagesPerSecond", reason)
    source = _queue(ctx, required(request, "SourceArn"), "SourceArn")
    if not ctx.state.sources_of(source):
        raise errors.invalid_parameter("Source queue must be configured as a Dead Letter Queue.")
    destination = request.get("DestinationArn")
    if destination is not None and _queue(ctx, destination, "DestinationArn").is_fifo != source.is_fifo:
        raise errors.invalid_parameter("Source and destination queue must be of the same type.")
    if any(task.is_running for task in source.tasks):
        raise errors.invalid_parameter(
            "There is already a task running. "
            "Only one active task is allowed for a source queue arn at a given time."
        )
    return {"TaskHandle": Mover(ctx.state).start(source, destination, per_second, ctx.now).handle}


@operation("ListMessageMoveTasks")
def list_message_move_tasks(ctx: Context[Sqs], request: Request) -> Result:
    limit = request.get("MaxResults")
    if limit is not None and not 1 <= limit <= 10:
        raise errors.invalid_value(limit, "MaxResults", "Value must be an integer between 1 and 10.")
    source = _queue(ctx, required(request, "SourceArn"), "SourceArn")
    newest_first = source.tasks[::-1]
    return {"Results": [task.describe() for task in newest_first[: limit or 1]]} if newest_first else {}


@operation("CancelMessageMoveTask")
def cancel_message_move_task(ctx: Context[Sqs], request: Request) -> Result:
    task_id, source_arn = moves.read_handle(required(request, "TaskHandle"))
    source = _queue(ctx, source_arn, "SourceArn")
    task = next((task for task in source.tasks if task.task_id == task_id and task.is_running), None)
    if task is None:
        raise errors.not_found("Task does not exist.")
    task.finish(moves.TaskStatus.CANCELLED)
    return {"ApproximateNumberOfMessagesMoved": task.moved}


def _queue(ctx: Context[Sqs], arn: str, parameter: str) -> Queue:
    try:
        Arn.parse(arn)
    except ValueError:
        raise errors.invalid_parameter(
            f"You must use this format to specify the {parameter}: "
            "arn:<partition>:<service>:<region>:<account-id>:<resource-id>"
        ) from None
    queue = ctx.state.by_arn(arn)
    if queue is None:
        raise errors.not_found(
            f"The resource that you specified for the {parameter} parameter doesn't exist."
        )
    return queue
