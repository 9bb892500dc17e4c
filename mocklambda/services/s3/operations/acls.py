"""ACLs of buckets and objects: canned names, grant headers, documents, and what each refuses."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mocklambda.services.s3.acl import (
    CANNED,
    GROUPS,
    PERMISSIONS,
    Grant,
    canned,
    canonical_id,
    is_public,
    owner_grant,
)
from mocklambda.services.s3.bucket import Bucket
from mocklambda.services.s3.errors import (
    access_denied,
    invalid_argument,
    invalid_request,
    malformed_acl,
    missing_security_header,
)
from mocklambda.services.s3.notifications import Event
from mocklambda.services.s3.operations.entry import (
    Ctx,
    Request,
    Result,
    object_at,
    on_bucket,
    origin_of,
    settable_at,
)
from mocklambda.services.service import AwsError

_HEADERS = {
    "GrantFullControl": ("FULL_CONTROL", "x-amz-grant-full-control"),
    "GrantRead": ("READ", "x-amz-grant-read"),
    "GrantReadACP": ("READ_ACP", "x-amz-grant-read-acp"),
    "GrantWrite": ("WRITE", "x-amz-grant-write"),
    "GrantWriteACP": ("WRITE_ACP", "x-amz-grant-write-acp"),
}
_GRANTEE = re.compile(r'\s*(id|uri|emailAddress)\s*=\s*"?([^"]*)"?\s*')


@on_bucket("GetBucketAcl")
def get_bucket_acl(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    return _document(bucket.settings.grants, bucket.account)


@on_bucket("PutBucketAcl")
def put_bucket_acl(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    bucket.settings.grants = _grants_of_put(ctx, bucket, request)
    return {}


@on_bucket("GetObjectAcl")
def get_object_acl(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    found = object_at(bucket, request)
    result = _document(found.grants, bucket.account)
    if bucket.is_versioned:
        ctx.reply.headers["x-amz-version-id"] = found.version_id
    return result


@on_bucket("PutObjectAcl")
def put_object_acl(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    found = settable_at(bucket, request, "PUT")
    grants = _grants_of_put(ctx, bucket, request)
    is_changed = grants != (found.grants or (owner_grant(bucket.account),))
    found.grants = grants
    if is_changed:
        event = Event.of(found, "ObjectAcl:Put", at=ctx.now, origin=origin_of(ctx))
        ctx.state.notifier.tell(bucket, event)
    if bucket.is_versioned:
        ctx.reply.headers["x-amz-version-id"] = found.version_id
    return {}


def requested_grants(bucket: Bucket, request: Request) -> tuple[Grant, ...]:
    """Read the canned name or the grant headers of a write, and refuse what the bucket does not allow."""
    name = request.get("ACL")
    given = [member for member in _HEADERS if request.get(member)]
    if name is not None and given:
        raise invalid_request("Specifying both Canned ACLs and Header Grants is not allowed")
    if name is not None:
        if name not in CANNED:
            raise invalid_argument("", "x-amz-acl", name)
        grants = canned(name, bucket.account)
    else:
        grants = tuple(grant for member in given for grant in _header_grants(bucket, member, request[member]))
    check_allowed(bucket, grants, is_owners=name == "bucket-owner-full-control")
    return grants


def check_allowed(bucket: Bucket, grants: tuple[Grant, ...], *, is_owners: bool) -> None:
    """Refuse ACLs where ownership is enforced, and public ones where public access is blocked."""
    settings = bucket.settings
    if settings.ownership == "BucketOwnerEnforced" and not is_owners:
        raise AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs")
    block = settings.public_access_block
    if block is not None and block.blocks_acls and is_public(grants, *PERMISSIONS):
        raise access_denied()


def _grants_of_put(ctx: Ctx, bucket: Bucket, request: Request) -> tuple[Grant, ...]:
    document = request.get("AccessControlPolicy")
    if request.get("ACL") is not None and document is not None:
        raise AwsError("UnexpectedContent", "This request does not support content")
    if request.get("ACL") is not None or any(request.get(member) for member in _HEADERS):
        return requested_grants(bucket, request)
    if document is None:
        raise missing_security_header("x-amz-acl")
    grants = _document_grants(bucket, document)
    check_allowed(bucket, grants, is_owners=grants == (owner_grant(bucket.account),))
    return grants


def _header_grants(bucket: Bucket, member: str, text: str) -> list[Grant]:
    permission, header = _HEADERS[member]
    return [_header_grant(bucket, permission, header, text, piece) for piece in text.split(",")]


def _header_grant(bucket: Bucket, permission: str, header: str, text: str, piece: str) -> Grant:
    match = _GRANTEE.fullmatch(piece)
    if match is None:
        raise invalid_argument("Argument format not recognized", header, text)
    kind, value = match.groups()
    if kind == "uri":
        if value not in GROUPS:
            raise invalid_argument("Invalid group uri", "uri", value)
        return Grant(permission=permission, group=value)
    if kind == "emailAddress":
        raise _unknown_address()
    if not _is_user(bucket, value):
        raise invalid_argument("Invalid id", "id", value)
    return Grant(permission=permission, user_id=value)


def _document_grants(bucket: Bucket, document: Mapping[str, Any]) -> tuple[Grant, ...]:
    owner = (document.get("Owner") or {}).get("ID")
    if owner is None:
        raise malformed_acl()
    grants: Sequence[Mapping[str, Any]] = document.get("Grants") or ()
    for grant in grants:
        if grant.get("Permission") not in PERMISSIONS:
            raise malformed_acl()
    if owner != canonical_id(bucket.account):
        raise invalid_argument("Invalid id", "CanonicalUser/ID", owner)
    return tuple(_document_grant(bucket, grant["Permission"], grant.get("Grantee") or {}) for grant in grants)


def _document_grant(bucket: Bucket, permission: str, grantee: Mapping[str, Any]) -> Grant:
    kind = grantee.get("Type")
    if kind == "Group":
        if grantee.get("URI") not in GROUPS:
            raise invalid_argument("Invalid group uri", "Group/URI", grantee.get("URI", ""))
        return Grant(permission=permission, group=grantee["URI"])
    if kind == "CanonicalUser":
        if not _is_user(bucket, grantee.get("ID", "")):
            raise invalid_argument("Invalid id", "CanonicalUser/ID", grantee.get("ID", ""))
        return Grant(permission=permission, user_id=grantee["ID"])
    if kind == "AmazonCustomerByEmail":
        raise _unknown_address()
    raise malformed_acl()


def _unknown_address() -> AwsError:
    return AwsError(
        "UnresolvableGrantByEmailAddress",
        "The e-mail address you provided does not match any account on record.",
    )


_CANONICAL = re.compile(r"[0-9a-f]{64}")


def _is_user(bucket: Bucket, user_id: str) -> bool:
    """Whether it can be a user's id: those of other accounts are not known here, so only the form counts."""
    return user_id == canonical_id(bucket.account) or _CANONICAL.fullmatch(user_id) is not None


def _document(grants: tuple[Grant, ...] | None, owner: str) -> Result:
    shown = (owner_grant(owner),) if grants is None else grants
    return {"Owner": {"ID": canonical_id(owner)}, "Grants": [_shown(grant) for grant in shown]}


def _shown(grant: Grant) -> Result:
    if grant.group is not None:
        return {"Grantee": {"Type": "Group", "URI": grant.group}, "Permission": grant.permission}
    return {"Grantee": {"Type": "CanonicalUser", "ID": grant.user_id}, "Permission": grant.permission}
