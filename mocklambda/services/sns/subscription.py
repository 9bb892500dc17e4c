"""A subscription: its settings, what it lets through, what is shown of it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from mocklambda.execution.patterns import Pattern
from mocklambda.services.links import Arn
from mocklambda.services.sns.filter_policy import (
    ATTRIBUTES,
    SCOPES,
    InvalidAttribute,
    Subject,
    check_syntax,
    compile_policy,
)

SQS = "sqs"
LAMBDA = "lambda"
_NAMES = ("RawMessageDelivery", "FilterPolicy", "FilterPolicyScope", "RedrivePolicy")
_REFUSED = ("DeliveryPolicy", "SubscriptionRoleArn", "ReplayPolicy")


@dataclass(slots=True, kw_only=True)
class Subscription:
    """One subscription."""

    arn: str
    topic_arn: str
    account: str
    protocol: str
    endpoint: str
    principal: str
    is_topic_fifo: bool = False
    settings: dict[str, str] = field(default_factory=dict)
    """What was set, under AWS's names."""
    is_gone: bool = False
    _pattern: Pattern | None = None

    @property
    def is_raw(self) -> bool:
        return self.protocol == SQS and self.settings.get("RawMessageDelivery") == "true"

    @property
    def scope(self) -> str:
        return self.settings.get("FilterPolicyScope", ATTRIBUTES)

    @property
    def dead_letter_arn(self) -> str | None:
        policy = self.settings.get("RedrivePolicy")
        return str(json.loads(policy)["deadLetterTargetArn"]) if policy else None

    def lets_through(self, subject: Subject) -> bool:
        """Whether its filter policy accepts a message."""
        return self._pattern is None or subject.passes(self._pattern, self.scope, self.protocol)

    def configure(self, changes: dict[str, str]) -> None:
        """Set attributes, all or none; raises InvalidAttribute."""
        settings = self.settings | {name: self._checked(name, value) for name, value in changes.items()}
        policy = settings.get("FilterPolicy")
        pattern = compile_policy(policy, settings.get("FilterPolicyScope", ATTRIBUTES)) if policy else None
        if not policy and "FilterPolicy" in changes:
            settings.pop("FilterPolicyScope", None)
        self.settings = {name: value for name, value in settings.items() if value}
        self._pattern = pattern

    def shown(self) -> dict[str, str]:
        """Return the attributes as GetSubscriptionAttributes shows them."""
        attributes = {
            "ConfirmationWasAuthenticated": "true",
            "Endpoint": self.endpoint,
            "Owner": self.account,
            "PendingConfirmation": "false",
            "Protocol": self.protocol,
            "RawMessageDelivery": "false",
            "SubscriptionArn": self.arn,
            "SubscriptionPrincipal": self.principal,
            "TopicArn": self.topic_arn,
        }
        attributes |= self.settings
        attributes.pop("FilterPolicyScope", None)
        if "FilterPolicy" in self.settings:
            attributes["FilterPolicyScope"] = self.scope
        return attributes

    def listed(self) -> dict[str, str]:
        """Return the members that lists show."""
        return {
            "SubscriptionArn": self.arn,
            "Owner": self.account,
            "Protocol": self.protocol,
            "Endpoint": self.endpoint,
            "TopicArn": self.topic_arn,
        }

    def agrees_with(self, wanted: dict[str, str]) -> bool:
        """Whether a repeated Subscribe asks for what is there; defaults may be spelled out."""
        there = {"RawMessageDelivery": "false", "FilterPolicyScope": ATTRIBUTES} | self.settings
        return all(there.get(name, "") == _normal(name, value) for name, value in wanted.items())

    def _checked(self, name: str, value: str) -> str:
        if name in _REFUSED:
            raise InvalidAttribute(f"{name}: mocklambda has no such endpoint for which it would act")
        if name not in _NAMES:
            raise InvalidAttribute("AttributeName")
        if name == "RawMessageDelivery" and value.lower() not in {"true", "false"}:
            raise InvalidAttribute(f"{name}: Invalid value [{value}]. Must be true or false.")
        if name == "FilterPolicyScope" and value not in SCOPES:
            raise InvalidAttribute(
                f"{name}: Invalid value [{value}]. Please use either MessageBody or MessageAttributes"
            )
        if name == "RedrivePolicy" and value:
            self._check_redrive(value)
        return _normal(name, value)

    def _check_redrive(self, value: str) -> None:
        check_syntax("RedrivePolicy", value)
        policy = json.loads(value)
        target = policy.get("deadLetterTargetArn") if isinstance(policy, dict) else None
        if not isinstance(target, str) or not is_queue_arn(target):
            raise InvalidAttribute("RedrivePolicy: deadLetterTargetArn is an invalid arn")
        is_fifo = self.is_topic_fifo and self.endpoint.endswith(".fifo")
        if is_fifo and not target.endswith(".fifo"):
            raise InvalidAttribute(
                "RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic."
            )


def _normal(name: str, value: str) -> str:
    return value.lower() if name == "RawMessageDelivery" else value


def is_queue_arn(text: str) -> bool:
    """Whether a text has a queue ARN's form."""
    try:
        arn = Arn.parse(text)
    except ValueError:
        return False
    return arn.service == SQS and re.fullmatch(r"[A-Za-z0-9_-]+(\.fifo)?", arn.resource) is not None


def is_function_arn(text: str) -> bool:
    """Whether a text has a function ARN's form."""
    try:
        arn = Arn.parse(text)
    except ValueError:
        return False
    return arn.service == LAMBDA and arn.resource.startswith("function:")
