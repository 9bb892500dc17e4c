"""A topic: its settings, who subscribed, and what FIFO topics remember of the last five minutes."""

from __future__ import annotations

from dataclasses import dataclass, field

from mocklambda.clock.base import Millis
from mocklambda.services.policies import Question, allows, for_service
from mocklambda.services.sns.message import Message
from mocklambda.services.sns.subscription import Subscription
from mocklambda.services.sns.topic_attributes import (
    default_policy,
    effective_delivery_policy,
    shown_delivery_policy,
)

DEDUPLICATION_MS = 300_000
_FIRST_SEQUENCE_NUMBER = 10_000_000_000_000_000_000


@dataclass(slots=True, kw_only=True)
class Topic:
    """One topic."""

    name: str
    arn: str
    account: str
    is_fifo: bool
    attributes: dict[str, str] = field(default_factory=dict)
    """What was set, under AWS's names."""
    tags: dict[str, str] = field(default_factory=dict)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    by_endpoint: dict[tuple[str, str], Subscription] = field(default_factory=dict)
    deleted_subscriptions: int = 0
    _published: int = 0
    _remembered: dict[tuple[str, str | None], Message] = field(default_factory=dict)

    @property
    def policy(self) -> str:
        return self.attributes.get("Policy") or default_policy(self.arn, self.account)

    @property
    def has_content_deduplication(self) -> bool:
        return self.attributes.get("ContentBasedDeduplication") == "true"

    def shown(self) -> dict[str, str]:
        """Return the attributes as GetTopicAttributes shows them."""
        attributes = {
            "Policy": self.policy,
            "Owner": self.account,
            "TopicArn": self.arn,
            "DisplayName": "",
            "SubscriptionsPending": "0",
            "SubscriptionsConfirmed": str(len(self.subscriptions)),
            "SubscriptionsDeleted": str(self.deleted_subscriptions),
        }
        if self.is_fifo:
            attributes |= {"FifoTopic": "true", "ContentBasedDeduplication": "false"}
        attributes |= {
            name: value for name, value in self.attributes.items() if value or name == "DisplayName"
        }
        if "DeliveryPolicy" in attributes:
            attributes["DeliveryPolicy"] = shown_delivery_policy(attributes["DeliveryPolicy"])
        attributes["EffectiveDeliveryPolicy"] = effective_delivery_policy(
            self.attributes.get("DeliveryPolicy")
        )
        return attributes

    def lets_service(self, principal: str, source_arn: str, source_account: str) -> bool:
        """Whether the policy lets a service publish for a resource."""
        return allows(
            self.policy, for_service(principal, "sns:Publish", self.arn, source_arn, source_account)
        )

    def lets_account(self, account: str, action: str) -> bool:
        """Whether the policy lets another account do ``action``."""
        return allows(
            self.policy,
            Question(
                principal=account,
                action=f"sns:{action}",
                resource=self.arn,
                context={"aws:sourceowner": account},
            ),
        )

    def subscribe(self, subscription: Subscription) -> None:
        self.subscriptions[subscription.arn] = subscription
        self.by_endpoint[subscription.protocol, subscription.endpoint] = subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        del self.subscriptions[subscription.arn]
        del self.by_endpoint[subscription.protocol, subscription.endpoint]
        self.deleted_subscriptions += 1

    # -- FIFO --------------------------------------------------------------------------------------------

    def next_sequence_number(self) -> str:
        self._published += 1
        return str(_FIRST_SEQUENCE_NUMBER + self._published * 1000)

    def twin(self, message: Message) -> Message | None:
        """Return the message of the last five minutes that ``message`` repeats, if there is one."""
        self._forget(message.published_at)
        return self._remembered.get(self._key(message))

    def remember(self, message: Message) -> None:
        self._remembered[self._key(message)] = message

    def _key(self, message: Message) -> tuple[str, str | None]:
        assert message.deduplication_id is not None
        per_group = self.attributes.get("FifoThroughputScope") == "MessageGroup"
        return message.deduplication_id, message.group_id if per_group else None

    def _forget(self, now: Millis) -> None:
        while self._remembered:
            first = next(iter(self._remembered))
            if self._remembered[first].published_at + DEDUPLICATION_MS > now:
                return
            del self._remembered[first]
