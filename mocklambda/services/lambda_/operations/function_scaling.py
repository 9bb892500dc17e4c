"""Scaling configs of functions on managed instances: how many environments a version keeps and may have."""

from __future__ import annotations

from mocklambda.services.lambda_ import errors
from mocklambda.services.lambda_.function import Function, Version
from mocklambda.services.lambda_.hosting import apply, room_for, usual_bounds
from mocklambda.services.lambda_.instances import ACTIVE, Bounds
from mocklambda.services.lambda_.operations.locate import Located, locate
from mocklambda.services.lambda_.state import Lambda
from mocklambda.services.service import Context, Request, Result, operation


@operation("PutFunctionScalingConfig")
def put_scaling(ctx: Context[Lambda], request: Request) -> Result:
    """Set a version's fewest and most environments; none at all deactivates it."""
    found = locate(ctx, request, "PutFunctionScalingConfig")
    function, version = _hosted(found)
    hosting = version.hosting
    assert hosting is not None
    bounds = _bounds(found.state, version, request)
    hosting.requested = bounds
    hosting.reason = None
    if bounds is not None and bounds[1] == 0:
        hosting.state = "Deactivating"
    elif hosting.state != ACTIVE:
        hosting.state = "Pending"
    apply(found.state, function, version)
    ctx.reply.status = 202
    return {"FunctionState": version.state}


@operation("GetFunctionScalingConfig")
def get_scaling(ctx: Context[Lambda], request: Request) -> Result:
    """Tell what was asked for and what is in effect."""
    found = locate(ctx, request, "GetFunctionScalingConfig")
    _, version = _hosted(found)
    hosting = version.hosting
    assert hosting is not None
    requested = hosting.requested or usual_bounds(found.state, version.settings)
    reply: Result = {"FunctionArn": found.asked_arn, "RequestedFunctionScalingConfig": _shown(requested)}
    if hosting.applied is not None:
        reply["AppliedFunctionScalingConfig"] = _shown(hosting.applied)
    return reply


def _hosted(found: Located) -> tuple[Function, Version]:
    function = found.must_exist(found.missing)
    version = function.find(found.qualifier)
    if version is None:
        raise errors.function_not_found(found.asked_arn)
    if version.hosting is None:  # I
        raise errors.invalid_parameter(
            "The function scaling configuration is only supported for functions on Lambda Managed Instances."
        )
    return function, version


def _bounds(state: Lambda, version: Version, request: Request) -> Bounds | None:
    """Return the bounds asked for, filled in; None without any: those that are usual."""
    sent = request.get("FunctionScalingConfig") or {}
    fewest, most = sent.get("MinExecutionEnvironments"), sent.get("MaxExecutionEnvironments")
    if fewest is None and most is None:
        return None
    usual, room = usual_bounds(state, version.settings)
    most = room if most is None else most
    fewest = min(usual, most) if fewest is None else fewest
    if fewest > most:  # I: the texts
        raise errors.invalid_parameter(
            "MinExecutionEnvironments must be less than or equal to MaxExecutionEnvironments."
        )
    if fewest > room_for(state, version.settings):
        raise errors.invalid_parameter(
            f"MinExecutionEnvironments takes more vCPUs than the capacity provider's MaxVCpuCount: "
            f"there is room for {room}."
        )
    return fewest, most


def _shown(bounds: Bounds) -> dict[str, int]:
    return {"MinExecutionEnvironments": bounds[0], "MaxExecutionEnvironments": bounds[1]}
