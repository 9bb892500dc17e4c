"""What a queue is to other services: somewhere to deliver to, and a source that pollers receive from."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.execution.ports import NO_CAUSES, Attribute, Causes, Delivery, QueueRecord, Undeliverable
from mocklambda.services.policies import Question, allows
from mocklambda.services.resources import Resource
from mocklambda.services.service import AwsError, Context, Request
from mocklambda.services.sqs import addresses, sending
from mocklambda.services.sqs.message import Message, system_attributes
from mocklambda.services.sqs.queue import Queue
from mocklambda.services.sqs.state import Sqs


class QueueDestination:
    """A queue as other services deliver to it."""

    def __init__(self, sqs: Sqs, queue: Queue) -> None:
        self._sqs = sqs
        self._queue = queue

    @property
    def arn(self) -> str:
        return self._queue.arn

    def deliver(self, delivery: Delivery) -> str | None:
        """Send it as a message, in the current turn; returns the message id.

        A deduplication id applies to FIFO queues only, a group id to standard ones as well (R).
        """
        sqs, queue = self._sqs, self._queue
        if sqs.queues.get(queue.name) is not queue:
            raise Undeliverable(
                "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist."
            )
        now = sqs.scope.clock.now()
        try:
            outgoing = sending.check(
                queue.settings, _entry(delivery, is_fifo=queue.is_fifo), delivery.trace_header
            )
        except AwsError as error:
            raise Undeliverable(error.query_code or error.code, error.message, error.status) from error
        sender = sqs.sender(delivery.principal.partition(".")[0])
        message_id, _ = sqs.send(queue, outgoing, sender, sqs.scope.outbox.causes, now)
        sqs.announce(queue, now)
        return message_id

    def permits(self, principal: str, source_arn: str, source_account: str) -> bool:
        """Whether the queue's policy lets that service send for that resource."""
        question = Question(
            principal=principal,
            action="sqs:SendMessage",
            resource=self._queue.arn,
            context={
                "aws:sourcearn": source_arn,
                "aws:sourceaccount": source_account,
                "aws:sourceowner": source_account,
                "aws:securetransport": "true",
                "aws:principalisawsservice": "true",
            },
        )
        return allows(self._queue.settings.policy, question)


