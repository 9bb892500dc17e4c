"""Message move tasks: a dead-letter queue's messages go back, at the rate asked for, on the clock."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from enum import Enum
from typing import Any

from mocklambda.clock.base import Millis, Timer
from mocklambda.services.sqs import errors


class TaskStatus(Enum):
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"


@dataclass(slots=True, eq=False, kw_only=True)
class MoveTask:
    """One task, kept with its source queue."""

    task_id: str
    source_arn: str
    destination_arn: str | None
    per_second: int | None
    to_move: int
    started_at: Millis
    status: TaskStatus = TaskStatus.RUNNING
    moved: int = 0
    failure: str | None = None
    timer: Timer | None = None

    @property
    def is_running(self) -> bool:
        return self.status is TaskStatus.RUNNING

    @property
    def next_at(self) -> Millis:
        """When the next message may go: evenly spaced from the start, without adding up rounding."""
        return self.started_at + (0 if self.per_second is None else self.moved * 1000 // self.per_second)

    @property
    def handle(self) -> str:
        text = json.dumps({"taskId": self.task_id, "sourceArn": self.source_arn}, separators=(",", ":"))
        return base64.b64encode(text.encode()).decode()

    def finish(self, status: TaskStatus, failure: str | None = None) -> None:
        self.status = status
        self.failure = failure
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def describe(self) -> dict[str, Any]:
        """Return a ListMessageMoveTasks entry: the handle only while it runs, the rest where it applies."""
        shown: dict[str, Any] = {
            "TaskHandle": self.handle if self.is_running else None,
            "Status": self.status.value,
            "SourceArn": self.source_arn,
            "DestinationArn": self.destination_arn,
            "MaxNumberOfMessagesPerSecond": self.per_second,
            "ApproximateNumberOfMessagesMoved": self.moved,
            "ApproximateNumberOfMessagesToMove": self.to_move,
            "FailureReason": self.failure,
            "StartedTimestamp": self.started_at,
        }
        return {name: value for name, value in shown.items() if value is not None}


def read_handle(handle: str) -> tuple[str, str]:
    """Return task id and source ARN; raises InvalidParameterValue for what is no handle."""
    try:
        document = json.loads(base64.b64decode(handle, validate=True))
        return str(document["taskId"]), str(document["sourceArn"])
    except (ValueError, KeyError, TypeError):
        raise errors.invalid_parameter("Value for parameter TaskHandle is invalid.") from None
