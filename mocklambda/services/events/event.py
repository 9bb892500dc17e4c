"""An event as buses carry it, and the JSON in which it is matched and delivered."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cached_property
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.execution.patterns import Fields


def dumps(value: Any) -> str:
    """Write JSON as EventBridge does: compact, nothing escaped that need not be."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def instant(at: Millis) -> str:
    """Write an instant as EventBridge does, in whole seconds."""
    return f"{datetime.fromtimestamp(at // 1000, tz=timezone.utc):%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True, kw_only=True)
class Event:
    """One event."""

    event_id: str
    detail_type: str
    source: str
    account: str
    region: str
    time: Millis
    resources: Sequence[str]
    detail: Mapping[str, Any]
    trace_header: str | None = None
    is_forwarded: bool = False
    """It has come from another bus; such are not forwarded again (documented)."""

    @cached_property
    def document(self) -> dict[str, Any]:
        """The event with its members in EventBridge's order."""
        return {
            "version": "0",
            "id": self.event_id,
            "detail-type": self.detail_type,
            "source": self.source,
            "account": self.account,
            "time": instant(self.time),
            "region": self.region,
            "resources": list(self.resources),
            "detail": self.detail,
        }

    @cached_property
    def text(self) -> str:
        """The event as it is delivered."""
        return dumps(self.document)

    @cached_property
    def fields(self) -> Fields:
        """The event as patterns see it."""
        return Fields(self.document)
