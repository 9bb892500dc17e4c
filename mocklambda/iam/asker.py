"""Who asks: a session of a role; and what conditions may ask about it and about its request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from types import MappingProxyType
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.iam.roles import Role
from mocklambda.services.links import Arn


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """A role's session: of a function, it bears that one's name."""

    role_arn: str
    session: str
    function_arn: str = ""
    """Of the function in whose environment the call is made, or for which Lambda acts."""

    @property
    def arn(self) -> str:
        """The session's ARN, as messages name it."""
        return f"arn:aws:sts::{self.account}:assumed-role/{self.role_arn.rpartition('/')[2]}/{self.session}"

    @property
    def account(self) -> str:
        return Arn.parse(self.role_arn).account

    def names(self) -> tuple[str, str]:
        """Return what a resource's policy may call it."""
        return (self.arn, self.role_arn)


_PLAIN: Mapping[str, str] = MappingProxyType(
    {
        "ACL": "s3:x-amz-acl",
        "Delimiter": "s3:delimiter",
        "MaxKeys": "s3:max-keys",
        "Prefix": "s3:prefix",
        "ServerSideEncryption": "s3:x-amz-server-side-encryption",
        "SSEKMSKeyId": "s3:x-amz-server-side-encryption-aws-kms-key-id",
        "StorageClass": "s3:x-amz-storage-class",
        "VersionId": "s3:versionid",
        "CopySource": "s3:x-amz-copy-source",
        "FunctionName": "lambda:functionarn",
        "Protocol": "sns:protocol",
        "Endpoint": "sns:endpoint",
        "SecretId": "secretsmanager:secretid",
        "VersionStage": "secretsmanager:versionstage",
    }
)
"""Members of requests that conditions may ask about, each under its service's key."""


def about_role(asker: Asker, role: Role | None) -> dict[str, str]:
    """Return the global condition keys that tell who asks.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    known = {
        "aws:principalarn": asker.role_arn,
        "aws:principalaccount": asker.account,
        "aws:principaltype": "AssumedRole",
        "aws:viaawsservice": "false",
        "aws:principalisawsservice": "false",
    }
    if asker.function_arn:
        known["lambda:sourcefunctionarn"] = asker.function_arn
    if role is not None:
        known["aws:userid"] = f"{role.unique_id}:{asker.session}"
        known |= {f"aws:principaltag/{key.lower()}": value for key, value in role.tags.items()}
    return known


def about_time(now: Millis) -> dict[str, str]:
    """Return the condition keys that tell when."""
    instant = datetime.fromtimestamp(now / 1000, tz=timezone.utc)
    return {"aws:currenttime": f"{instant:%Y-%m-%dT%H:%M:%SZ}", "aws:epochtime": str(now // 1000)}


def about_request(prefix: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the condition keys that tell of a request's members: tags, and those of its service."""
    known: dict[str, Any] = {
        key: str(params[member])
        for member, key in _PLAIN.items()
        if key.startswith(f"{prefix}:") and params.get(member) is not None
    }
    tags = _tags(params)
    if tags:
        known |= {f"aws:requesttag/{key.lower()}": value for key, value in tags.items()}
        known["aws:tagkeys"] = list(tags)
    encryption = params.get("EncryptionContext")
    if prefix == "kms" and isinstance(encryption, Mapping):
        known |= {f"kms:encryptioncontext:{key.lower()}": str(value) for key, value in encryption.items()}
        known["kms:encryptioncontextkeys"] = list(encryption)
    return known


def _tags(params: Mapping[str, Any]) -> dict[str, str]:
    tags = params.get("Tags") or params.get("tags") or params.get("TagSet")
    if isinstance(tags, Mapping):
        return {str(key): str(value) for key, value in tags.items()}
    pairs = (
        {name.lower(): value for name, value in tag.items()} for tag in tags or () if isinstance(tag, Mapping)
    )
    return {str(tag["key"]): str(tag.get("value", "")) for tag in pairs if "key" in tag}
