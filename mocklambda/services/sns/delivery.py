"""Delivers a message to its topic's subscribers: what each gets, when it is tried again, where it ends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.execution.ports import Delivery, Destination, Undeliverable
from mocklambda.services.redelivery import is_worth_another_try
from mocklambda.services.service import Scope
from mocklambda.services.sns.filter_policy import Subject
from mocklambda.services.sns.message import Message, envelope, function_event
from mocklambda.services.sns.subscription import LAMBDA, Subscription
from mocklambda.services.sns.topic import Topic
from mocklambda.services.undelivered import Undelivered

PRINCIPAL = "sns.amazonaws.com"
MAX_RAW_ATTRIBUTES = 10
MAX_RETRIES = 100_015


def retry_delay_ms(retry: int) -> Millis | None:
    """Return how long to wait before that retry (the first is 1): documented for AWS managed endpoints."""
    if retry <= 3:
        return 0
    if retry <= 5:
        return 1_000
    if retry <= 15:
        return 1_000 + (retry - 6) * 19_000 // 9
    return 20_000 if retry <= MAX_RETRIES else None


def publish(scope: Scope[Any], undelivered: Undelivered, topic: Topic, message: Message) -> None:
    """Deliver to every subscriber whose filter lets the message through."""
    subject = Subject(message)
    for subscription in list(topic.subscriptions.values()):
        if subscription.lets_through(subject):
            _Parcel(scope, undelivered, subscription, message).attempt(0)


@dataclass(frozen=True, slots=True)
class _Parcel:
    """One message on its way to one subscriber."""

    scope: Scope[Any]
    undelivered: Undelivered
    subscription: Subscription
    message: Message

    def attempt(self, retry: int) -> None:
        """Try to deliver; ``retry`` is how often it was tried before."""
        if self.subscription.is_gone:
            return
        while True:
            try:
                self._hand_over(self.subscription.endpoint, self._delivery())
            except Undeliverable as refusal:
                retry += 1
                delay = retry_delay_ms(retry) if is_worth_another_try(refusal) else None
                if delay is None:
                    self._give_up(refusal)
                    return
            else:
                return
            if delay:
                self._try_later(delay, retry)
                return

    def _try_later(self, delay: Millis, retry: int) -> None:
        clock = self.scope.clock
        label = f"SNS retry {retry} to {self.subscription.endpoint}"
        clock.call_at(clock.now() + delay, lambda: self.attempt(retry), label=label)

    def _hand_over(self, arn: str, delivery: Delivery) -> None:
        destination = self.scope.links.destination(arn)
        if destination is None:
            raise Undeliverable("NotFound", f"{arn} does not exist")
        self._check_permission(destination)
        destination.deliver(delivery)

    def _check_permission(self, destination: Destination) -> None:
        topic_arn = self.subscription.topic_arn
        if not destination.permits(PRINCIPAL, topic_arn, self.scope.account):
            raise Undeliverable("AccessDenied", f"{destination.arn} does not let {topic_arn} deliver", 403)

    def _delivery(self) -> Delivery:
        if self.subscription.protocol == LAMBDA:
            body = function_event(self.message, self.subscription.arn)
            return replace(self._to_queue(self.subscription.endpoint), body=body, attributes={})
        if self.subscription.is_raw and len(self.message.attributes) > MAX_RAW_ATTRIBUTES:
            raise Undeliverable("ClientError", "A queue's message has ten attributes at most")
        return self._to_queue(self.subscription.endpoint)

    def _to_queue(self, arn: str) -> Delivery:
        message, is_raw = self.message, self.subscription.is_raw
        protocol = self.subscription.protocol
        is_ordered = arn.endswith(".fifo")
        is_grouped = is_ordered or message.sequence_number is None
        return Delivery(
            body=message.text_for(protocol) if is_raw else envelope(message, protocol, self.subscription.arn),
            principal=PRINCIPAL,
            source_arn=message.topic_arn,
            attributes=message.attributes if is_raw else {},
            group_id=message.group_id if is_grouped else None,
            deduplication_id=message.deduplication_id if is_ordered else None,
            trace_header=message.trace_header,
        )

    def _give_up(self, refusal: Undeliverable) -> None:
        arn = self.subscription.dead_letter_arn
        kept_in = arn if arn is not None and self._is_kept_in(arn) else None
        self.undelivered.note(self.message.topic_arn, self.subscription.endpoint, refusal, kept_in=kept_in)

    def _is_kept_in(self, dead_letter_arn: str) -> bool:
        try:
            self._hand_over(dead_letter_arn, self._to_queue(dead_letter_arn))
        except Undeliverable:
            return False
        return True
