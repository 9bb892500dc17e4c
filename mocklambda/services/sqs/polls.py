"""Long polls: parked replies, each with one timer; served in the order in which they came."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mocklambda.clock.base import Millis, Timer
from mocklambda.execution.ports import Pending
from mocklambda.services.sqs.message import Message


@dataclass(slots=True, eq=False, kw_only=True)
class LongPoll:
    """One waiting ReceiveMessage."""

    pending: Pending
    limit: int
    hidden_ms: Millis
    render: Callable[[Sequence[Message]], dict[str, Any]]
    """Messages → the operation's result."""
    attempt_id: str | None = None
    timer: Timer | None = None

    def drop(self) -> None:
        """Take its timer off the clock."""
        if self.timer is not None:
            self.timer.cancel()

    def answer(self, messages: Sequence[Message]) -> None:
        self.drop()
        self.pending.resolve(self.render(messages))

    def refuse(self, error: Exception) -> None:
        self.drop()
        self.pending.fail(error)
