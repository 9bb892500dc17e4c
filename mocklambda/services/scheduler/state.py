"""All schedules and their groups of one account in one region; parks them on the clock and runs them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from mocklambda.clock.base import Millis
from mocklambda.services.scheduler.delivery import Parcel
from mocklambda.services.scheduler.schedule import Schedule
from mocklambda.services.scheduler.target import Run
from mocklambda.services.service import Scope
from mocklambda.services.undelivered import Undelivered

DEFAULT = "default"


@dataclass(slots=True, kw_only=True)
class Group:
    """A named set of schedules."""

    name: str
    arn: str
    created_at: Millis
    client_token: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    schedules: dict[str, Schedule] = field(default_factory=dict)


class Scheduler:
    """EventBridge Scheduler in one account and region."""

    def __init__(self, scope: Scope[Scheduler]) -> None:
        self.scope = scope
        self.undelivered = Undelivered()
        self.groups: dict[str, Group] = {}
        self.create_group(DEFAULT, {}, None)

    def arn(self, resource: str) -> str:
        return f"arn:aws:scheduler:{self.scope.region}:{self.scope.account}:{resource}"

    def create_group(self, name: str, tags: dict[str, str], client_token: str | None) -> Group:
        """Make a group; whether one of that name is there has been looked at."""
        group = Group(
            name=name,
            arn=self.arn(f"schedule-group/{name}"),
            created_at=self.scope.clock.now(),
            client_token=client_token,
            tags=tags,
        )
        self.groups[name] = group
        return group

    def delete_group(self, group: Group) -> None:
        """Delete a group with its schedules."""
        for schedule in list(group.schedules.values()):
            self.remove(schedule)
        del self.groups[group.name]

    def put(self, schedule: Schedule) -> None:
        """Keep a schedule, in place of that of the same name, and park its first run."""
        schedules = self.groups[schedule.group].schedules
        previous = schedules.get(schedule.name)
        if previous is not None:
            self._unpark(previous)
        schedules[schedule.name] = schedule
        if schedule.is_enabled:
            self._park(schedule, schedule.modified_at - 1)

    def remove(self, schedule: Schedule) -> None:
        """Delete a schedule."""
        self._unpark(schedule)
        del self.groups[schedule.group].schedules[schedule.name]

    def _park(self, schedule: Schedule, since: Millis) -> bool:
        planned = schedule.next_after(since)
        if planned is None:
            return False
        when = planned + int(schedule.window_ms * self.scope.ids.fraction())
        run = partial(self._run, schedule, planned)
        if when <= self.scope.clock.now():
            self.scope.outbox.soon(run)
        else:
            label = f"schedule {schedule.group}/{schedule.name}"
            is_recurring = not schedule.is_one_time
            schedule.timer = self.scope.clock.call_at(when, run, label=label, recurring=is_recurring)
        return True

    @staticmethod
    def _unpark(schedule: Schedule) -> None:
        if schedule.timer is not None:
            schedule.timer.cancel()
            schedule.timer = None

    def _run(self, schedule: Schedule, planned: Millis) -> None:
        group = self.groups.get(schedule.group)
        if group is None or group.schedules.get(schedule.name) is not schedule:
            return  # held back by a pause, and meanwhile deleted or replaced
        scope = self.scope
        run = Run(
            schedule_arn=schedule.arn,
            group_arn=group.arn,
            target=schedule.settings["Target"],
            execution_id=scope.ids.hex(32),
            event_id=scope.ids.uuid(),
            planned_at=planned,
            started_at=scope.clock.now(),
        )
        schedule.timer = None
        goes_on = self._park(schedule, planned)
        if not goes_on and schedule.is_deleted_after_completion:
            self.remove(schedule)
        Parcel(scope, self.undelivered, run).attempt(0)
