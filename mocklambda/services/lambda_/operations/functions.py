"""Functions: create, get, list, change, delete."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import islice

from mocklambda.services.lambda_ import errors, names, package as packages
from mocklambda.services.lambda_.download import location
from mocklambda.services.lambda_.function import Function, Package, Version
from mocklambda.services.lambda_.hosting import check_provider, check_target, host, publish
from mocklambda.services.lambda_.instances import check_instances
from mocklambda.services.lambda_.key_use import CODE, check_keys, grant, trouble
from mocklambda.services.lambda_.layer_use import resolve_layers
from mocklambda.services.lambda_.network import resolve_network
from mocklambda.services.lambda_.operations import paging
from mocklambda.services.lambda_.operations.locate import Located, check_ready, check_revision, locate
from mocklambda.services.lambda_.operations.shown import configuration
from mocklambda.services.lambda_.role_rules import check_network, check_role
from mocklambda.services.lambda_.settings import Settings, check, new_settings
from mocklambda.services.lambda_.signature import check_signature
from mocklambda.services.lambda_.snap_start import check_snap_start
from mocklambda.services.lambda_.state import Lambda
from mocklambda.services.lambda_.tagging import check_tags
from mocklambda.services.service import Context, Request, Result, operation

NAME_LIMIT = 64
_GRANTING = {"KMSKeyArn", "Role", "Environment", "DurableConfig"}
"""What is sent anew has the role be let decrypt anew."""


@operation("CreateFunction")
def create_function(ctx: Context[Lambda], request: Request) -> Result:
    """Make a function; its reply is Pending, the next call finds it Active."""
    state, code = ctx.state, request["Code"]
    packages.check_request_size(_sent(ctx), code, "CreateFunction")
    name = _new_name(ctx, request["FunctionName"])
    check(request)
    settings = new_settings(request, name=name)
    check_role(state.scope.access, settings, state.arn(name))
    settings = _with_references(state, settings, request)
    check_network(state.scope.access, settings, state.arn(name))
    check_snap_start(settings)
    check_provider(state, settings)
    check_target(settings, request)
    if name in state.functions:
        raise errors.conflict(f"Function already exist: {name}")
    tags = dict(request.get("Tags") or {})
    check_tags(tags)
    package = _new_package(state, name, settings, code)
    packages.check_unzipped(package, settings.layers)
    signing_arn = request.get("CodeSigningConfigArn")
    check_signature(state, signing_arn, package)
    check_keys(state, settings, request)
    function = state.create(name, settings, package, ctx.now)
    grant(state, name, settings, package)
    function.tags = tags
    function.code_signing_arn = signing_arn
    reply = configuration(state, function, function.latest, function.arn)
    host(state, function, function.latest)
    ctx.reply.status = 201
    if request.get("Publish"):
        # R: the reply is $LATEST's, but says version 1
        reply["Version"] = publish(state, function, request, ctx.now, is_pending=True).number
    return reply


@operation("GetFunction")
def get_function(ctx: Context[Lambda], request: Request) -> Result:
    """Tell a function's configuration, where its code is, its tags and reservation."""
    found, function, version = _asked(ctx, request, "GetFunction")
    reply: Result = {
        "Configuration": configuration(found.state, function, version, found.asked_arn),
        "Code": _location(found.state, function, version),
    }
    if function.tags:
        reply["Tags"] = dict(function.tags)
    reserved = ctx.scope.execution.concurrency.reserved(function.arn)
    if reserved is not None:
        reply["Concurrency"] = {"ReservedConcurrentExecutions": reserved}
    return reply


@operation("GetFunctionConfiguration")
def get_function_configuration(ctx: Context[Lambda], request: Request) -> Result:
    found, function, version = _asked(ctx, request, "GetFunctionConfiguration")
    return configuration(found.state, function, version, found.asked_arn)


@operation("ListFunctions")
def list_functions(ctx: Context[Lambda], request: Request) -> Result:
    """List functions by name; with ``FunctionVersion=ALL`` every version of them."""
    state = ctx.state
    if request.get("MasterRegion") not in {None, "ALL", ctx.region}:
        return {"Functions": []}
    if request.get("FunctionVersion") == "ALL":
        return _list_all_versions(state, request)
    found, more = paging.page(state.names, request)
    functions = [state.functions[name] for name in found]
    items = [
        configuration(state, function, function.latest, function.arn, is_listed=True)
        for function in functions
    ]
    return {"Functions": items, **more}


