"""Tags of functions, event source mappings and code signing configs."""

from __future__ import annotations

import re

from mocklambda.services.lambda_ import errors
from mocklambda.services.lambda_.function import Function
from mocklambda.services.lambda_.policy import Caller
from mocklambda.services.lambda_.state import Lambda
from mocklambda.services.lambda_.tagging import check_tags
from mocklambda.services.service import Context, Request, Result, operation

# R: as printed; the SDK's model has another
P_TAG_RESOURCE = (
    r"arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:"
    r"(function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?|layer:([a-zA-Z0-9-_]+)|"
    r"code-signing-config:csc-[a-z0-9]{17}|"
    r"event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|"
    r"capacity-provider:[a-zA-Z0-9-_]+)"
)


@operation("TagResource")
def tag_resource(ctx: Context[Lambda], request: Request) -> Result:
    """Add tags; equal keys are overwritten."""
    tags, function = _find(ctx, request, "TagResource")
    added = request.get("Tags") or {}
    if not added:
        raise errors.invalid_parameter("An error occurred and the request cannot be processed.")
    check_tags({**tags, **added})
    _change(ctx, function, tags, {**tags, **added})
    ctx.reply.status = 204
    return {}


@operation("UntagResource")
def untag_resource(ctx: Context[Lambda], request: Request) -> Result:
    """Take tags off; keys that are not there are ignored."""
    tags, function = _find(ctx, request, "UntagResource")
    keys = request.get("TagKeys")
    if not keys:
        raise errors.validation(
            "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: "
            "Member must not be null"
        )
    _change(ctx, function, tags, {key: value for key, value in tags.items() if key not in keys})
    ctx.reply.status = 204
    return {}


@operation("ListTags")
def list_tags(ctx: Context[Lambda], request: Request) -> Result:
    tags, _ = _find(ctx, request, "ListTags")
    return {"Tags": dict(tags)}


def _find(ctx: Context[Lambda], request: Request, action: str) -> tuple[dict[str, str], Function | None]:
    arn: str = request["Resource"]
    if re.fullmatch(P_TAG_RESOURCE, arn) is None:
        raise errors.pattern_violation(arn, "resource", P_TAG_RESOURCE)
    _, _, _, region, account, kind, name, *qualifier = arn.split(":")
    if region != ctx.region:
        raise errors.not_reachable(region, ctx.region)
    state = ctx.state if account == ctx.account else ctx.scope.peer(account, region)
    if qualifier:
        raise errors.invalid_parameter(
            "Tags on function aliases and versions are not supported. Please specify a function ARN."
        )
    if state is not ctx.state and not state.permits(
        name, None, f"lambda:{action}", Caller(account=ctx.account)
    ):
        raise errors.not_authorized(f"arn:aws:iam::{ctx.account}:root", action, arn)
    return _tags(state, arn, kind, name)


def _tags(state: Lambda, arn: str, kind: str, name: str) -> tuple[dict[str, str], Function | None]:
    if kind == "function":
        function = state.functions.get(name)
        if function is None:
            raise errors.function_not_found(arn)
        return function.tags, function
    if kind == "event-source-mapping":
        mapping = state.mappings.get(name)
        if mapping is None:
            raise errors.not_found(f"Event source mapping not found: {arn}")
        return mapping.tags, None
    if kind == "code-signing-config":
        config = state.signing_configs.get(arn)
        if config is None:
            raise errors.signing_config_not_found(arn)
        return config.tags, None
    if kind == "capacity-provider":
        provider = state.capacity_providers.get(name)
        if provider is None:
            raise errors.not_found(f"Capacity provider not found: {arn}")
        return provider.tags, None
    raise errors.not_found(f"Layer not found: {arn}")


def _change(
    ctx: Context[Lambda], function: Function | None, tags: dict[str, str], wanted: dict[str, str]
) -> None:
    if wanted == tags:
        return
    tags.clear()
    tags.update(wanted)
    if function is not None:
        function.latest.revision_id = ctx.scope.ids.uuid()
