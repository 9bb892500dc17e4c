"""Who from another account may do what to a stream or a consumer: its resource policy says.

The owner's own access is IAM's business; a service that writes for the owner uses a role of his.
"""

from __future__ import annotations

import json

from mocklambda.services.kinesis.stream import Stream
from mocklambda.services.policies import Question, allows
from mocklambda.services.policy_grammar import is_well_formed
from mocklambda.services.service import AwsError


def check_access(stream: Stream, arn: str, action: str, caller: str) -> None:
    """Raise AccessDeniedException unless the caller owns the stream or its policy lets him in."""
    if caller == stream.account:
        return
    question = Question(principal=caller, action=f"kinesis:{action}", resource=arn)
    if not allows(stream.policies.get(arn), question):
        raise AwsError(
            "AccessDeniedException",
            f"User: arn:aws:iam::{caller}:root is not authorized to perform: kinesis:{action} on resource: "
            f"{arn} because no resource-based policy allows the kinesis:{action} action",
        )


def checked_policy(text: str) -> str:
    """Return a policy's text as it is; raises ValidationException when it is no policy."""
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not is_well_formed(document):
        raise AwsError("ValidationException", "The policy is not a valid JSON document.")
    return text
