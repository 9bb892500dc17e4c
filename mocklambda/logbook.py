"""Log groups and streams of one session, as the sandbox writes them: the LogSink behind ``fn.logs``."""

from __future__ import annotations

from collections.abc import Sequence

from mocklambda.clock.base import Millis

Event = tuple[Millis, str]


class Logbook:
    """Events by account, region, group and stream, in the order in which they came."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, str, str], dict[str, list[Event]]] = {}

    def append(self, group: str, stream: str, events: Sequence[Event], *, account: str, region: str) -> None:
        """Store events; makes group and stream when they are not there."""
        self._groups.setdefault((account, region, group), {}).setdefault(stream, []).extend(events)

    def streams(self, group: str, *, account: str, region: str) -> dict[str, list[Event]]:
        """Return a group's streams by name, in the order in which they were made."""
        return {name: list(events) for name, events in self._groups.get((account, region, group), {}).items()}

    def text(self, group: str, *, account: str, region: str) -> str:
        """Return all that a group holds, stream after stream, as one text."""
        streams = self._groups.get((account, region, group), {})
        return "".join(
            message if message.endswith("\n") else f"{message}\n"
            for events in streams.values()
            for _, message in list(events)
        )
