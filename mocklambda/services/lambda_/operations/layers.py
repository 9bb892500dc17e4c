"""Layers: publish, get, list, delete."""

from __future__ import annotations

from bisect import insort
from typing import Any

from mocklambda.services.lambda_ import errors, package as packages, replies, runtimes
from mocklambda.services.lambda_.download import location
from mocklambda.services.lambda_.layer import Layer, LayerVersion
from mocklambda.services.lambda_.layer_use import find_version, may_read
from mocklambda.services.lambda_.operations import paging
from mocklambda.services.lambda_.state import Lambda
from mocklambda.services.service import Context, Request, Result, operation

LARGEST_PAGE = 50


@operation("PublishLayerVersion")
def publish_layer_version(ctx: Context[Lambda], request: Request) -> Result:
    """Publish a version; each has a number of its own, whatever its content."""
    state, content = ctx.state, request["Content"]
    packages.check_request_size(None, content, "PublishLayerVersion")
    runtimes.check_compatible(
        request.get("CompatibleRuntimes") or (), request.get("CompatibleArchitectures") or ()
    )
    package = packages.fetch(state, content)
    name = layer_name(request["LayerName"])
    layer = state.layers.get(name)
    if layer is None:
        arn = f"arn:aws:lambda:{ctx.region}:{ctx.account}:layer:{name}"
        layer = state.layers[name] = Layer(name=name, arn=arn)
        insort(state.layer_names, name)
    layer.published += 1
    version = LayerVersion(
        number=layer.published,
        arn=f"{layer.arn}:{layer.published}",
        package=package,
        description=request.get("Description") or "",
        created_at=ctx.now,
        license_info=request.get("LicenseInfo"),
        runtimes=_optional(request, "CompatibleRuntimes"),
        architectures=_optional(request, "CompatibleArchitectures"),
    )
    layer.versions[version.number] = version
    state.code_used += package.size
    ctx.reply.status = 201
    return _whole(state, layer, version)


@operation("GetLayerVersion")
def get_layer_version(ctx: Context[Lambda], request: Request) -> Result:
    number = request["VersionNumber"]
    check_number(number)
    owner, name = find_owner(ctx, request["LayerName"])
    layer = owner.layers.get(name)
    version = None if layer is None else layer.versions.get(number)
    arn = f"arn:aws:lambda:{ctx.region}:{owner.scope.account}:layer:{name}:{number}"
    return _readable(ctx, owner, arn, version)


@operation("GetLayerVersionByArn")
def get_layer_version_by_arn(ctx: Context[Lambda], request: Request) -> Result:
    arn: str = request["Arn"]
    version = find_version(ctx.state, arn)
    account = arn.split(":")[4]
    owner = ctx.state if account in {"", ctx.account} else ctx.scope.peer(account, ctx.region)
    return _readable(ctx, owner, arn, version)


@operation("ListLayerVersions")
def list_layer_versions(ctx: Context[Lambda], request: Request) -> Result:
    """List a layer's versions, the newest first; an unknown layer has none."""
    layer = ctx.state.layers.get(layer_name(request["LayerName"]))
    matching = {} if layer is None else {-one.number: one for one in _matching(layer, request)}
    found, more = paging.page(sorted(matching), request, LARGEST_PAGE)
    return {"LayerVersions": [_item(matching[key]) for key in found], **more}


@operation("ListLayers")
def list_layers(ctx: Context[Lambda], request: Request) -> Result:
    """List layers by name, each with its newest version that matches."""
    newest: dict[str, LayerVersion] = {}
    for name in ctx.state.layer_names:
        versions = _matching(ctx.state.layers[name], request)
        if versions:
            newest[name] = versions[-1]
    found, more = paging.page(list(newest), request, LARGEST_PAGE)
    layers = [
        {
            "LayerName": name,
            "LayerArn": ctx.state.layers[name].arn,
            "LatestMatchingVersion": _item(newest[name]),
        }
        for name in found
    ]
    return {"Layers": layers, **more}


@operation("DeleteLayerVersion")
def delete_layer_version(ctx: Context[Lambda], request: Request) -> Result:
    """Delete a version; functions that use it go on, and one that is not there is fine."""
    number = request["VersionNumber"]
    check_number(number)
    layer = ctx.state.layers.get(layer_name(request["LayerName"]))
    version = None if layer is None else layer.versions.pop(number, None)
    if version is not None:
        ctx.state.code_used -= version.package.size
    ctx.reply.status = 204
    return {}


# -- inside ----------------------------------------------------------------------------------------------


def layer_name(text: str) -> str:
    """Return a layer's bare name; its ARN is another form of it."""
    _, mark, name = text.partition(":layer:")  # the first: a layer may itself be called "layer"
    return name if mark else text


def find_owner(ctx: Context[Lambda], text: str) -> tuple[Lambda, str]:
    """Return whose layer a name or ARN means, and its bare name."""
    if ":layer:" not in text:
        return ctx.state, text
    account = text.split(":")[4]
    owner = ctx.state if account == ctx.account else ctx.scope.peer(account, ctx.region)
    return owner, layer_name(text)


def check_number(number: int) -> None:
    if number < 1:
        raise errors.invalid_parameter("Layer Version Cannot be less than 1")


def _optional(request: Request, member: str) -> tuple[str, ...] | None:
    values = request.get(member)
    return None if values is None else tuple(values)


def _matching(layer: Layer, request: Request) -> list[LayerVersion]:
    runtime, architecture = request.get("CompatibleRuntime"), request.get("CompatibleArchitecture")
    return [version for version in layer.versions.values() if version.fits(runtime, architecture)]


def _readable(ctx: Context[Lambda], owner: Lambda, arn: str, version: LayerVersion | None) -> Result:
    if not may_read(ctx.state, arn, version):
        raise errors.not_authorized(f"arn:aws:iam::{ctx.account}:root", "GetLayerVersion", arn)
    if version is None:
        raise errors.no_such_resource()
    return _whole(owner, owner.layers[layer_name(arn).partition(":")[0]], version)


def _whole(owner: Lambda, layer: Layer, version: LayerVersion) -> Result:
    reply: dict[str, Any] = {
        "Content": {
            "Location": location(owner, "layers", layer.name, version.package),
            "CodeSha256": version.package.sha256,
            "CodeSize": version.package.size,
        },
        "LayerArn": layer.arn,
    }
    return reply | _item(version)


def _item(version: LayerVersion) -> Result:
    reply: Result = {
        "LayerVersionArn": version.arn,
        "Version": version.number,
        "Description": version.description,
        "CreatedDate": replies.date(version.created_at),
    }
    if version.runtimes is not None:
        reply["CompatibleRuntimes"] = list(version.runtimes)
    if version.architectures is not None:
        reply["CompatibleArchitectures"] = list(version.architectures)
    if version.license_info is not None:
        reply["LicenseInfo"] = version.license_info
    return reply