def _list_all_versions(state: Lambda, request: Request) -> Result:
    position = name_from, number_from = _last_listed(request)
    limit = paging.size(request)
    items: list[Result] = []
    for index in range(bisect_left(state.names, name_from), len(state.names)):
        name = state.names[index]
        function = state.functions[name]
        for number in _numbers_after(function, number_from if name == name_from else -1):
            if len(items) == limit:
                return {"Functions": items, "NextMarker": paging.write_marker(position)}
            version = function.versions[str(number)] if number else function.latest
            items.append(configuration(state, function, version, is_listed=True))
            position = (name, number)
    return {"Functions": items}


def _last_listed(request: Request) -> tuple[str, int]:
    match paging.read_marker(request):
        case None:
            return "", -1
        case [str() as name, int() as number]:
            return name, number
        case _:
            raise paging.invalid_marker()


def _numbers_after(function: Function, last: int) -> Iterator[int]:
    """Yield the numbers of a function's versions after one; 0 is ``$LATEST``."""
    if last < 0:
        yield 0
    yield from islice(function.numbers, bisect_right(function.numbers, last), None)


@operation("UpdateFunctionConfiguration")
def update_function_configuration(ctx: Context[Lambda], request: Request) -> Result:
    """Change ``$LATEST``'s configuration; what is not sent stays."""
    found = locate(ctx, request, "UpdateFunctionConfiguration")
    check(request)
    function = found.must_exist()
    _refuse_qualified(found.qualifier)
    check_revision(request, function.latest.revision_id)
    check_ready(function)
    settings = function.latest.settings.changed(request)
    check_role(found.state.scope.access, settings, function.arn)
    settings = _with_references(found.state, settings, request)
    check_network(found.state.scope.access, settings, function.arn)
    _check_runtime_change(function, settings)
    check_snap_start(settings)
    if settings.instances != function.latest.settings.instances:
        if function.latest.settings.instances is None:
            raise errors.invalid_parameter(
                "CapacityProviderConfig can only be given when a function is created."
            )
        check_provider(found.state, settings)
    else:
        check_instances(settings)
    if settings.durable is not None and function.latest.settings.durable is None:
        raise errors.invalid_parameter(  # D: a function is made durable, or never is; the text is I
            "DurableConfig can only be set when a function is created."
        )
    if settings.image is not None and settings.package_type == "Zip":
        raise errors.invalid_parameter("ImageConfig is not supported for functions with packageType Zip.")
    package = function.latest.package
    packages.check_unzipped(package, settings.layers)
    check_keys(found.state, settings, request)
    found.state.deploy(function, settings, package, ctx.now)
    if _GRANTING & request.keys():
        grant(found.state, function.name, settings, package)
    return configuration(found.state, function, function.latest, function.arn)


@operation("UpdateFunctionCode")
def update_function_code(ctx: Context[Lambda], request: Request) -> Result:
    """Change ``$LATEST``'s code, and publish it with ``Publish``."""
    packages.check_request_size(_sent(ctx), request, "UpdateFunctionCode")
    found = locate(ctx, request, "UpdateFunctionCode")
    state, function = found.state, found.must_exist()
    check_target(function.latest.settings, request)
    _refuse_qualified(found.qualifier)
    latest = function.latest
    check_revision(request, latest.revision_id)
    check_ready(function)
    _check_package_type(latest.settings, request, "updating")
    package = packages.fetch(state, request)
    settings = latest.settings.changed({"Architectures": request.get("Architectures")})
    packages.check_unzipped(package, settings.layers)
    check_signature(state, function.code_signing_arn, package)
    if request.get("DryRun"):
        return _would_be(state, function, settings, package)
    state.deploy(function, settings, package, ctx.now)
    grant(state, function.name, settings, package)
    if request.get("Publish"):
        version = publish(state, function, request, ctx.now, is_pending=True)
        return configuration(state, function, version)
    return configuration(state, function, latest, function.arn)


@operation("DeleteFunction")
def delete_function(ctx: Context[Lambda], request: Request) -> Result:
    """Delete a function, or one version of it."""
    found = locate(ctx, request, "DeleteFunction")
    qualifier = found.qualifier
    if qualifier == names.LATEST:
        raise errors.invalid_parameter("$LATEST version cannot be deleted without deleting the function.")
    if qualifier is not None and not names.is_version(qualifier):
        raise errors.invalid_parameter("Deletion of aliases is not currently supported.")
    function = found.must_exist()
    if qualifier is None:
        found.state.delete(function)
    elif qualifier in function.versions:
        _check_unused(function, qualifier)
        found.state.delete_version(function, qualifier)
    ctx.reply.status = 204  # R; the model says 200
    return {"StatusCode": 204}


# -- inside ----------------------------------------------------------------------------------------------


