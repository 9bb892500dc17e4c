"""PutObject, and how any write puts its version in the bucket."""

from __future__ import annotations

from mocklambda.services.s3.bodies import Body
from mocklambda.services.s3.bucket import Bucket
from mocklambda.services.s3.checksums import Checksum
from mocklambda.services.s3.conditions import check_write, check_write_form
from mocklambda.services.s3.errors import entity_too_large
from mocklambda.services.s3.intake import receive
from mocklambda.services.s3.notifications import Event
from mocklambda.services.s3.objects import StoredObject, StoredPart, Wishes
from mocklambda.services.s3.operations.entry import Ctx, Request, Result, on_bucket, origin_of
from mocklambda.services.s3.operations.members import checksum_members, quoted, written
from mocklambda.services.s3.operations.wishes import wishes_of
from mocklambda.services.service import AwsError

LARGEST_PUT = 5 << 30
LONGEST_KEY = 1024


@on_bucket("PutObject")
def put_object(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    key = request["Key"]
    check_key(key)
    if_match, if_none_match = request.get("IfMatch"), request.get("IfNoneMatch")
    if if_match is not None or if_none_match is not None:
        check_write_form(if_match, if_none_match)
        check_write(key, bucket.current_object(key), if_match, if_none_match)
    wishes = wishes_of(bucket, request, ctx.now, ctx.scope.links.keys)
    received = receive(ctx.state.bodies, request, ctx.headers, expected_md5_in_hex=True)
    if received.body.size > LARGEST_PUT:
        raise entity_too_large(received.body.size, LARGEST_PUT)
    version = store(
        ctx,
        bucket,
        key,
        wishes,
        etag=received.md5.hex(),
        body=received.body,
        checksum=received.checksum,
        event="ObjectCreated:Put",
        reason="PutObject",
    )
    result = written(bucket, version)
    result["ETag"] = quoted(version.etag)
    result.update(checksum_members(received.checksum))
    if version.encryption.context is not None:
        result["SSEKMSEncryptionContext"] = version.encryption.context
    return result


def check_key(key: str) -> None:
    size = len(key.encode())
    if size > LONGEST_KEY:
        raise AwsError(
            "KeyTooLongError",
            "Your key is too long",
            fields={"Size": str(size), "MaxSizeAllowed": str(LONGEST_KEY)},
        )


def store(
    ctx: Ctx,
    bucket: Bucket,
    key: str,
    wishes: Wishes,
    *,
    etag: str,
    body: Body,
    checksum: Checksum | None,
    event: str,
    reason: str,
    parts: tuple[StoredPart, ...] = (),
) -> StoredObject:
    """Make the version current, and tell whoever wants to know. ``etag`` is what plain bytes have."""
    order, version_id = bucket.next_version()
    version = StoredObject(
        key=key,
        version_id=version_id,
        order=order,
        created_at=ctx.now,
        etag=etag if wishes.encryption.is_plain else _opaque_etag(ctx, etag),
        body=body,
        description=wishes.description,
        checksum=checksum,
        encryption=wishes.encryption,
        storage_class=wishes.storage_class,
        parts=parts,
        tags=wishes.tags,
        grants=wishes.grants,
        retention=wishes.retention,
        is_held=wishes.is_held,
    )
    bucket.put(version)
    state = ctx.state
    state.expiry.watch(bucket, key)
    if bucket.settings.notifications or bucket.settings.has_event_bridge:
        state.notifier.tell(
            bucket, Event.of(version, event, at=ctx.now, origin=origin_of(ctx), reason=reason)
        )
    return version


def _opaque_etag(ctx: Ctx, etag: str) -> str:
    """Return an ETag that is not the MD5, as encrypted objects have; the number of parts stays."""
    _, dash, count = etag.partition("-")
    return f"{ctx.scope.ids.hex(32)}{dash}{count}"
