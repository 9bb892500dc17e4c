"""Object lock: a bucket's configuration, and retention and legal hold of versions."""

from __future__ import annotations

from mocklambda.services.s3.bucket import Bucket, DefaultRetention
from mocklambda.services.s3.errors import (
    LOCKED,
    access_denied,
    invalid_bucket_state,
    malformed_xml,
    no_object_lock,
    not_configured,
    refuse_header,
)
from mocklambda.services.s3.objects import Retention, StoredObject
from mocklambda.services.s3.operations.entry import Ctx, Request, Result, on_bucket, settable_at
from mocklambda.services.s3.operations.wishes import check_future, check_lockable
from mocklambda.services.service import AwsError

_MODES = frozenset({"GOVERNANCE", "COMPLIANCE"})


@on_bucket("GetObjectLockConfiguration")
def get_object_lock_configuration(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    settings = bucket.settings
    if not settings.has_object_lock:
        raise not_configured("ObjectLockConfigurationNotFoundError", bucket.name)
    document: Result = {"ObjectLockEnabled": "Enabled"}
    default = settings.default_retention
    if default is not None:
        length = {"Days": default.days} if default.days is not None else {"Years": default.years}
        document["Rule"] = {"DefaultRetention": {"Mode": default.mode, **length}}
    return {"ObjectLockConfiguration": document}


@on_bucket("PutObjectLockConfiguration")
def put_object_lock_configuration(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    refuse_header(request, "Token", "x-amz-bucket-object-lock-token")
    document = request.get("ObjectLockConfiguration") or {}
    if document.get("ObjectLockEnabled") != "Enabled":
        raise malformed_xml()
    default = None if document.get("Rule") is None else _default(document["Rule"])
    if bucket.settings.versioning != "Enabled":
        raise invalid_bucket_state(
            "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration"
        )
    bucket.settings.has_object_lock = True
    bucket.settings.default_retention = default
    return {}


@on_bucket("PutObjectRetention")
def put_object_retention(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    check_lockable(bucket)
    found = settable_at(bucket, request, "PUT")
    document = request.get("Retention") or {}
    retention = _retention(document, ctx.now) if document else None
    is_bypassed = bool(request.get("BypassGovernanceRetention"))
    if not _may_change(found, retention, ctx.now, is_bypassed=is_bypassed):
        raise access_denied(LOCKED)
    found.retention = retention
    return {}


@on_bucket("GetObjectRetention")
def get_object_retention(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    check_lockable(bucket)
    found = settable_at(bucket, request, "GET")
    if found.retention is None:
        raise no_object_lock()
    return {"Retention": {"Mode": found.retention.mode, "RetainUntilDate": found.retention.until}}


@on_bucket("PutObjectLegalHold")
def put_object_legal_hold(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    status = (request.get("LegalHold") or {}).get("Status")
    if status not in {"ON", "OFF"}:
        raise malformed_xml()
    check_lockable(bucket)
    settable_at(bucket, request, "PUT").is_held = status == "ON"
    return {}


@on_bucket("GetObjectLegalHold")
def get_object_legal_hold(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    check_lockable(bucket)
    found = settable_at(bucket, request, "GET")
    if found.is_held is None:
        raise no_object_lock()
    return {"LegalHold": {"Status": "ON" if found.is_held else "OFF"}}


def _default(rule: Request) -> DefaultRetention:
    document = rule.get("DefaultRetention") or {}
    mode, days, years = document.get("Mode"), document.get("Days"), document.get("Years")
    if mode not in _MODES or (days is None) == (years is None) or document.get("DefaultEventHold"):
        raise malformed_xml()
    if (days or years or 0) <= 0:
        raise AwsError("InvalidRetentionPeriod", "Default retention period must be a positive integer value.")
    return DefaultRetention(mode=mode, days=days, years=years)


def _retention(document: Request, now: int) -> Retention:
    mode, until = document.get("Mode"), document.get("RetainUntilDate")
    if document.get("EventHold") == "ON" or document.get("EventHoldDuration"):
        raise AwsError("NotImplemented", "mocklambda does not hold objects until an event", 501)
    if mode not in _MODES or until is None:
        raise malformed_xml()
    check_future(until, now)
    return Retention(mode=mode, until=until)


def _may_change(found: StoredObject, wanted: Retention | None, now: int, *, is_bypassed: bool) -> bool:
    """Whether the retention may be replaced: longer always, shorter only in GOVERNANCE and with bypass."""
    held = found.retention
    if held is None or held.until <= now:
        return True
    is_weaker = wanted is None or wanted.until < held.until or wanted.mode != held.mode
    if held.mode == "COMPLIANCE":
        return not is_weaker
    is_stronger_mode = wanted is not None and wanted.mode == "COMPLIANCE" and wanted.until >= held.until
    return not is_weaker or is_stronger_mode or is_bypassed
