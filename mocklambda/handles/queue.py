"""A queue as a test holds it: sent to, received from, peeked into."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mocklambda.handles.handle import Handle, arn_of, message_attributes
from mocklambda.handles.wiring import filter_policy


@dataclass(frozen=True, kw_only=True)
class Message:
    """A message in a queue, as a peek shows it.

    Attributes:
        body: its text; ``json()`` parses it.
        message_id: AWS's id of it.
        attributes: message attributes: name → value.
        receive_count: how often it was received.
        state: ``visible``, ``in flight`` or ``delayed``.
    """

    body: str
    message_id: str
    attributes: Mapping[str, Any]
    receive_count: int
    state: str

    def json(self) -> Any:
        """Parse the body."""
        return json.loads(self.body)


class Queue(Handle):
    """A queue."""

    def __init__(self, cloud: Any, name: str, url: str) -> None:
        super().__init__(cloud, name)
        self.url = url

    @property
    def arn(self) -> str:
        return self._arn("sqs", self.name)

    def send(
        self, body: Any, *, delay: int | None = None, group: str | None = None, **attributes: Any
    ) -> str:
        """Send a message; returns its id.

        Args:
            body: text as it is; anything else as JSON.
            delay: seconds until it is visible.
            group: message group id.
            attributes: message attributes, as text, numbers or bytes.
        """
        answer = self._cloud.api(
            "sqs",
            "SendMessage",
            QueueUrl=self.url,
            MessageBody=body if isinstance(body, str) else json.dumps(body),
            DelaySeconds=delay,
            MessageGroupId=group,
            MessageAttributes=message_attributes(attributes) or None,
        )
        return str(answer["MessageId"])

    def receive(self, limit: int = 10, *, wait: int = 0) -> list[dict[str, Any]]:
        """Receive up to ``limit`` messages, as ReceiveMessage does with all attributes."""
        answer = self._cloud.api(
            "sqs",
            "ReceiveMessage",
            QueueUrl=self.url,
            MaxNumberOfMessages=limit,
            WaitTimeSeconds=wait,
            AttributeNames=["All"],  # the older name, which every botocore knows
            MessageAttributeNames=["All"],
        )
        return list(answer.get("Messages", ()))

    def on_topic(
        self,
        topic: Any,
        *,
        raw: bool = False,
        filters: Mapping[str, Any] | None = None,
        on_body: bool = False,
    ) -> str:
        """Subscribe it to a topic, and let the topic send; returns the subscription's ARN.

        Args:
            topic: a handle or an ARN.
            raw: the message itself arrives, without SNS's envelope.
            filters: a filter policy on message attributes.
            on_body: the policy is on the message's body instead.
        """
        arn = arn_of(topic)
        self._let_send("sns.amazonaws.com", arn)
        attributes = filter_policy(filters, on_body=on_body) | ({"RawMessageDelivery": "true"} if raw else {})
        answer = self._cloud.api(
            "sns",
            "Subscribe",
            TopicArn=arn,
            Protocol="sqs",
            Endpoint=self.arn,
            Attributes=attributes or None,
            ReturnSubscriptionArn=True,
        )
        return str(answer["SubscriptionArn"])

    def _let_send(self, principal: str, source_arn: str) -> None:
        """Add a statement to its policy."""
        answer = self._cloud.api("sqs", "GetQueueAttributes", QueueUrl=self.url, AttributeNames=["Policy"])
        text = answer.get("Attributes", {}).get("Policy")
        policy: dict[str, Any] = json.loads(text) if text else {"Version": "2012-10-17", "Statement": []}
        policy["Statement"].append(
            {
                "Effect": "Allow",
                "Principal": {"Service": principal},
                "Action": "sqs:SendMessage",
                "Resource": self.arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": source_arn}},
            }
        )
        self._cloud.api(
            "sqs", "SetQueueAttributes", QueueUrl=self.url, Attributes={"Policy": json.dumps(policy)}
        )

    @property
    def messages(self) -> list[Message]:
        """Peek: all that it holds, oldest first, with nothing received.

        Raises:
            ClientError: it was deleted (``QueueDoesNotExist``).
        """
        held = self._cloud.in_turn("sqs", self._peek)
        if held is None:
            self._cloud.api("sqs", "GetQueueUrl", QueueName=self.name)
        return [
            Message(
                body=message.body,
                message_id=message.message_id,
                attributes=_values(message.attributes),
                receive_count=message.receive_count,
                state=message.status.name.lower().replace("_", " "),
            )
            for message in held
        ]

    def _peek(self, sqs: Any, now: int) -> Any:
        queue = sqs.by_arn(self.arn)
        return None if queue is None else queue.peek(now)

    def __len__(self) -> int:
        return len(self.messages)


def _values(attributes: Any) -> dict[str, Any]:
    return {} if attributes is None else {name: one.value for name, one in attributes.values.items()}
