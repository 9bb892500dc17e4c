"""A published message and the forms in which it arrives: envelope, raw, a function's event."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.execution.ports import Attribute

CERTIFICATE = "SimpleNotificationService-9c6465fa7f48f5cacd23014631ec1136.pem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a publish gave, once accepted."""

    message_id: str
    topic_arn: str
    text: str
    """The message, or what ``MessageStructure=json`` gives those without an entry of their own."""
    by_protocol: Mapping[str, str] = field(default_factory=dict)
    published_at: Millis
    subject: str | None = None
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    group_id: str | None = None
    deduplication_id: str | None = None
    sequence_number: str | None = None
    signature_version: str = "1"
    trace_header: str | None = None

    def text_for(self, protocol: str) -> str:
        """Return what subscribers of one protocol get."""
        return self.by_protocol.get(protocol, self.text)


def instant(at: Millis) -> str:
    """Write an instant as SNS does."""
    moment = datetime.fromtimestamp(at // 1000, tz=timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at % 1000:03d}Z"


def envelope(message: Message, protocol: str, subscription_arn: str) -> str:
    """Return the JSON text that a queue gets, in SNS's own layout."""
    lines = [
        f'  "{key}" : {_json(value)}' for key, value in _members(message, protocol, subscription_arn).items()
    ]
    if message.attributes:
        inner = (f"    {_json(name)} : {_json(_shown(value))}" for name, value in message.attributes.items())
        lines.append('  "MessageAttributes" : {\n' + ",\n".join(inner) + "\n  }")
    return "{\n" + ",\n".join(lines) + "\n}"


def function_event(message: Message, subscription_arn: str) -> str:
    """Return the event that a function gets: one record, its own spelling of URLs, nothing left out."""
    text = message.text_for("lambda")
    sns = {
        "Type": "Notification",
        "MessageId": message.message_id,
        "TopicArn": message.topic_arn,
        "Subject": message.subject,
        "Message": text,
        "Timestamp": instant(message.published_at),
        "SignatureVersion": "1",  # R: also on topics of version 2
        "Signature": _signature(message, text),
        "SigningCertUrl": _certificate_url(message),
        "UnsubscribeUrl": _unsubscribe_url(message, subscription_arn),
        "MessageAttributes": {name: _shown(value) for name, value in message.attributes.items()},
    }
    record = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription_arn,
        "Sns": sns,
    }
    return _json({"Records": [record]})


def _members(message: Message, protocol: str, subscription_arn: str) -> dict[str, str]:
    text = message.text_for(protocol)
    members = {"Type": "Notification", "MessageId": message.message_id}
    if message.sequence_number is not None:
        members["SequenceNumber"] = message.sequence_number
    members["TopicArn"] = message.topic_arn
    if message.subject is not None:
        members["Subject"] = message.subject
    members |= {"Message": text, "Timestamp": instant(message.published_at)}
    if message.sequence_number is None:  # R: FIFO topics sign nothing
        members |= {
            "SignatureVersion": message.signature_version,
            "Signature": _signature(message, text),
            "SigningCertURL": _certificate_url(message),
        }
    members["UnsubscribeURL"] = _unsubscribe_url(message, subscription_arn)
    return members


def _shown(attribute: Attribute) -> dict[str, str]:
    value = attribute.value
    text = value if isinstance(value, str) else base64.b64encode(value).decode()
    return {"Type": attribute.data_type, "Value": text}


def _signature(message: Message, text: str) -> str:
    """Return bytes of a signature's length that follow from what is signed; nobody but AWS can sign."""
    signed = {
        "Message": text,
        "MessageId": message.message_id,
        "Subject": message.subject,
        "Timestamp": instant(message.published_at),
        "TopicArn": message.topic_arn,
        "Type": "Notification",
    }
    lines = "".join(f"{name}\n{value}\n" for name, value in signed.items() if value is not None)
    return base64.b64encode(hashlib.shake_256(lines.encode()).digest(256)).decode()


def _region(message: Message) -> str:
    return message.topic_arn.split(":")[3]


def _certificate_url(message: Message) -> str:
    return f"https://sns.{_region(message)}.amazonaws.com/{CERTIFICATE}"


def _unsubscribe_url(message: Message, subscription_arn: str) -> str:
    host = f"https://sns.{_region(message)}.amazonaws.com/"
    return f"{host}?Action=Unsubscribe&SubscriptionArn={subscription_arn}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