def _new_name(ctx: Context[Lambda], text: str) -> str:
    named = names.parse(text)
    if len(named.name) > NAME_LIMIT:
        constraint = f"Member must have length less than or equal to {NAME_LIMIT}"
        text = errors.violation(named.name, "functionName", constraint)
        raise errors.invalid_parameter(f"1 validation error detected: {text}")
    if named.region is not None and named.region != ctx.region:
        raise errors.not_reachable(named.region, ctx.region)
    if named.account is not None and named.account != ctx.account:
        raise errors.access_denied(None)
    return named.name


def _new_package(state: Lambda, name: str, settings: Settings, code: Request) -> Package:
    provision = state.provision(name)
    if provision is not None and provision.target is not None:
        return packages.empty()
    if settings.package_type == "Zip" and not (settings.runtime and settings.handler):
        raise errors.invalid_parameter(
            "Runtime and Handler are mandatory parameters for functions created with deployment packages."
        )
    if settings.package_type == "Image" and (settings.runtime or settings.handler or settings.layers):
        raise errors.invalid_parameter(
            "Please don't provide Handler or Runtime or Layer when the intended function PackageType is "
            "Image."
        )
    _check_package_type(settings, code, "creating")
    return packages.fetch(state, code)


def _with_references(state: Lambda, settings: Settings, request: Request) -> Settings:
    layers = resolve_layers(state, request.get("Layers"))
    network = resolve_network(state, request.get("VpcConfig"), settings.network)
    return settings.referring(layers=layers, network=network)


def _check_package_type(settings: Settings, code: Request, doing: str) -> None:
    is_image = settings.package_type == "Image"
    if is_image and not code.get("ImageUri"):
        raise errors.invalid_parameter(
            f"Please provide ImageUri when {doing} a function with packageType Image."
        )
    if not is_image and code.get("ImageUri"):
        raise errors.invalid_parameter(
            f"Please don't provide ImageUri when {doing} a function with packageType Zip."
        )
    if not is_image and settings.image is not None:
        raise errors.invalid_parameter("ImageConfig is not supported for functions with packageType Zip.")


def _check_runtime_change(function: Function, settings: Settings) -> None:
    mode, _ = function.runtime_management.get(names.LATEST, ("Auto", None))
    if mode == "Manual" and settings.runtime != function.latest.settings.runtime:
        raise errors.invalid_parameter(
            "Cannot change runtime identifier when runtime management configuration is set to 'Manual'. "
            "Change the "
            "runtime management configuration to 'Auto' or 'FunctionUpdate', then retry."
        )


def _check_unused(function: Function, number: str) -> None:
    users = [
        alias.name
        for alias in function.aliases.values()
        if alias.version == number or number in alias.weights
    ]
    if users:
        raise errors.conflict(
            "Unable to delete version because the following aliases reference it: "
            f"[{', '.join(sorted(users))}]"
        )


def _refuse_qualified(qualifier: str | None) -> None:
    if qualifier not in {None, names.LATEST}:  # I: versions never change
        raise errors.invalid_parameter(
            "This operation is permitted on Lambda functions only. Aliases and versions do not support this "
            "operation. "
            "Please specify either a function name or an unqualified function ARN."
        )


def _would_be(state: Lambda, function: Function, settings: Settings, package: Package) -> Result:
    latest = function.latest
    version = Version(
        number=latest.number,
        settings=settings,
        package=package,
        revision_id=latest.revision_id,
        modified_at=latest.modified_at,
        spec=latest.spec,
    )
    return configuration(state, function, version, function.arn)


def _asked(ctx: Context[Lambda], request: Request, action: str) -> tuple[Located, Function, Version]:
    found = locate(ctx, request, action)
    function = found.must_exist(found.missing)
    version = function.find(found.qualifier)
    if version is None:
        raise errors.function_not_found(found.asked_arn)
    return found, function, version


def _location(state: Lambda, function: Function, version: Version) -> Result:
    package = version.package
    if package.image_uri is not None:
        repository = package.image_uri.rpartition(":")[0] or package.image_uri
        return {
            "RepositoryType": "ECR",
            "ImageUri": package.image_uri,
            "ResolvedImageUri": f"{repository.partition('@')[0]}@sha256:{package.sha256}",
        }
    shown: Result = {"RepositoryType": "S3"}
    error = trouble(state, package.key_arn, CODE) if package.key_arn else None
    if error is None:
        shown["Location"] = location(state, "tasks", function.name, package)
    else:
        shown["Error"] = error
    if package.key_arn:
        shown["SourceKMSKeyArn"] = package.key_arn
    return shown


def _sent(ctx: Context[Lambda]) -> int | None:
    length = ctx.headers.get("content-length", "")
    return int(length) if length.isdigit() else None
