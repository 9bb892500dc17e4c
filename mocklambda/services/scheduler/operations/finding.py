"""Finds the group and schedule that a request means, and turns pages; shared by the operations."""

from __future__ import annotations

import base64
from bisect import bisect_right
from collections.abc import Mapping
from typing import Any

from mocklambda.services.scheduler import errors
from mocklambda.services.scheduler.schedule import Schedule
from mocklambda.services.scheduler.state import DEFAULT, Group, Scheduler
from mocklambda.services.service import Context, Request

Ctx = Context[Scheduler]
PAGE = 100


def find_group(ctx: Ctx, name: str | None) -> Group:
    """Return a group, the default one for no name."""
    group = ctx.state.groups.get(name or DEFAULT)
    if group is None:
        raise errors.group_not_found(name or DEFAULT)
    return group


def find_schedule(ctx: Ctx, request: Request) -> Schedule:
    """Return the schedule that a request names."""
    schedule = find_group(ctx, request.get("GroupName")).schedules.get(request["Name"])
    if schedule is None:
        raise errors.schedule_not_found(request["Name"])
    return schedule


def page(request: Request, name: str, items: Mapping[str, Any]) -> dict[str, Any]:
    """Return a page of items in the order of their keys, and the token for the next."""
    keys = sorted(items)
    start = bisect_right(keys, _last_seen(request.get("NextToken")))
    end = start + (request.get("MaxResults") or PAGE)
    result: dict[str, Any] = {name: [items[key] for key in keys[start:end]]}
    if end < len(keys):
        result["NextToken"] = base64.b64encode(keys[end - 1].encode()).decode()
    return result


def _last_seen(token: str | None) -> str:
    if token is None:
        return ""
    try:
        return base64.b64decode(token, validate=True).decode()
    except ValueError:
        raise errors.validation("Invalid NextToken.") from None
