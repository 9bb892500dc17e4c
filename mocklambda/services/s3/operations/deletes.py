"""DeleteObject and DeleteObjects."""

from __future__ import annotations

from collections.abc import Mapping

from mocklambda.services.s3.bucket import Bucket, Deletion
from mocklambda.services.s3.errors import (
    LOCKED,
    NO_SUCH_VERSION,
    access_denied,
    invalid_argument,
    invalid_request,
    malformed_xml,
    not_implemented,
    precondition_failed,
    refuse_header,
)
from mocklambda.services.s3.notifications import Event
from mocklambda.services.s3.objects import NULL, StoredObject
from mocklambda.services.s3.operations.entry import (
    Ctx,
    Request,
    Result,
    check_version_id,
    on_bucket,
    origin_of,
)
from mocklambda.services.s3.version_ids import is_well_formed

_AT_ONCE = 1000


@on_bucket("DeleteObject")
def delete_object(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    key, version_id = request["Key"], request.get("VersionId")
    refuse_header(request, "MFA", "x-amz-mfa")
    _check_bypass(bucket, request)
    _check_conditions(bucket, request)
    if version_id is None:
        done = _delete(ctx, bucket, key)
    else:
        check_version_id(bucket, version_id)
        if _is_locked(ctx, bucket, request, key, version_id):
            raise access_denied(LOCKED)
        done = _delete_version(ctx, bucket, key, version_id)
    result: Result = {"DeleteMarker": True} if done.is_marker else {}
    if done.version_id is not None:
        result["VersionId"] = done.version_id
    return result


@on_bucket("DeleteObjects")
def delete_objects(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    _check_digest(ctx.headers)
    refuse_header(request, "MFA", "x-amz-mfa")
    _check_bypass(bucket, request)
    items = request["Delete"].get("Objects") or ()
    if not items or len(items) > _AT_ONCE or any(not item.get("Key") for item in items):
        raise malformed_xml()
    deleted: list[Result] = []
    errors: list[Result] = []
    for item in items:
        entry, is_error = _delete_item(ctx, bucket, request, item)
        (errors if is_error else deleted).append(entry)
    result: Result = {}
    if deleted and not request["Delete"].get("Quiet"):
        result["Deleted"] = deleted
    if errors:
        result["Errors"] = errors
    return result


def _check_digest(headers: Mapping[str, str]) -> None:
    """Refuse a request that came over the wire without saying what its body comes to."""
    is_told = "content-md5" in headers or any(name.startswith("x-amz-checksum-") for name in headers)
    if headers and not is_told and "x-amz-trailer" not in headers:
        raise invalid_request("Missing required header for this request: Content-MD5 OR x-amz-checksum-*")


def _delete_item(ctx: Ctx, bucket: Bucket, request: Request, item: Request) -> tuple[Result, bool]:
    """Delete one key of many; return its entry, and whether that is an error's."""
    key, version_id = item["Key"], item.get("VersionId")
    entry: Result = {"Key": key}
    if version_id is not None:
        entry["VersionId"] = version_id
    if "LastModifiedTime" in item or "Size" in item:
        text = "A header you provided implies functionality that is not implemented"
        return entry | {"Code": "NotImplemented", "Message": text}, True
    etag = item.get("ETag")
    current = bucket.current_object(key)
    if etag is not None and (current is None or current.etag != etag.strip('"')):
        text = "At least one of the pre-conditions you specified did not hold"
        return entry | {"Code": "PreconditionFailed", "Message": text}, True
    if version_id is None:
        done = _delete(ctx, bucket, key)
        if done.is_marker:
            entry |= {"DeleteMarker": True, "DeleteMarkerVersionId": done.version_id}
        return entry, False
    is_known = bucket.is_versioned or version_id == NULL
    if not is_known or not is_well_formed(version_id) or bucket.find(key, version_id) is None:
        return entry | {"Code": "NoSuchVersion", "Message": NO_SUCH_VERSION}, True
    if _is_locked(ctx, bucket, request, key, version_id):
        return entry | {"Code": "AccessDenied", "Message": LOCKED}, True
    done = _delete_version(ctx, bucket, key, version_id)
    if done.is_marker:
        entry |= {"DeleteMarker": True, "DeleteMarkerVersionId": version_id}
    return entry, False


def _delete(ctx: Ctx, bucket: Bucket, key: str) -> Deletion:
    done = bucket.delete(key, ctx.now)
    name = "ObjectRemoved:DeleteMarkerCreated" if done.is_marker else "ObjectRemoved:Delete"
    _tell(ctx, bucket, name, key, done.version_id)
    return done


def _delete_version(ctx: Ctx, bucket: Bucket, key: str, version_id: str) -> Deletion:
    done = bucket.delete_version(key, version_id)
    if done.removed is not None:
        _tell(ctx, bucket, "ObjectRemoved:Delete", key, version_id)
    return done


def _tell(ctx: Ctx, bucket: Bucket, name: str, key: str, version_id: str | None) -> None:
    ctx.state.expiry.watch(bucket, key)
    event = Event(
        name=name, key=key, version_id=version_id, at=ctx.now, origin=origin_of(ctx), reason="DeleteObject"
    )
    ctx.state.notifier.tell(bucket, event)


def _is_locked(ctx: Ctx, bucket: Bucket, request: Request, key: str, version_id: str) -> bool:
    version = bucket.find(key, version_id)
    is_bypassed = bool(request.get("BypassGovernanceRetention"))
    return isinstance(version, StoredObject) and version.is_locked(ctx.now, is_bypassed=is_bypassed)


def _check_bypass(bucket: Bucket, request: Request) -> None:
    if "BypassGovernanceRetention" in request and not bucket.settings.has_object_lock:
        raise invalid_argument(
            "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.",
            "x-amz-bypass-governance-retention",
        )


def _check_conditions(bucket: Bucket, request: Request) -> None:
    if "IfMatchLastModifiedTime" in request:
        raise not_implemented("x-amz-if-match-last-modified-time")
    if "IfMatchSize" in request:
        raise not_implemented("x-amz-if-match-size")
    wanted = request.get("IfMatch")
    if wanted is None or wanted == "*":
        return
    current = bucket.current_object(request["Key"])
    if current is not None and current.etag != wanted.strip('"'):
        raise precondition_failed("If-Match")
