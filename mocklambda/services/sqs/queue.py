"""A queue's messages and what time does to them. Pure: it is told ``now`` and wakes nobody; see ``state``.

Hidden messages wait in one agenda ordered by when they are looked at again; retention needs no timer, it is
applied when somebody looks. Heaps keep outdated entries until they surface, or until they are the majority.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from heapq import heapify, heappop, heappush
from itertools import count
from typing import TYPE_CHECKING

from mocklambda.clock.base import Millis, Timer
from mocklambda.execution.ports import Causes
from mocklambda.services.sqs import errors, receipts
from mocklambda.services.sqs.deduplication import Deduplication
from mocklambda.services.sqs.lines import FifoLine, Line, StandardLine
from mocklambda.services.sqs.message import Message, Status

if TYPE_CHECKING:
    from mocklambda.services.sqs.moves import MoveTask
    from mocklambda.services.sqs.polls import LongPoll
    from mocklambda.services.sqs.settings import Settings

MOST_IN_FLIGHT = 120_000  # D; FIFO queues since 2024
_LONGEST_HIDDEN: Millis = 43_200_000  # 12 h, from the receive
_VISIBLE, _DELAYED, _IN_FLIGHT = Status.VISIBLE, Status.DELAYED, Status.IN_FLIGHT


class Queue:
    """One queue."""

    def __init__(
        self, *, name: str, arn: str, account: str, region: str, settings: Settings, tag: bytes, now: Millis
    ) -> None:
        self.name = name
        self.arn = arn
        self.account = account
        self.region = region
        self.tags: dict[str, str] = {}
        self.created_at = now
        self.modified_at = now
        self.purged_at: Millis | None = None
        self.messages: dict[int, Message] = {}
        self.polls: deque[LongPoll] = deque()
        self.tasks: list[MoveTask] = []
        self.timer: Timer | None = None
        self.is_held_back = False
        """Whether a receive took less than it could have, as too many messages were in flight."""
        self.missed_deletes = 0
        """How many deletes are still to miss a copy, as on AWS where a server was out of reach."""
        self.deduplication = Deduplication(settings.deduplication_scope)
        self.settings = settings
        """Changed by ``configure`` only."""
        self.is_fifo = settings.is_fifo
        self._tag = tag
        self._numbers = count(1)
        self._clear()

    def _clear(self) -> None:
        self.messages.clear()
        self.counts = [0, 0, 0]
        self._waiting: dict[Causes, int] = {}
        self._agenda: list[tuple[Millis, int, int]] = []
        self._ages: list[tuple[Millis, int]] = []
        self._line: Line = FifoLine(self.messages) if self.is_fifo else StandardLine(self.messages)

    def __repr__(self) -> str:
        visible, delayed, in_flight = self.counts
        return f"<Queue {self.name}: {visible} visible, {delayed} delayed, {in_flight} in flight>"

    # -- settings ----------------------------------------------------------------------------------------

    def configure(self, settings: Settings, now: Millis) -> None:
        """Apply changed attributes; they count at once, retention for what is stored already too."""
        self.refresh(now)
        self.deduplication.rescope(settings.deduplication_scope, now)
        has_other_retention = settings.retention_ms != self.settings.retention_ms
        self.settings = settings
        self.modified_at = now
        if has_other_retention:
            self._plan_anew()
            self.refresh(now)

    # -- what comes in -----------------------------------------------------------------------------------

    def add(self, message: Message, now: Millis, delay_ms: Millis = 0) -> None:
        """Store a message, to be visible after ``delay_ms``."""
        number = message.number = message.order = next(self._numbers)
        self.messages[number] = message
        heappush(self._ages, (message.kept_from, number))
        if len(self._ages) > 2 * len(self.messages) + 64:
            self._ages = [entry for entry in self._ages if entry[1] in self.messages]
            heapify(self._ages)
        if delay_ms:
            message.status = _DELAYED
            self.counts[_DELAYED] += 1
            self._park(message, now + delay_ms)
            self._line.hide([message])
        else:
            self._show(message, now)

    # -- what goes out -----------------------------------------------------------------------------------

    def receive(
        self, limit: int, hidden_ms: Millis, now: Millis, max_receives: int | None = None
    ) -> tuple[list[Message], list[Message]]:
        """Take up to ``limit`` messages; also return those that were received too often, which have left."""
        self.refresh(now)
        taken: list[Message] = []
        exhausted: list[Message] = []
        line, visible_at = self._line, now + hidden_ms
        room = MOST_IN_FLIGHT - self.counts[_IN_FLIGHT]
        if limit > room:
            limit, self.is_held_back = room, True
        while len(taken) < limit:
            message = line.take()
            if message is None:
                break
            self._leave_visible(message, _IN_FLIGHT)
            if max_receives is not None and message.receive_count >= max_receives:
                self.remove(message)
                exhausted.append(message)
                continue
            message.receive_count += 1
            message.order = next(self._numbers)
            message.received_at = now
            if not message.first_received_at:
                message.first_received_at = now
            self._park(message, visible_at)
            taken.append(message)
        if taken:
            line.hide(taken)
            if not hidden_ms:
                self.refresh(now)
        return taken, exhausted

    def handle(self, message: Message) -> str:
        """Return the receipt handle of its latest receive."""
        return receipts.write(self._tag, message.number, message.receive_count)

    def delete(self, handle: str, now: Millis) -> None:
        """Delete by any handle the message ever had; FIFO: only by the one under which it is in flight."""
        number, receive_count = self._read(handle)
        self.refresh(now)
        message = self.messages.get(number)
        if message is None:
            return
        self._check_current(message, receive_count, handle)
        if self.missed_deletes:
            self.missed_deletes -= 1
        else:
            self.remove(message)

    def change_visibility(self, handle: str, hidden_ms: Millis, now: Millis) -> None:
        """Hide a message for ``hidden_ms`` from now; 0 makes it visible at once."""
        number, receive_count = self._read(handle)
        self.refresh(now)
        message = self.messages.get(number)
        if message is None:
            raise errors.message_not_available(handle)
        self._check_current(message, receive_count, handle)
        if now + hidden_ms > message.received_at + _LONGEST_HIDDEN:
            reason = "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]."
            raise errors.invalid_value(hidden_ms // 1000, "VisibilityTimeout", reason)
        self.hide_until(message, now + hidden_ms, now)

    def hide_until(self, message: Message, visible_at: Millis, now: Millis) -> None:
        """Set when a received message becomes visible again."""
        if message.status is _VISIBLE:
            self._leave_visible(message, _IN_FLIGHT)
            self._line.withdraw(message, _VISIBLE)
            self._line.hide([message])
        self._park(message, visible_at)
        self.refresh(now)

    def remove(self, message: Message) -> None:
        """Take a message out, whatever its status."""
        del self.messages[message.number]
        if message.status is _VISIBLE:
            self._forget_waiting(message)
        self.counts[message.status] -= 1
        self._line.withdraw(message, message.status)

    def next_visible(self, now: Millis) -> Message | None:
        """Return the message that a receive would take first; it stays."""
        self.refresh(now)
        return self._line.first()

    def purge(self, now: Millis) -> None:
        """Drop everything, the memory of duplicates too."""
        self._clear()
        self.deduplication.clear()
        self.purged_at = now

    # -- what can be seen --------------------------------------------------------------------------------

    @property
    def is_full(self) -> bool:
        """Whether as many messages are in flight as AWS allows."""
        return self.counts[_IN_FLIGHT] >= MOST_IN_FLIGHT

    def backlog(self, now: Millis) -> int:
        """How many messages a receive could take now."""
        self.refresh(now)
        return self._line.backlog

    def waiting(self, now: Millis) -> Causes:
        """Return the calls that visible messages descend from."""
        self.refresh(now)
        return frozenset().union(*self._waiting)

    def peek(self, now: Millis) -> list[Message]:
        """List all messages in the order in which they came, receiving none."""
        self.refresh(now)
        return list(self.messages.values())

    def next_due(self) -> Millis | None:
        """When the next hidden message is due, or None."""
        agenda, messages = self._agenda, self.messages
        while agenda:
            when, _, number = agenda[0]
            message = messages.get(number)
            if message is not None and message.status is not _VISIBLE and message.due_at == when:
                return when
            heappop(agenda)
        return None

    # -- time --------------------------------------------------------------------------------------------

    def refresh(self, now: Millis) -> None:
        """Bring the queue to ``now``: what is too old is gone, what is due is visible."""
        if self._ages and self._ages[0][0] + self.settings.retention_ms <= now:
            self._expire(now)
        if self._agenda and self._agenda[0][0] <= now:
            self._wake(now)

    def _expire(self, now: Millis) -> None:
        ages, retention_ms = self._ages, self.settings.retention_ms
        while ages and ages[0][0] + retention_ms <= now:
            message = self.messages.get(heappop(ages)[1])
            if message is not None:
                self.remove(message)

    def _wake(self, now: Millis) -> None:
        while (due := self.next_due()) is not None and due <= now:
            message = self.messages[heappop(self._agenda)[2]]
            self.counts[message.status] -= 1
            self._show(message, due)

    def _plan_anew(self) -> None:
        """Set due times again: a hidden message is due when its retention ends, if that is earlier."""
        self._agenda.clear()
        for message in self.messages.values():
            if message.status is not _VISIBLE:
                self._park(message, message.visible_at)

    def _park(self, message: Message, visible_at: Millis) -> None:
        message.visible_at = visible_at
        due = message.due_at = min(visible_at, message.kept_from + self.settings.retention_ms)
        heappush(self._agenda, (due, message.order, message.number))
        if len(self._agenda) > 2 * (self.counts[_DELAYED] + self.counts[_IN_FLIGHT]) + 64:
            self._agenda = [entry for entry in self._agenda if self._is_current(entry)]
            heapify(self._agenda)

    def _is_current(self, entry: tuple[Millis, int, int]) -> bool:
        message = self.messages.get(entry[2])
        return message is not None and message.status is not _VISIBLE and message.due_at == entry[0]

    # -- status ------------------------------------------------------------------------------------------

    def _show(self, message: Message, at: Millis) -> None:
        message.status = _VISIBLE
        self.counts[_VISIBLE] += 1
        message.available_at = at
        self._waiting[message.causes] = self._waiting.get(message.causes, 0) + 1
        self._line.show(message)

    def _leave_visible(self, message: Message, status: Status) -> None:
        self._forget_waiting(message)
        self.counts[_VISIBLE] -= 1
        self.counts[status] += 1
        message.status = status

    def _forget_waiting(self, message: Message) -> None:
        left = self._waiting[message.causes] - 1
        if left:
            self._waiting[message.causes] = left
        else:
            del self._waiting[message.causes]

    def _read(self, handle: str) -> tuple[int, int]:
        found = receipts.read(handle, self._tag)
        if found is None:
            raise errors.invalid_receipt_handle(handle)
        return found

    def _check_current(self, message: Message, receive_count: int, handle: str) -> None:
        if self.is_fifo and (message.status is not _IN_FLIGHT or message.receive_count != receive_count):
            raise errors.receipt_handle_expired(handle)


def status_counts(queue: Queue) -> Mapping[str, int]:
    """Return the three exact numbers that GetQueueAttributes calls approximate."""
    visible, delayed, in_flight = queue.counts
    return {
        "ApproximateNumberOfMessages": visible,
        "ApproximateNumberOfMessagesDelayed": delayed,
        "ApproximateNumberOfMessagesNotVisible": in_flight,
    }
