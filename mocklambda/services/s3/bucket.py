"""One bucket: its keys, their versions and which is current, and its configuration. Knows no request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mocklambda.clock.base import Millis
from mocklambda.services.s3.acl import Grant
from mocklambda.services.s3.cors import CorsRule
from mocklambda.services.s3.encryption import DEFAULT_RULE, BucketRule
from mocklambda.services.s3.keys import SortedNames
from mocklambda.services.s3.lifecycle import Rule
from mocklambda.services.s3.multipart import Uploads
from mocklambda.services.s3.notification_rules import NotificationRule
from mocklambda.services.s3.objects import NULL, DeleteMarker, Retention, StoredObject, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicAccessBlock:
    """Four refusals of public access."""

    blocks_acls: bool = True
    ignores_acls: bool = True
    blocks_policy: bool = True
    restricts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultRetention:
    """What retention a version gets that was put without one."""

    mode: Literal["GOVERNANCE", "COMPLIANCE"]
    days: int | None = None
    years: int | None = None

    def from_instant(self, now: Millis) -> Retention:
        days = self.days if self.days is not None else 365 * (self.years or 0)
        return Retention(mode=self.mode, until=now + days * 86_400_000)


@dataclass(slots=True)
class Settings:
    """A bucket's configuration: what acts in its own form, what is only shown as the document it came in."""

    versioning: Literal["Enabled", "Suspended"] | None = None
    tags: Mapping[str, str] | None = None
    encryption: BucketRule = DEFAULT_RULE
    was_encryption_put: bool = False
    policy: Mapping[str, Any] | None = None
    """Parsed, its members in the order in which they are shown."""
    public_access_block: PublicAccessBlock | None = None
    ownership: str | None = "BucketOwnerEnforced"
    grants: tuple[Grant, ...] | None = None
    cors: tuple[CorsRule, ...] = ()
    lifecycle: tuple[Rule, ...] = ()
    lifecycle_document: Sequence[Mapping[str, Any]] | None = None
    transition_minimum: str = "all_storage_classes_128K"
    notifications: tuple[NotificationRule, ...] = ()
    has_event_bridge: bool = False
    has_object_lock: bool = False
    default_retention: DefaultRetention | None = None
    payer: str = "BucketOwner"
    website: Mapping[str, Any] | None = None
    logging: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """What a delete did: the version id to answer, and the marker it made or took away."""

    version_id: str | None
    is_marker: bool
    """Whether a marker was made (plain delete) or removed (by id)."""
    removed: Version | None = None
    """The version that is gone, if one is."""


class Bucket:
    """A bucket in one region, owned by one account."""

    def __init__(
        self,
        *,
        name: str,
        region: str,
        account: str,
        created_at: Millis,
        location: str | None,
        next_order: Callable[[], int],
        new_version_id: Callable[[int], str],
    ) -> None:
        self.name = name
        self.arn = f"arn:aws:s3:::{name}"
        self.region = region
        self.account = account
        self.created_at = created_at
        self.location = location
        """The constraint it was made with; ``EU`` means eu-west-1."""
        self.settings = Settings(public_access_block=PublicAccessBlock())
        self.uploads = Uploads()
        self.current_names = SortedNames()
        """Keys whose newest version is an object."""
        self.names = SortedNames()
        """Keys with any version or marker."""
        self._next_order = next_order
        self._new_version_id = new_version_id
        self._histories: dict[str, list[Version]] = {}

    @property
    def is_versioned(self) -> bool:
        """Whether versioning was ever set."""
        return self.settings.versioning is not None

    @property
    def is_empty(self) -> bool:
        return not self.names

    def history(self, key: str) -> list[Version]:
        """Return the key's versions, oldest first."""
        return self._histories.get(key, [])

    def histories(self) -> Iterator[list[Version]]:
        return iter(list(self._histories.values()))

    def current(self, key: str) -> Version | None:
        history = self._histories.get(key)
        return history[-1] if history else None

    def current_object(self, key: str) -> StoredObject | None:
        """Return what a plain read of the key finds."""
        version = self.current(key)
        return version if isinstance(version, StoredObject) else None

    def find(self, key: str, version_id: str) -> Version | None:
        for version in reversed(self._histories.get(key, ())):
            if version.version_id == version_id:
                return version
        return None

    def next_version(self) -> tuple[int, str]:
        """Return order and id of the version that is put next."""
        order = self._next_order()
        return order, self._new_version_id(order) if self.settings.versioning == "Enabled" else NULL

    def put(self, version: Version) -> None:
        """Make ``version`` the key's newest; one with the id ``null`` takes the place of another such."""
        key = version.key
        history = self._histories.get(key)
        if history is None:
            self._histories[key] = [version]
            self.names.add(key)
        elif version.version_id == NULL and len(history) == 1 and history[0].version_id == NULL:
            was_current = isinstance(history[0], StoredObject)
            history[0] = version
            if was_current and isinstance(version, StoredObject):
                return  # an object in an object's place: the plain put, and the indices stay
        else:
            if version.version_id == NULL:
                history[:] = [other for other in history if other.version_id != NULL]
            if history:
                history[-1].superseded_at = version.created_at
            history.append(version)
        self._reindex(key, version)

    def delete(self, key: str, now: Millis) -> Deletion:
        """Delete without an id: for good on an unversioned bucket, else by a marker on top."""
        if not self.is_versioned:
            removed = self.current(key)
            if removed is not None:
                self._drop(key, removed)
            return Deletion(version_id=None, is_marker=False, removed=removed)
        order, version_id = self.next_version()
        removed = self.find(key, NULL) if version_id == NULL else None
        self.put(DeleteMarker(key=key, version_id=version_id, order=order, created_at=now))
        return Deletion(version_id=version_id, is_marker=True, removed=removed)

    def delete_version(self, key: str, version_id: str) -> Deletion:
        """Delete one version for good; the next newest becomes current."""
        removed = self.find(key, version_id)
        if removed is not None:
            self._drop(key, removed)
        shown = version_id if self.is_versioned else None
        return Deletion(version_id=shown, is_marker=isinstance(removed, DeleteMarker), removed=removed)

    def _drop(self, key: str, version: Version) -> None:
        history = self._histories[key]
        history.remove(version)
        if history:
            history[-1].superseded_at = None
            self._reindex(key, history[-1])
        else:
            del self._histories[key]
            self.names.remove(key)
            self.current_names.remove(key)

    def _reindex(self, key: str, newest: Version) -> None:
        if isinstance(newest, StoredObject):
            self.current_names.add(key)
        else:
            self.current_names.remove(key)
