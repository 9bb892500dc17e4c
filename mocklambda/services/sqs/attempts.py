"""Receive request attempt ids of FIFO queues: a retried receive gets the same messages again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from mocklambda.clock.base import Millis
from mocklambda.services.sqs.message import Message, Status
from mocklambda.services.sqs.queue import Queue

_WINDOW: Millis = 300_000


@dataclass(frozen=True, slots=True)
class _Attempt:
    until: Millis
    hidden_ms: Millis
    messages: Sequence[tuple[Message, int, Millis]]
    """Each with the receive and the visibility that it had."""


class Attempts:
    """What was handed out under which attempt id, for five minutes."""

    def __init__(self) -> None:
        self._attempts: OrderedDict[tuple[str, str], _Attempt] = OrderedDict()

    def remember(
        self,
        queue: Queue,
        attempt_id: str | None,
        messages: Sequence[Message],
        hidden_ms: Millis,
        now: Millis,
    ) -> None:
        if attempt_id is None:
            return
        self._forget(now)
        seen = [(message, message.receive_count, message.visible_at) for message in messages]
        self._attempts.pop((queue.arn, attempt_id), None)
        self._attempts[queue.arn, attempt_id] = _Attempt(now + _WINDOW, hidden_ms, seen)

    def repeat(self, queue: Queue, attempt_id: str, now: Millis) -> list[Message] | None:
        """Return the same messages, hidden anew, unless one was deleted, changed or timed out since."""
        self._forget(now)
        queue.refresh(now)
        attempt = self._attempts.get((queue.arn, attempt_id))
        if attempt is None or not all(_is_untouched(queue, *seen) for seen in attempt.messages):
            return None
        messages = [message for message, _, _ in attempt.messages]
        for message in messages:
            queue.hide_until(message, now + attempt.hidden_ms, now)
        self.remember(queue, attempt_id, messages, attempt.hidden_ms, now)
        return messages

    def _forget(self, now: Millis) -> None:
        attempts = self._attempts
        while attempts:
            key = next(iter(attempts))
            if attempts[key].until > now:
                break
            del attempts[key]


def _is_untouched(queue: Queue, message: Message, receive_count: int, visible_at: Millis) -> bool:
    return (
        queue.messages.get(message.number) is message
        and message.status is Status.IN_FLIGHT
        and (message.receive_count, message.visible_at) == (receive_count, visible_at)
    )
