"""What a FIFO queue remembers of sends in the last five minutes: by id, in the whole queue or per group."""

from __future__ import annotations

import hashlib
from collections import deque
from typing import NamedTuple

from mocklambda.clock.base import Millis

_WINDOW: Millis = 300_000
_RESCOPE: Millis = 60_000
# recorded: right after SetQueueAttributes the old scope still ruled; documented: changes may take 60 s


class Accepted(NamedTuple):
    """The send that a duplicate is answered with."""

    message_id: str
    sequence_number: int


class Deduplication:
    """Remembers both kinds of key for each send, so that a change of scope forgets nothing."""

    __slots__ = ("_accepted", "_old_scope", "_old_until", "_order", "_scope")

    def __init__(self, scope: str) -> None:
        self._scope = scope
        self._old_scope = scope
        self._old_until: Millis = 0
        self.clear()

    def clear(self) -> None:
        self._accepted: dict[tuple[str | None, str], Accepted] = {}
        self._order: deque[tuple[Millis, str, str]] = deque()

    def rescope(self, scope: str, now: Millis) -> None:
        if scope != self._scope:
            self._old_scope, self._scope = self._scope_at(now), scope
            self._old_until = now + _RESCOPE

    def find(self, group_id: str, deduplication_id: str, now: Millis) -> Accepted | None:
        """Return the earlier send that this one repeats."""
        self._forget(now)
        is_by_group = self._scope_at(now) == "messageGroup"
        return self._accepted.get((group_id if is_by_group else None, deduplication_id))

    def remember(self, group_id: str, deduplication_id: str, accepted: Accepted, now: Millis) -> None:
        self._accepted[group_id, deduplication_id] = accepted
        self._accepted.setdefault((None, deduplication_id), accepted)
        self._order.append((now + _WINDOW, group_id, deduplication_id))

    def _scope_at(self, now: Millis) -> str:
        return self._old_scope if now < self._old_until else self._scope

    def _forget(self, now: Millis) -> None:
        order = self._order
        while order and order[0][0] <= now:
            _, group_id, deduplication_id = order.popleft()
            gone = self._accepted.pop((group_id, deduplication_id), None)
            if gone is not None and self._accepted.get((None, deduplication_id)) == gone:
                del self._accepted[None, deduplication_id]


def content_id(body: str) -> str:
    """Return the deduplication id that content-based deduplication gives: SHA-256 of the body alone."""
    return hashlib.sha256(body.encode()).hexdigest()
