"""Tags of objects: put, get, delete."""

from __future__ import annotations

from mocklambda.services.s3.bucket import Bucket
from mocklambda.services.s3.errors import no_such_key
from mocklambda.services.s3.notifications import Event
from mocklambda.services.s3.objects import StoredObject
from mocklambda.services.s3.operations.entry import (
    Ctx,
    Request,
    Result,
    on_bucket,
    origin_of,
    settable_at,
)
from mocklambda.services.s3.tagging import object_tags
from mocklambda.services.service import AwsError


@on_bucket("PutObjectTagging")
def put_object_tagging(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    found = settable_at(bucket, request, "PUT")
    found.tags = object_tags((request.get("Tagging") or {}).get("TagSet") or ())
    return _done(ctx, bucket, found, "ObjectTagging:Put")


@on_bucket("GetObjectTagging")
def get_object_tagging(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    try:
        found = settable_at(bucket, request, "GET")
    except AwsError as error:
        if error.code == "NoSuchKey":  # R: here alone, the key is named with its bucket
            raise no_such_key(f"{bucket.name}/{request['Key']}") from None
        raise
    result: Result = {"TagSet": [{"Key": key, "Value": value} for key, value in found.tags.items()]}
    return result | _version(bucket, found)


@on_bucket("DeleteObjectTagging")
def delete_object_tagging(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    found = settable_at(bucket, request, "DELETE")
    found.tags = {}
    return _done(ctx, bucket, found, "ObjectTagging:Delete")


def _done(ctx: Ctx, bucket: Bucket, found: StoredObject, name: str) -> Result:
    ctx.state.expiry.watch(bucket, found.key)
    event = Event.of(found, name, at=ctx.now, origin=origin_of(ctx))
    ctx.state.notifier.tell(bucket, event)
    return _version(bucket, found)


def _version(bucket: Bucket, found: StoredObject) -> Result:
    return {"VersionId": found.version_id} if bucket.is_versioned else {}
