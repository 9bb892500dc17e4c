"""Messages that a poller has received and not handed over yet: which of them make up the next event.

Knows sizes, ages and groups; not when a batch is due. All but dropping groups costs what it takes out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from mocklambda.clock.base import Millis
from mocklambda.execution.batching import PAYLOAD_LIMIT, envelope_size
from mocklambda.execution.ports import Causes, QueueRecord, union


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldMessage:
    """A message that was received."""

    source: QueueRecord
    encoded: bytes
    group: str | None
    """Its message group, where the queue keeps those in order."""
    received_at: Millis
    expires_at: Millis
    """When it will be visible to others again."""


class MessageBuffer:
    """What was received, in that order."""

    __slots__ = ("_bytes", "_messages")

    def __init__(self) -> None:
        self._messages: deque[HeldMessage] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._messages)

    @property
    def is_full(self) -> bool:
        """Whether one event could not hold more."""
        return envelope_size(self._bytes, len(self._messages)) >= PAYLOAD_LIMIT

    @property
    def oldest_at(self) -> Millis:
        """When its first message was received."""
        return self._messages[0].received_at

    @property
    def causes(self) -> Causes:
        """The calls that wait for its messages."""
        return union(held.source.causes for held in self._messages)

    def add(self, held: HeldMessage) -> None:
        """Put a message at the end."""
        self._messages.append(held)
        self._bytes += len(held.encoded)

    def expire(self, now: Millis) -> None:
        """Drop from the front what others may receive again."""
        while self._messages and self._messages[0].expires_at <= now:
            self._bytes -= len(self._messages.popleft().encoded)

    def take(self, limit: int, busy_groups: AbstractSet[str]) -> list[HeldMessage]:
        """Take one event's messages off: up to ``limit``, as many as fit, of no group that is busy."""
        taken: list[HeldMessage] = []
        passed_over: list[HeldMessage] = []
        size = 0
        while self._messages and len(taken) < limit:
            held = self._messages[0]
            if held.group is not None and held.group in busy_groups:
                passed_over.append(self._messages.popleft())
                continue
            size += len(held.encoded)
            if envelope_size(size, len(taken) + 1) > PAYLOAD_LIMIT:
                break
            taken.append(self._messages.popleft())
        self._messages.extendleft(reversed(passed_over))
        self._bytes -= sum(len(held.encoded) for held in taken)
        return taken

    def drop_groups(self, groups: AbstractSet[str]) -> None:
        """Drop the messages of these groups."""
        if groups:
            kept = [held for held in self._messages if held.group not in groups]
            self.clear()
            for held in kept:
                self.add(held)

    def clear(self) -> None:
        """Drop all."""
        self._messages.clear()
        self._bytes = 0
