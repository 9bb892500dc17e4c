"""SendMessage and SendMessageBatch."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from mocklambda.services.service import Context, Request, Result, operation
from mocklambda.services.sqs import errors, sending
from mocklambda.services.sqs.operations.request import batch_entries, find, run_batch
from mocklambda.services.sqs.queue import Queue
from mocklambda.services.sqs.state import Sqs

_BATCH_LIMIT = 1_048_576  # fixed: a queue's own MaximumMessageSize does not lower it (recorded)


@operation("SendMessage")
def send_message(ctx: Context[Sqs], request: Request) -> Result:
    owner, queue = find(ctx, request, "SendMessage")
    result = _send(ctx, owner, queue, request)
    owner.announce(queue, ctx.now)
    return result


@operation("SendMessageBatch")
def send_message_batch(ctx: Context[Sqs], request: Request) -> Result:
    owner, queue = find(ctx, request, "SendMessage")
    check = partial(sending.check_batch_ids, queue.settings)
    entries = batch_entries(request, "SendMessageBatchRequestEntry", check)
    size = sum(map(sending.batch_size, entries))
    if size > _BATCH_LIMIT:
        raise errors.batch_too_long(_BATCH_LIMIT, size)
    result = run_batch(entries, lambda entry: _send(ctx, owner, queue, entry, is_batch=True))
    owner.announce(queue, ctx.now)
    return result


def _send(
    ctx: Context[Sqs], owner: Sqs, queue: Queue, entry: Mapping[str, Any], *, is_batch: bool = False
) -> Result:
    outgoing = sending.check(queue.settings, entry, ctx.trace_header, is_batch=is_batch)
    sender = ctx.caller_id or ctx.state.sender("")
    message_id, sequence_number = owner.send(queue, outgoing, sender, ctx.causes, ctx.now)
    result: Result = {"MD5OfMessageBody": outgoing.md5, "MessageId": message_id}
    if outgoing.attributes is not None:
        result["MD5OfMessageAttributes"] = outgoing.attributes.md5
    if outgoing.system_md5 is not None:
        result["MD5OfMessageSystemAttributes"] = outgoing.system_md5
    if sequence_number is not None:
        result["SequenceNumber"] = str(sequence_number)
    return result
