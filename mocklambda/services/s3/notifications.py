"""Tells a bucket's destinations what happened. Knows what a record says, not who takes it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mocklambda.clock.base import Millis
from mocklambda.execution.ports import Delivery, Undeliverable
from mocklambda.ids import Ids
from mocklambda.services.links import Links
from mocklambda.services.s3 import records
from mocklambda.services.s3.objects import NULL, StoredObject

if TYPE_CHECKING:
    from mocklambda.services.s3.bucket import Bucket

SERVICE = "s3.amazonaws.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who set an event off, and with which request."""

    requester: str
    """An account, or S3 itself."""
    source_ip: str
    request_id: str | None = None
    host_id: str = ""
    trace_header: str | None = None

    @classmethod
    def service(cls) -> Origin:
        """Return S3 as the one who acts by itself."""
        return cls(requester=SERVICE, source_ip=SERVICE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened under one key."""

    name: str
    """``ObjectCreated:Put`` ..."""
    key: str
    at: Millis
    origin: Origin
    version_id: str | None = None
    size: int | None = None
    etag: str | None = None
    reason: str | None = None
    storage_class: str | None = None
    restored_until: Millis | None = None

    @classmethod
    def of(cls, version: StoredObject, name: str, **more: Any) -> Event:
        """Make an event about a version, with its size and ETag."""
        return cls(
            name=name,
            key=version.key,
            version_id=version.version_id,
            size=version.body.size,
            etag=version.etag,
            storage_class=version.storage_class,
            **more,
        )

    @property
    def real_version_id(self) -> str | None:
        """The version id, unless it is ``null``: events leave that out."""
        return None if self.version_id == NULL else self.version_id


class Notifier:
    """Builds records and hands them to destinations."""

    def __init__(self, links: Links, ids: Ids) -> None:
        self._links = links
        self._ids = ids
        self._count = 0

    def tell(self, bucket: Bucket, event: Event) -> None:
        """Deliver the event to all that want it; a destination that is gone gets nothing, as on AWS."""
        settings = bucket.settings
        if not (settings.notifications or settings.has_event_bridge):
            return
        self._count += 1
        sequencer = f"00{event.at // 1000:08X}{self._count:08X}"
        for rule in settings.notifications:
            if rule.wants(event.name, event.key):
                record = records.notification(bucket, event, rule.rule_id, sequencer, self._ids)
                self._deliver(rule.arn, bucket, {"Records": [record]}, event.origin.trace_header)
        if settings.has_event_bridge:
            self._to_bus(bucket, event, sequencer)

    def test(self, bucket: Bucket, arn: str, message: Mapping[str, Any]) -> None:
        """Send the test event of a new configuration."""
        self._deliver(arn, bucket, message, None)

    def _deliver(self, arn: str, bucket: Bucket, document: Mapping[str, Any], trace: str | None) -> None:
        destination = self._links.destination(arn)
        if destination is None:
            return
        delivery = Delivery(
            body=json.dumps(document, separators=(",", ":")),
            principal=SERVICE,
            source_arn=bucket.arn,
            subject="Amazon S3 Notification",
            trace_header=trace,
        )
        with contextlib.suppress(Undeliverable):
            destination.deliver(delivery)

    def _to_bus(self, bucket: Bucket, event: Event, sequencer: str) -> None:
        arn = f"arn:aws:events:{bucket.region}:{bucket.account}:event-bus/default"
        destination = self._links.destination(arn)
        detail_type = records.detail_type(event)
        if destination is None or detail_type is None:
            return
        delivery = Delivery(
            body=json.dumps(records.detail(bucket, event, sequencer, self._ids), separators=(",", ":")),
            principal=SERVICE,
            source_arn=bucket.arn,
            detail_type=detail_type,
            event_source="aws.s3",
            resources=(bucket.arn,),
            trace_header=event.origin.trace_header,
        )
        with contextlib.suppress(Undeliverable):
            destination.deliver(delivery)
