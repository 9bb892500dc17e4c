"""The two JSON documents about dead letters: who takes a queue's, and whose a queue takes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from mocklambda.services.links import Arn
from mocklambda.services.sqs import errors

_COUNT = re.compile("[0-9]{1,10}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RedrivePolicy:
    """After ``max_receives`` receives a message moves to the queue under ``target_arn``."""

    target_arn: str
    max_receives: int

    @classmethod
    def parse(cls, text: str) -> RedrivePolicy:
        """Raise InvalidParameterValue with AWS's reason; ``maxReceiveCount`` comes first (recorded)."""
        document = _json_map(text)
        if document is None:
            raise refused(text, "Redrive policy is not a valid JSON map.")
        for member in ("maxReceiveCount", "deadLetterTargetArn"):
            if member not in document:
                raise refused(text, f"Redrive policy does not contain mandatory attribute: {member}.")
        given = document["maxReceiveCount"]
        count = int(given) if _COUNT.fullmatch(str(given)) else 0
        if not 1 <= count <= 1000:
            shown = given if isinstance(given, str) else json.dumps(given)
            raise refused(
                text,
                f"Invalid value for maxReceiveCount: {shown}, "
                "valid values are from 1 to 1000 both inclusive.",
            )
        arn = document["deadLetterTargetArn"]
        if not _is_arn(arn):
            raise refused(text, "Invalid value for deadLetterTargetArn.")
        return cls(target_arn=arn, max_receives=count)

    def show(self) -> str:
        document = {"deadLetterTargetArn": self.target_arn, "maxReceiveCount": self.max_receives}
        return json.dumps(document, separators=(",", ":"))


@dataclass(frozen=True, slots=True, kw_only=True)
class RedriveAllowPolicy:
    """Which queues may name this one as their dead-letter queue."""

    permission: str
    source_arns: tuple[str, ...] = ()
    text: str = ""

    @classmethod
    def parse(cls, text: str) -> RedriveAllowPolicy:
        document = _json_map(text) or {}
        permission, sources = document.get("redrivePermission"), document.get("sourceQueueArns", [])
        is_valid = (
            permission in {"allowAll", "denyAll", "byQueue"}
            and isinstance(sources, list)
            and all(map(_is_arn, sources))
            and len(sources) <= 10
            and (permission == "byQueue") == bool(sources)
        )
        if not is_valid:
            reason = "Amazon SQS can't create the redrive allow policy, as it's not in the supported format."
            raise errors.invalid_value(text, "RedriveAllowPolicy", reason)
        return cls(permission=str(permission), source_arns=tuple(sources), text=text)

    def show(self) -> str:
        return self.text

    def admits(self, source_arn: str) -> bool:
        return self.permission == "allowAll" or source_arn in self.source_arns


def refused(text: str, reason: str) -> Exception:
    """Make the error of a redrive policy that is not to be."""
    return errors.invalid_value(text, "RedrivePolicy", reason)


def _json_map(text: str) -> dict[str, Any] | None:
    try:
        document = json.loads(text)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _is_arn(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(Arn.parse(value).resource)
    except ValueError:
        return False
