"""Target tracking policies on the utilization of provisioned concurrency."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocklambda.services.autoscaling import errors
from mocklambda.services.autoscaling.operations.locate import find_target, is_meant, page
from mocklambda.services.autoscaling.state import DIMENSION, NAMESPACE, AutoScaling
from mocklambda.services.autoscaling.target import Policy, Target
from mocklambda.services.autoscaling.tracking import Side, Tracking
from mocklambda.services.service import Context, Request, Result, operation

TRACKING = "TargetTrackingScaling"
METRIC = "LambdaProvisionedConcurrencyUtilization"
LARGEST_PAGE = 10


@operation("PutScalingPolicy")
def put_policy(ctx: Context[AutoScaling], request: Request) -> Result:
    """Have a capacity follow its utilization."""
    target, known, name = find_target(ctx, request), None, request["PolicyName"]
    if target.policy is not None:
        if target.policy.name != name:
            raise errors.validation(
                "Only one TargetTrackingScaling policy for a given metric specification is allowed."
            )
        known = target.policy
    if (request.get("PolicyType") or (known and TRACKING)) != TRACKING:  # D: Lambda has no other; text I
        raise errors.validation("Lambda supports target tracking scaling policies and scheduled scaling only")
    config = request.get("TargetTrackingScalingPolicyConfiguration") or (known and known.config)
    if not config:
        raise errors.validation(f"TargetTrackingScalingPolicyConfiguration is required for {TRACKING}")
    _check(config)
    policy = _policy(ctx, target, name, config, known)
    target.policy = policy
    return {"PolicyARN": policy.arn, "Alarms": _alarms(policy)}


@operation("DeleteScalingPolicy")
def delete_policy(ctx: Context[AutoScaling], request: Request) -> Result:
    target, name = find_target(ctx, request), request["PolicyName"]
    if target.policy is None or target.policy.name != name:
        raise errors.no_policy(target.resource_id, name)
    target.policy = None
    return {}


@operation("DescribeScalingPolicies")
def describe_policies(ctx: Context[AutoScaling], request: Request) -> Result:
    wanted = request.get("PolicyNames")
    found = [
        _shown(target, target.policy)
        for target in ctx.state.targets.values()
        if target.policy is not None
        and is_meant(request, target.resource_id)
        and (not wanted or target.policy.name in wanted or target.policy.arn in wanted)
    ]
    return page(request, "ScalingPolicies", found, LARGEST_PAGE)


# -- inside ----------------------------------------------------------------------------------------------


def _check(config: Mapping[str, Any]) -> None:
    if config.get("CustomizedMetricSpecification"):
        raise errors.not_simulated("CustomizedMetricSpecification")
    predefined = config.get("PredefinedMetricSpecification") or {}
    metric = predefined.get("PredefinedMetricType")
    if metric != METRIC or predefined.get("ResourceLabel"):  # I
        raise errors.validation(f"The metric {metric} is not supported for the service namespace {NAMESPACE}")
    if not config["TargetValue"] > 0:
        raise errors.validation("TargetValue must be greater than 0")


def _policy(
    ctx: Context[AutoScaling], target: Target, name: str, config: Mapping[str, Any], known: Policy | None
) -> Policy:
    ids = ctx.scope.ids
    resource = f"resource/{NAMESPACE}/{target.resource_id}"
    arn = ctx.state.arn(f"scalingPolicy:{ids.uuid()}:{resource}:policyName/{name}")
    alarms = {}
    for side in Side:
        alarm = f"TargetTracking-{target.resource_id}-Alarm{side.value}-{ids.uuid()}"
        alarms[side] = (alarm, ctx.state.arn(f"alarm:{alarm}", "cloudwatch"))
    return Policy(
        name=name,
        arn=arn if known is None else known.arn,
        config=config,
        alarms=alarms if known is None else known.alarms,
        tracking=Tracking(
            target=config["TargetValue"],
            out_cooldown_ms=config.get("ScaleOutCooldown", 0) * 1000,
            in_cooldown_ms=config.get("ScaleInCooldown", 0) * 1000,
        ),
        created_at=ctx.now if known is None else known.created_at,
    )


def _alarms(policy: Policy) -> list[dict[str, str]]:
    return [{"AlarmName": name, "AlarmARN": arn} for name, arn in policy.alarms.values()]


def _shown(target: Target, policy: Policy) -> dict[str, Any]:
    return {
        "PolicyARN": policy.arn,
        "PolicyName": policy.name,
        "ServiceNamespace": NAMESPACE,
        "ResourceId": target.resource_id,
        "ScalableDimension": DIMENSION,
        "PolicyType": TRACKING,
        "TargetTrackingScalingPolicyConfiguration": dict(policy.config),
        "Alarms": _alarms(policy),
        "CreationTime": policy.created_at,
    }
