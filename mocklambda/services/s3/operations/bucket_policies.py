"""A bucket's policy and CORS rules, and what its policy status says."""

from __future__ import annotations

from typing import Any

from mocklambda.services.s3 import policies
from mocklambda.services.s3.acl import PERMISSIONS, is_public
from mocklambda.services.s3.bucket import Bucket
from mocklambda.services.s3.cors import CorsRule
from mocklambda.services.s3.errors import (
    access_denied,
    invalid_request,
    malformed_xml,
    not_configured,
    refuse_header,
)
from mocklambda.services.s3.operations.entry import Ctx, Request, Result, on_bucket

_METHODS = frozenset({"GET", "PUT", "POST", "DELETE", "HEAD"})
_MOST_RULES = 100


@on_bucket("GetBucketPolicy")
def get_bucket_policy(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    if bucket.settings.policy is None:
        raise not_configured("NoSuchBucketPolicy", bucket.name)
    return {"Policy": policies.compact(bucket.settings.policy)}


@on_bucket("PutBucketPolicy")
def put_bucket_policy(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    refuse_header(request, "ConfirmRemoveSelfBucketAccess", "x-amz-confirm-remove-self-bucket-access")
    text = request.get("Policy", "")
    document = policies.parse(text.decode() if isinstance(text, bytes) else text)
    block = bucket.settings.public_access_block
    if block is not None and block.blocks_policy and policies.is_public(document):
        raise access_denied()
    bucket.settings.policy = document
    ctx.reply.status = 204
    return {}


@on_bucket("DeleteBucketPolicy")
def delete_bucket_policy(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    bucket.settings.policy = None
    return {}


@on_bucket("GetBucketPolicyStatus")
def get_bucket_policy_status(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    settings = bucket.settings
    if settings.policy is None:
        raise not_configured("NoSuchBucketPolicy", bucket.name)
    block = settings.public_access_block
    is_open = policies.is_public(settings.policy) and not (block is not None and block.restricts)
    by_acl = is_public(settings.grants, *PERMISSIONS) and not (block is not None and block.ignores_acls)
    return {"PolicyStatus": {"IsPublic": is_open or by_acl}}


@on_bucket("GetBucketCors")
def get_bucket_cors(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    if not bucket.settings.cors:
        raise not_configured("NoSuchCORSConfiguration", bucket.name)
    return {"CORSRules": [_shown(rule) for rule in bucket.settings.cors]}


@on_bucket("PutBucketCors")
def put_bucket_cors(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    rules = (request.get("CORSConfiguration") or {}).get("CORSRules") or ()
    if not rules or len(rules) > _MOST_RULES:
        raise malformed_xml()
    bucket.settings.cors = tuple(_rule(rule) for rule in rules)
    return {}


@on_bucket("DeleteBucketCors")
def delete_bucket_cors(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    bucket.settings.cors = ()
    return {}


def _rule(document: Request) -> CorsRule:
    methods = document.get("AllowedMethods") or ()
    if not methods or not document.get("AllowedOrigins"):
        raise malformed_xml()
    for method in methods:
        if method not in _METHODS:
            raise invalid_request(
                f"Found unsupported HTTP method in CORS config. Unsupported method is {method}"
            )
    return CorsRule(
        origins=tuple(document["AllowedOrigins"]),
        methods=tuple(methods),
        allowed_headers=tuple(document.get("AllowedHeaders") or ()),
        exposed_headers=tuple(document.get("ExposeHeaders") or ()),
        max_age_seconds=document.get("MaxAgeSeconds"),
        rule_id=document.get("ID"),
    )


def _shown(rule: CorsRule) -> dict[str, Any]:
    shown: dict[str, Any] = {"AllowedMethods": list(rule.methods), "AllowedOrigins": list(rule.origins)}
    if rule.rule_id is not None:
        shown["ID"] = rule.rule_id
    if rule.allowed_headers:
        shown["AllowedHeaders"] = list(rule.allowed_headers)
    if rule.exposed_headers:
        shown["ExposeHeaders"] = list(rule.exposed_headers)
    if rule.max_age_seconds is not None:
        shown["MaxAgeSeconds"] = rule.max_age_seconds
    return shown
