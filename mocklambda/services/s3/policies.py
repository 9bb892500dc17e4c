"""Bucket policies as texts: which are accepted, how they come back, which are public."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mocklambda.services.policies import Question, Verdict, judge_document
from mocklambda.services.policy_grammar import is_well_formed
from mocklambda.services.service import AwsError

_OUTER = ("Version", "Id", "Statement")
_INNER = (
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
)


def parse(text: str) -> dict[str, Any]:
    """Read a policy, with its members in the order in which AWS gives them back."""
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise _malformed("Policies must be valid JSON and the first byte must be '{'")
    if "Statement" not in document:
        raise _malformed("Missing required field Statement")
    if not is_well_formed(document):
        raise _malformed("Invalid policy syntax.")
    statements = document["Statement"]
    document["Statement"] = [
        _ordered(statement, _INNER)
        for statement in (statements if isinstance(statements, list) else [statements])
    ]
    return _ordered(document, _OUTER)


def compact(document: Mapping[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def is_public(document: Mapping[str, Any]) -> bool:
    """Whether a statement lets anybody in without a condition that narrows it."""
    return any(
        statement.get("Effect") == "Allow"
        and statement.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
        and not statement.get("Condition")
        for statement in document["Statement"]
    )


def lets_anybody(document: Mapping[str, Any], action: str, resource: str) -> bool:
    """Whether an anonymous request may do ``s3:…`` on a resource ARN, by this policy."""
    question = Question(principal="", action=action, resource=resource)
    return judge_document(document, question) is Verdict.ALLOW


def _ordered(document: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    known = {name: document[name] for name in names if name in document}
    return known | {name: value for name, value in document.items() if name not in known}


def _malformed(message: str) -> AwsError:
    return AwsError("MalformedPolicy", message)
