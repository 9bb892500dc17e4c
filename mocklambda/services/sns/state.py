"""All topics and subscriptions of one account in one region."""

from __future__ import annotations

from mocklambda.services.service import Scope
from mocklambda.services.sns.delivery import publish
from mocklambda.services.sns.message import Message
from mocklambda.services.sns.subscription import Subscription
from mocklambda.services.sns.topic import Topic
from mocklambda.services.undelivered import Undelivered


class Topics:
    """SNS in one account and region."""

    def __init__(self, scope: Scope[Topics]) -> None:
        self.scope = scope
        self.undelivered = Undelivered()
        self.topics: dict[str, Topic] = {}
        self.subscriptions: dict[str, Subscription] = {}

    def arn(self, name: str) -> str:
        return f"arn:aws:sns:{self.scope.region}:{self.scope.account}:{name}"

    def create(self, name: str, attributes: dict[str, str], tags: dict[str, str], *, is_fifo: bool) -> Topic:
        """Make a topic; whether one of that name is there has been looked at."""
        topic = Topic(
            name=name,
            arn=self.arn(name),
            account=self.scope.account,
            is_fifo=is_fifo,
            attributes=attributes,
            tags=tags,
        )
        self.topics[name] = topic
        return topic

    def delete(self, name: str) -> None:
        """Delete a topic with its subscriptions, if it is there."""
        topic = self.topics.pop(name, None)
        if topic is not None:
            for subscription in list(topic.subscriptions.values()):
                self.unsubscribe(topic, subscription)

    def subscribe(self, topic: Topic, subscription: Subscription) -> None:
        self.subscriptions[subscription.arn] = subscription
        topic.subscribe(subscription)

    def unsubscribe(self, topic: Topic, subscription: Subscription) -> None:
        subscription.is_gone = True
        del self.subscriptions[subscription.arn]
        topic.unsubscribe(subscription)

    def publish(self, topic: Topic, message: Message) -> Message:
        """Deliver a message; returns it, or the one that it repeats on a FIFO topic."""
        if topic.is_fifo:
            twin = topic.twin(message)
            if twin is not None:
                return twin
            topic.remember(message)
        publish(self.scope, self.undelivered, topic, message)
        return message
