"""Who may do what with a bucket or an object, in S3's older way: grants, canned or spelled out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED_USERS = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"
GROUPS = frozenset({ALL_USERS, AUTHENTICATED_USERS, LOG_DELIVERY})
PERMISSIONS = frozenset({"FULL_CONTROL", "READ", "WRITE", "READ_ACP", "WRITE_ACP"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One permission, to a canonical user id or to a group's URI."""

    permission: str
    user_id: str | None = None
    group: str | None = None


@cache
def canonical_id(account: str) -> str:
    """Return the account's canonical user id."""
    return hashlib.sha256(f"canonical:{account}".encode()).hexdigest()


@cache
def principal_id(account: str) -> str:
    """Return the account's id as event records name it."""
    return "A" + hashlib.sha256(f"principal:{account}".encode()).hexdigest()[:13].upper()


_TO_GROUPS = {
    "private": (),
    "public-read": ((ALL_USERS, "READ"),),
    "public-read-write": ((ALL_USERS, "READ"), (ALL_USERS, "WRITE")),
    "authenticated-read": ((AUTHENTICATED_USERS, "READ"),),
    "log-delivery-write": ((LOG_DELIVERY, "WRITE"), (LOG_DELIVERY, "READ_ACP")),
    "bucket-owner-full-control": (),
    "bucket-owner-read": (),
    "aws-exec-read": (),
}
CANNED = frozenset(_TO_GROUPS)


def owner_grant(owner: str) -> Grant:
    return Grant(permission="FULL_CONTROL", user_id=canonical_id(owner))


def canned(name: str, owner: str) -> tuple[Grant, ...]:
    """Return what a canned ACL grants."""
    groups = tuple(Grant(permission=permission, group=uri) for uri, permission in _TO_GROUPS[name])
    return (owner_grant(owner), *groups)


def is_public(grants: tuple[Grant, ...] | None, *permissions: str) -> bool:
    """Whether anybody at all has one of these permissions."""
    wanted = {*permissions, "FULL_CONTROL"}
    return any(grant.group == ALL_USERS and grant.permission in wanted for grant in grants or ())
