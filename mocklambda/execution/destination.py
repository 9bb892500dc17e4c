"""Decides what OnSuccess, OnFailure and dead-letter records of asynchronous events say, and hands them over.

Knows destinations by ARN only. The texts and orders are AWS's; a record that cannot be delivered is dropped.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Protocol

from mocklambda.clock.base import Clock, Millis
from mocklambda.execution.observations import Observer, RecordSent
from mocklambda.execution.ports import Access, Attribute, Delivery, Destination, IdSource, Undeliverable
from mocklambda.execution.retry import Condition
from mocklambda.execution.values import Outcome

PRINCIPAL = "lambda.amazonaws.com"
ERROR_MESSAGE_LIMIT = 1024


class Links(Protocol):
    """Finds what stands behind an ARN."""

    def destination(self, arn: str) -> Destination | None:
        """Return what can be delivered to under this ARN, or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How an event ended, as far as records tell it."""

    request_id: str
    function_arn: str
    """As invoked."""
    condition: Condition
    attempts: int
    payload: bytes
    outcome: Outcome | None
    """Of the last attempt, None when there was none."""
    executed_version: str
    role: str
    """Of the function that ran, or would have."""
    error_code: str | None
    """For the dead letter: the HTTP status of the last attempt."""
    error_message: str | None
    trace_header: str | None


class Outlet:
    """Where records go out."""

    def __init__(
        self, *, clock: Clock, ids: IdSource, links: Links, observer: Observer, access: Access | None = None
    ) -> None:
        self._access = access
        self._clock = clock
        self._ids = ids
        self._links = links
        self._observer = observer

    def send_record(self, ending: Ending, arn: str) -> None:
        """Send the record of an event to its OnSuccess or OnFailure destination."""
        now = self._clock.now()
        is_success = ending.condition is Condition.SUCCESS
        word = "Success" if is_success else "Failure"
        qualified = with_qualifier(ending.function_arn)
        delivery = Delivery(
            body=to_json(record(ending, now)),
            principal=PRINCIPAL,
            source_arn=ending.function_arn,
            detail_type=f"Lambda Function Invocation Result - {word}",
            event_source="lambda",  # R; the docs say aws.lambda
            resources=(arn, qualified),
            object_key=self.object_key(f"aws/lambda/async/{qualified.split(':')[6]}", now),
            trace_header=ending.trace_header,
        )
        self.hand_over(delivery, arn, f"On{word}", request_id=ending.request_id, role=ending.role)

    def send_dead_letter(self, ending: Ending, arn: str) -> None:
        """Send the event itself to the function's dead-letter queue."""
        attributes = {"RequestID": Attribute(data_type="String", value=ending.request_id)}
        if ending.error_code is not None:
            attributes["ErrorCode"] = Attribute(data_type="Number", value=ending.error_code)
        if ending.error_message:
            text = ending.error_message.encode()[:ERROR_MESSAGE_LIMIT].decode(errors="ignore")
            attributes["ErrorMessage"] = Attribute(data_type="String", value=text)
        delivery = Delivery(
            body=ending.payload.decode(errors="replace"),
            principal=PRINCIPAL,
            source_arn=ending.function_arn,
            attributes=attributes,
            trace_header=ending.trace_header,
        )
        self.hand_over(delivery, arn, "DeadLetter", request_id=ending.request_id, role=ending.role)

    def hand_over(self, delivery: Delivery, arn: str, purpose: str, *, request_id: str, role: str) -> None:
        """Deliver if the function's role may, and have noted whether that worked."""
        error = self._delivered(delivery, arn, role)
        self._observer.observe(
            RecordSent(
                arn=delivery.source_arn,
                request_id=request_id,
                purpose=purpose,
                destination_arn=arn,
                error=error,
                at=self._clock.now(),
            )
        )

    def _delivered(self, delivery: Delivery, arn: str, role: str) -> str | None:
        """Deliver, or say why not."""
        if self._access is not None and role:
            call = self._access.why_not_deliver(
                role, arn, function_arn=delivery.source_arn, key=delivery.object_key
            )
            if call is not None:
                return f"{role} may not {call} on {arn}"
        destination = self._links.destination(arn)
        if destination is None:
            return f"{arn} does not exist"
        try:
            destination.deliver(delivery)
        except Undeliverable as refusal:
            return str(refusal)
        return None

    def object_key(self, prefix: str, now: Millis) -> str:
        """Return the key of a record's object in a bucket."""
        instant = datetime.fromtimestamp(now / 1000, tz=timezone.utc)
        return f"{prefix}/{instant:%Y/%m/%d}/{instant:%Y-%m-%dT%H.%M.%S}-{self._ids.uuid()}"


def record(ending: Ending, now: Millis) -> dict[str, Any]:
    """Return the record of an event, members in AWS's order."""
    document: dict[str, Any] = {
        "version": "1.0",
        "timestamp": iso_millis(now),
        "requestContext": {
            "requestId": ending.request_id,
            "functionArn": with_qualifier(ending.function_arn),
            "condition": ending.condition.value,
            "approximateInvokeCount": ending.attempts,
        },
        "requestPayload": parse(ending.payload),
    }
    if ending.outcome is not None:
        context: dict[str, Any] = {"statusCode": 200, "executedVersion": ending.executed_version}
        if ending.outcome.is_error:
            context["functionError"] = "Unhandled"
        document["responseContext"] = context
        document["responsePayload"] = parse(ending.outcome.payload)
    return document


def with_qualifier(arn: str) -> str:
    """Return a function ARN with its qualifier, ``$LATEST`` where none was used."""
    return arn if arn.count(":") > 6 else f"{arn}:$LATEST"


def iso_millis(now: Millis) -> str:
    """Write an instant as records do."""
    instant = datetime.fromtimestamp(now / 1000, tz=timezone.utc)
    return f"{instant:%Y-%m-%dT%H:%M:%S}.{now % 1000:03d}Z"


def to_json(document: Any) -> str:
    """Write a document as AWS sends it."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def parse(payload: bytes) -> Any:
    """Read a payload; what is no JSON (a custom runtime may answer anything) is null."""
    try:
        return json.loads(payload)
    except ValueError:
        return None
