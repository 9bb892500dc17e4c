"""Whether a resource policy lets somebody do something: the evaluation, without any one service's actions."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any

from mocklambda.services.links import Arn


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Whether ``principal`` (a service's name, or an account's id) may do ``action`` on ``resource``."""

    principal: str
    action: str
    """``sns:Publish``; letter case does not matter."""
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)
    """Condition keys in lower case → value."""


def for_service(principal: str, action: str, resource: str, source_arn: str, source_account: str) -> Question:
    """Ask for a service that acts on behalf of a resource."""
    context = {"aws:sourcearn": source_arn, "aws:sourceaccount": source_account}
    return Question(principal=principal, action=action, resource=resource, context=context)


class Verdict(Enum):
    """What a policy says; silence is not consent."""

    ALLOW = "allow"
    DENY = "deny"
    SILENT = "silent"


def judge(policy: str | None, question: Question) -> Verdict:
    """Evaluate a policy document: an explicit Deny wins."""
    if policy is None:
        return Verdict.SILENT
    effects = {
        statement.get("Effect")
        for statement in listed(json.loads(policy).get("Statement"))
        if _applies(statement, question)
    }
    if "Deny" in effects:
        return Verdict.DENY
    return Verdict.ALLOW if "Allow" in effects else Verdict.SILENT


def allows(policy: str | None, question: Question) -> bool:
    """Tell whether a policy document says yes."""
    return judge(policy, question) is Verdict.ALLOW


def _applies(statement: Mapping[str, Any], question: Question) -> bool:
    return (
        _names_principal(statement, question.principal)
        and _matches(statement, "Action", question.action.lower(), is_lower=True)
        and _matches(statement, "Resource", question.resource)
        and all(
            _holds(operator, key, listed(wanted), question.context)
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
        return any(
            who in {"*", principal} or _account(str(who)) == principal for who in listed(named.get("AWS"))
        )
    return principal in listed(named.get("Service")) or "*" in listed(named.get("AWS"))


def _account(arn: str) -> str | None:
    try:
        return Arn.parse(arn).account
    except ValueError:
        return None


def _matches(statement: Mapping[str, Any], member: str, value: str, *, is_lower: bool = False) -> bool:
    """Match Action or Resource, or their ``Not`` forms; one left out is the resource itself."""
    is_negated = f"Not{member}" in statement
    patterns = listed(statement.get(f"Not{member}") if is_negated else statement.get(member, "*"))
    return any(_like(value, text.lower() if is_lower else text) for text in patterns) != is_negated


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


def listed(value: Any) -> Sequence[Any]:
    """Return what a policy may give alone or in a list, as a list."""
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)
