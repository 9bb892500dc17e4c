"""Tags of buses and rules."""

from __future__ import annotations

from mocklambda.services.events import errors
from mocklambda.services.events.bus import DEFAULT
from mocklambda.services.events.operations.finding import Events, find_bus
from mocklambda.services.links import Arn
from mocklambda.services.service import Request, Result, operation


def _tags(ctx: Events, request: Request) -> dict[str, str]:
    try:
        arn = Arn.parse(request["ResourceARN"])
    except ValueError:
        raise errors.validation("Parameter ResourceARN is not valid.") from None
    kind, _, path = arn.resource.partition("/")
    if kind == "event-bus":
        return find_bus(ctx, path, "TagResource")[1].tags
    bus_name, _, name = path.rpartition("/")
    return find_bus(ctx, bus_name or DEFAULT, "TagResource")[1].rule(name).tags


@operation("TagResource")
def tag_resource(ctx: Events, request: Request) -> Result:
    _tags(ctx, request).update((tag["Key"], tag["Value"]) for tag in request["Tags"])
    return {}


@operation("UntagResource")
def untag_resource(ctx: Events, request: Request) -> Result:
    tags = _tags(ctx, request)
    for key in request["TagKeys"]:
        tags.pop(key, None)
    return {}


@operation("ListTagsForResource")
def list_tags_for_resource(ctx: Events, request: Request) -> Result:
    return {"Tags": [{"Key": key, "Value": value} for key, value in _tags(ctx, request).items()]}
