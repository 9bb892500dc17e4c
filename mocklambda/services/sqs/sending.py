"""What may be sent: size, characters, attributes, ids and the rules of the queue's type, in AWS's order."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.services.sqs import attributes, errors
from mocklambda.services.sqs.attributes import AttributeSet
from mocklambda.services.sqs.deduplication import content_id
from mocklambda.services.sqs.settings import Settings

_ID = re.compile(r"[!-~]{1,128}")
_NO_DEDUPLICATION_ID = (
    "The queue should either have ContentBasedDeduplication enabled "
    "or MessageDeduplicationId provided explicitly"
)


@dataclass(slots=True, eq=False)
class Outgoing:
    """A message that passed all checks."""

    body: str
    md5: str
    attributes: AttributeSet | None
    system_md5: str | None
    trace_header: str | None
    group_id: str | None
    deduplication_id: str | None
    delay_ms: Millis


def check(
    settings: Settings, entry: Mapping[str, Any], trace_header: str | None, *, is_batch: bool = False
) -> Outgoing:
    """Check one SendMessage request or batch entry; raises the first error."""
    body = entry.get("MessageBody")
    if not body:
        raise errors.missing_parameter("MessageBody")
    raw = body.encode("utf-8", "surrogatepass")
    given = entry.get("MessageAttributes")
    if len(raw) > settings.maximum_size:
        raise _too_long(settings, is_batch)
    if attributes.has_bad_characters(body):
        raise errors.invalid_message_contents()
    message_attributes = None
    if given:
        message_attributes = AttributeSet.of(attributes.from_request(given))
        if message_attributes is not None and len(raw) + message_attributes.size > settings.maximum_size:
            raise _too_long(settings, is_batch)
    system_md5 = None
    if system := entry.get("MessageSystemAttributes"):
        trace_header, system_md5 = _system(system)
    group_id, deduplication_id, delay = (
        entry.get("MessageGroupId"),
        entry.get("MessageDeduplicationId"),
        entry.get("DelaySeconds"),
    )
    if group_id is not None:
        check_id("MessageGroupId", group_id)
    if deduplication_id is not None:
        check_id("MessageDeduplicationId", deduplication_id)
    if settings.is_fifo:
        deduplication_id = _check_fifo(settings, group_id, deduplication_id, delay, body)
        delay_ms = settings.delay_ms
    else:
        delay_ms = settings.delay_ms if delay is None else _check_standard(delay)
        if deduplication_id is not None:
            raise errors.not_for_queue_type(deduplication_id, "MessageDeduplicationId")
    return Outgoing(
        body, hashlib.md5(raw, usedforsecurity=False).hexdigest(), message_attributes, system_md5,
        trace_header, group_id, deduplication_id, delay_ms,
    )  # fmt: skip


def batch_size(entry: Mapping[str, Any]) -> int:
    """Return the bytes by which an entry counts toward the limit of a batch."""
    size = len((entry.get("MessageBody") or "").encode("utf-8", "surrogatepass"))
    for name, value in (entry.get("MessageAttributes") or {}).items():
        text = value.get("StringValue")
        raw = text.encode("utf-8", "surrogatepass") if text is not None else value.get("BinaryValue") or b""
        size += len(name.encode()) + len((value.get("DataType") or "").encode()) + len(raw)
    return size


def check_batch_ids(settings: Settings, entry: Mapping[str, Any]) -> None:
    """Raise what makes a FIFO queue refuse a batch as a whole."""
    if settings.is_fifo:
        if not settings.is_content_deduplicated and entry.get("MessageDeduplicationId") is None:
            raise errors.invalid_parameter(_NO_DEDUPLICATION_ID)
        if entry.get("MessageGroupId") is None:
            # recorded: another code here than for a single send
            raise errors.invalid_parameter("The request must contain the parameter MessageGroupId.")


def _too_long(settings: Settings, is_batch: bool) -> Exception:
    start = (
        "One or more parameters cannot be validated." if is_batch else "One or more parameters are invalid."
    )
    return errors.invalid_parameter(
        f"{start} Reason: Message must be shorter than {settings.maximum_size} bytes."
    )


def _system(given: Mapping[str, Mapping[str, Any]]) -> tuple[str, str]:
    for name in given:
        if name != "AWSTraceHeader":
            raise errors.invalid_parameter(f"Message system attribute name '{name}' is invalid.")
    values = attributes.from_request(given, kind="system")
    trace = values["AWSTraceHeader"]
    if trace.data_type != "String":
        raise errors.invalid_parameter(
            "The type of message (system) attribute 'AWSTraceHeader' must be String."
        )
    return str(trace.value), attributes.digest(values)


def check_id(parameter: str, value: str) -> None:
    """Raise for an id (of a group, of a duplicate, of an attempt to receive) that can be none."""
    if not _ID.fullmatch(value):
        reason = f"{parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length."
        raise errors.invalid_value(value, parameter, reason)


def _check_fifo(
    settings: Settings, group_id: str | None, deduplication_id: str | None, delay: int | None, body: str
) -> str:
    if group_id is None:
        raise errors.missing_parameter("MessageGroupId")
    if delay:
        reason = "The request include parameter that is not valid for this queue type."
        raise errors.invalid_value(delay, "DelaySeconds", reason)
    if deduplication_id is not None:
        return deduplication_id
    if not settings.is_content_deduplicated:
        raise errors.invalid_parameter(_NO_DEDUPLICATION_ID)
    return content_id(body)


def _check_standard(delay: int) -> Millis:
    if not 0 <= delay <= 900:
        raise errors.invalid_value(delay, "DelaySeconds", "DelaySeconds must be >= 0 and <= 900.")
    return delay * 1000
