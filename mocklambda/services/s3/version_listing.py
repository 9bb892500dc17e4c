"""Which versions, markers and groups a page holds, in one sequence: by key, then newest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from mocklambda.services.s3.bucket import Bucket
from mocklambda.services.s3.listing import group_of, walk
from mocklambda.services.s3.objects import NULL, Version
from mocklambda.services.s3.version_ids import is_well_formed, order_of


@dataclass(slots=True)
class VersionPage:
    """Versions with whether each is the latest, and groups."""

    versions: list[tuple[Version, bool]] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    is_truncated: bool = False
    next_key: str = ""
    next_version_id: str | None = None


def version_page(
    bucket: Bucket, *, prefix: str, delimiter: str, key_marker: str, id_marker: str, limit: int
) -> VersionPage:
    """List up to ``limit`` versions and groups after the markers."""
    found = VersionPage()
    if limit <= 0:
        return found
    for item in _sequence(bucket, prefix, delimiter, key_marker, id_marker):
        if len(found.versions) + len(found.groups) == limit:
            found.is_truncated = True
            break
        if isinstance(item, str):
            found.groups.append(item)
            found.next_key, found.next_version_id = item, None
        else:
            found.versions.append(item)
            found.next_key, found.next_version_id = item[0].key, item[0].version_id
    return found


def _sequence(
    bucket: Bucket, prefix: str, delimiter: str, key_marker: str, id_marker: str
) -> Iterator[str | tuple[Version, bool]]:
    """Yield groups, and versions with whether they are the latest."""
    if id_marker and key_marker.startswith(prefix) and group_of(key_marker, prefix, delimiter) is None:
        yield from _rest_of_key(bucket, key_marker, id_marker)
    for name, is_group in walk(bucket.names, prefix=prefix, delimiter=delimiter, marker=key_marker):
        if is_group:
            yield name
        else:
            yield from _newest_first(bucket, name)


def _newest_first(bucket: Bucket, key: str) -> Iterator[tuple[Version, bool]]:
    history = bucket.history(key)
    for version in reversed(history):
        yield version, version is history[-1]


def _rest_of_key(bucket: Bucket, key: str, id_marker: str) -> Iterator[tuple[Version, bool]]:
    """Yield the key's versions older than the marker's, which may have been deleted meanwhile."""
    order = _order(bucket, key, id_marker)
    for version, is_latest in _newest_first(bucket, key):
        if version.order < order:
            yield version, is_latest


def _order(bucket: Bucket, key: str, id_marker: str) -> int:
    version = bucket.find(key, id_marker)
    if version is not None:
        return version.order
    if id_marker == NULL or not is_well_formed(id_marker):
        return 0
    return order_of(id_marker)
