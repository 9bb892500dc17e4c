"""Decides whether what is to be published is accepted, and makes the message of it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.execution.ports import Attribute
from mocklambda.ids import Ids
from mocklambda.services.sns import errors
from mocklambda.services.sns.message import Message
from mocklambda.services.sns.topic import Topic

MAX_BYTES = 262_144
_BAD_CHARACTER = re.compile(r"[^A-Za-z0-9_.-]")
_DATA_TYPE = re.compile(r"(String|Number|Binary)(\..+)?", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a caller wants published, attributes checked."""

    text: str
    subject: str | None = None
    structure: str | None = None
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    group_id: str | None = None
    deduplication_id: str | None = None
    trace_header: str | None = None

    @property
    def size(self) -> int:
        """What counts against the limit, in bytes."""
        size = len(self.text.encode())
        for name, attribute in self.attributes.items():
            value = attribute.value
            size += len(name.encode()) + len(attribute.data_type.encode())
            size += len(value.encode()) if isinstance(value, str) else len(value)
        return size


def accepted(draft: Draft, topic: Topic, ids: Ids, now: Millis) -> Message:
    """Return the message of a draft; raises what SNS refuses."""
    text, by_protocol = _structured(draft) if draft.structure == "json" else (draft.text, {})
    message = Message(
        message_id=ids.uuid(),
        topic_arn=topic.arn,
        text=text,
        by_protocol=by_protocol,
        published_at=now,
        subject=draft.subject,
        attributes=draft.attributes,
        group_id=draft.group_id,
        signature_version=topic.attributes.get("SignatureVersion") or "1",
        trace_header=draft.trace_header,
    )
    if not topic.is_fifo:
        if draft.deduplication_id is not None:
            raise errors.invalid_parameter(
                "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter"
                " that is not valid for this topic type"
            )
        return message
    return replace(message, deduplication_id=_deduplication_id(draft, topic))


def numbered(message: Message, topic: Topic) -> Message:
    """Give a FIFO topic's message its sequence number."""
    return replace(message, sequence_number=topic.next_sequence_number()) if topic.is_fifo else message


def _deduplication_id(draft: Draft, topic: Topic) -> str:
    if not draft.group_id:
        raise errors.invalid_parameter("The MessageGroupId parameter is required for FIFO topics")
    if draft.deduplication_id:
        return draft.deduplication_id
    if not topic.has_content_deduplication:
        raise errors.invalid_parameter(
            "The topic should either have ContentBasedDeduplication enabled"
            " or MessageDeduplicationId provided explicitly"
        )
    return hashlib.sha256(draft.text.encode()).hexdigest()


def _structured(draft: Draft) -> tuple[str, dict[str, str]]:
    prefix = "Message Structure - "
    try:
        entries = json.loads(draft.text)
    except ValueError:
        raise errors.invalid_parameter(f"{prefix}JSON message body failed to parse") from None
    if not isinstance(entries, dict) or not isinstance(entries.get("default"), str):
        raise errors.invalid_parameter(f"{prefix}No default entry in JSON message body")
    texts = {name: text for name, text in entries.items() if isinstance(text, str)}
    return texts["default"], texts


def attributes(given: Mapping[str, Mapping[str, Any]], *, entry: int | None = None) -> dict[str, Attribute]:
    """Return message attributes as they travel; raises what SNS refuses. ``entry``: its number in a batch."""
    return {name: _attribute(name, value, entry) for name, value in given.items()}


def _attribute(name: str, given: Mapping[str, Any], entry: int | None) -> Attribute:
    data_type = given.get("DataType")
    if data_type is None:
        start = "" if entry is None else f"publishBatchRequestEntries.{entry}.member."
        raise errors.null_member(f"{start}messageAttributes.{name}.member.dataType")
    _check_name(name)
    if not _DATA_TYPE.fullmatch(data_type):
        raise errors.invalid_value(
            f"The message attribute '{name}' has an invalid message attribute type,"
            " the set of supported type prefixes is Binary, Number, and String."
        )
    member = "Binary" if data_type.startswith("Binary") else "String"
    value, other = given.get("StringValue"), given.get("BinaryValue")
    if member == "Binary":
        value, other = other, value
    if value:
        return Attribute(data_type=data_type, value=value)
    if other:
        raise errors.invalid_value(
            f"The message attribute '{name}' with type '{data_type}' must use field '{member}'."
        )
    raise errors.invalid_value(
        f"The message attribute '{name}' must contain non-empty message attribute value"
        f" for message attribute type '{data_type}'."
    )


def _check_name(name: str) -> None:
    if len(name.encode()) > 256:
        raise errors.invalid_value("Length of message attribute name must be less than 256 bytes.")
    bad = _BAD_CHARACTER.search(name)
    if bad is not None:
        raise errors.invalid_value(
            f"Invalid non-alphanumeric character '#x{ord(bad.group()):X}' was found in the message attribute"
            " name. Can only include alphanumeric characters, hyphens, underscores, or dots."
        )
    if name.startswith("."):
        raise errors.invalid_value("Invalid message attribute name starting with character '.' was found.")
    if name.endswith("."):
        raise errors.invalid_value("Invalid message attribute name ending with character '.' was found.")
    if ".." in name:
        raise errors.invalid_value("Message attribute name can not have successive '.' character.")
