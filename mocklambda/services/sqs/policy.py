"""Resource policies: whether a queue's policy lets somebody do something, and AddPermission's statements."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any

from mocklambda.services.links import Arn


class Verdict(Enum):
    """What a policy says; silence is not consent."""

    ALLOW = "allow"
    DENY = "deny"
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Whether ``principal`` (a service, or an account id) may do ``action`` on ``resource``."""

    principal: str
    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)
    """Condition keys in lower case → value."""


def judge(policy: str | None, question: Question) -> Verdict:
    """Evaluate a policy document: an explicit Deny wins."""
    if policy is None:
        return Verdict.SILENT
    verdict = Verdict.SILENT
    for statement in _listed(json.loads(policy).get("Statement")):
        if not _applies(statement, question):
            continue
        if statement.get("Effect") == "Deny":
            return Verdict.DENY
        verdict = Verdict.ALLOW
    return verdict


def _applies(statement: Mapping[str, Any], question: Question) -> bool:
    return (
        _names_principal(statement, question.principal)
        and _matches(statement, "Action", question.action.lower(), lower=True)
        and _matches(statement, "Resource", question.resource)
        and all(
            _holds(operator, key, _listed(wanted), question.context)
            for operator, pairs in (statement.get("Condition") or {}).items()
            for key, wanted in pairs.items()
        )
    )


def _names_principal(statement: Mapping[str, Any], principal: str) -> bool:
    if "NotPrincipal" in statement:
        return not _is_among(statement["NotPrincipal"], principal)
    return _is_among(statement.get("Principal", {}), principal)


def _is_among(named: Any, principal: str) -> bool:
    if named == "*":
        return True
    if not isinstance(named, Mapping):
        return False
    if principal.isdigit():
        return any(who in {"*", principal} or _account(who) == principal for who in _listed(named.get("AWS")))
    return principal in _listed(named.get("Service")) or "*" in _listed(named.get("AWS"))


def _account(arn: str) -> str | None:
    try:
        return Arn.parse(arn).account
    except ValueError:
        return None


def _matches(statement: Mapping[str, Any], member: str, value: str, *, lower: bool = False) -> bool:
    """Match Action or Resource, or their ``Not`` forms; a resource left out is the queue itself."""
    is_negated = f"Not{member}" in statement
    patterns = statement.get(f"Not{member}") if is_negated else statement.get(member, "*")
    texts = (pattern.lower() if lower else pattern for pattern in _listed(patterns))
    return any(_like(value, pattern) for pattern in texts) != is_negated


def _like(value: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(value, pattern.replace("[", "[[]"))


def _same(value: str, wanted: str) -> bool:
    return value == wanted


def _same_in_any_case(value: str, wanted: str) -> bool:
    return value.lower() == wanted.lower()


_OPERATORS: Mapping[str, Callable[[str, str], bool]] = MappingProxyType(
    {
        "stringequals": _same,
        "stringequalsignorecase": _same_in_any_case,
        "stringlike": _like,
        "arnequals": _like,  # documented: ArnEquals and ArnLike behave alike
        "arnlike": _like,
        "bool": _same_in_any_case,
    }
)


def _holds(operator: str, key: str, wanted: Sequence[Any], context: Mapping[str, str]) -> bool:
    name = operator.lower().rpartition(":")[2]
    value = context.get(key.lower())
    if name == "null":
        return (value is None) == (str(wanted[0]).lower() == "true")
    is_optional = name.endswith("ifexists")
    name = name.removesuffix("ifexists")
    is_negated = "not" in name
    compare = _OPERATORS.get(name.replace("not", ""))
    if compare is None:
        return False
    if value is None:
        return is_optional or is_negated
    return any(compare(value, str(text)) for text in wanted) != is_negated


def _listed(value: Any) -> Sequence[Any]:
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)


# -- AddPermission, RemovePermission ---------------------------------------------------------------------


def labels(policy: str | None) -> list[str]:
    """List the statement ids of a policy."""
    return (
        []
        if policy is None
        else [entry.get("Sid", "") for entry in _listed(json.loads(policy).get("Statement"))]
    )


def with_statement(
    policy: str | None, arn: str, label: str, accounts: Sequence[str], actions: Sequence[str]
) -> str:
    """Return the policy with AddPermission's statement appended, in AWS's form and key order."""
    if policy is None:
        document: dict[str, Any] = {"Version": "2008-10-17", "Id": f"{arn}/SQSDefaultPolicy", "Statement": []}
    else:
        document = json.loads(policy)
    statement = {
        "Sid": label,
        "Effect": "Allow",
        "Principal": {"AWS": _folded([f"arn:aws:iam::{account}:root" for account in accounts])},
        "Action": _folded([f"SQS:{action}" for action in actions]),
        "Resource": arn,
    }
    document["Statement"] = [*_listed(document.get("Statement")), statement]
    return json.dumps(document, separators=(",", ":"))


def without_statement(policy: str, label: str) -> str | None:
    """Return the policy without that statement; None when it was the last."""
    document = json.loads(policy)
    document["Statement"] = [
        entry for entry in _listed(document.get("Statement")) if entry.get("Sid") != label
    ]
    return json.dumps(document, separators=(",", ":")) if document["Statement"] else None


def _folded(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values
