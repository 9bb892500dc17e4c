"""Puts objects that no request brought: failure records of functions, access logs."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from mocklambda.services.s3 import checksums
from mocklambda.services.s3.bucket import Bucket
from mocklambda.services.s3.checksums import Checksum
from mocklambda.services.s3.encryption import from_rule
from mocklambda.services.s3.notifications import Event, Origin
from mocklambda.services.s3.objects import Description, StoredObject

if TYPE_CHECKING:
    from mocklambda.services.s3.state import S3State


def put_from_service(
    state: S3State, bucket: Bucket, key: str, data: bytes, trace_header: str | None = None
) -> StoredObject:
    """Store ``data`` as another AWS service would have put it; the bucket's notifications fire."""
    now = state.scope.clock.now()
    settings = bucket.settings
    running = checksums.hasher(checksums.DEFAULT)
    running.update(data)
    order, version_id = bucket.next_version()
    version = StoredObject(
        key=key,
        version_id=version_id,
        order=order,
        created_at=now,
        etag=hashlib.md5(data).hexdigest(),
        body=state.bodies.keep([data]),
        description=Description(),
        checksum=Checksum(algorithm=checksums.DEFAULT, value=checksums.encode(running.digest())),
        encryption=from_rule(settings.encryption, bucket.region, bucket.account),
        retention=None
        if settings.default_retention is None
        else settings.default_retention.from_instant(now),
    )
    bucket.put(version)
    state.expiry.watch(bucket, key)
    origin = Origin(requester=bucket.account, source_ip="127.0.0.1", trace_header=trace_header)
    event = Event.of(version, "ObjectCreated:Put", at=now, origin=origin, reason="PutObject")
    state.notifier.tell(bucket, event)
    return version
