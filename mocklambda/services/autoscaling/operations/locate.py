"""Which scalable target a request means, and pages of what is listed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from mocklambda.execution.ports import Scalable
from mocklambda.services.autoscaling import errors
from mocklambda.services.autoscaling.state import DIMENSION, AutoScaling
from mocklambda.services.autoscaling.target import Target
from mocklambda.services.service import Context, Request, Result

_RESOURCE = re.compile(r"function:[a-zA-Z0-9-_]+:[a-zA-Z0-9-_]+")
LARGEST_PAGE = 50


def find_resource(ctx: Context[AutoScaling], request: Request) -> tuple[str, Scalable]:
    """Return resource id and resource of a request to register; raises for what can not be scaled."""
    resource_id: str = request["ResourceId"]
    if request["ScalableDimension"] != DIMENSION or _RESOURCE.fullmatch(resource_id) is None:
        raise errors.unsupported()
    resource = ctx.state.scalable(resource_id)
    if resource is None:  # I
        raise errors.validation(f"Lambda function doesn't exist: {resource_id}")
    return resource_id, resource


def find_target(ctx: Context[AutoScaling], request: Request) -> Target:
    """Return the target of a request; raises when it is not registered."""
    if request["ScalableDimension"] != DIMENSION:
        raise errors.unsupported()
    target = ctx.state.targets.get(request["ResourceId"])
    if target is None:
        raise errors.no_target(request["ResourceId"])
    return target


def is_meant(request: Request, resource_id: str) -> bool:
    """Tell whether a describing request's resource and dimension let this one through."""
    return request.get("ResourceId") in {None, resource_id} and request.get("ScalableDimension") in {
        None,
        DIMENSION,
    }


def page(request: Request, member: str, items: Sequence[dict[str, Any]], largest: int) -> Result:
    """Return one page; the token is where the next begins."""
    token = request.get("NextToken")
    if token is not None and not token.isdigit():
        raise errors.bad_token(token)
    limit = request.get("MaxResults") or largest
    if not 1 <= limit <= largest:
        raise errors.validation(f"MaxResults must be between 1 and {largest}")
    start = int(token or 0)
    result: Result = {member: list(items[start : start + limit])}
    if start + limit < len(items):
        result["NextToken"] = str(start + limit)
    return result
