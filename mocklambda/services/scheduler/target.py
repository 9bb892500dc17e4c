"""What a schedule's target is given, and which targets are accepted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.execution.ports import Delivery
from mocklambda.services.links import Arn
from mocklambda.services.scheduler import errors

PRINCIPAL = "scheduler.amazonaws.com"
SERVED = ("lambda", "sqs", "sns", "kinesis", "events")
_ACTED_ON = frozenset(
    {
        "Arn",
        "RoleArn",
        "Input",
        "RetryPolicy",
        "DeadLetterConfig",
        "SqsParameters",
        "KinesisParameters",
        "EventBridgeParameters",
    }
)
_NEEDED = {"kinesis": "KinesisParameters", "events": "EventBridgeParameters"}
_RETRY = {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185}


def checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a target with its defaults; raises what is refused or not served here."""
    arn = given["Arn"]
    try:
        service = Arn.parse(arn).service
    except ValueError:
        raise errors.validation("Provided Arn is not in correct format.") from None
    if service not in SERVED:
        raise errors.not_served(
            f"The target {arn}: targets are {', '.join(SERVED)}, by the ARN of the resource."
        )
    unknown = sorted(given.keys() - _ACTED_ON)
    if unknown:
        raise errors.not_served(f"Parameter(s) {', '.join(unknown)} of the target are not supported.")
    needed = _NEEDED.get(service)
    if needed is not None and needed not in given:
        raise errors.validation(f"{needed} is required for the target {arn}.")
    return {**given, "RetryPolicy": {**_RETRY, **(given.get("RetryPolicy") or {})}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a schedule."""

    schedule_arn: str
    group_arn: str
    target: Mapping[str, Any]
    execution_id: str
    event_id: str
    planned_at: Millis
    started_at: Millis

    @property
    def arn(self) -> str:
        return str(self.target["Arn"])

    @property
    def role(self) -> str:
        return str(self.target["RoleArn"])

    @property
    def planned(self) -> str:
        return instant(self.planned_at)

    @property
    def max_retries(self) -> int:
        return int(self.target["RetryPolicy"]["MaximumRetryAttempts"])

    @property
    def ends_at(self) -> Millis:
        """When it is not tried any more."""
        return self.started_at + int(self.target["RetryPolicy"]["MaximumEventAgeInSeconds"]) * 1000

    @property
    def dead_letter_arn(self) -> str | None:
        arn = (self.target.get("DeadLetterConfig") or {}).get("Arn")
        return None if arn is None else str(arn)

    def delivery(self, attempt: int) -> Delivery:
        """Return what goes to the target; the first attempt is 1."""
        events = self.target.get("EventBridgeParameters") or {}
        return Delivery(
            body=self._input(attempt),
            principal=PRINCIPAL,
            source_arn=self.schedule_arn,
            group_id=(self.target.get("SqsParameters") or {}).get("MessageGroupId"),
            partition_key=(self.target.get("KinesisParameters") or {}).get("PartitionKey"),
            detail_type=events.get("DetailType"),
            event_source=events.get("Source"),
        )

    def _input(self, attempt: int) -> str:
        text: str | None = self.target.get("Input")
        if text is None:
            return self._default_input()
        known = {
            "schedule-arn": self.schedule_arn,
            "scheduled-time": self.planned,
            "execution-id": self.execution_id,
            "attempt-number": str(attempt),
        }
        for name, value in known.items():
            text = text.replace(f"<aws.scheduler.{name}>", value)
        return text

    def _default_input(self) -> str:
        place = Arn.parse(self.schedule_arn)
        document = {
            "version": "0",
            "id": self.event_id,
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "account": place.account,
            "time": self.planned,
            "region": place.region,
            "resources": [self.schedule_arn],
            "detail": "{}",  # F: a string, unlike a scheduled rule's
        }
        return json.dumps(document, separators=(",", ":"))


def instant(at: Millis) -> str:
    """Write an instant as Scheduler does."""
    return f"{datetime.fromtimestamp(at // 1000, tz=timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
