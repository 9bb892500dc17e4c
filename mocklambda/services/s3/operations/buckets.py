"""Buckets themselves: create, head, list, location, delete."""

from __future__ import annotations

import base64
import binascii
import re

from mocklambda.services.s3.acl import canonical_id
from mocklambda.services.s3.bucket import Bucket
from mocklambda.services.s3.errors import invalid_argument
from mocklambda.services.s3.operations.acls import requested_grants
from mocklambda.services.s3.operations.entry import Ctx, Request, Result, on_bucket, on_bucket_head, seconds
from mocklambda.services.s3.regions import REGIONS, region_of
from mocklambda.services.s3.tagging import new_bucket_tags
from mocklambda.services.service import AwsError, operation

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ADDRESS = re.compile(r"\d{1,3}(\.\d{1,3}){3}")
_OWNERSHIPS = frozenset({"BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"})
_REFUSED = ("Location", "Bucket")
_MOST = 10_000


@operation("CreateBucket")
def create_bucket(ctx: Ctx, request: Request) -> Result:
    name = request["Bucket"]
    if _NAME.fullmatch(name) is None or ".." in name or _ADDRESS.fullmatch(name):
        raise AwsError("InvalidBucketName", "The specified bucket is not valid.", fields={"BucketName": name})
    document = request.get("CreateBucketConfiguration") or {}
    if (
        any(document.get(member) for member in _REFUSED)
        or request.get("BucketNamespace", "global") != "global"
    ):
        raise AwsError(
            "NotImplemented", "mocklambda makes general purpose buckets of the global namespace only", 501
        )
    constraint = document.get("LocationConstraint") or None
    region = region_of(constraint, ctx.region)
    existing = ctx.state.buckets.get(name)
    if existing is not None:
        return _again(ctx, existing, has_tags=bool(document.get("Tags")))
    ownership = request.get("ObjectOwnership", "BucketOwnerEnforced")
    if ownership not in _OWNERSHIPS:
        raise invalid_argument(
            f"Invalid x-amz-object-ownership header: {ownership}", "x-amz-object-ownership"
        )
    tags = new_bucket_tags(document["Tags"]) if document.get("Tags") else None
    made = ctx.state.new_bucket(name, region=region, account=ctx.account, location=constraint)
    made.settings.ownership = ownership
    made.settings.tags = tags
    if _names_grants(request):
        made.settings.grants = requested_grants(made, request)
    if request.get("ObjectLockEnabledForBucket"):
        made.settings.has_object_lock = True
        made.settings.versioning = "Enabled"
    ctx.state.add(made)
    location = f"/{name}" if constraint is None else f"http://{name}.s3.amazonaws.com/"
    return {"Location": location, "BucketArn": made.arn}


@on_bucket_head("HeadBucket")
def head_bucket(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    return {"BucketRegion": bucket.region, "BucketArn": bucket.arn, "AccessPointAlias": False}


@on_bucket("GetBucketLocation")
def get_bucket_location(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    return {} if bucket.region == "us-east-1" else {"LocationConstraint": bucket.location or bucket.region}


@on_bucket("DeleteBucket")
def delete_bucket(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    if not bucket.is_empty:
        text = "The bucket you tried to delete is not empty"
        if bucket.is_versioned:
            text += ". You must delete all versions in the bucket."
        raise AwsError("BucketNotEmpty", text, 409, fields={"BucketName": bucket.name})
    ctx.state.delete(bucket)
    return {}


@operation("ListBuckets")
def list_buckets(ctx: Ctx, request: Request) -> Result:
    region, prefix = request.get("BucketRegion"), request.get("Prefix", "")
    limit = request.get("MaxBuckets")
    if region is not None and region not in REGIONS:
        raise invalid_argument(f"Argument value {region} is not a valid AWS Region", "bucket-region")
    if limit is not None and not 1 <= limit <= _MOST:
        raise invalid_argument(
            f"Argument max-buckets must be an integer between 1 and {_MOST}", "max-buckets", str(limit)
        )
    after = _name_of(request.get("ContinuationToken") or "")
    names = [
        name
        for name, bucket in sorted(ctx.state.buckets.items())
        if bucket.account == ctx.account
        and name > after
        and name.startswith(prefix)
        and region in {None, bucket.region}
    ]
    shown = names[:limit]
    is_paged = any(name in request for name in ("BucketRegion", "Prefix", "MaxBuckets", "ContinuationToken"))
    result: Result = {
        "Owner": {"ID": canonical_id(ctx.account)},
        "Buckets": [_entry(ctx.state.buckets[name], shows_region=is_paged) for name in shown],
    }
    if len(names) > len(shown):
        result["ContinuationToken"] = base64.b64encode(shown[-1].encode()).decode()
    if "Prefix" in request:
        result["Prefix"] = prefix
    return result


def _again(ctx: Ctx, existing: Bucket, *, has_tags: bool) -> Result:
    """Answer to making a bucket that is there."""
    if existing.account != ctx.account:
        raise AwsError(
            "BucketAlreadyExists",
            "The requested bucket name is not available. The bucket namespace is shared by all users of the "
            "system. Please select a different name and try again.",
            409,
            fields={"BucketName": existing.name},
        )
    if existing.region == ctx.region == "us-east-1" and not has_tags:
        return {"Location": f"/{existing.name}", "BucketArn": existing.arn}
    raise AwsError(
        "BucketAlreadyOwnedByYou",
        "Your previous request to create the named bucket succeeded and you already own it.",
        409,
        fields={"BucketName": existing.name},
    )


def _entry(bucket: Bucket, *, shows_region: bool) -> Result:
    entry: Result = {
        "Name": bucket.name,
        "CreationDate": seconds(bucket.created_at),
        "BucketArn": bucket.arn,
    }
    return entry | {"BucketRegion": bucket.region} if shows_region else entry


def _name_of(token: str) -> str:
    try:
        return base64.b64decode(token, validate=True).decode()
    except (binascii.Error, ValueError):
        raise invalid_argument("The continuation token provided is incorrect", "continuation-token") from None


def _names_grants(request: Request) -> bool:
    return request.get("ACL") not in {None, "private"} or any(name.startswith("Grant") for name in request)
