"""The resource policies of layer versions."""

from __future__ import annotations

import json

from mocklambda.services.lambda_ import errors
from mocklambda.services.lambda_.layer import LayerVersion
from mocklambda.services.lambda_.operations.layers import check_number, find_owner
from mocklambda.services.lambda_.operations.locate import check_revision
from mocklambda.services.lambda_.policy import Policy, statement
from mocklambda.services.lambda_.state import Lambda
from mocklambda.services.service import Context, Request, Result, operation


@operation("AddLayerVersionPermission")
def add_layer_version_permission(ctx: Context[Lambda], request: Request) -> Result:
    version = _version(ctx, request)
    wanted = statement(request, version.arn)
    policy = version.policy
    check_revision(request, "" if policy is None else policy.revision_id, "GetLayerPolicy")
    revision_id = ctx.scope.ids.uuid()
    fresh = policy or Policy(revision_id)
    fresh.add(wanted, revision_id)
    version.policy = fresh
    ctx.reply.status = 201
    return {"Statement": json.dumps(wanted, separators=(",", ":")), "RevisionId": revision_id}


@operation("GetLayerVersionPolicy")
def get_layer_version_policy(ctx: Context[Lambda], request: Request) -> Result:
    policy = _version(ctx, request).policy
    if policy is None:
        raise errors.not_found("No policy is associated with the given resource.")
    return {"Policy": policy.document, "RevisionId": policy.revision_id}


@operation("RemoveLayerVersionPermission")
def remove_layer_version_permission(ctx: Context[Lambda], request: Request) -> Result:
    version = _version(ctx, request)
    policy, sid = version.policy, request["StatementId"]
    if policy is None:
        raise errors.not_found(f"Statement {sid} is not found in resource policy.")
    check_revision(request, policy.revision_id, "GetLayerPolicy")
    policy.remove(sid, ctx.scope.ids.uuid())
    if not policy.statements:
        version.policy = None
    ctx.reply.status = 204
    return {}


def _version(ctx: Context[Lambda], request: Request) -> LayerVersion:
    number = request["VersionNumber"]
    check_number(number)
    owner, name = find_owner(ctx, request["LayerName"])
    layer = owner.layers.get(name)
    version = None if layer is None else layer.versions.get(number)
    if version is None:
        arn = f"arn:aws:lambda:{ctx.region}:{owner.scope.account}:layer:{name}:{number}"
        raise errors.not_found(f"Layer version {arn} does not exist.")
    return version
