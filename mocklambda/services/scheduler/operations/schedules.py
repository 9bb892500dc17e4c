"""Schedules: created, replaced, shown, deleted."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mocklambda.clock.base import Millis
from mocklambda.services.acting import may_assume
from mocklambda.services.scheduler import errors
from mocklambda.services.scheduler.operations.finding import Ctx, find_group, find_schedule, page
from mocklambda.services.scheduler.schedule import OFF, Schedule
from mocklambda.services.scheduler.target import PRINCIPAL, checked
from mocklambda.services.schedules import (
    InvalidSchedule,
    Rate,
    Schedule as Instants,
    read_cron,
    read_once,
    read_rate,
)
from mocklambda.services.service import Request, Result, operation

_OLDEST_START_MS = 300_000
_OPTIONAL = ("StartDate", "EndDate", "Description", "KmsKeyArn")
_DEFAULTS = {"ScheduleExpressionTimezone": "UTC", "State": "ENABLED", "ActionAfterCompletion": "NONE"}


@operation("CreateSchedule")
def create_schedule(ctx: Ctx, request: Request) -> Result:
    schedule = _read(ctx, request, created_at=ctx.now)
    existing = find_group(ctx, schedule.group).schedules.get(schedule.name)
    if existing is not None:
        if existing.client_token is None or existing.client_token != schedule.client_token:
            raise errors.schedule_exists(schedule.name)
        return {"ScheduleArn": existing.arn}  # the same call again
    ctx.state.put(schedule)
    return {"ScheduleArn": schedule.arn}


@operation("UpdateSchedule")
def update_schedule(ctx: Ctx, request: Request) -> Result:
    existing = find_schedule(ctx, request)
    schedule = _read(ctx, request, created_at=existing.created_at)
    ctx.state.put(schedule)
    return {"ScheduleArn": schedule.arn}


def _read(ctx: Ctx, request: Request, *, created_at: Millis) -> Schedule:
    instants = _instants(ctx, request)
    _check_dates(ctx, request)
    window = request["FlexibleTimeWindow"]
    if (window["Mode"] == OFF) != (window.get("MaximumWindowInMinutes") is None):
        state = "not allowed" if window["Mode"] == OFF else "required"
        raise errors.validation(f"MaximumWindowInMinutes is {state} if Mode is {window['Mode']}.")
    owner = find_group(ctx, request.get("GroupName"))
    group = owner.name
    target = checked(request["Target"])
    if not may_assume(ctx.scope.access, target["RoleArn"], PRINCIPAL, owner.arn):
        raise errors.role_not_assumable()
    settings: dict[str, Any] = {"ScheduleExpression": request["ScheduleExpression"]}
    settings |= {name: request[name] for name in _OPTIONAL if request.get(name) is not None}
    settings |= {name: request.get(name) or default for name, default in _DEFAULTS.items()}
    settings |= {"Target": target, "FlexibleTimeWindow": window}
    return Schedule(
        name=request["Name"],
        group=group,
        arn=ctx.state.arn(f"schedule/{group}/{request['Name']}"),
        settings=settings,
        instants=instants,
        created_at=created_at,
        modified_at=ctx.now,
        client_token=request.get("ClientToken"),
    )


def _instants(ctx: Ctx, request: Request) -> Instants:
    expression = request["ScheduleExpression"]
    zone = _zone(request.get("ScheduleExpressionTimezone") or "UTC")
    try:
        if expression.startswith("rate"):
            return _rate(expression, request.get("StartDate") or ctx.now)
        return read_once(expression, zone) if expression.startswith("at") else read_cron(expression, zone)
    except InvalidSchedule:
        raise errors.invalid_expression(expression) from None


def _rate(expression: str, start: Millis) -> Rate:
    """Read a rate that runs at its start too, as documented (a rule's first run is a period later)."""
    period = read_rate(expression, start).period_ms
    return Rate(period_ms=period, start=start - period)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise errors.validation(f"Invalid Schedule Expression Timezone {name}.") from None


def _check_dates(ctx: Ctx, request: Request) -> None:
    start, end = request.get("StartDate"), request.get("EndDate")
    if start is not None and start < ctx.now - _OLDEST_START_MS:
        raise errors.validation("The StartDate you specify cannot be earlier than 5 minutes ago.")
    if end is not None and end < (ctx.now if start is None else start):
        raise errors.validation("The EndDate you specify cannot be earlier than the StartDate.")


@operation("GetSchedule")
def get_schedule(ctx: Ctx, request: Request) -> Result:
    return find_schedule(ctx, request).shown()


@operation("DeleteSchedule")
def delete_schedule(ctx: Ctx, request: Request) -> Result:
    ctx.state.remove(find_schedule(ctx, request))
    return {}


@operation("ListSchedules")
def list_schedules(ctx: Ctx, request: Request) -> Result:
    wanted = request.get("GroupName")
    groups = ctx.state.groups.values() if wanted is None else [find_group(ctx, wanted)]
    prefix, state = request.get("NamePrefix") or "", request.get("State")
    found = {
        f"{group.name}/{name}": schedule.listed()
        for group in groups
        for name, schedule in group.schedules.items()
        if name.startswith(prefix) and state in {None, schedule.settings["State"]}
    }
    return page(request, "Schedules", found)
