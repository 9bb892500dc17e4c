"""The sugar that makes roles, and what a session holds functions to when it is strict about them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from mocklambda.errors import UsageError
from mocklambda.handles.role import Role, resource_of

LAMBDA = "lambda.amazonaws.com"
BASIC = {
    "Effect": "Allow",
    "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
    "Resource": "*",
}
"""What AWSLambdaBasicExecutionRole allows."""
DURABLE = {**BASIC, "Action": ["lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState"]}
"""What AWSLambdaBasicDurableExecutionRolePolicy allows beside that."""


class Granting:
    """The part of `Cloud` that makes roles."""

    def role(
        self: Any,
        name: str,
        *,
        allow: Mapping[str, Any] | None = None,
        statements: Sequence[Mapping[str, Any]] = (),
        policies: Sequence[Any] = (),
        boundary: str | None = None,
        trusts: str | Sequence[str] = LAMBDA,
    ) -> Role:
        """Make an execution role; what it allows is asked for under ``mock_lambda(strict_iam=True)`` only.

        It is made in moto's IAM where moto is installed, so that everything that IAM's API does to it counts.

        Args:
            name: its name.
            allow: action → resource, or resources: ``{"sqs:SendMessage": queue}``.
            statements: further statements, as in a policy document.
            policies: further policies: documents, or ARNs of managed ones, AWS's own among them (with moto).
            boundary: the ARN of a managed policy that limits all others (with moto).
            trusts: the service or services that may assume it.

        Returns:
            Its ARN, a text: for ``cloud.function(role=...)`` and boto3's ``Role=``.

        Raises:
            UsageError: there is such a role already, or a policy is none.
        """
        from mocklambda.iam.roles import NewRole

        if allow is not None and not isinstance(allow, Mapping):
            raise UsageError(
                f"allow={allow!r}: a mapping from actions to resources is expected, such as {{'sqs:*': queue}}"
            )
        granted = [
            {"Effect": "Allow", "Action": action, "Resource": resource_of(resource)}
            for action, resource in (allow or {}).items()
        ]
        granted += [_statement(one) for one in statements]
        documents = [one for one in policies if not _is_arn(one)]
        inline = {f"policy-{number}": _text(one) for number, one in enumerate(documents, 1)}
        if granted:
            inline["statements"] = _document(granted)
        trusted = [trusts] if isinstance(trusts, str) else list(trusts)
        new = NewRole(
            name=name,
            trust=_document(
                [{"Effect": "Allow", "Principal": {"Service": trusted}, "Action": "sts:AssumeRole"}]
            ),
            inline=inline,
            managed=[str(one) for one in policies if _is_arn(one)],
            boundary=boundary,
        )
        return Role(self, self.enforcement.roles.make(self.config.account_id, new))

    def add_statement(self: Any, role: str, statement: Mapping[str, Any]) -> None:
        """Put one more statement into a role: what ``role.allow`` and ``role.deny`` do."""
        found = self.enforcement.roles.find(str(role))
        if found is None:
            raise UsageError(f"there is no role {role}")
        taken = {policy.name for policy in found.policies}
        name = next(name for number in count(1) if (name := f"added-{number}") not in taken)
        self.enforcement.roles.add_policy(str(role), name, _document([_statement(statement)]))
        self.gateway.elsewhere.follow("iam", self.config.account_id, self.config.region, self.current_origin)

    @property
    def denied(self: Any) -> list[str]:
        """What roles were refused so far (``strict_iam``): who, what, why, and the statement that would allow it."""
        return self.enforcement.denied()  # type: ignore[no-any-return]

    def basic_role(self: Any, name: str, *, is_durable: bool = False) -> str:
        """Return the ARN of the role of a function that was given none: where that counts, it may log, no more.

        A durable one may checkpoint too.
        """
        return self.role_of_ours(name, [BASIC, DURABLE] if is_durable else [BASIC], LAMBDA)  # type: ignore[no-any-return]

    def role_of_ours(self: Any, name: str, statements: Sequence[Mapping[str, Any]], trusts: str) -> str:
        """Return the ARN of a role that the sugar needs: where that counts, it is there."""
        arn = f"arn:aws:iam::{self.config.account_id}:role/{name}"
        if self.enforcement.access is None or self.enforcement.roles.find(arn) is not None:
            return arn
        return self.role(name, statements=statements, trusts=trusts)  # type: ignore[no-any-return]


def _is_arn(policy: Any) -> bool:
    return isinstance(policy, str) and policy.startswith("arn:")


def _document(statements: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _text(policy: Any) -> str:
    """Return a policy document as text; raises UsageError for what is none."""
    try:
        document = json.loads(policy) if isinstance(policy, str) else policy
        statements = document["Statement"]
    except (ValueError, TypeError, KeyError):
        raise UsageError(f"{policy!r} is no policy document: it has no Statement") from None
    for one in statements if isinstance(statements, list) else [statements]:
        _statement(one)
    return json.dumps({"Version": "2012-10-17"} | document)


def _statement(statement: Mapping[str, Any]) -> dict[str, Any]:
    """Return a statement with handles as ARNs; raises UsageError for one that says nothing."""
    missing = [name for name in ("Action", "Resource") if not {name, f"Not{name}"} & statement.keys()]
    if missing or statement.get("Effect") not in {"Allow", "Deny"}:
        raise UsageError(f"a statement has Effect (Allow or Deny), Action and Resource: {dict(statement)!r}")
    resources = {
        name: resource_of(statement[name]) for name in ("Resource", "NotResource") if name in statement
    }
    return {**statement, **resources}
