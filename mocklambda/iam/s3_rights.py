"""Which rights calls to S3 take: here, few actions are called as their operation.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

_RENAMED: Mapping[str, str] = MappingProxyType(
    {
        "CompleteMultipartUpload": "PutObject",
        "CreateMultipartUpload": "PutObject",
        "DeleteBucketCors": "PutBucketCORS",
        "DeleteBucketEncryption": "PutEncryptionConfiguration",
        "DeleteBucketLifecycle": "PutLifecycleConfiguration",
        "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
        "DeleteBucketReplication": "PutReplicationConfiguration",
        "DeleteBucketTagging": "PutBucketTagging",
        "DeleteObjects": "DeleteObject",
        "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
        "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
        "GetBucketCors": "GetBucketCORS",
        "GetBucketEncryption": "GetEncryptionConfiguration",
        "GetBucketLifecycle": "GetLifecycleConfiguration",
        "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
        "GetBucketNotificationConfiguration": "GetBucketNotification",
        "GetBucketReplication": "GetReplicationConfiguration",
        "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
        "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
        "HeadBucket": "ListBucket",
        "HeadObject": "GetObject",
        "ListBuckets": "ListAllMyBuckets",
        "ListMultipartUploads": "ListBucketMultipartUploads",
        "ListObjectVersions": "ListBucketVersions",
        "ListObjects": "ListBucket",
        "ListObjectsV2": "ListBucket",
        "ListParts": "ListMultipartUploadParts",
        "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
        "PutBucketCors": "PutBucketCORS",
        "PutBucketEncryption": "PutEncryptionConfiguration",
        "PutBucketLifecycle": "PutLifecycleConfiguration",
        "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
        "PutBucketNotificationConfiguration": "PutBucketNotification",
        "PutBucketReplication": "PutReplicationConfiguration",
        "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
        "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
        "SelectObjectContent": "GetObject",
        "UploadPart": "PutObject",
    }
)
_OF_VERSIONS: Mapping[str, str] = MappingProxyType(
    {
        "DeleteObject": "DeleteObjectVersion",
        "DeleteObjectTagging": "DeleteObjectVersionTagging",
        "GetObject": "GetObjectVersion",
        "GetObjectAcl": "GetObjectVersionAcl",
        "GetObjectAttributes": "GetObjectVersionAttributes",
        "GetObjectTagging": "GetObjectVersionTagging",
        "PutObjectAcl": "PutObjectVersionAcl",
        "PutObjectTagging": "PutObjectVersionTagging",
    }
)
"""Action → what it is where the request names a version."""
_COPIES = frozenset({"CopyObject", "UploadPartCopy"})
_WRITES = frozenset({"PutObject", "CopyObject", "CreateMultipartUpload"})
_BESIDES = (
    ("Tagging", "PutObjectTagging"),
    ("ACL", "PutObjectAcl"),
    ("GrantFullControl", "PutObjectAcl"),
    ("GrantRead", "PutObjectAcl"),
    ("GrantReadACP", "PutObjectAcl"),
    ("GrantWriteACP", "PutObjectAcl"),
    ("ObjectLockMode", "PutObjectRetention"),
    ("ObjectLockLegalHoldStatus", "PutObjectLegalHold"),
)
"""What a write may carry, and what that takes besides."""


def s3_rights(operation: str, params: Mapping[str, Any]) -> Iterable[tuple[str, str, str]]:
    """Return actions, without their prefix, resources, and the versions of those that are meant, if any."""
    resource, version = _resource(params), params.get("VersionId") or ""
    if operation in _COPIES:
        yield from _read_right(params.get("CopySource"))
        yield "PutObject", resource, ""
    else:
        action = _RENAMED.get(operation, operation)
        if params.get("VersionId") is not None:
            action = _OF_VERSIONS.get(action, action)
        yield action, resource, version
    if operation == "GetObjectAttributes":
        action = "GetObjectVersion" if params.get("VersionId") is not None else "GetObject"
        yield action, resource, version
    if operation in _WRITES:
        besides = dict.fromkeys(action for member, action in _BESIDES if params.get(member))
        yield from ((action, resource, "") for action in besides)
    if params.get("BypassGovernanceRetention"):
        yield "BypassGovernanceRetention", resource, version


def object_right(entry: Mapping[str, Any], bucket: str) -> tuple[str, str, str]:
    """Return what one entry of DeleteObjects takes: action, resource, and the version that is meant, if any."""
    version = entry.get("VersionId")
    action = "DeleteObject" if version is None else "DeleteObjectVersion"
    return f"s3:{action}", f"arn:aws:s3:::{bucket}/{entry.get('Key', '')}", version or ""


def _resource(params: Mapping[str, Any]) -> str:
    bucket = params.get("Bucket")
    if bucket is None:
        return "*"
    arn = bucket if bucket.startswith("arn:") else f"arn:aws:s3:::{bucket}"
    return f"{arn}/{params['Key']}" if params.get("Key") else arn


def _read_right(source: Any) -> Iterable[tuple[str, str, str]]:
    if isinstance(source, str):
        path, _, version = source.removeprefix("/").partition("?versionId=")
        yield ("GetObjectVersion" if version else "GetObject"), f"arn:aws:s3:::{unquote(path)}", version
