"""Which rights to a KMS key a call takes beside its own: services use keys of one's own with the caller's rights.

https://docs.aws.amazon.com/kms/latest/developerguide/service-integration.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from mocklambda.iam.resources import Place, arn_of
from mocklambda.iam.rights import Right
from mocklambda.services.links import Arn
from mocklambda.services.resources import Resource

ResourceOf = Callable[[str, str], "Resource | None"]
"""ARN of a resource, and the version of an object that is meant or nothing → what is known of it."""
READING, WRITING = ("Decrypt",), ("GenerateDataKey",)
BOTH = (*WRITING, *READING)
_TAKES: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "kinesis:GetRecords": READING,
        "kinesis:PutRecord": WRITING,
        "kinesis:PutRecords": WRITING,
        "kinesis:SubscribeToShard": READING,
        "s3:GetObject": READING,
        "s3:GetObjectVersion": READING,
        "s3:PutObject": WRITING,
        "secretsmanager:GetSecretValue": READING,
        "secretsmanager:PutSecretValue": BOTH,
        "sns:Publish": BOTH,
        "sqs:ReceiveMessage": READING,
        "sqs:SendMessage": BOTH,
    }
)
"""Action → what is done with the key (D)."""
_CONTEXTS = MappingProxyType(
    {
        "kinesis": "aws:kinesis:arn",
        "s3": "aws:s3:arn",
        "secretsmanager": "secretarn",
        "sns": "aws:sns:topicarn",
        "sqs": "aws:sqs:arn",
    }
)
"""Service → the name under which its encryption context has the resource's ARN, in lower case (D)."""
_NEITHER = frozenset({"HeadObject", "UploadPart", "CompleteMultipartUpload"})
"""Operations that read no contents, or go on with a data key that was made before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRight:
    """A right to a key, and what conditions may ask about its use."""

    right: Right
    context: Mapping[str, str]


def key_rights(
    right: Right, operation: str, params: Mapping[str, Any], place: Place, resource_of: ResourceOf
) -> Iterator[KeyRight]:
    """Yield what a call takes that has a right; nothing where there is no key of one's own, but AWS's or none."""
    service = right.action.partition(":")[0]
    takes = () if operation in _NEITHER else _TAKES.get(right.action, ())
    if not takes:
        return
    key = _new_object_key(right, params, resource_of) if right.action == "s3:PutObject" else None
    if key is None:
        resource = resource_of(right.resource, right.version)
        key = "" if resource is None else resource.key
    if not key or "alias/aws/" in key:
        return
    home = Arn.parse(right.resource)
    near = replace(place, account=home.account or place.account, region=home.region or place.region)
    arn = arn_of("kms", "KeyId", key, near)
    context = {
        "aws:viaawsservice": "true",
        "kms:calleraccount": place.account,
        "kms:viaservice": f"{service}.{near.region}.amazonaws.com",
        f"kms:encryptioncontext:{_CONTEXTS[service]}": right.resource,
    }
    for action in takes:
        yield KeyRight(right=Right(f"kms:{action}", arn), context=context)


def _new_object_key(right: Right, params: Mapping[str, Any], resource_of: ResourceOf) -> str:
    """Return the key that an object is to be written with: as asked, or else as its bucket has it."""
    algorithm = params.get("ServerSideEncryption")
    if algorithm or params.get("SSECustomerAlgorithm"):
        return str(params.get("SSEKMSKeyId") or "") if str(algorithm).startswith("aws:kms") else ""
    bucket = resource_of(right.resource.partition("/")[0], "")
    return "" if bucket is None else bucket.key
