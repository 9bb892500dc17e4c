"""Resource policies as whole documents: what AddPermission builds up, put, got and deleted at once."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from mocklambda.services.lambda_ import errors, names
from mocklambda.services.lambda_.function import Function
from mocklambda.services.lambda_.operations.locate import Located, check_revision, locate
from mocklambda.services.lambda_.policy import Policy, Statement
from mocklambda.services.lambda_.state import Lambda
from mocklambda.services.policy_grammar import is_statement
from mocklambda.services.service import Context, Request, Result, operation


@operation("PutResourcePolicy")
def put_resource_policy(ctx: Context[Lambda], request: Request) -> Result:
    """Put a document in the place of whatever policy the function, version or alias has."""
    found, function = _find(ctx, request, "PutResourcePolicy")
    statements = _statements(request["Policy"])
    key = found.qualifier or ""
    policy = function.policies.get(key)
    check_revision(request, "" if policy is None else policy.revision_id, "GetResourcePolicy")
    policy = function.policies[key] = Policy(ctx.scope.ids.uuid(), statements)
    return {"Policy": policy.document, "RevisionId": policy.revision_id}


@operation("GetResourcePolicy")
def get_resource_policy(ctx: Context[Lambda], request: Request) -> Result:
    found, function = _find(ctx, request, "GetResourcePolicy")
    policy = _policy(found, function)
    return {"Policy": policy.document, "RevisionId": policy.revision_id}


@operation("DeleteResourcePolicy")
def delete_resource_policy(ctx: Context[Lambda], request: Request) -> Result:
    found, function = _find(ctx, request, "DeleteResourcePolicy")
    check_revision(request, _policy(found, function).revision_id, "GetResourcePolicy")
    del function.policies[found.qualifier or ""]
    ctx.reply.status = 204
    return {}


def _find(ctx: Context[Lambda], request: Request, action: str) -> tuple[Located, Function]:
    arn = request["ResourceArn"]
    if ":function:" not in arn:
        raise errors.not_simulated("A resource policy of a runtime")
    found = locate(ctx, {"FunctionName": arn}, action)
    if found.qualifier == names.LATEST:
        raise errors.invalid_parameter("We currently do not support adding policies for $LATEST.")
    function = found.must_exist()
    if function.find(found.qualifier) is None:
        raise errors.function_not_found(found.asked_arn)
    return found, function


def _policy(found: Located, function: Function) -> Policy:
    policy = function.policies.get(found.qualifier or "")
    if policy is None:
        raise errors.no_such_resource()
    return policy


def _statements(text: str) -> dict[str, Statement]:
    try:
        document = json.loads(text)
    except ValueError:
        _malformed("it is not JSON")
    if not isinstance(document, dict):
        _malformed("it is not an object")
    listed = document.get("Statement")
    statements: dict[str, Statement] = {}
    for number, one in enumerate(listed if isinstance(listed, list) else [listed]):
        _check_statement(one)
        statements[one.get("Sid") or str(number)] = one
    return statements


def _check_statement(one: Any) -> None:
    if not isinstance(one, dict):
        _malformed("it has no statement")
    for key in ("Effect", "Principal", "Action"):
        if key not in one:
            _malformed(f"a statement has no {key}")
    if not is_statement(one):
        _malformed("a statement has an element that is not of its kind")


def _malformed(reason: str) -> NoReturn:
    raise errors.invalid_parameter(f"The resource policy is malformed: {reason}.")
