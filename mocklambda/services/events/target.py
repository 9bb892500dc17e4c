"""A target of a rule: what it is given, and which settings are accepted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.services.events import errors
from mocklambda.services.events.event import Event
from mocklambda.services.events.json_path import NOT_FOUND, select
from mocklambda.services.events.shaping import RESERVED, Circumstances, filled, part, placeholders
from mocklambda.services.links import Arn

SERVED = ("lambda", "sqs", "sns", "kinesis", "events")
_ACTED_ON = frozenset(
    {
        "Id",
        "Arn",
        "RoleArn",
        "Input",
        "InputPath",
        "InputTransformer",
        "KinesisParameters",
        "SqsParameters",
        "DeadLetterConfig",
        "RetryPolicy",
    }
)


@dataclass(frozen=True, slots=True)
class Target:
    """One target, as PutTargets gave it."""

    given: Mapping[str, Any]

    @property
    def target_id(self) -> str:
        return str(self.given["Id"])

    @property
    def arn(self) -> str:
        return str(self.given["Arn"])

    @property
    def service(self) -> str:
        return Arn.parse(self.arn).service

    @property
    def role(self) -> str | None:
        return self.given.get("RoleArn")

    @property
    def group_id(self) -> str | None:
        group = (self.given.get("SqsParameters") or {}).get("MessageGroupId")
        return None if group is None else str(group)

    @property
    def dead_letter_arn(self) -> str | None:
        arn = (self.given.get("DeadLetterConfig") or {}).get("Arn")
        return None if arn is None else str(arn)

    @property
    def max_retries(self) -> int:
        return int(self._retry_policy.get("MaximumRetryAttempts", 185))

    @property
    def max_age_ms(self) -> Millis:
        return int(self._retry_policy.get("MaximumEventAgeInSeconds", 86_400)) * 1000

    @property
    def _retry_policy(self) -> Mapping[str, Any]:
        return self.given.get("RetryPolicy") or {}

    def partition_key(self, event: Event) -> str:
        """Return the key under which a stream gets the event: what the path selects, else the event's id."""
        path = (self.given.get("KinesisParameters") or {}).get("PartitionKeyPath")
        found = NOT_FOUND if path is None else select(event.document, path)
        return found if isinstance(found, str) else event.event_id

    def input(self, event: Event, around: Circumstances) -> str | None:
        """Return what it gets of an event; None when its shaping gives nothing that can be sent."""
        if "Input" in self.given:
            return str(self.given["Input"])
        if "InputPath" in self.given:
            return part(event, self.given["InputPath"])
        transformer = self.given.get("InputTransformer")
        if transformer is None:
            return event.text
        paths = transformer.get("InputPathsMap") or {}
        return filled(event, transformer["InputTemplate"], paths, around)


def checked(given: Mapping[str, Any]) -> Target:
    """Return a target; raises what EventBridge refuses, or what is not served here."""
    target_id = given["Id"]
    if sum(name in given for name in ("Input", "InputPath", "InputTransformer")) > 1:
        raise errors.validation(
            f"Only one of Input, InputPath, or InputTransformer must be provided for target {target_id}."
        )
    _check_arn(given["Arn"], target_id)
    unknown = sorted(given.keys() - _ACTED_ON)
    if unknown:
        raise errors.not_served(f"Parameter(s) {', '.join(unknown)} of target {target_id} are not supported.")
    transformer = given.get("InputTransformer")
    if transformer is not None:
        known = {*RESERVED, *(transformer.get("InputPathsMap") or {})}
        for name in placeholders(transformer["InputTemplate"]):
            if name not in known:
                raise errors.validation(
                    f"InputTemplate for target {target_id} contains invalid placeholder {name}."
                )
    return Target(given)


def _check_arn(text: str, target_id: str) -> None:
    try:
        service = Arn.parse(text).service
    except ValueError:
        raise errors.validation(
            f"Parameter {text} is not valid. Reason: Provided Arn is not in correct format."
        ) from None
    if service not in SERVED:
        raise errors.not_served(f"Target {target_id} with the ARN {text}: targets are {', '.join(SERVED)}.")
