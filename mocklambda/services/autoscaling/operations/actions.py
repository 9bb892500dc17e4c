"""Scheduled actions: limits that change at their time."""

from __future__ import annotations

from datetime import timezone
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mocklambda.clock.base import Millis
from mocklambda.services.autoscaling import errors
from mocklambda.services.autoscaling.operations.locate import LARGEST_PAGE, find_target, is_meant, page
from mocklambda.services.autoscaling.state import DIMENSION, NAMESPACE, AutoScaling
from mocklambda.services.autoscaling.target import Action, Target
from mocklambda.services.schedules import InvalidSchedule, Rate, Schedule, read_cron, read_once, read_rate
from mocklambda.services.service import Context, Request, Result, operation

MEMBERS = ("Schedule", "Timezone", "StartTime", "EndTime", "ScalableTargetAction")


@operation("PutScheduledAction")
def put_action(ctx: Context[AutoScaling], request: Request) -> Result:
    """Make a scheduled action, or change it: what is not sent stays."""
    target, name = find_target(ctx, request), request["ScheduledActionName"]
    known = target.actions.get(name)
    members = {} if known is None else dict(known.members)
    members |= {member: request[member] for member in MEMBERS if request.get(member) is not None}
    if not members.get("Schedule"):  # I: the texts of these three
        raise errors.validation("Schedule is required for a new scheduled action")
    limits = members.get("ScalableTargetAction") or {}
    if limits.get("MinCapacity") is None and limits.get("MaxCapacity") is None:
        raise errors.validation("ScalableTargetAction must have MinCapacity or MaxCapacity")
    minimum, maximum = limits.get("MinCapacity", 0), limits.get("MaxCapacity", limits.get("MinCapacity", 0))
    if minimum > maximum or minimum < 0:
        raise errors.validation("Maximum capacity cannot be less than minimum capacity")
    arn = ctx.state.arn(
        f"scheduledAction:{ctx.scope.ids.uuid()}:resource/{NAMESPACE}/{target.resource_id}"
        f":scheduledActionName/{name}"
    )
    created_at = ctx.now if known is None else known.created_at
    action = Action(
        name=name,
        arn=arn if known is None else known.arn,
        members=members,
        instants=_instants(members, created_at),
        created_at=created_at,
    )
    ctx.state.put_action(target, action)
    return {}


@operation("DeleteScheduledAction")
def delete_action(ctx: Context[AutoScaling], request: Request) -> Result:
    target, name = find_target(ctx, request), request["ScheduledActionName"]
    action = target.actions.get(name)
    if action is None:
        raise errors.no_action(target.resource_id, name)
    ctx.state.drop_action(target, action)
    return {}


@operation("DescribeScheduledActions")
def describe_actions(ctx: Context[AutoScaling], request: Request) -> Result:
    wanted = request.get("ScheduledActionNames")
    found = [
        _shown(target, action)
        for target in ctx.state.targets.values()
        if is_meant(request, target.resource_id)
        for action in target.actions.values()
        if not wanted or action.name in wanted or action.arn in wanted
    ]
    return page(request, "ScheduledActions", found, LARGEST_PAGE)


def _instants(members: dict[str, Any], created_at: Millis) -> Schedule:
    text, start = members["Schedule"], members.get("StartTime")
    try:
        zone = ZoneInfo(members["Timezone"]) if members.get("Timezone") else timezone.utc
    except (ZoneInfoNotFoundError, ValueError):
        raise errors.validation(f"Invalid time zone: {members['Timezone']}") from None
    try:
        if text.startswith("at("):
            return read_once(text, zone)
        if text.startswith("cron("):
            return read_cron(text, zone)
        rate = read_rate(text, created_at)
    except InvalidSchedule:
        raise errors.validation(f"Invalid schedule expression: {text}") from None
    # with a start, it runs at the start too (I)
    return rate if start is None else Rate(period_ms=rate.period_ms, start=start - rate.period_ms)


def _shown(target: Target, action: Action) -> dict[str, Any]:
    return {
        "ScheduledActionName": action.name,
        "ScheduledActionARN": action.arn,
        "ServiceNamespace": NAMESPACE,
        "ResourceId": target.resource_id,
        "ScalableDimension": DIMENSION,
        "CreationTime": action.created_at,
        **action.members,
    }
