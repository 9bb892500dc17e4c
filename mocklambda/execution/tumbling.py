"""Tumbling windows of one shard: which one a record is in, the state handed on, what events add."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.execution.batching import envelope

STATE_LIMIT = 1 << 20


class NoStateError(Exception):
    """A response without ``state``: the invocation counts as failed."""


class Tumbling:
    """The window that a shard is in. Aligned to the epoch, by the arrival of records."""

    __slots__ = ("_shard_id", "_source_arn", "is_overfull", "length_ms", "opened_at", "state")

    def __init__(self, length_ms: Millis, shard_id: str, source_arn: str) -> None:
        self.length_ms = length_ms
        self._shard_id = shard_id
        self._source_arn = source_arn
        self.opened_at: Millis | None = None
        self.state: Any = {}
        self.is_overfull = False
        """Whether the state has grown so large that the window ends early."""

    @property
    def ends_at(self) -> Millis:
        return (self.opened_at or 0) + self.length_ms

    def contains(self, arrived_at: Millis) -> bool:
        """Whether a record belongs to the open window."""
        return self.opened_at == arrived_at - arrived_at % self.length_ms

    def open(self, arrived_at: Millis) -> None:
        """Open the window of a record, with fresh state."""
        self.opened_at = arrived_at - arrived_at % self.length_ms
        self.reset()

    def reset(self) -> None:
        """Drop the state; the window goes on."""
        self.state = {}
        self.is_overfull = False

    def close(self) -> None:
        self.reset()
        self.opened_at = None

    def event(self, records: Sequence[bytes], *, is_final: bool, is_early: bool) -> bytes:
        """Put encoded records and the window's members into one event."""
        members = {
            "window": {"start": _iso(self.opened_at or 0), "end": _iso(self.ends_at)},
            "state": self.state,
            "shardId": self._shard_id,
            "eventSourceARN": self._source_arn,
            "isFinalInvokeForWindow": is_final,
            "isWindowTerminatedEarly": is_early,
        }
        added = json.dumps(members, separators=(",", ":"), ensure_ascii=False).encode()
        return envelope(records)[:-1] + b"," + added[1:]

    def take(self, response: bytes) -> None:
        """Take the state of a response; raises NoStateError when it holds none."""
        try:
            document = json.loads(response)
        except ValueError:
            document = None
        if not isinstance(document, dict) or "state" not in document:
            raise NoStateError
        self.state = document["state"]
        size = len(json.dumps(self.state, separators=(",", ":"), ensure_ascii=False).encode())
        self.is_overfull = size > STATE_LIMIT


def _iso(instant: Millis) -> str:
    return f"{datetime.fromtimestamp(instant // 1000, tz=timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
