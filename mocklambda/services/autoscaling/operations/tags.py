"""Tags of scalable targets."""

from __future__ import annotations

from mocklambda.services.autoscaling import errors
from mocklambda.services.autoscaling.state import AutoScaling
from mocklambda.services.service import AwsError, Context, Request, Result, operation

LIMIT = 50


@operation("TagResource")
def tag_resource(ctx: Context[AutoScaling], request: Request) -> Result:
    """Add tags; equal keys are overwritten."""
    tags = _tags(ctx, request)
    if len({**tags, **request["Tags"]}) > LIMIT:
        raise AwsError("TooManyTagsException", f"A resource can have at most {LIMIT} tags.", 400)
    tags.update(request["Tags"])
    return {}


@operation("UntagResource")
def untag_resource(ctx: Context[AutoScaling], request: Request) -> Result:
    tags = _tags(ctx, request)
    for key in request["TagKeys"]:
        tags.pop(key, None)
    return {}


@operation("ListTagsForResource")
def list_tags(ctx: Context[AutoScaling], request: Request) -> Result:
    return {"Tags": dict(_tags(ctx, request))}


def _tags(ctx: Context[AutoScaling], request: Request) -> dict[str, str]:
    arn = request["ResourceARN"]
    for target in ctx.state.targets.values():
        if target.arn == arn:
            return target.tags
    raise errors.no_resource(arn)
