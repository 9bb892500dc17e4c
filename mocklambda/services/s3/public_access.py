"""What anybody may do without credentials: by ACL or bucket policy, unless public access is blocked."""

from __future__ import annotations

from mocklambda.services.s3 import policies
from mocklambda.services.s3.acl import is_public
from mocklambda.services.s3.bucket import Bucket
from mocklambda.services.s3.objects import StoredObject

_BY_METHOD = {
    "GET": "s3:GetObject",
    "HEAD": "s3:GetObject",
    "PUT": "s3:PutObject",
    "POST": "s3:PutObject",
    "DELETE": "s3:DeleteObject",
}


def may_anybody(bucket: Bucket, method: str, key: str) -> bool:
    """Whether an unsigned request may go on; an empty ``key`` means the bucket itself."""
    if not key:
        return _may_with_bucket(bucket, method)
    action = _BY_METHOD.get(method)
    if action is None:
        return False
    if _by_policy(bucket, action, f"{bucket.arn}/{key}"):
        return True
    if method in {"GET", "HEAD"}:
        found = bucket.current(key)
        return isinstance(found, StoredObject) and _by_acl(bucket, found, "READ")
    return _by_acl(bucket, None, "WRITE")


def _may_with_bucket(bucket: Bucket, method: str) -> bool:
    if method in {"GET", "HEAD"}:
        return _by_policy(bucket, "s3:ListBucket", bucket.arn) or _by_acl(bucket, None, "READ")
    # Deleting many keys and uploading by form are posted to the bucket.
    is_write = method == "POST"
    return is_write and (
        _by_policy(bucket, "s3:PutObject", f"{bucket.arn}/*") or _by_acl(bucket, None, "WRITE")
    )


def _by_policy(bucket: Bucket, action: str, resource: str) -> bool:
    settings = bucket.settings
    block = settings.public_access_block
    if settings.policy is None or (block is not None and block.restricts):
        return False
    return policies.lets_anybody(settings.policy, action, resource)


def _by_acl(bucket: Bucket, found: StoredObject | None, permission: str) -> bool:
    settings = bucket.settings
    block = settings.public_access_block
    if settings.ownership == "BucketOwnerEnforced" or (block is not None and block.ignores_acls):
        return False
    return is_public(settings.grants if found is None else found.grants, permission)
