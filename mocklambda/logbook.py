"""Log groups and streams of one session, as the sandbox writes them: the LogSink behind ``fn.logs``."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from mocklambda.clock.base import Millis

Event = tuple[Millis, str]
Group = tuple[str, str, str]
"""Account, region and name."""


class Logbook:
    """Events by account, region, group and stream, in the order in which they came; the newest ``size`` of them."""

    def __init__(self, size: int | None = None) -> None:
        self._groups: dict[Group, dict[str, list[Event]]] = {}
        self._size = size
        self._appended: deque[tuple[Group, str, int]] = deque()
        self._held = 0
        self._dropped: dict[tuple[Group, str], int] = {}

    def append(
        self,
        group: str,
        stream: str,
        events: Sequence[Event],
        *,
        account: str,
        region: str,
        role: str = "",
        function_arn: str = "",
    ) -> None:
        """Store events; makes group and stream when they are not there."""
        key = (account, region, group)
        self._groups.setdefault(key, {}).setdefault(stream, []).extend(events)
        if self._size is not None:
            self._appended.append((key, stream, len(events)))
            self._held += len(events)
            self._forget(self._held - self._size)

    def _forget(self, surplus: int) -> None:
        """Drop the oldest events, as they came: whole calls of ``append``, and streams that hold nothing more."""
        while surplus > 0 and len(self._appended) > 1:
            key, stream, count = self._appended.popleft()
            streams = self._groups[key]
            del streams[stream][:count]
            self._dropped[key, stream] = self._dropped.get((key, stream), 0) + count
            if not streams[stream]:
                del streams[stream]
            self._held -= count
            surplus -= count

    def streams(self, group: str, *, account: str, region: str) -> dict[str, list[Event]]:
        """Return a group's streams by name, in the order in which they were made."""
        return {name: list(events) for name, events in self._groups.get((account, region, group), {}).items()}

    def groups(self, account: str, region: str) -> list[Group]:
        """List the groups of an account and region."""
        return [group for group in list(self._groups) if group[:2] == (account, region)]

    def since(self, group: Group, stream: str, known: int) -> tuple[list[Event], int]:
        """Return what a stream holds beyond the first ``known`` events that it ever had, and how many it ever had."""
        dropped = self._dropped.get((group, stream), 0)
        events = list(self._groups.get(group, {}).get(stream, ()))
        return events[max(0, known - dropped) :], dropped + len(events)

    def has_group(self, account: str, region: str, group: str) -> bool:
        """Tell whether there is such a group."""
        return (account, region, group) in self._groups

    def text(self, group: str, *, account: str, region: str) -> str:
        """Return all that a group holds, stream after stream, as one text."""
        streams = self._groups.get((account, region, group), {})
        return "".join(
            message if message.endswith("\n") else f"{message}\n"
            for events in streams.values()
            for _, message in list(events)
        )
