"""Recursive loops and runtime management of a function."""

from __future__ import annotations

from mocklambda.services.lambda_ import errors, names, runtimes
from mocklambda.services.lambda_.operations.locate import Located, locate
from mocklambda.services.lambda_.state import Lambda
from mocklambda.services.service import Context, Request, Result, operation


@operation("PutFunctionRecursionConfig")
def put_recursion(ctx: Context[Lambda], request: Request) -> Result:
    function = locate(ctx, request, "PutFunctionRecursionConfig").must_exist()
    function.recursive_loop = request["RecursiveLoop"]
    return {"RecursiveLoop": function.recursive_loop}


@operation("GetFunctionRecursionConfig")
def get_recursion(ctx: Context[Lambda], request: Request) -> Result:
    function = locate(ctx, request, "GetFunctionRecursionConfig").must_exist()
    return {"RecursiveLoop": function.recursive_loop}


@operation("PutRuntimeManagementConfig")
def put_runtime_management(ctx: Context[Lambda], request: Request) -> Result:
    """Say when a version's runtime may change; while ``Manual``, its identifier may not."""
    found = locate(ctx, request, "PutRuntimeManagementConfig")
    mode, arn = request["UpdateRuntimeOn"], request.get("RuntimeVersionArn")
    own_arn = _runtime_arn(found)
    if mode == "Manual" and not arn:
        raise errors.invalid_parameter("RuntimeVersionArn is required when UpdateRuntimeOn is set to Manual.")
    if mode != "Manual" and arn:
        raise errors.invalid_parameter(
            f"RuntimeVersionArn can not be specified when UpdateRuntimeOn is set to {mode}."
        )
    if arn and arn != own_arn:
        raise errors.invalid_parameter(f"Runtime version {arn} is not available.")
    assert found.function is not None
    found.function.runtime_management[found.qualifier or names.LATEST] = (mode, arn)
    return _reply(found)


@operation("GetRuntimeManagementConfig")
def get_runtime_management(ctx: Context[Lambda], request: Request) -> Result:
    found = locate(ctx, request, "GetRuntimeManagementConfig")
    _runtime_arn(found)
    return _reply(found)


def _runtime_arn(found: Located) -> str:
    function = found.must_exist(found.missing)
    version = function.find(found.qualifier)
    if version is None:
        raise errors.function_not_found(found.asked_arn)
    settings = version.settings
    return runtimes.version_arn(found.state.scope.region, settings.runtime or "", settings.architecture)


def _reply(found: Located) -> Result:
    assert found.function is not None
    mode, arn = found.function.runtime_management.get(found.qualifier or names.LATEST, ("Auto", None))
    reply: Result = {"UpdateRuntimeOn": mode, "FunctionArn": found.asked_arn}
    if arn is not None:
        reply["RuntimeVersionArn"] = arn
    return reply
