"""What topics are to other services: something to publish to."""

from __future__ import annotations

from mocklambda.execution.ports import Delivery, Undeliverable
from mocklambda.services.resources import Resource
from mocklambda.services.service import AwsError
from mocklambda.services.sns import errors
from mocklambda.services.sns.acceptance import MAX_BYTES, Draft, accepted, numbered
from mocklambda.services.sns.state import Topics
from mocklambda.services.sns.topic import Topic


def destination(state: Topics, arn: str) -> TopicDestination | None:
    """Return the topic under this ARN as something to deliver to."""
    topic = state.topics.get(arn.split(":", 5)[5])
    return None if topic is None else TopicDestination(state, topic)


def resource_policy(state: Topics, arn: str) -> str | None:
    """Return the policy of the topic under this ARN."""
    topic = state.topics.get(arn.split(":", 5)[5])
    return None if topic is None else topic.policy


def resource(state: Topics, arn: str) -> Resource | None:
    """Return tags and key of the topic under this ARN."""
    topic = state.topics.get(arn.split(":", 5)[5])
    if topic is None:
        return None
    return Resource(tags=topic.tags, key=topic.attributes.get("KmsMasterKeyId", ""))


class TopicDestination:
    """A topic that takes deliveries as messages."""

    def __init__(self, state: Topics, topic: Topic) -> None:
        self._state = state
        self._topic = topic

    @property
    def arn(self) -> str:
        return self._topic.arn

    def deliver(self, delivery: Delivery) -> str:
        """Publish the body; returns the message's id."""
        draft = Draft(
            text=delivery.body,
            subject=delivery.subject,
            attributes=delivery.attributes,
            group_id=delivery.group_id,
            deduplication_id=delivery.deduplication_id,
            trace_header=delivery.trace_header,
        )
        scope = self._state.scope
        try:
            if draft.size > MAX_BYTES:
                raise errors.invalid_parameter("Message too long")
            message = accepted(draft, self._topic, scope.ids, scope.clock.now())
        except AwsError as error:
            raise Undeliverable(error.code, error.message, error.status) from None
        return self._state.publish(self._topic, numbered(message, self._topic)).message_id

    def permits(self, principal: str, source_arn: str, source_account: str) -> bool:
        """Whether the topic's policy lets a service publish for that resource."""
        return self._topic.lets_service(principal, source_arn, source_account)
