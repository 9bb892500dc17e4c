"""AddPermission's statements in a queue's policy document; what one allows, ``services/policies`` decides."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from mocklambda.services.policies import listed


def labels(policy: str | None) -> list[str]:
    """List the statement ids of a policy."""
    return (
        []
        if policy is None
        else [entry.get("Sid", "") for entry in listed(json.loads(policy).get("Statement"))]
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
    document["Statement"] = [*listed(document.get("Statement")), statement]
    return json.dumps(document, separators=(",", ":"))


def without_statement(policy: str, label: str) -> str | None:
    """Return the policy without that statement; None when it was the last."""
    document = json.loads(policy)
    document["Statement"] = [
        entry for entry in listed(document.get("Statement")) if entry.get("Sid") != label
    ]
    return json.dumps(document, separators=(",", ":")) if document["Statement"] else None


def _folded(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values
