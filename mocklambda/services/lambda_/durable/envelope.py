"""The event that a durable handler gets, and what it answers."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from mocklambda.services.lambda_.durable.execution import DurableExecution
from mocklambda.services.lambda_.durable.operation import Error, Operation
from mocklambda.services.lambda_.durable.views import operation_view

PAGE_BYTES = 5 * 1024 * 1024
"""Of operations in one event; the handler asks for the rest."""
BOOKKEEPING = 64
"""What an operation counts beside its payloads."""


def token_of(execution: DurableExecution) -> str:
    """Return the token that the next checkpoint must bring."""
    content = [execution.arn, execution.attempt_id, execution.token_number]
    return base64.b64encode(json.dumps(content).encode()).decode()


def event_of(execution: DurableExecution) -> bytes:
    """Return what the handler is invoked with now."""
    operations, marker = page_of(execution, None, None)
    shown = [operation_view(each) for each in operations]
    event = {
        "DurableExecutionArn": execution.arn,
        "CheckpointToken": token_of(execution),
        "InitialExecutionState": {"Operations": shown, "NextMarker": marker or ""},
        "UpdatedOperationIds": list(execution.updated),
    }
    return json.dumps(event, separators=(",", ":")).encode()


def page_of(
    execution: DurableExecution, marker: str | None, limit: int | None
) -> tuple[list[Operation], str | None]:
    """Return some of what a replay needs, and a marker for more; raises ValueError for a marker not given out."""
    start = 0 if not marker else _position(marker)
    found: list[Operation] = []
    size = 0
    for number, operation in enumerate(islice(execution.replayed(), start, None), start):
        size += _size(operation)
        if found and (size > PAGE_BYTES or len(found) == limit):
            return found, base64.b64encode(str(number).encode()).decode()
        found.append(operation)
    return found, None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a handler answered."""

    status: str
    result: str | None = None
    error: Error | None = None


class InvalidAnswer(Exception):
    """A handler answered what no durable function may; its text is the execution's error."""


def read_answer(payload: bytes) -> Answer:
    """Read a handler's result; raises InvalidAnswer."""
    try:
        document: Any = json.loads(payload)
    except ValueError as reason:
        raise InvalidAnswer(f"Invalid invocation output: {reason}") from None
    if not isinstance(document, dict):
        raise InvalidAnswer("Invalid invocation output: an object with a Status is expected")
    status, result, error = (document.get(member) for member in ("Status", "Result", "Error"))
    if status not in {"SUCCEEDED", "FAILED", "PENDING"}:
        raise InvalidAnswer(f"Invalid invocation output: {status!r} is not a valid InvocationStatus")
    if not isinstance(result, str | None) or not isinstance(error, dict | None):
        raise InvalidAnswer("Invalid invocation output: Result must be text, and Error an object")
    if status == "FAILED" and result is not None:
        raise InvalidAnswer("Cannot provide a Result for FAILED status.")
    if status == "SUCCEEDED" and error is not None:
        raise InvalidAnswer("Cannot provide an Error for SUCCEEDED status.")
    return Answer(status=status, result=result, error=error)


# -- inside ----------------------------------------------------------------------------------------------


def _position(marker: str) -> int:
    try:
        return int(base64.b64decode(marker, validate=True))
    except binascii.Error:
        raise ValueError(marker) from None


def _size(operation: Operation) -> int:
    texts: Iterable[Any] = (operation.payload, operation.result, operation.error)
    return BOOKKEEPING + sum(len(str(text)) for text in texts if text is not None)
