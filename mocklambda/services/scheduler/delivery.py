"""Brings one run of a schedule to its target: when it is tried again, where it ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mocklambda.execution.ports import Attribute, Delivery, Undeliverable
from mocklambda.services.acting import check_role
from mocklambda.services.redelivery import error_code, is_worth_another_try, retry_delay_ms
from mocklambda.services.scheduler.target import PRINCIPAL, Run
from mocklambda.services.service import Scope
from mocklambda.services.undelivered import Undelivered


@dataclass(frozen=True, slots=True)
class Parcel:
    """One run on its way. Scheduler acts by a role, so no resource policy is asked."""

    scope: Scope[Any]
    undelivered: Undelivered
    run: Run

    def attempt(self, retry: int) -> None:
        """Try to deliver; ``retry`` is how often it was tried before."""
        delivery = self.run.delivery(retry + 1)
        try:
            self._hand_over(self.run.arn, delivery)
        except Undeliverable as refusal:
            if is_worth_another_try(refusal):
                self._try_later(delivery, refusal, retry + 1)
            else:
                self._give_up(delivery, refusal, retry, None)

    def _hand_over(self, arn: str, delivery: Delivery) -> None:
        run, access = self.run, self.scope.access
        check_role(access, run.role, PRINCIPAL, run.group_arn, arn)
        destination = self.scope.links.destination(arn)
        if destination is None:
            raise Undeliverable("ResourceNotFoundException", f"{arn} does not exist.", 404)
        destination.deliver(delivery)

    def _try_later(self, delivery: Delivery, refusal: Undeliverable, retry: int) -> None:
        clock = self.scope.clock
        when = clock.now() + retry_delay_ms(retry, self.scope.ids.fraction())
        if retry > self.run.max_retries:
            self._give_up(delivery, refusal, retry - 1, "MaximumRetryAttempts")
        elif when > self.run.ends_at:
            self._give_up(delivery, refusal, retry - 1, "MaximumEventAgeInSeconds")
        else:
            label = f"Scheduler retry {retry} to {self.run.arn}"
            clock.call_at(when, lambda: self.attempt(retry), label=label)

    def _give_up(
        self, delivery: Delivery, refusal: Undeliverable, retries: int, exhausted: str | None
    ) -> None:
        """Send it to the schedule's dead-letter queue; without one, or when that fails, it is lost."""
        arn = self.run.dead_letter_arn
        notes = {
            "ERROR_CODE": error_code(refusal),
            "ERROR_MESSAGE": refusal.message,
            "EXECUTION_ID": self.run.execution_id,
            "IS_PAYLOAD_TRUNCATED": "false",
            "RETRY_ATTEMPTS": str(retries),
            "SCHEDULED_TIME": self.run.planned,
            "SCHEDULE_ARN": self.run.schedule_arn,
            "TARGET_ARN": self.run.arn,
        }
        if exhausted is not None:
            notes["EXHAUSTED_RETRY_CONDITION"] = exhausted
        letter = Delivery(
            body=delivery.body,
            principal=PRINCIPAL,
            source_arn=self.run.schedule_arn,
            attributes={name: Attribute(data_type="String", value=value) for name, value in notes.items()},
        )
        kept_in = arn if arn is not None and self._is_kept_in(arn, letter) else None
        self.undelivered.note(self.run.schedule_arn, self.run.arn, refusal, kept_in=kept_in)

    def _is_kept_in(self, dead_letter_arn: str, letter: Delivery) -> bool:
        try:
            self._hand_over(dead_letter_arn, letter)
        except Undeliverable:
            return False
        return True
