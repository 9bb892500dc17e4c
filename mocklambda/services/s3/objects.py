"""What a bucket stores under a key: object versions, delete markers, and what is said of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mocklambda.clock.base import Millis
from mocklambda.services.s3.acl import Grant
from mocklambda.services.s3.bodies import Body
from mocklambda.services.s3.checksums import Checksum
from mocklambda.services.s3.encryption import Encryption

NULL = "null"
"""The id of versions made while versioning was not enabled."""

ARCHIVED = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""Storage classes that must be restored before they can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What the writer said of an object, to be given back with it."""

    content_type: str = "binary/octet-stream"
    cache_control: str | None = None
    content_disposition: str | None = None
    content_encoding: str | None = None
    content_language: str | None = None
    expires: Millis | None = None
    website_redirect: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Until when a version may not be deleted."""

    mode: Literal["GOVERNANCE", "COMPLIANCE"]
    until: Millis


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """Everything that a put, a copy or a multipart upload may set on the object it makes."""

    description: Description
    storage_class: str
    encryption: Encryption
    tags: Mapping[str, str]
    grants: tuple[Grant, ...] | None
    """None: its owner has full control, and nobody else."""
    retention: Retention | None
    is_held: bool | None
    """Legal hold; None when not named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore:
    """A copy of an archived object that can be read, from when until when."""

    ready_at: Millis
    expires_at: Millis


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPart:
    """One part of a completed multipart upload, as it can be read by number."""

    number: int
    start: int
    size: int
    checksum: str | None


@dataclass(slots=True, kw_only=True, eq=False)
class StoredObject:
    """One version of an object. Its bytes never change; what is set on it by later calls does."""

    key: str
    version_id: str
    order: int
    """Its place in the order of all versions of this session."""
    created_at: Millis
    etag: str
    body: Body
    description: Description
    checksum: Checksum | None
    encryption: Encryption
    storage_class: str = "STANDARD"
    parts: tuple[StoredPart, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    grants: tuple[Grant, ...] | None = None
    """None: its owner has full control, and nobody else."""
    retention: Retention | None = None
    is_held: bool | None = None
    """Legal hold; None when never set."""
    restore: Restore | None = None
    superseded_at: Millis | None = None
    """Since when it is noncurrent."""

    @property
    def is_archived(self) -> bool:
        return self.storage_class in ARCHIVED

    def is_readable(self, now: Millis) -> bool:
        """Whether its bytes can be read: not archived, or restored for now."""
        restore = self.restore
        return not self.is_archived or (restore is not None and restore.ready_at <= now < restore.expires_at)

    def is_locked(self, now: Millis, *, is_bypassed: bool = False) -> bool:
        """Whether this version is protected from deletion."""
        if self.is_held:
            return True
        retention = self.retention
        if retention is None or retention.until <= now:
            return False
        return retention.mode == "COMPLIANCE" or not is_bypassed


@dataclass(slots=True, kw_only=True, eq=False)
class DeleteMarker:
    """Says that a key was deleted while its bucket is versioned."""

    key: str
    version_id: str
    order: int
    created_at: Millis
    superseded_at: Millis | None = None


Version = StoredObject | DeleteMarker
