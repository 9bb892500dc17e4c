"""What a policy document has to look like; which words a service has for refusing one is its own business."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocklambda.services.policy_conditions import listed

_TEXTS = ("Action", "NotAction", "Resource", "NotResource")


def is_well_formed(document: object) -> bool:
    """Whether a parsed policy is an object whose statements can be evaluated; it may have none.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
    """
    return isinstance(document, Mapping) and all(map(is_statement, listed(document.get("Statement"))))


def is_statement(statement: object) -> bool:
    """Whether a statement has an effect, and every element that it has is of the right kind."""
    return (
        isinstance(statement, Mapping)
        and statement.get("Effect") in ("Allow", "Deny")
        and all(_are_texts(statement[name]) for name in _TEXTS if name in statement)
        and all(_is_principal(statement[name]) for name in ("Principal", "NotPrincipal") if name in statement)
        and _is_condition(statement.get("Condition", {}))
    )


def _is_principal(principal: Any) -> bool:
    return principal == "*" or (isinstance(principal, Mapping) and all(map(_are_texts, principal.values())))


def _is_condition(condition: Any) -> bool:
    return isinstance(condition, Mapping) and all(
        isinstance(pairs, Mapping) and all(map(_are_values, pairs.values())) for pairs in condition.values()
    )


def _are_texts(value: Any) -> bool:
    return all(isinstance(one, str) for one in listed(value)) and value is not None


def _are_values(value: Any) -> bool:
    values = listed(value)
    return bool(values) and all(isinstance(one, str | bool | int | float) for one in values)
