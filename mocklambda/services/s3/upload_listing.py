"""Which uploads and groups a page of ListMultipartUploads holds: by key, then in the order of their start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from mocklambda.services.s3.listing import walk
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
    for name, is_group in walk(uploads.names, prefix=prefix, delimiter=delimiter, marker=key_marker):
        if is_group:
            yield name
        else:
            yield from uploads.of_key(name)
