"""ReceiveMessage, and what is done with receipt handles: delete, change of visibility, purge."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.execution.ports import Attribute, Pending
from mocklambda.services.service import Context, Request, Result, operation
from mocklambda.services.sqs import attributes, errors
from mocklambda.services.sqs.attributes import Selection
from mocklambda.services.sqs.message import Message, system_attributes
from mocklambda.services.sqs.operations.request import batch_entries, find, required, run_batch
from mocklambda.services.sqs.polls import LongPoll
from mocklambda.services.sqs.queue import Queue
from mocklambda.services.sqs.sending import check_id
from mocklambda.services.sqs.state import Sqs

_PURGE_EVERY: Millis = 60_000
_SYSTEM_NAMES = frozenset({
    "All", "SenderId", "SentTimestamp", "ApproximateReceiveCount", "ApproximateFirstReceiveTimestamp",
    "SequenceNumber", "MessageDeduplicationId", "MessageGroupId", "AWSTraceHeader",
    "DeadLetterQueueSourceArn",
})  # fmt: skip


@operation("ReceiveMessage")
def receive_message(ctx: Context[Sqs], request: Request) -> Result | Pending:
    owner, queue = find(ctx, request, "ReceiveMessage")
    settings, now = queue.settings, ctx.now
    limit = _limit(request)
    wait_ms = _seconds(request, "WaitTimeSeconds", settings.wait_ms, 20)
    hidden_ms = _seconds(request, "VisibilityTimeout", settings.visibility_ms, 43_200)
    render = _renderer(queue, request)
    attempt_id = request.get("ReceiveRequestAttemptId")
    if attempt_id is not None:
        _check_attempt_id(queue, attempt_id)
    if attempt_id is not None and (messages := owner.attempts.repeat(queue, attempt_id, now)) is not None:
        owner.arm(queue)
        return render(messages)
    messages = owner.receive(queue, limit, hidden_ms, now)
    if messages:
        owner.attempts.remember(queue, attempt_id, messages, hidden_ms, now)
        if not hidden_ms:
            owner.announce(queue, now)
        return render(messages)
    if not wait_ms:
        if not queue.is_fifo and queue.is_full:
            raise errors.over_limit(
                "Too many messages are in flight for this queue: at most 120000 are allowed."
            )
        return {}
    pending = ctx.outbox.pending()
    poll = LongPoll(pending=pending, limit=limit, hidden_ms=hidden_ms, render=render, attempt_id=attempt_id)
    owner.wait(queue, poll, now + wait_ms)
    return pending


@operation("DeleteMessage")
def delete_message(ctx: Context[Sqs], request: Request) -> Result:
    owner, queue = find(ctx, request, "DeleteMessage")
    queue.delete(required(request, "ReceiptHandle"), ctx.now)
    owner.after_delete(queue, ctx.now)
    return {}


@operation("DeleteMessageBatch")
def delete_message_batch(ctx: Context[Sqs], request: Request) -> Result:
    owner, queue = find(ctx, request, "DeleteMessage")
    entries = batch_entries(request, "DeleteMessageBatchRequestEntry")

    def delete(entry: Mapping[str, Any]) -> Result:
        queue.delete(required(entry, "ReceiptHandle"), ctx.now)
        return {}

    result = run_batch(entries, delete)
    owner.after_delete(queue, ctx.now)
    return result


@operation("ChangeMessageVisibility")
def change_message_visibility(ctx: Context[Sqs], request: Request) -> Result:
    owner, queue = find(ctx, request, "ChangeMessageVisibility")
    _change_visibility(ctx, queue, request)
    owner.announce(queue, ctx.now)
    return {}


@operation("ChangeMessageVisibilityBatch")
def change_message_visibility_batch(ctx: Context[Sqs], request: Request) -> Result:
    owner, queue = find(ctx, request, "ChangeMessageVisibility")
    entries = batch_entries(request, "ChangeMessageVisibilityBatchRequestEntry")
    result = run_batch(entries, partial(_change_visibility, ctx, queue))
    owner.announce(queue, ctx.now)
    return result


@operation("PurgeQueue")
def purge_queue(ctx: Context[Sqs], request: Request) -> Result:
    owner, queue = find(ctx, request, "PurgeQueue")
    if queue.purged_at is not None and ctx.now < queue.purged_at + _PURGE_EVERY:
        raise errors.purge_in_progress(queue.name)
    queue.purge(ctx.now)
    owner.arm(queue)
    return {}


def _change_visibility(ctx: Context[Sqs], queue: Queue, entry: Mapping[str, Any]) -> Result:
    handle = required(entry, "ReceiptHandle")
    required(entry, "VisibilityTimeout")
    queue.change_visibility(handle, _seconds(entry, "VisibilityTimeout", 0, 43_200), ctx.now)
    return {}


def _check_attempt_id(queue: Queue, attempt_id: str) -> None:
    check_id("ReceiveRequestAttemptId", attempt_id)
    if not queue.is_fifo:
        raise errors.not_for_queue_type(attempt_id, "ReceiveRequestAttemptId")


def _limit(request: Request) -> int:
    value = request.get("MaxNumberOfMessages")
    if value is None:
        return 1
    if not 1 <= value <= 10:
        raise errors.invalid_value(value, "MaxNumberOfMessages", "Must be between 1 and 10, if provided.")
    return int(value)


def _seconds(request: Request, name: str, default_ms: Millis, high: int) -> Millis:
    value = request.get(name)
    if value is None:
        return default_ms
    if not 0 <= value <= high:
        raise errors.invalid_value(value, name, f"Must be >= 0 and <= {high}, if provided.")
    return 1000 * int(value)


# -- what a received message shows -----------------------------------------------------------------------


class _Renderer:
    """Turns received messages into the operation's result, with the attributes asked for."""

    __slots__ = ("_queue", "_system", "_wanted")

    def __init__(self, queue: Queue, system: Collection[str], wanted: Selection | None) -> None:
        self._queue = queue
        self._system = system
        self._wanted = wanted

    def __call__(self, messages: Sequence[Message]) -> Result:
        return {"Messages": [self._show(message) for message in messages]} if messages else {}

    def _show(self, message: Message) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "MessageId": message.message_id,
            "ReceiptHandle": self._queue.handle(message),
            "MD5OfBody": message.md5,
            "Body": message.body,
        }
        if self._system:
            found = system_attributes(message)
            if "All" not in self._system:
                found = {name: value for name, value in found.items() if name in self._system}
            if found:
                shown["Attributes"] = found
        if self._wanted is not None and message.attributes is not None:
            values, md5 = attributes.selected(message.attributes, self._wanted)
            if values:
                shown["MD5OfMessageAttributes"] = md5
                shown["MessageAttributes"] = {name: _attribute(value) for name, value in values.items()}
        return shown


def _renderer(queue: Queue, request: Request) -> _Renderer:
    system: Iterable[str] = (
        *(request.get("AttributeNames") or ()),
        *(request.get("MessageSystemAttributeNames") or ()),
    )
    names = request.get("MessageAttributeNames")
    for name in system:
        if name not in _SYSTEM_NAMES:
            raise errors.unknown_attribute(name)
    return _Renderer(queue, frozenset(system), attributes.selection(names) if names else None)


def _attribute(attribute: Attribute) -> dict[str, Any]:
    name = "StringValue" if isinstance(attribute.value, str) else "BinaryValue"
    return {name: attribute.value, "DataType": attribute.data_type}
