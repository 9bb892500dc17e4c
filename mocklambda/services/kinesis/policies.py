"""Resource policies: what another account may do to a stream or a consumer.

The owner's own access is IAM's business; a service that writes for the owner uses a role of his.
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import Any

from mocklambda.services.kinesis.stream import Stream
from mocklambda.services.service import AwsError


def check_access(stream: Stream, arn: str, action: str, caller: str) -> None:
    """Raise AccessDeniedException unless the caller owns the stream or its policy lets him in."""
    if caller == stream.account:
        return
    effects = {
        statement.get("Effect")
        for statement in _as_list(json.loads(stream.policies.get(arn, "{}")).get("Statement"))
        if _applies(statement, arn, f"kinesis:{action}", caller)
    }
    if effects != {"Allow"}:
        raise AwsError(
            "AccessDeniedException",
            f"User: arn:aws:iam::{caller}:root is not authorized to perform: kinesis:{action} on resource: "
            f"{arn} because no resource-based policy allows the kinesis:{action} action",
        )


def checked_policy(text: str) -> str:
    """Return a policy's text as it is; raises ValidationException when it is no JSON object."""
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise AwsError("ValidationException", "The policy is not a valid JSON document.")
    return text


def _applies(statement: dict[str, Any], arn: str, action: str, caller: str) -> bool:
    principal = statement.get("Principal")
    named = _as_list(principal.get("AWS") if isinstance(principal, dict) else principal)
    return (
        any(who in {"*", caller} or who.startswith(f"arn:aws:iam::{caller}:") for who in named)
        and any(fnmatchcase(action.lower(), pattern.lower()) for pattern in _as_list(statement.get("Action")))
        and any(fnmatchcase(arn, pattern) for pattern in _as_list(statement.get("Resource", "*")))
    )


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
