"""What most operations begin with: the members that must be there, and the queue that is meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mocklambda.services.policies import Question, Verdict, judge
from mocklambda.services.service import AwsError, Context, Request, Result
from mocklambda.services.sqs import addresses, errors
from mocklambda.services.sqs.addresses import Address
from mocklambda.services.sqs.queue import Queue
from mocklambda.services.sqs.state import Sqs

_ENTRY_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")
_OWNERS_ONLY = frozenset({
    "AddPermission", "DeleteQueue", "ListQueueTags", "RemovePermission", "SetQueueAttributes", "TagQueue",
    "UntagQueue",
})  # fmt: skip


def required(request: Request, name: str) -> Any:
    """Return a member that must be there; ``""`` counts as absent."""
    value = request.get(name)
    if value is None or value == "":
        raise errors.missing_parameter(name)
    return value


def find(ctx: Context[Sqs], request: Request, action: str) -> tuple[Sqs, Queue]:
    """Return the queue that a request means, and the state that owns it; its policy must let the caller."""
    url = request.get("QueueUrl")
    if not url:
        if ctx.path.count("/") < 2:
            raise errors.missing_parameter("QueueUrl")
        url = ctx.path  # query protocol: the path a request was sent to names the queue
    address = addresses.parse(url)
    found = None if address is None else locate(ctx, address)
    if found is None:
        raise missing_queue(ctx)
    owner, queue = found
    if queue.account != ctx.account or queue.settings.policy is not None:
        _check_policy(ctx, queue, action)
    return owner, queue


def locate(ctx: Context[Sqs], address: Address) -> tuple[Sqs, Queue] | None:
    """Return queue and owner; a URL of another region names nothing here (each region knows only its own)."""
    account, region, name = address
    if region is not None and region != ctx.region:
        return None
    owner = ctx.state if account is None or account == ctx.account else ctx.scope.peer(account, ctx.region)
    queue = owner.queues.get(name)
    return None if queue is None else (owner, queue)


def missing_queue(ctx: Context[Sqs]) -> AwsError:
    """Make the error for a queue that is not there; its text differs in the query protocol."""
    return errors.no_such_queue(is_query=_is_query(ctx))


def refuse_at_queue(ctx: Context[Sqs], action: str) -> None:
    """Refuse in the query protocol, sent to a queue's URL, what is not about one queue (recorded)."""
    if _is_query(ctx) and addresses.parse(ctx.path) is not None:
        raise errors.invalid_action(action)


def _is_query(ctx: Context[Sqs]) -> bool:
    return bool(ctx.headers) and "x-amz-target" not in ctx.headers


def url_of(ctx: Context[Sqs], queue: Queue) -> str:
    """Return the queue's URL as this caller gets it."""
    return addresses.url(ctx.scheme, ctx.host, Address(queue.account, queue.region, queue.name))


def _check_policy(ctx: Context[Sqs], queue: Queue, action: str) -> None:
    is_owner = queue.account == ctx.account
    verdict = judge(
        queue.settings.policy,
        Question(
            principal=ctx.account,
            names=(ctx.caller_arn, ctx.caller_role) if ctx.caller_role else (),
            action=f"sqs:{action}",
            resource=queue.arn,
            context={
                "aws:principalaccount": ctx.account,
                "aws:securetransport": "true" if ctx.scheme == "https" else "false",
                "aws:sourceip": ctx.source_ip,
            },
        ),
    )
    if verdict is Verdict.DENY:
        why = "with an explicit deny in a resource-based policy"
    elif is_owner or (verdict is Verdict.ALLOW and action not in _OWNERS_ONLY):
        return
    else:
        why = f"because no resource-based policy allows the sqs:{action.lower()} action"
    raise errors.access_denied(ctx.caller_arn or f"arn:aws:iam::{ctx.account}:root", action, queue.arn, why)


def batch_entries(
    request: Request, kind: str, check: Callable[[Mapping[str, Any]], None] | None = None
) -> Sequence[Mapping[str, Any]]:
    """Return a batch's entries once what refuses it as a whole is ruled out, in AWS's order of checks."""
    entries: Sequence[Mapping[str, Any]] = request.get("Entries") or ()
    if not entries:
        raise errors.empty_batch(kind)
    if len(entries) > 10:
        raise errors.too_many_entries(len(entries))
    seen: set[str] = set()
    for entry in entries:
        entry_id = entry.get("Id") or ""
        if not _ENTRY_ID.fullmatch(entry_id):
            raise errors.invalid_batch_entry_id()
        if check is not None:
            check(entry)
        if entry_id in seen:
            raise errors.batch_ids_not_distinct(entry_id)
        seen.add(entry_id)
    return entries


def run_batch(entries: Sequence[Mapping[str, Any]], do: Callable[[Mapping[str, Any]], Result]) -> Result:
    """Do entries one by one; an empty one of the two lists is left out (recorded)."""
    result: Result = {}
    for entry in entries:
        kind, shown = _run_entry(entry, do)
        result.setdefault(kind, []).append(shown)
    return result


def _run_entry(entry: Mapping[str, Any], do: Callable[[Mapping[str, Any]], Result]) -> tuple[str, Result]:
    try:
        return "Successful", {"Id": entry["Id"], **do(entry)}
    except AwsError as error:
        code = error.query_code or error.code
        return "Failed", {"Id": entry["Id"], "SenderFault": True, "Code": code, "Message": error.message}
