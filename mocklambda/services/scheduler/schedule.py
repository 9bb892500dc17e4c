"""A schedule: when it runs next, and what is shown of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.execution.ports import Timer
from mocklambda.services.schedules import Once, Schedule as Instants

MINUTE_MS = 60_000
OFF = "OFF"
DELETE = "DELETE"


@dataclass(slots=True, kw_only=True)
class Schedule:
    """One schedule."""

    name: str
    group: str
    arn: str
    settings: Mapping[str, Any]
    """What was asked for, defaults filled in, under AWS's names."""
    instants: Instants
    created_at: Millis
    modified_at: Millis
    client_token: str | None
    timer: Timer | None = None

    @property
    def is_enabled(self) -> bool:
        return bool(self.settings["State"] == "ENABLED")

    @property
    def is_one_time(self) -> bool:
        return isinstance(self.instants, Once)

    @property
    def window_ms(self) -> Millis:
        """How late a run may be, by choice."""
        window: Mapping[str, Any] = self.settings["FlexibleTimeWindow"]
        return 0 if window["Mode"] == OFF else int(window["MaximumWindowInMinutes"]) * MINUTE_MS

    @property
    def is_deleted_after_completion(self) -> bool:
        return bool(self.settings["ActionAfterCompletion"] == DELETE)

    def next_after(self, instant: Millis) -> Millis | None:
        """Return the next planned run, within start and end."""
        start, end = self.settings.get("StartDate"), self.settings.get("EndDate")
        since = instant if start is None or self.is_one_time else max(instant, start - 1)
        planned = self.instants.after(since)
        is_over = planned is not None and end is not None and not self.is_one_time and planned > end
        return None if is_over else planned

    def shown(self) -> dict[str, Any]:
        """Return the schedule as GetSchedule shows it."""
        times = {"CreationDate": self.created_at, "LastModificationDate": self.modified_at}
        return {"Arn": self.arn, "GroupName": self.group, "Name": self.name, **self.settings, **times}

    def listed(self) -> dict[str, Any]:
        """Return the schedule as ListSchedules shows it."""
        shown = self.shown()
        members = ("Arn", "Name", "GroupName", "State", "CreationDate", "LastModificationDate")
        return {**{name: shown[name] for name in members}, "Target": {"Arn": self.settings["Target"]["Arn"]}}
