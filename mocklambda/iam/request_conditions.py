"""What conditions may ask about a request: the keys that its members stand under, those of its service among them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from mocklambda.iam.resources import Place, arn_of

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
        "AuthType": "lambda:functionurlauthtype",
        "CodeSigningConfigArn": "lambda:codesigningconfigarn",
        "FunctionUrlAuthType": "lambda:functionurlauthtype",
        "Principal": "lambda:principal",
        "Protocol": "sns:protocol",
        "Endpoint": "sns:endpoint",
        "SecretId": "secretsmanager:secretid",
        "VersionStage": "secretsmanager:versionstage",
    }
)
"""Members of requests that conditions may ask about, each under its service's key."""


def about_request(prefix: str, params: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Return the condition keys that tell of a request's members: tags, and those of its service."""
    known: dict[str, Any] = {
        key: str(params[member])
        for member, key in _PLAIN.items()
        if key.startswith(f"{prefix}:") and params.get(member) is not None
    }
    tags = _tags(params)
    if tags:
        known |= {f"aws:requesttag/{key.lower()}": value for key, value in tags.items()}
    tag_keys = [*tags, *(params.get("TagKeys") or params.get("tagKeys") or ())]
    if tag_keys:
        known["aws:tagkeys"] = tag_keys
    if prefix == "lambda":
        known |= _about_function(params, place)
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


def _about_function(params: Mapping[str, Any], place: Place) -> dict[str, Any]:
    known: dict[str, Any] = {}
    if "EventSourceArn" in params and params.get("FunctionName"):
        known["lambda:functionarn"] = arn_of("lambda", "FunctionName", params["FunctionName"], place)
    if params.get("Layers"):
        known["lambda:layer"] = list(params["Layers"])
    network = params.get("VpcConfig") or {}
    if network.get("SubnetIds"):
        known["lambda:subnetids"] = list(network["SubnetIds"])
        known["lambda:vpcids"] = place.vpc_of(place.account, place.region, network["SubnetIds"][0])
    if network.get("SecurityGroupIds"):
        known["lambda:securitygroupids"] = list(network["SecurityGroupIds"])
    return known
