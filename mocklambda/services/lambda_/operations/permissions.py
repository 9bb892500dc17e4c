"""The resource policies of functions, one per qualifier."""

from __future__ import annotations

import json

from mocklambda.services.lambda_ import errors, names
from mocklambda.services.lambda_.function import Function
from mocklambda.services.lambda_.operations.locate import Located, check_revision, locate
from mocklambda.services.lambda_.policy import Policy, statement
from mocklambda.services.lambda_.state import Lambda
from mocklambda.services.service import Context, Request, Result, operation


@operation("AddPermission")
def add_permission(ctx: Context[Lambda], request: Request) -> Result:
    """Add a statement to the policy of a function, version or alias."""
    found = locate(ctx, request, "AddPermission")
    if found.qualifier == names.LATEST:
        raise errors.invalid_parameter("We currently do not support adding policies for $LATEST.")
    function = found.must_exist()
    _check_qualifier(found, function)
    wanted = statement(request, found.asked_arn)
    policy = function.policies.get(found.qualifier or "")
    check_revision(request, _revision(found, function, policy), "GetPolicy")
    revision_id = ctx.scope.ids.uuid()
    fresh = policy or Policy(revision_id)
    fresh.add(wanted, revision_id)
    function.policies[found.qualifier or ""] = fresh
    ctx.reply.status = 201
    return {"Statement": json.dumps(wanted, separators=(",", ":"))}


@operation("RemovePermission")
def remove_permission(ctx: Context[Lambda], request: Request) -> Result:
    """Take a statement off; the policy goes with its last one."""
    found = locate(ctx, request, "RemovePermission")
    function = found.must_exist(lambda: errors.not_found(f"No policy found for: {found.arn}"))
    _check_qualifier(found, function)
    policy = function.policies.get(found.qualifier or "")
    if policy is None:
        raise errors.not_found("No policy is associated with the given resource.")
    check_revision(request, policy.revision_id, "GetPolicy")
    policy.remove(request["StatementId"], ctx.scope.ids.uuid())
    if not policy.statements:
        del function.policies[found.qualifier or ""]
    ctx.reply.status = 204
    return {}


@operation("GetPolicy")
def get_policy(ctx: Context[Lambda], request: Request) -> Result:
    found = locate(ctx, request, "GetPolicy")
    policy = None if found.function is None else found.function.policies.get(found.qualifier or "")
    if policy is None:
        raise errors.no_such_resource()
    return {"Policy": policy.document, "RevisionId": policy.revision_id}


def _check_qualifier(found: Located, function: Function) -> None:
    qualifier = found.qualifier
    if qualifier is None or function.find(qualifier) is not None:
        return
    if names.is_version(qualifier):
        raise errors.function_not_found(found.asked_arn)
    raise errors.alias_not_found(found.asked_arn)


def _revision(found: Located, function: Function, policy: Policy | None) -> str:
    if policy is not None:
        return policy.revision_id
    # R: without a policy the alias's own RevisionId was taken
    alias = function.aliases.get(found.qualifier or "")
    version = function.find(found.qualifier)
    return alias.revision_id if alias is not None else "" if version is None else version.revision_id
