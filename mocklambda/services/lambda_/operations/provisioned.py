"""Provisioned concurrency configs; allocating is the core's."""

from __future__ import annotations

from datetime import datetime, timezone

from mocklambda.execution.provisioned import ProvisionedView
from mocklambda.services.lambda_ import errors, names
from mocklambda.services.lambda_.function import Function
from mocklambda.services.lambda_.operations import paging
from mocklambda.services.lambda_.operations.locate import Located, locate
from mocklambda.services.lambda_.provisioning import provision, unpublished
from mocklambda.services.lambda_.state import Lambda
from mocklambda.services.service import AwsError, Context, Request, Result, operation

LARGEST_PAGE = 50


@operation("PutProvisionedConcurrencyConfig")
def put_provisioned(ctx: Context[Lambda], request: Request) -> Result:
    """Ask for environments made ahead, for a version or an alias."""
    found = locate(ctx, request, "PutProvisionedConcurrencyConfig")
    if found.qualifier == names.LATEST:
        raise unpublished()
    function, qualifier = _must_exist(found)
    view = provision(found.state, function, qualifier, request["ProvisionedConcurrentExecutions"])
    ctx.reply.status = 202
    return _reply(view)


@operation("GetProvisionedConcurrencyConfig")
def get_provisioned(ctx: Context[Lambda], request: Request) -> Result:
    function, qualifier = _published(locate(ctx, request, "GetProvisionedConcurrencyConfig"))
    view = ctx.scope.execution.provisioned.get(function.arn, qualifier)
    if view is None:
        raise AwsError(
            "ProvisionedConcurrencyConfigNotFoundException",
            "No Provisioned Concurrency Config found for this function",
            404,
            fields=errors.USER,
        )
    return _reply(view)


@operation("DeleteProvisionedConcurrencyConfig")
def delete_provisioned(ctx: Context[Lambda], request: Request) -> Result:
    """Give a version's or alias's environments up; none is fine."""
    function, qualifier = _published(locate(ctx, request, "DeleteProvisionedConcurrencyConfig"))
    ctx.scope.execution.provisioned.delete(function.arn, qualifier)
    ctx.reply.status = 204
    return {}


@operation("ListProvisionedConcurrencyConfigs")
def list_provisioned(ctx: Context[Lambda], request: Request) -> Result:
    found = locate(ctx, request, "ListProvisionedConcurrencyConfigs")
    function = found.must_exist()
    views = {view.qualifier: view for view in ctx.scope.execution.provisioned.of_function(function.arn)}
    keys, more = paging.page(sorted(views), request, LARGEST_PAGE)
    configs = [{"FunctionArn": found.state.arn(found.name, key), **_reply(views[key])} for key in keys]
    return {"ProvisionedConcurrencyConfigs": configs, **more}


# -- inside ----------------------------------------------------------------------------------------------


def _published(found: Located) -> tuple[Function, str]:
    if found.qualifier == names.LATEST:
        raise errors.invalid_parameter(
            "The function resource provided must be an alias or a published version."
        )
    return _must_exist(found)


def _must_exist(found: Located) -> tuple[Function, str]:
    qualifier = found.qualifier or names.LATEST
    if found.function is None or found.function.find(qualifier) is None:
        if names.is_version(qualifier):
            raise errors.function_not_found(found.asked_arn)
        raise errors.alias_not_found(found.asked_arn)
    return found.function, qualifier


def _reply(view: ProvisionedView) -> Result:
    modified = datetime.fromtimestamp(view.modified_at // 1000, tz=timezone.utc)
    reply: Result = {
        "RequestedProvisionedConcurrentExecutions": view.requested,
        "AvailableProvisionedConcurrentExecutions": view.available,
        "AllocatedProvisionedConcurrentExecutions": view.allocated,
        "Status": view.status.value,
        "LastModified": f"{modified:%Y-%m-%dT%H:%M:%S}+0000",
    }
    if view.status_reason is not None:
        reply["StatusReason"] = view.status_reason
    return reply
