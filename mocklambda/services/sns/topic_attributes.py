"""Attributes of a topic: which there are, what each accepts, what is shown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mocklambda.services.policy_grammar import is_well_formed
from mocklambda.services.sns import errors
from mocklambda.services.sns.filter_policy import InvalidAttribute, check_syntax

ACTIONS = (
    "GetTopicAttributes",
    "SetTopicAttributes",
    "AddPermission",
    "RemovePermission",
    "DeleteTopic",
    "Subscribe",
    "ListSubscriptionsByTopic",
    "Publish",
)
_SETTABLE = (
    "DisplayName",
    "Policy",
    "DeliveryPolicy",
    "SignatureVersion",
    "KmsMasterKeyId",
    "TracingConfig",
    "ContentBasedDeduplication",
    "FifoThroughputScope",
)
_NOT_ACTED_ON = ("FeedbackRoleArn", "FeedbackSampleRate", "ArchivePolicy")
_RETRY = {
    "minDelayTarget": 20,
    "maxDelayTarget": 20,
    "numRetries": 3,
    "numMaxDelayRetries": 0,
    "numNoDelayRetries": 0,
    "numMinDelayRetries": 0,
    "backoffFunction": "linear",
}
_ZERO_RETRY = {**dict.fromkeys(_RETRY, 0), "backoffFunction": "linear"}
_REQUEST = {"headerContentType": "text/plain; charset=UTF-8"}


def dumps(value: Any) -> str:
    """Write JSON as SNS does in attributes."""
    return json.dumps(value, separators=(",", ":"))


def default_policy(arn: str, account: str) -> str:
    """Return the policy of a new topic: everything for its owner."""
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{action}" for action in ACTIONS],
        "Resource": arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": account}},
    }
    return dumps({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]})


def checked(name: str, value: str, *, is_fifo: bool) -> str:
    """Return an attribute's value as stored; raises InvalidAttribute, or says what is not served."""
    if name.endswith(_NOT_ACTED_ON):
        raise InvalidAttribute(f"{name}: delivery logs and archives are not implemented by mocklambda")
    if name not in _SETTABLE:
        raise InvalidAttribute("AttributeName")
    if name in {"ContentBasedDeduplication", "FifoThroughputScope"} and not is_fifo:
        raise InvalidAttribute(f"{name}: can only be set for FIFO topics")
    if value and name in _CHOICES and value not in _CHOICES[name]:
        raise InvalidAttribute(name)
    if name == "Policy":
        _check_policy(value)
    elif name == "DeliveryPolicy" and value:
        check_syntax(name, value)
    return value


_CHOICES: Mapping[str, tuple[str, ...]] = {
    "ContentBasedDeduplication": ("true", "false"),
    "FifoThroughputScope": ("Topic", "MessageGroup"),
    "SignatureVersion": ("1", "2"),
    "TracingConfig": ("PassThrough",),  # Active makes segments of the topic's own, which nothing here does
}


def _check_policy(value: str) -> None:
    try:
        document = json.loads(value)
    except ValueError:
        document = None
    if not is_well_formed(document) or "Statement" not in document:
        raise InvalidAttribute("Policy Error: null")


def shown_delivery_policy(text: str) -> str:
    """Return a delivery policy as it is shown: without null parts, with the override flag."""
    http = {key: value for key, value in json.loads(text).get("http", {}).items() if value is not None}
    retry = {key: http[key] for key in ("defaultHealthyRetryPolicy",) if key in http}
    rest = {key: value for key, value in http.items() if key not in retry}
    return dumps({"http": {**retry, "disableSubscriptionOverrides": False, **rest}})


def effective_delivery_policy(text: str | None) -> str:
    """Return the defaults overlaid with a delivery policy."""
    http = json.loads(text).get("http", {}) if text else {}
    retry = http.get("defaultHealthyRetryPolicy")
    return dumps(
        {
            "http": {
                "defaultHealthyRetryPolicy": _RETRY if retry is None else {**_ZERO_RETRY, **retry},
                "disableSubscriptionOverrides": http.get("disableSubscriptionOverrides", False),
                "defaultRequestPolicy": http.get("defaultRequestPolicy") or _REQUEST,
            }
        }
    )


def with_statement(policy: str, label: str, accounts: list[str], actions: list[str], arn: str) -> str:
    """Return the policy with AddPermission's statement at its end."""
    document = json.loads(policy)
    if any(statement.get("Sid") == label for statement in document["Statement"]):
        raise errors.invalid_parameter("Statement already exists")
    if any(action not in ACTIONS for action in actions):
        raise errors.invalid_parameter("Policy statement action out of service scope!")
    document["Statement"].append(
        {
            "Sid": label,
            "Effect": "Allow",
            "Principal": {"AWS": _folded([f"arn:aws:iam::{account}:root" for account in accounts])},
            "Action": _folded([f"SNS:{action}" for action in actions]),
            "Resource": arn,
        }
    )
    return dumps(document)


def without_statement(policy: str, label: str) -> str:
    """Return the policy without the statement of that label."""
    document = json.loads(policy)
    document["Statement"] = [entry for entry in document["Statement"] if entry.get("Sid") != label]
    return dumps(document)


def _folded(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values
