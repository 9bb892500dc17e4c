"""Schedule groups and their tags."""

from __future__ import annotations

from typing import Any

from mocklambda.services.links import Arn
from mocklambda.services.scheduler import errors
from mocklambda.services.scheduler.operations.finding import Ctx, find_group, page
from mocklambda.services.scheduler.state import DEFAULT, Group
from mocklambda.services.service import Request, Result, operation


@operation("CreateScheduleGroup")
def create_schedule_group(ctx: Ctx, request: Request) -> Result:
    name, token = request["Name"], request.get("ClientToken")
    existing = ctx.state.groups.get(name)
    if existing is not None:
        if existing.client_token is None or existing.client_token != token:
            raise errors.group_exists(name)
        return {"ScheduleGroupArn": existing.arn}  # the same call again
    tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags") or []}
    return {"ScheduleGroupArn": ctx.state.create_group(name, tags, token).arn}


@operation("GetScheduleGroup")
def get_schedule_group(ctx: Ctx, request: Request) -> Result:
    return _shown(find_group(ctx, request["Name"]))


@operation("DeleteScheduleGroup")
def delete_schedule_group(ctx: Ctx, request: Request) -> Result:
    group = find_group(ctx, request["Name"])
    if group.name == DEFAULT:
        raise errors.validation("The default schedule group cannot be deleted.")
    ctx.state.delete_group(group)
    return {}


@operation("ListScheduleGroups")
def list_schedule_groups(ctx: Ctx, request: Request) -> Result:
    prefix = request.get("NamePrefix") or ""
    found = {name: _shown(group) for name, group in ctx.state.groups.items() if name.startswith(prefix)}
    return page(request, "ScheduleGroups", found)


def _shown(group: Group) -> dict[str, Any]:
    times = {"CreationDate": group.created_at, "LastModificationDate": group.created_at}
    return {"Arn": group.arn, "Name": group.name, "State": "ACTIVE", **times}


def _tagged(ctx: Ctx, request: Request) -> dict[str, str]:
    kind, _, name = Arn.parse(request["ResourceArn"]).resource.partition("/")
    if kind != "schedule-group":
        raise errors.validation("Tags belong to schedule groups only.")
    return find_group(ctx, name).tags


@operation("TagResource")
def tag_resource(ctx: Ctx, request: Request) -> Result:
    _tagged(ctx, request).update((tag["Key"], tag["Value"]) for tag in request["Tags"])
    return {}


@operation("UntagResource")
def untag_resource(ctx: Ctx, request: Request) -> Result:
    tags = _tagged(ctx, request)
    for key in request["TagKeys"]:
        tags.pop(key, None)
    return {}


@operation("ListTagsForResource")
def list_tags_for_resource(ctx: Ctx, request: Request) -> Result:
    return {"Tags": [{"Key": key, "Value": value} for key, value in _tagged(ctx, request).items()]}
