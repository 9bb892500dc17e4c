"""Capacity providers: made, listed, changed, deleted, each on the clock; what would act on instances is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocklambda.services.lambda_ import errors, replies
from mocklambda.services.lambda_.capacity import (
    ACTIVE,
    CHANGE_MS,
    DEFAULT_VCPUS,
    DELETING,
    CapacityProvider,
)
from mocklambda.services.lambda_.hosting import apply, hosted_by
from mocklambda.services.lambda_.key_use import check_new
from mocklambda.services.lambda_.network import resolve_network
from mocklambda.services.lambda_.operations import paging
from mocklambda.services.lambda_.state import Lambda
from mocklambda.services.lambda_.tagging import check_tags
from mocklambda.services.service import Context, Request, Result, operation


@operation("CreateCapacityProvider")
def create_provider(ctx: Context[Lambda], request: Request) -> Result:
    """Make a provider: Pending, Active after a minute."""
    state, name = ctx.state, _name(request)
    if name in state.capacity_providers:
        raise errors.conflict(f"Capacity provider already exist: {name}")  # I
    _refuse_unsimulated(request)
    requirements = request.get("InstanceRequirements") or {}
    for member in ("AllowedInstanceTypes", "ExcludedInstanceTypes"):
        if requirements.get(member):
            raise errors.not_simulated(member)
    key_arn = request.get("KmsKeyArn") or None
    if key_arn is not None:
        check_new(state, key_arn, "capacity provider")
    tags = dict(request.get("Tags") or {})
    check_tags(tags)
    network = resolve_network(state, request["VpcConfig"], None)
    assert network is not None
    provider = CapacityProvider(
        name=name,
        arn=f"arn:aws:lambda:{ctx.region}:{ctx.account}:capacity-provider:{name}",
        subnet_ids=network.subnet_ids,
        security_group_ids=network.security_group_ids,
        role_arn=request["PermissionsConfig"]["CapacityProviderOperatorRoleArn"],
        architecture=(requirements.get("Architectures") or ["x86_64"])[0],
        kms_key_arn=key_arn,
        max_vcpus=(request.get("CapacityProviderScalingConfig") or {}).get("MaxVCpuCount") or DEFAULT_VCPUS,
        modified_at=ctx.now,
        tags=tags,
    )
    state.capacity_providers[name] = provider

    def become_active() -> None:
        provider.state = ACTIVE

    provider.timer = ctx.scope.clock.call_at(
        ctx.now + CHANGE_MS, become_active, label=f"capacity provider {name}"
    )
    ctx.reply.status = 202
    return _reply(provider)


@operation("GetCapacityProvider")
def get_provider(ctx: Context[Lambda], request: Request) -> Result:
    return _reply(_find(ctx, request))


@operation("ListCapacityProviders")
def list_providers(ctx: Context[Lambda], request: Request) -> Result:
    """List providers by name, of one state or of all."""
    wanted, providers = request.get("State"), ctx.state.capacity_providers
    matching = sorted(name for name, each in providers.items() if wanted in {None, each.state})
    names, more = paging.page(matching, request)
    return {"CapacityProviders": [_shown(providers[name]) for name in names], **more}


@operation("UpdateCapacityProvider")
def update_provider(ctx: Context[Lambda], request: Request) -> Result:
    """Change how many vCPUs it has at most; the versions on it follow."""
    provider = _find(ctx, request)
    _check_active(provider)
    _refuse_unsimulated(request)
    most = (request.get("CapacityProviderScalingConfig") or {}).get("MaxVCpuCount")
    if most is not None and most != provider.max_vcpus:
        provider.max_vcpus = most
        for function, version in hosted_by(ctx.state, provider).values():
            if version is not function.latest:
                apply(ctx.state, function, version)
    provider.modified_at = ctx.now
    ctx.reply.status = 202
    return _reply(provider)


@operation("DeleteCapacityProvider")
def delete_provider(ctx: Context[Lambda], request: Request) -> Result:
    """Delete a provider that no function uses: Deleting, gone after a minute."""
    provider = _find(ctx, request)
    _check_active(provider)
    if hosted_by(ctx.state, provider):
        raise errors.conflict(  # I
            f"The capacity provider {provider.arn} cannot be deleted because it is used by one or more functions."
        )
    provider.state = DELETING

    def end() -> None:
        del ctx.state.capacity_providers[provider.name]

    provider.timer = ctx.scope.clock.call_at(
        ctx.now + CHANGE_MS, end, label=f"end of capacity provider {provider.name}"
    )
    ctx.reply.status = 202
    return _reply(provider)


@operation("ListFunctionVersionsByCapacityProvider")
def list_versions_by_provider(ctx: Context[Lambda], request: Request) -> Result:
    provider = _find(ctx, request)
    hosted = hosted_by(ctx.state, provider)
    arns, more = paging.page(sorted(hosted), request)
    versions = [{"FunctionArn": arn, "State": hosted[arn][1].state} for arn in arns]
    return {"CapacityProviderArn": provider.arn, "FunctionVersions": versions, **more}


# -- inside ----------------------------------------------------------------------------------------------


def _name(request: Request) -> str:
    name: str = request["CapacityProviderName"]
    return name.rpartition(":")[2]


def _find(ctx: Context[Lambda], request: Request) -> CapacityProvider:
    name = _name(request)
    provider = ctx.state.capacity_providers.get(name)
    arn = f"arn:aws:lambda:{ctx.region}:{ctx.account}:capacity-provider:{name}"
    if provider is None or request["CapacityProviderName"] not in {name, provider.arn}:
        raise errors.not_found(f"Capacity provider not found: {arn}")
    return provider


def _check_active(provider: CapacityProvider) -> None:
    if provider.state != ACTIVE:
        raise errors.conflict(
            "The operation cannot be performed at this time. "
            f"The capacity provider is currently in the following state: {provider.state}"
        )


def _refuse_unsimulated(request: Mapping[str, Any]) -> None:
    scaling = request.get("CapacityProviderScalingConfig") or {}
    if scaling.get("ScalingMode") == "Manual" or scaling.get("ScalingPolicies"):
        raise errors.not_simulated("Scaling of instances by policies")
    if (request.get("PropagateTags") or {}).get("Mode") == "Explicit":
        raise errors.not_simulated("PropagateTags, where there are no instances,")
    if request.get("TelemetryConfig"):
        raise errors.not_simulated("TelemetryConfig")


def _shown(provider: CapacityProvider) -> dict[str, Any]:
    return provider.reply(replies.date(provider.modified_at))


def _reply(provider: CapacityProvider) -> Result:
    return {"CapacityProvider": _shown(provider)}