def _entry(delivery: Delivery, *, is_fifo: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {"MessageBody": delivery.body}
    if delivery.attributes:
        entry["MessageAttributes"] = {name: _given(value) for name, value in delivery.attributes.items()}
    if is_fifo or delivery.group_id is not None:
        entry["MessageGroupId"] = delivery.group_id
    if is_fifo:
        entry["MessageDeduplicationId"] = delivery.deduplication_id
    return entry


def _given(attribute: Attribute) -> dict[str, Any]:
    member = "StringValue" if isinstance(attribute.value, str) else "BinaryValue"
    return {"DataType": attribute.data_type, member: attribute.value}


@dataclass(frozen=True, slots=True)
class Listening:
    """A poller's wish to be told of messages."""

    undo: Callable[[], None]

    def cancel(self) -> None:
        self.undo()


class PolledQueue:
    """A queue as pollers see it: by name, so that it outlives the deletion and return of the queue."""

    def __init__(self, sqs: Sqs, arn: str, name: str) -> None:
        self._sqs = sqs
        self._arn = arn
        self._name = name

    @property
    def arn(self) -> str:
        return self._arn

    @property
    def is_fifo(self) -> bool:
        return self._name.endswith(".fifo")

    @property
    def visibility_timeout_ms(self) -> Millis:
        queue = self._queue()
        return 0 if queue is None else queue.settings.visibility_ms

    def receive(self, limit: int, *, visibility_timeout_ms: Millis | None = None) -> list[QueueRecord]:
        """Receive as ReceiveMessage does, for any number of messages; nothing when the queue is gone."""
        queue = self._queue()
        if queue is None:
            return []
        hidden_ms = queue.settings.visibility_ms if visibility_timeout_ms is None else visibility_timeout_ms
        messages = self._sqs.receive(queue, limit, hidden_ms, self._now())
        return [_record(queue, message) for message in messages]

    def delete(self, receipt_handles: Sequence[str]) -> None:
        """Delete what was processed; a handle that has expired meanwhile leaves its message where it is."""
        queue = self._queue()
        if queue is None:
            return
        now = self._now()
        for handle in receipt_handles:
            with suppress(AwsError):
                queue.delete(handle, now)
        self._sqs.after_delete(queue, now)

    def waiting(self) -> Causes:
        queue = self._queue()
        return NO_CAUSES if queue is None else queue.waiting(self._now())

    def backlog(self) -> int:
        queue = self._queue()
        return 0 if queue is None else queue.backlog(self._now())

    def subscribe(self, on_visible: Callable[[], None]) -> Listening:
        return Listening(self._sqs.listen(self._name, on_visible))

    def _queue(self) -> Queue | None:
        return self._sqs.queues.get(self._name)

    def _now(self) -> Millis:
        return self._sqs.scope.clock.now()


def _record(queue: Queue, message: Message) -> QueueRecord:
    handle = queue.handle(message)
    record: dict[str, Any] = {
        "messageId": message.message_id,
        "receiptHandle": handle,
        "body": message.body,
        "attributes": system_attributes(message),
        "messageAttributes": {},
    }
    if message.attributes is not None:
        record["messageAttributes"] = _shown(message.attributes.values)
        record["md5OfMessageAttributes"] = message.attributes.md5
    record["md5OfBody"] = message.md5
    record["eventSource"] = "aws:sqs"
    record["eventSourceARN"] = queue.arn
    record["awsRegion"] = queue.region
    return QueueRecord(
        message_id=message.message_id,
        receipt_handle=handle,
        record=record,
        causes=message.causes,
        group_id=message.group_id,
        trace_header=message.trace_header,
    )


def _shown(values: Mapping[str, Attribute]) -> dict[str, Any]:
    """Show message attributes as in events; their order on AWS is not the one in which they were sent."""
    shown = {}
    for name, attribute in values.items():
        value = attribute.value
        entry = (
            {"stringValue": value}
            if isinstance(value, str)
            else {"binaryValue": base64.b64encode(value).decode()}
        )
        shown[name] = {
            **entry,
            "stringListValues": [],
            "binaryListValues": [],
            "dataType": attribute.data_type,
        }
    return shown


def destination(sqs: Sqs, arn: str) -> QueueDestination | None:
    """Return the queue under ``arn`` as a destination."""
    queue = sqs.by_arn(arn)
    return None if queue is None else QueueDestination(sqs, queue)


def resource_policy(sqs: Sqs, arn: str) -> str | None:
    """Return the policy of the queue under this ARN."""
    queue = sqs.queues.get(arn.rpartition(":")[2])
    return None if queue is None else queue.settings.policy


def resource(sqs: Sqs, arn: str) -> Resource | None:
    """Return tags and key of the queue under this ARN."""
    queue = sqs.queues.get(arn.rpartition(":")[2])
    return None if queue is None else Resource(tags=queue.tags, key=queue.settings.kms_key or "")


def about(ctx: Context[Sqs], request: Request) -> str | None:
    """Return the ARN of the queue that a request is sent to, as may be in the query protocol."""
    address = None if request.get("QueueUrl") or ctx.path.count("/") < 2 else addresses.parse(ctx.path)
    if address is None:
        return None
    return addresses.arn(address.account or ctx.account, ctx.region, address.name)


def queue_source(sqs: Sqs, arn: str) -> PolledQueue | None:
    """Return the queue under ``arn`` as a source."""
    queue = sqs.by_arn(arn)
    return None if queue is None else PolledQueue(sqs, arn, queue.name)
