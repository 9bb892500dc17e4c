"""Which visible message is next: the standard queue's line, and the FIFO queue's groups.

A line holds message numbers only, in heaps from which outdated entries fall when they come to the top; the
queue's own ``messages`` say what is true. Every method is O(log n) or better.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import Protocol

from mocklambda.clock.base import Millis
from mocklambda.services.sqs.message import Message, Status

_VISIBLE = Status.VISIBLE


class Line(Protocol):
    """What a queue asks of its order."""

    backlog: int
    """How many messages can be received now."""

    def show(self, message: Message) -> None:
        """Put a message that has become visible in its place."""

    def first(self) -> Message | None:
        """Return the next one; it stays."""

    def take(self) -> Message | None:
        """Take the next one off; the caller changes its status at once and says ``hide`` after the last."""

    def hide(self, messages: Sequence[Message]) -> None:
        """Note messages that are now in flight or delayed: taken by this receive, or not yet due."""

    def withdraw(self, message: Message, was: Status) -> None:
        """Note a message that left, or was hidden without being taken; its status was ``was``."""


class StandardLine:
    """By time of arrival: a message whose timeout ran out goes before later ones (recorded)."""

    __slots__ = ("_heap", "_messages", "backlog")

    def __init__(self, messages: Mapping[int, Message]) -> None:
        self._messages = messages
        self._heap: list[int] = []
        self.backlog = 0

    def show(self, message: Message) -> None:
        heappush(self._heap, message.number)
        self.backlog += 1
        if len(self._heap) > 2 * self.backlog + 64:
            self._compact()

    def first(self) -> Message | None:
        heap, messages = self._heap, self._messages
        while heap:
            message = messages.get(heap[0])
            if message is not None and message.status is _VISIBLE:
                return message
            heappop(heap)
        return None

    def take(self) -> Message | None:
        message = self.first()
        if message is not None:
            heappop(self._heap)
            self.backlog -= 1
        return message

    def hide(self, messages: Sequence[Message]) -> None:
        """Nothing to do: hidden messages block nobody."""

    def withdraw(self, message: Message, was: Status) -> None:
        if was is _VISIBLE:
            self.backlog -= 1

    def _compact(self) -> None:
        messages = self._messages
        live = {
            number
            for number in self._heap
            if (m := messages.get(number)) is not None and m.status is _VISIBLE
        }
        self._heap = list(live)
        heapify(self._heap)


class _Group:
    """Messages of one group: visible ones, and hidden ones, which hold back all that came after them."""

    __slots__ = ("backlog", "hidden", "order", "size", "visible")

    def __init__(self) -> None:
        self.visible: list[int] = []
        self.hidden: list[int] = []
        self.size = 0
        """How many are visible, behind hidden ones or not."""
        self.order: int | None = None
        """The ``order`` of the head under which it stands in the ranking; None when nothing is receivable."""
        self.backlog = 0


class FifoLine:
    """By group; the groups by the moment at which their first receivable message became available.

    Inside a group, messages are receivable in order up to the first that is in flight or delayed. A receive
    takes all it can of one group before it goes on to the next (all recorded).
    """

    __slots__ = ("_groups", "_messages", "_ranking", "backlog")

    def __init__(self, messages: Mapping[int, Message]) -> None:
        self._messages = messages
        self._groups: dict[str, _Group] = {}
        self._ranking: list[tuple[Millis, int, str]] = []
        self.backlog = 0

    def show(self, message: Message) -> None:
        group = self._group(message)
        heappush(group.visible, message.number)
        group.size += 1
        self._rank(message.group_id or "", group)

    def first(self) -> Message | None:
        ranking = self._ranking
        while ranking:
            _, order, group_id = ranking[0]
            group = self._groups.get(group_id)
            if group is not None and group.order == order:
                head = self._head(group)
                if head is not None:
                    return head
            heappop(ranking)
        return None

    def take(self) -> Message | None:
        head = self.first()
        if head is not None:
            group = self._groups[head.group_id or ""]
            heappop(group.visible)
            group.size -= 1
        return head

    def hide(self, messages: Sequence[Message]) -> None:
        for message in messages:
            heappush(self._group(message).hidden, message.number)
        for group_id in {message.group_id or "" for message in messages}:
            self._rank(group_id, self._groups[group_id])

    def withdraw(self, message: Message, was: Status) -> None:
        group_id = message.group_id or ""
        group = self._groups.get(group_id)
        if group is not None:
            group.size -= was is _VISIBLE
            self._rank(group_id, group)

    def _group(self, message: Message) -> _Group:
        group_id = message.group_id or ""
        group = self._groups.get(group_id)
        if group is None:
            group = self._groups[group_id] = _Group()
        return group

    def _head(self, group: _Group) -> Message | None:
        messages, visible, hidden = self._messages, group.visible, group.hidden
        while hidden and ((m := messages.get(hidden[0])) is None or m.status is _VISIBLE):
            heappop(hidden)
        while visible and ((m := messages.get(visible[0])) is None or m.status is not _VISIBLE):
            heappop(visible)
        if not visible or (hidden and hidden[0] < visible[0]):
            return None
        return messages[visible[0]]

    def _rank(self, group_id: str, group: _Group) -> None:
        head = self._head(group)
        backlog = 0 if head is None else group.size
        self.backlog += backlog - group.backlog
        group.backlog = backlog
        if head is None:
            group.order = None
            if not group.hidden and not group.visible:
                del self._groups[group_id]
        elif group.order != head.order:
            group.order = head.order
            heappush(self._ranking, (head.available_at, head.order, group_id))
            if len(self._ranking) > 2 * len(self._groups) + 64:
                self._compact()

    def _compact(self) -> None:
        groups = self._groups
        self._ranking = [
            entry
            for entry in self._ranking
            if (group := groups.get(entry[2])) is not None and group.order == entry[1]
        ]
        heapify(self._ranking)
