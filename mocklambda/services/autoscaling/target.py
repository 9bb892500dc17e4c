"""A scalable target and what hangs on it: its policy, its scheduled actions, what was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.execution.ports import Subscription, Timer
from mocklambda.services.autoscaling.tracking import Meter, Side, Tracking
from mocklambda.services.schedules import Once, Schedule

NOTHING_SUSPENDED = {
    "DynamicScalingInSuspended": False,
    "DynamicScalingOutSuspended": False,
    "ScheduledScalingSuspended": False,
}


@dataclass(slots=True, kw_only=True)
class Policy:
    """A target tracking policy."""

    name: str
    arn: str
    config: Mapping[str, Any]
    """As sent."""
    alarms: Mapping[Side, tuple[str, str]]
    """Name and ARN."""
    tracking: Tracking
    created_at: Millis

    @property
    def scales_in(self) -> bool:
        return not self.config.get("DisableScaleIn")


@dataclass(slots=True, kw_only=True)
class Action:
    """A scheduled action."""

    name: str
    arn: str
    members: Mapping[str, Any]
    """Schedule, Timezone, StartTime, EndTime, ScalableTargetAction, as sent."""
    instants: Schedule
    created_at: Millis
    timer: Timer | None = None

    @property
    def is_one_time(self) -> bool:
        return isinstance(self.instants, Once)

    def next_after(self, instant: Millis) -> Millis | None:
        """Return its next run, within start and end."""
        start, end = self.members.get("StartTime"), self.members.get("EndTime")
        due = self.instants.after(instant if start is None else max(instant, start - 1))
        return None if due is not None and end is not None and due > end else due


@dataclass(slots=True, kw_only=True)
class Activity:
    """One thing that was done."""

    activity_id: str
    resource_id: str
    description: str
    cause: str
    started_at: Millis
    status: str = "InProgress"
    message: str = ""
    ended_at: Millis | None = None

    def end(self, status: str, message: str, now: Millis) -> None:
        """Note how it ended."""
        self.status, self.message, self.ended_at = status, message, now


@dataclass(slots=True, kw_only=True)
class Target:
    """A version's or alias's provisioned concurrency, registered to be scaled."""

    resource_id: str
    arn: str
    resource_arn: str
    """The function's, with its qualifier."""
    minimum: int
    maximum: int
    suspended: dict[str, bool]
    tags: dict[str, str]
    created_at: Millis
    policy: Policy | None = None
    actions: dict[str, Action] = field(default_factory=dict)
    watching: Subscription | None = None
    meter: Meter | None = None
    """Of the minute that runs, while there is anything in it."""
    activity: Activity | None = None
    """The change of capacity that is under way."""

    def clamp(self, capacity: int) -> int:
        """Return the nearest capacity within the limits."""
        return max(self.minimum, min(self.maximum, capacity))
