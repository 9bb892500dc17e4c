"""Whether a policy lets somebody do something: the evaluation, without any one service's actions.

Of both kinds: a resource's own policy, which names principals, and those of an identity, which name none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Any

from mocklambda.services.links import Arn
from mocklambda.services.policy_conditions import Values, holds, like, listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Whether ``principal`` may do ``action`` on ``resource``."""

    principal: str | None
    """A service's name, or an account's id; empty for anybody; None of an identity's own policies."""
    action: str
    """``sns:Publish``; letter case does not matter."""
    resource: str | None
    """An ARN; None for the policy's own resource, whatever its statements call it."""
    context: Values = field(default_factory=dict)
    """Condition keys in lower case → value, or values."""
    names: tuple[str, ...] = ()
    """Of a role's session: its ARN and the role's. Its account's id in a policy does not let it in by itself, but
    keeps it out."""


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
    """Evaluate a policy document's text: an explicit Deny wins."""
    return Verdict.SILENT if policy is None else judge_document(_parsed(policy), question)


def judge_document(document: Mapping[str, Any], question: Question) -> Verdict:
    """Evaluate a policy document: an explicit Deny wins."""
    effects = {
        statement.get("Effect")
        for statement in listed(document.get("Statement"))
        if _applies(statement, question)
    }
    if "Deny" in effects:
        return Verdict.DENY
    return Verdict.ALLOW if "Allow" in effects else Verdict.SILENT


def allows(policy: str | None, question: Question) -> bool:
    """Tell whether a policy document says yes."""
    return judge(policy, question) is Verdict.ALLOW


@lru_cache(maxsize=512)
def _parsed(policy: str) -> Mapping[str, Any]:
    document: Mapping[str, Any] = json.loads(policy)
    return document


def _applies(statement: Mapping[str, Any], question: Question) -> bool:
    return (
        _names_principal(statement, question)
        and _matches_action(statement, question.action.lower())
        and _matches_resource(statement, question)
        and holds(statement.get("Condition"), question.context)
    )


def _names_principal(statement: Mapping[str, Any], question: Question) -> bool:
    if question.principal is None:
        return True
    if "NotPrincipal" in statement:
        return not _is_among(statement["NotPrincipal"], question, by_account=True)
    by_account = not question.names or statement.get("Effect") == "Deny"
    return _is_among(statement.get("Principal", {}), question, by_account=by_account)


def _is_among(named: Any, question: Question, *, by_account: bool) -> bool:
    if named == "*":
        return True
    if not isinstance(named, Mapping):
        return False
    principal, accounts = question.principal or "", listed(named.get("AWS"))
    if question.names:
        return any(
            who == "*" or who in question.names or (by_account and _is_whole_account(str(who), principal))
            for who in accounts
        )
    if principal.isdigit():
        return any(who in {"*", principal} or _account(str(who)) == principal for who in accounts)
    return principal in listed(named.get("Service")) or "*" in accounts


def _is_whole_account(who: str, account: str) -> bool:
    return who == account or (who.endswith(":root") and _account(who) == account)


def _account(arn: str) -> str | None:
    try:
        return Arn.parse(arn).account
    except ValueError:
        return None


def _matches_action(statement: Mapping[str, Any], action: str) -> bool:
    is_negated = "NotAction" in statement
    patterns = listed(statement.get("NotAction" if is_negated else "Action", "*"))
    return any(like(action, text.lower()) for text in patterns) != is_negated


def _matches_resource(statement: Mapping[str, Any], question: Question) -> bool:
    """Match Resource or NotResource; one left out is the policy's own resource."""
    resource = question.resource
    if resource is None:
        return True
    is_negated = "NotResource" in statement
    patterns = listed(statement.get("NotResource" if is_negated else "Resource", "*"))
    return any(like(resource, text, question.context) for text in patterns) != is_negated


__all__ = ["Question", "Verdict", "allows", "for_service", "judge", "judge_document", "listed"]
