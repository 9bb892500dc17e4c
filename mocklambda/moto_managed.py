"""AWS's own managed policies in moto's IAM: it has all of them, but loads none unless told to.

Those that somebody names are put into it, one by one: all of them would take a fifth of a second for each test.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

AWS_MANAGED = "arn:aws:iam::aws:policy/"
PARTITION = "aws"


def let_be_attached(account: str, arns: Iterable[str]) -> None:
    """Have moto's IAM know those of AWS's own managed policies that are among these."""
    wanted = list(arns)
    if not wanted:
        return
    from moto.iam.models import AWSManagedPolicy, iam_backends

    known = iam_backends[account][PARTITION].managed_policies
    for arn in wanted:
        name = arn.rpartition("/")[2]
        data = _aws_managed().get(name) if arn.startswith(AWS_MANAGED) and arn not in known else None
        if data is not None:
            policy = AWSManagedPolicy.from_data(name, account, PARTITION, dict(data))
            known[policy.arn] = policy


def managed_in(content: bytes) -> list[str]:
    """Return AWS's own managed policies that a request to IAM names."""
    if b"aws%3Apolicy" not in content:
        return []
    return [value for _, value in parse_qsl(content.decode()) if value.startswith(AWS_MANAGED)]


@cache
def _aws_managed() -> Mapping[str, Mapping[str, Any]]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    policies: Mapping[str, Mapping[str, Any]] = json.loads(aws_managed_policies_data)
    return policies
