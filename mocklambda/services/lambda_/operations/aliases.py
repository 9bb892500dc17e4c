"""Aliases: names for versions, with a second version by weight."""

from __future__ import annotations

from collections.abc import Mapping

from mocklambda.services.lambda_ import errors, names, replies
from mocklambda.services.lambda_.function import Alias, Function
from mocklambda.services.lambda_.operations import paging
from mocklambda.services.lambda_.operations.locate import Located, check_revision, locate
from mocklambda.services.lambda_.provisioning import unpublished
from mocklambda.services.lambda_.state import Lambda
from mocklambda.services.service import Context, Request, Result, operation


@operation("CreateAlias")
def create_alias(ctx: Context[Lambda], request: Request) -> Result:
    found = locate(ctx, request, "CreateAlias")
    name, version = request["Name"], request["FunctionVersion"]
    weights = _weights(request) or {}
    _check_count(weights)
    function = found.must_exist(lambda: errors.function_not_found(found.state.arn(found.name, version)))
    _check_target(found, function, version, weights)
    if name in function.aliases:
        raise errors.conflict(f"Alias already exists: {found.state.arn(found.name, name)}")
    alias = Alias(
        name=name,
        version=version,
        description=request.get("Description") or "",
        weights=weights,
        revision_id=ctx.scope.ids.uuid(),
    )
    function.add_alias(alias)
    found.state.wake_mappings(function.name)
    ctx.reply.status = 201
    return replies.alias(alias, found.state.arn(found.name, name))


@operation("GetAlias")
def get_alias(ctx: Context[Lambda], request: Request) -> Result:
    found = locate(ctx, request, "GetAlias")
    arn = found.state.arn(found.name, request["Name"])
    alias = None if found.function is None else found.function.aliases.get(request["Name"])
    if alias is None:
        raise errors.alias_not_found(arn)
    return replies.alias(alias, arn)


@operation("UpdateAlias")
def update_alias(ctx: Context[Lambda], request: Request) -> Result:
    """Change an alias; what is not sent stays, the RevisionId never does."""
    found = locate(ctx, request, "UpdateAlias")
    function = found.function
    arn = found.state.arn(found.name, request["Name"])
    alias = None if function is None else function.aliases.get(request["Name"])
    if function is None or alias is None:
        raise errors.not_found(f"Alias not found: {arn}")
    check_revision(request, alias.revision_id)
    version = request.get("FunctionVersion") or alias.version
    sent = _weights(request)
    weights = alias.weights if sent is None else sent
    _check_count(weights)
    _check_target(found, function, version, weights)
    is_moved = version != alias.version
    provisioned = ctx.scope.execution.provisioned
    if version == names.LATEST and provisioned.get(function.arn, alias.name) is not None:
        raise unpublished()  # I
    alias.version, alias.weights = version, weights
    alias.description = request.get("Description", alias.description)
    alias.revision_id = ctx.scope.ids.uuid()
    if is_moved:
        provisioned.repoint(function.arn, alias.name)
    return replies.alias(alias, arn)


@operation("DeleteAlias")
def delete_alias(ctx: Context[Lambda], request: Request) -> Result:
    """Delete an alias with its URL and provisioned concurrency; one that is not there is fine."""
    found = locate(ctx, request, "DeleteAlias")
    function = found.function
    if function is not None and request["Name"] in function.aliases:
        ctx.scope.execution.provisioned.delete(function.arn, request["Name"])
        found.state.close_url(function, request["Name"])
        function.remove_alias(request["Name"])
    ctx.reply.status = 204
    return {}


@operation("ListAliases")
def list_aliases(ctx: Context[Lambda], request: Request) -> Result:
    """List aliases by name, with ``FunctionVersion`` those whose main version it is."""
    found = locate(ctx, request, "ListAliases")
    function = found.must_exist()
    version = request.get("FunctionVersion")
    wanted = [
        name for name in function.alias_names if version is None or function.aliases[name].version == version
    ]
    listed, more = paging.page(wanted, request)
    aliases = [replies.alias(function.aliases[name], found.state.arn(found.name, name)) for name in listed]
    return {"Aliases": aliases, **more}


# -- inside ----------------------------------------------------------------------------------------------


def _weights(request: Request) -> dict[str, float] | None:
    config = request.get("RoutingConfig")
    return None if config is None else dict(config.get("AdditionalVersionWeights") or {})


def _check_count(weights: Mapping[str, float]) -> None:
    if len(weights) > 1:
        raise errors.invalid_parameter("Number of items in AdditionalVersionWeights cannot be greater than 1")


def _check_target(found: Located, function: Function, version: str, weights: Mapping[str, float]) -> None:
    if version in weights:
        raise errors.invalid_parameter(
            f"Invalid function version {version}. "
            f"Function version {version} is already included in routing configuration."
        )
    if version == names.LATEST and weights:
        raise errors.invalid_without_type(
            "$LATEST is not supported for an alias pointing to more than 1 version"
        )
    for number in (version, *weights):
        if number != names.LATEST and number not in function.versions:
            raise errors.function_not_found(found.state.arn(found.name, number))
    for other in weights:
        _check_alike(function, version, other)


def _check_alike(function: Function, version: str, other: str) -> None:
    one, two = function.versions[version].settings, function.versions[other].settings
    # D: both need the same role and the same dead-letter queue (texts I)
    if one.role != two.role:
        raise errors.invalid_parameter(
            f"Invalid function version {other}. Versions of an alias must have the same execution role."
        )
    if one.dead_letter_arn != two.dead_letter_arn:
        raise errors.invalid_parameter(
            f"Invalid function version {other}. Versions of an alias must have the same dead-letter queue "
            "configuration."
        )
