"""RestoreObject: an archived object becomes readable after its tier's time, for the days asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from mocklambda.clock.base import Millis
from mocklambda.services.s3.bucket import Bucket
from mocklambda.services.s3.errors import invalid_object_state, malformed_xml
from mocklambda.services.s3.lifecycle import midnight_after
from mocklambda.services.s3.notifications import Event, Origin
from mocklambda.services.s3.objects import Restore, StoredObject
from mocklambda.services.s3.operations.entry import (
    Ctx,
    Request,
    Result,
    on_bucket,
    origin_of,
    settable_at,
)
from mocklambda.services.s3.state import S3State
from mocklambda.services.service import AwsError

_HOUR = 3_600_000
_TAKES = {
    ("GLACIER", "Expedited"): 5 * 60_000,
    ("GLACIER", "Standard"): 5 * _HOUR,
    ("GLACIER", "Bulk"): 12 * _HOUR,
    ("DEEP_ARCHIVE", "Standard"): 12 * _HOUR,
    ("DEEP_ARCHIVE", "Bulk"): 48 * _HOUR,
}
"""D: the longest that each tier usually takes."""
_Action = Callable[[S3State, Bucket, StoredObject, Millis], None]
_REFUSED = ("SelectParameters", "OutputLocation", "Type")


@on_bucket("RestoreObject")
def restore_object(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    found = settable_at(bucket, request, "POST")
    document = request.get("RestoreRequest") or {}
    if any(document.get(member) is not None for member in _REFUSED):
        raise AwsError("NotImplemented", "mocklambda restores objects in place only, without SELECT", 501)
    days = document.get("Days")
    if days is None or days < 1:
        raise malformed_xml()
    if not found.is_archived:
        raise invalid_object_state(found.storage_class)
    if found.restore is not None and found.restore.ready_at > ctx.now:
        raise AwsError("RestoreAlreadyInProgress", "Object restore is already in progress", 409)
    if found.is_readable(ctx.now):
        expires_at = midnight_after(ctx.now, days)
        found.restore = Restore(ready_at=ctx.now, expires_at=expires_at)
        _call_at(ctx.state, expires_at, bucket, found, _expire)
        return {}
    _start(ctx, bucket, found, days, _tier(document))
    ctx.reply.status = 202
    return {}


def _start(ctx: Ctx, bucket: Bucket, found: StoredObject, days: int, tier: str) -> None:
    takes = _TAKES.get((found.storage_class, tier))
    if takes is None:
        raise AwsError(
            "NotImplemented", f"Retrieval option {tier} is not supported by this storage class", 501
        )
    ready_at = ctx.now + takes
    found.restore = Restore(ready_at=ready_at, expires_at=midnight_after(ready_at, days))
    ctx.state.notifier.tell(bucket, Event.of(found, "ObjectRestore:Post", at=ctx.now, origin=origin_of(ctx)))
    _call_at(ctx.state, ready_at, bucket, found, _complete)


def _tier(document: Request) -> str:
    tier: str = document.get("Tier") or (document.get("GlacierJobParameters") or {}).get("Tier") or "Standard"
    return tier


def _call_at(state: S3State, when: Millis, bucket: Bucket, found: StoredObject, action: _Action) -> None:
    state.scope.clock.call_at(
        when, partial(action, state, bucket, found, when), label=f"S3 restore of {bucket.name}/{found.key}"
    )


def _complete(state: S3State, bucket: Bucket, found: StoredObject, at: Millis) -> None:
    restore = found.restore
    if restore is None or not _is_there(state, bucket, found):
        return
    event = Event.of(
        found, "ObjectRestore:Completed", at=at, origin=Origin.service(), restored_until=restore.expires_at
    )
    state.notifier.tell(bucket, event)
    _call_at(state, restore.expires_at, bucket, found, _expire)


def _expire(state: S3State, bucket: Bucket, found: StoredObject, at: Millis) -> None:
    if found.restore is None or found.restore.expires_at > at or not _is_there(state, bucket, found):
        return
    found.restore = None
    state.notifier.tell(bucket, Event.of(found, "ObjectRestore:Delete", at=at, origin=Origin.service()))


def _is_there(state: S3State, bucket: Bucket, found: StoredObject) -> bool:
    is_bucket = state.buckets.get(bucket.name) is bucket
    return is_bucket and bucket.find(found.key, found.version_id) is found
