"""What functions logged, in moto's CloudWatch Logs: copied there when somebody asks it, and not before."""

from __future__ import annotations

import sys
from datetime import datetime, timezone
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.logbook import Event, Group, Logbook


class LogCopies:
    """How far the logs of one session are in moto."""

    def __init__(self, logbook: Logbook) -> None:
        self._logbook = logbook
        self._copied: dict[tuple[Group, str], int] = {}

    def bring(self, account: str, region: str, now: Millis) -> None:
        """Add what was logged since the last time; groups and streams that are missing are made."""
        for group in self._logbook.groups(account, region):
            for stream in self._logbook.streams(group[2], account=account, region=region):
                known = self._copied.get((group, stream), 0)
                events, self._copied[group, stream] = self._logbook.since(group, stream, known)
                if events:
                    _put(group, stream, events, now)


def _put(group: Group, stream: str, events: list[Event], now: Millis) -> None:
    models: Any = sys.modules["moto.logs.models"]
    account, region, name = group
    backend = models.logs_backends[account][region]
    if name not in backend.groups:
        backend.create_log_group(name, {})
        backend.groups[name].creation_time = _moment(events[0][0])
    streams = backend.groups[name].streams
    if stream not in streams:
        streams[stream] = models.LogStream(log_group=backend.groups[name], name=stream)
        streams[stream].creation_time = _moment(events[0][0])
    it = streams[stream]
    it.events += [models.LogEvent(now, {"timestamp": when, "message": message}) for when, message in events]
    it.last_ingestion_time = _moment(now)
    it.upload_sequence_token += 1


def _moment(at: Millis) -> datetime:
    """Return an instant as moto keeps them: without a zone."""
    return datetime.fromtimestamp(at / 1000, tz=timezone.utc).replace(tzinfo=None)
