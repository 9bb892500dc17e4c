"""One stored message: what was sent, what happened to it, and where it stands in its queue."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from mocklambda.clock.base import Millis
from mocklambda.execution.ports import Causes
from mocklambda.services.sqs.attributes import AttributeSet


class Status(IntEnum):
    """Where a message stands; also the index of its counter."""

    VISIBLE = 0
    DELAYED = 1
    IN_FLIGHT = 2


@dataclass(slots=True, eq=False, kw_only=True)
class Message:
    """Sized for queues of 100,000: slots, and nothing made before it is needed."""

    message_id: str
    body: str
    md5: str
    sender_id: str
    sent_at: Millis
    causes: Causes
    attributes: AttributeSet | None = None
    trace_header: str | None = None
    group_id: str | None = None
    deduplication_id: str | None = None
    sequence_number: int | None = None
    dead_letter_source: str | None = None
    receive_count: int = 0
    first_received_at: Millis = 0
    received_at: Millis = 0
    kept_from: Millis = 0
    """When retention began: not the send time once a FIFO queue's message was dead-lettered."""
    number: int = 0
    """Its place in the queue, in the order of arrival; its identity in receipt handles."""
    order: int = 0
    """Decides between messages that become available at one instant: of arrival, later of receipt."""
    available_at: Millis = 0
    """Since when it is receivable (again)."""
    visible_at: Millis = 0
    """Until when it is hidden."""
    due_at: Millis = 0
    """When the queue looks at it again while it is hidden."""
    status: Status = Status.VISIBLE


def system_attributes(message: Message) -> dict[str, str]:
    """Return all its system attributes, in the order in which Lambda's event records show them."""
    shown = {"ApproximateReceiveCount": str(message.receive_count)}
    if message.trace_header is not None:
        shown["AWSTraceHeader"] = message.trace_header
    shown["SentTimestamp"] = str(message.sent_at)
    if message.sequence_number is not None:
        shown["SequenceNumber"] = str(message.sequence_number)
    if message.group_id is not None:
        shown["MessageGroupId"] = message.group_id
    shown["SenderId"] = message.sender_id
    if message.deduplication_id is not None:
        shown["MessageDeduplicationId"] = message.deduplication_id
    shown["ApproximateFirstReceiveTimestamp"] = str(message.first_received_at)
    if message.dead_letter_source is not None:
        shown["DeadLetterQueueSourceArn"] = message.dead_letter_source
    return shown
