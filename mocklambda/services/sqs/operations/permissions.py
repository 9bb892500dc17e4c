"""AddPermission and RemovePermission: shorthand for statements of the queue's policy."""

from __future__ import annotations

from dataclasses import replace

from mocklambda.services.service import Context, Request, Result, operation
from mocklambda.services.sqs import errors, policy
from mocklambda.services.sqs.operations.request import find, required
from mocklambda.services.sqs.state import Sqs

_SHARED = frozenset({
    "*", "ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "GetQueueUrl",
    "ListDeadLetterSourceQueues", "PurgeQueue", "ReceiveMessage", "SendMessage",
})  # fmt: skip
_OWNERS = frozenset({
    "AddPermission", "CancelMessageMoveTask", "CreateQueue", "DeleteQueue", "ListMessageMoveTasks",
    "ListQueueTags", "ListQueues", "RemovePermission", "SetQueueAttributes", "StartMessageMoveTask",
    "TagQueue", "UntagQueue",
})  # fmt: skip
_MOST_ACTIONS = 7


@operation("AddPermission")
def add_permission(ctx: Context[Sqs], request: Request) -> Result:
    _, queue = find(ctx, request, "AddPermission")
    label, actions = required(request, "Label"), request.get("Actions") or ()
    if not actions:
        raise errors.missing_parameter("Actions")
    if len(actions) > _MOST_ACTIONS:
        raise errors.over_limit(f"{len(actions)} Actions were found, maximum allowed is 7.")
    accounts = request.get("AWSAccountIds") or ()
    if not accounts or not all(account.isdecimal() and len(account) == 12 for account in accounts):
        raise errors.invalid_value(f"[{', '.join(accounts)}]", "PrincipalId", "Unable to verify.")
    for action in actions:
        _check_action(action)
    current = queue.settings.policy
    if label in policy.labels(current):
        raise errors.invalid_value(label, "Label", "Already exists.")
    changed = policy.with_statement(current, queue.arn, label, accounts, actions)
    queue.configure(replace(queue.settings, policy=changed), ctx.now)
    return {}


@operation("RemovePermission")
def remove_permission(ctx: Context[Sqs], request: Request) -> Result:
    _, queue = find(ctx, request, "RemovePermission")
    label, current = required(request, "Label"), queue.settings.policy
    if current is None or label not in policy.labels(current):
        raise errors.invalid_value(label, "Label", "can't find label.")
    queue.configure(replace(queue.settings, policy=policy.without_statement(current, label)), ctx.now)
    return {}


def _check_action(action: str) -> None:
    if action in _OWNERS:
        reason = "Only the queue owner is allowed to invoke this action."
    elif action not in _SHARED:
        reason = "Please refer to the appropriate WSDL for a list of valid actions."
    else:
        return
    raise errors.invalid_value(f"SQS:{action}", "ActionName", reason)
