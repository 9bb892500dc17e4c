"""Brings an event to one target: what goes over, when it is tried again, where it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.execution.ports import Attribute, Delivery, Destination, Undeliverable
from mocklambda.services.acting import check_role
from mocklambda.services.events.event import Event
from mocklambda.services.events.rule import Rule
from mocklambda.services.events.shaping import Circumstances
from mocklambda.services.events.target import Target
from mocklambda.services.links import Arn
from mocklambda.services.redelivery import error_code, is_worth_another_try, retry_delay_ms
from mocklambda.services.service import Scope
from mocklambda.services.undelivered import Undelivered

PRINCIPAL = "events.amazonaws.com"
_BY_ROLE = ("kinesis",)
"""Services that a rule writes to with its target's role only: no resource policy lets it in."""

Forward = Callable[[str, Event, str], None]
"""ARN of another bus, event, the rule's account → put it there; raises Undeliverable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One event on its way to one target."""

    scope: Scope[Any]
    undelivered: Undelivered
    forward: Forward
    rule: Rule
    target: Target
    event: Event
    came_at: Millis

    def send(self) -> None:
        """Shape and deliver; what can not be shaped is dropped, as EventBridge does."""
        around = Circumstances(rule_arn=self.rule.arn, rule_name=self.rule.name, came_at=self.came_at)
        text = self.event.text if self.target.service == "events" else self.target.input(self.event, around)
        if text is not None:
            self._attempt(text, 0)

    def _attempt(self, text: str, retry: int) -> None:
        try:
            self._hand_over(text)
        except Undeliverable as refusal:
            if is_worth_another_try(refusal):
                self._try_later(text, refusal, retry + 1)
            else:
                self._give_up(text, refusal, retry, None)

    def _try_later(self, text: str, refusal: Undeliverable, retry: int) -> None:
        clock = self.scope.clock
        when = clock.now() + retry_delay_ms(retry, self.scope.ids.fraction())
        if retry > self.target.max_retries:
            self._give_up(text, refusal, retry - 1, "MaximumRetryAttempts")
        elif when > self.came_at + self.target.max_age_ms:
            self._give_up(text, refusal, retry - 1, "MaximumEventAgeInSeconds")
        else:
            label = f"EventBridge retry {retry} of rule {self.rule.name} to {self.target.arn}"
            clock.call_at(when, lambda: self._attempt(text, retry), label=label)

    def _hand_over(self, text: str) -> None:
        target, event = self.target, self.event
        if target.role is not None or target.service in _BY_ROLE:
            check_role(self.scope.access, target.role or "", PRINCIPAL, self.rule.arn, target.arn)
        if target.service == "events":
            self.forward(target.arn, event, self.rule.account)
            return
        destination = self._destination(target.arn, has_role=target.role is not None)
        destination.deliver(
            Delivery(
                body=text,
                principal=PRINCIPAL,
                source_arn=self.rule.arn,
                group_id=target.group_id,
                partition_key=target.partition_key(event) if target.service == "kinesis" else None,
                trace_header=event.trace_header,
            )
        )

    def _destination(self, arn: str, *, has_role: bool = False) -> Destination:
        """Return what is there, if it lets EventBridge in itself or, in this account, the role does.

        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
        """
        destination = self.scope.links.destination(arn)
        if destination is None:
            raise Undeliverable("ResourceNotFoundException", f"{arn} does not exist.", 404)
        place = Arn.parse(arn)
        is_by_role = place.service in _BY_ROLE or (has_role and place.account == self.rule.account)
        if not is_by_role and not destination.permits(PRINCIPAL, self.rule.arn, self.rule.account):
            raise Undeliverable(
                "AccessDeniedException", f"Lack of permissions to invoke cross account target {arn}.", 403
            )
        return destination

    def _give_up(self, text: str, refusal: Undeliverable, retries: int, exhausted: str | None) -> None:
        """Send it to the target's dead-letter queue; without one, or when that fails, it is lost."""
        arn = self.target.dead_letter_arn
        notes = {
            "RULE_ARN": self.rule.arn,
            "TARGET_ARN": self.target.arn,
            "ERROR_CODE": error_code(refusal),
            "ERROR_MESSAGE": refusal.message,
        }
        if exhausted is not None:
            notes |= {"EXHAUSTED_RETRY_CONDITION": exhausted, "RETRY_ATTEMPTS": str(retries)}
        attributes = {name: Attribute(data_type="String", value=value) for name, value in notes.items()}
        letter = Delivery(body=text, principal=PRINCIPAL, source_arn=self.rule.arn, attributes=attributes)
        kept_in = arn if arn is not None and self._is_kept_in(arn, letter) else None
        self.undelivered.note(self.rule.arn, self.target.arn, refusal, kept_in=kept_in)

    def _is_kept_in(self, dead_letter_arn: str, letter: Delivery) -> bool:
        try:
            self._destination(dead_letter_arn).deliver(letter)
        except Undeliverable:
            return False
        return True
