"""Publish and PublishBatch."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mocklambda.services.links import Arn
from mocklambda.services.service import Request, Result, operation
from mocklambda.services.sns import errors
from mocklambda.services.sns.acceptance import MAX_BYTES, Draft, accepted, attributes, numbered
from mocklambda.services.sns.message import Message
from mocklambda.services.sns.operations.finding import Sns, find_topic, home
from mocklambda.services.sns.topic import Topic

_ENTRY_ID = re.compile(r"[A-Za-z0-9_-]+")


@operation("Publish")
def publish(ctx: Sns, request: Request) -> Result:
    if request.get("PhoneNumber"):
        raise errors.invalid_parameter("PhoneNumber Reason: mocklambda sends no SMS; nothing was published")
    parameter = "TopicArn" if request.get("TopicArn") is not None else "TargetArn"
    topic = find_topic(ctx, request, "Publish", parameter)
    draft = _draft(ctx, request)
    if draft.size > MAX_BYTES:
        raise errors.invalid_parameter("Message too long")
    message = accepted(draft, topic, ctx.scope.ids, ctx.now)
    return _answer(_sent(ctx, topic, message))


@operation("PublishBatch")
def publish_batch(ctx: Sns, request: Request) -> Result:
    topic = find_topic(ctx, request, "Publish")
    entries: Sequence[Mapping[str, Any]] = request.get("PublishBatchRequestEntries") or []
    _check_entries(entries)
    drafts = [_draft(ctx, entry, number) for number, entry in enumerate(entries, start=1)]
    if sum(draft.size for draft in drafts) > MAX_BYTES:
        raise errors.batch_too_long()
    messages = [accepted(draft, topic, ctx.scope.ids, ctx.now) for draft in drafts]
    sent = [_sent(ctx, topic, message) for message in messages]
    successful = [
        {"Id": entry["Id"], **_answer(message)} for entry, message in zip(entries, sent, strict=True)
    ]
    return {"Successful": successful, "Failed": []}


def _check_entries(entries: Sequence[Mapping[str, Any]]) -> None:
    if not entries:
        raise errors.empty_batch()
    if len(entries) > 10:
        raise errors.too_many_entries()
    for entry in entries:
        if not _ENTRY_ID.fullmatch(entry["Id"]):
            raise errors.bad_entry_id(entry["Id"])
        if len(entry["Id"]) > 80:
            raise errors.long_entry_id(entry["Id"])
    if len({entry["Id"] for entry in entries}) < len(entries):
        raise errors.ids_not_distinct()


def _draft(ctx: Sns, given: Mapping[str, Any], entry: int | None = None) -> Draft:
    text, subject = given.get("Message", ""), given.get("Subject")
    if not text:
        raise errors.invalid_parameter("Empty message")
    if subject is not None and not 1 <= len(subject) <= 100:
        raise errors.invalid_parameter("Subject")
    return Draft(
        text=text,
        subject=subject,
        structure=given.get("MessageStructure"),
        attributes=attributes(given.get("MessageAttributes") or {}, entry=entry),
        group_id=given.get("MessageGroupId"),
        deduplication_id=given.get("MessageDeduplicationId"),
        trace_header=ctx.trace_header,
    )


def _sent(ctx: Sns, topic: Topic, message: Message) -> Message:
    return home(ctx, Arn.parse(topic.arn)).publish(topic, numbered(message, topic))


def _answer(message: Message) -> dict[str, str]:
    answer = {"MessageId": message.message_id}
    if message.sequence_number is not None:
        answer["SequenceNumber"] = message.sequence_number
    return answer
