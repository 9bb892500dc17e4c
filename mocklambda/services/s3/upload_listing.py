"""Which uploads and groups a page of ListMultipartUploads holds: by key, then in the order of their start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from mocklambda.services.s3.keys import after_all_with
from mocklambda.services.s3.listing import group_of, start_of
from mocklambda.services.s3.multipart import Upload, Uploads


@dataclass(slots=True)
class UploadPage:
    """Uploads and groups."""

    uploads: list[Upload] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    is_truncated: bool = False


def upload_page(
    uploads: Uploads, *, prefix: str, delimiter: str, key_marker: str, id_marker: str, limit: int
) -> UploadPage:
    """List up to ``limit`` uploads and groups after the markers."""
    found = UploadPage()
    if limit <= 0:
        return found
    for item in _sequence(uploads, prefix, delimiter, key_marker, id_marker):
        if len(found.uploads) + len(found.groups) == limit:
            found.is_truncated = True
            break
        if isinstance(item, str):
            found.groups.append(item)
        else:
            found.uploads.append(item)
    return found


def _sequence(
    uploads: Uploads, prefix: str, delimiter: str, key_marker: str, id_marker: str
) -> Iterator[str | Upload]:
    marked = uploads.find(id_marker) if id_marker else None
    if marked is not None and key_marker.startswith(prefix):
        for upload in uploads.of_key(key_marker):
            if upload.order > marked.order:
                yield upload
    start = start_of(prefix, delimiter, key_marker)
    while start is not None:
        key = uploads.names.first_at(start)
        if key is None or not key.startswith(prefix):
            return
        group = group_of(key, prefix, delimiter)
        if group is not None:
            yield group
            start = after_all_with(group)
        else:
            yield from uploads.of_key(key)
            start = key + "\0"
