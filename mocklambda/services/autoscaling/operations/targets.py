"""Scalable targets: registered, described, given up."""

from __future__ import annotations

from typing import Any

from mocklambda.services.autoscaling import errors
from mocklambda.services.autoscaling.operations.locate import (
    LARGEST_PAGE,
    find_resource,
    find_target,
    is_meant,
    page,
)
from mocklambda.services.autoscaling.state import DIMENSION, NAMESPACE, AutoScaling
from mocklambda.services.autoscaling.target import NOTHING_SUSPENDED, Target
from mocklambda.services.service import Context, Request, Result, operation

ROLE = (
    "role/aws-service-role/lambda.application-autoscaling.amazonaws.com/"
    "AWSServiceRoleForApplicationAutoScaling_LambdaConcurrency"
)
"""For Lambda always this; a RoleARN that is sent plays no part (D)."""


@operation("RegisterScalableTarget")
def register(ctx: Context[AutoScaling], request: Request) -> Result:
    """Register a version or alias to be scaled, or change its limits; its capacity stays as it is."""
    resource_id, resource = find_resource(ctx, request)
    known = ctx.state.targets.get(resource_id)
    minimum = request.get("MinCapacity", None if known is None else known.minimum)
    maximum = request.get("MaxCapacity", None if known is None else known.maximum)
    if minimum is None or maximum is None:  # I: the texts of these three
        raise errors.validation("Min and max capacity are required to register a scalable target")
    if minimum < 0 or maximum < 0:
        raise errors.validation("Min and max capacity must not be negative")
    if minimum > maximum:
        raise errors.validation("Maximum capacity cannot be less than minimum capacity")
    suspended = {key: bool(value) for key, value in (request.get("SuspendedState") or {}).items()}
    if known is None:
        arn = ctx.state.arn(f"scalable-target/{ctx.scope.ids.hex(36)}", "application-autoscaling")
        known = Target(
            resource_id=resource_id,
            arn=arn,
            resource_arn=ctx.state.resource_arn(resource_id),
            minimum=minimum,
            maximum=maximum,
            suspended={**NOTHING_SUSPENDED, **suspended},
            tags=dict(request.get("Tags") or {}),
            created_at=ctx.now,
        )
        ctx.state.register(known, resource)
    elif request.get("Tags"):
        raise errors.validation("Tags can only be specified for a new scalable target")  # D; text I
    else:
        known.minimum, known.maximum = minimum, maximum
        known.suspended.update(suspended)
    return {"ScalableTargetARN": known.arn}


@operation("DeregisterScalableTarget")
def deregister(ctx: Context[AutoScaling], request: Request) -> Result:
    """Forget a target, its policy and its scheduled actions; the capacity stays as it is (D)."""
    ctx.state.deregister(find_target(ctx, request))
    return {}


@operation("DescribeScalableTargets")
def describe(ctx: Context[AutoScaling], request: Request) -> Result:
    wanted = request.get("ResourceIds")
    found = [
        _shown(ctx, target)
        for target in ctx.state.targets.values()
        if is_meant(request, target.resource_id) and (not wanted or target.resource_id in wanted)
    ]
    return page(request, "ScalableTargets", found, LARGEST_PAGE)


def _shown(ctx: Context[AutoScaling], target: Target) -> dict[str, Any]:
    return {
        "ServiceNamespace": NAMESPACE,
        "ResourceId": target.resource_id,
        "ScalableDimension": DIMENSION,
        "MinCapacity": target.minimum,
        "MaxCapacity": target.maximum,
        "RoleARN": f"arn:aws:iam::{ctx.account}:{ROLE}",
        "CreationTime": target.created_at,
        "SuspendedState": dict(target.suspended),
        "ScalableTargetARN": target.arn,
    }
