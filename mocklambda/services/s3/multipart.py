"""Multipart uploads under way: their parts, and how parts become one object. Knows no request."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.services.s3.bodies import Body
from mocklambda.services.s3.keys import SortedNames
from mocklambda.services.s3.objects import Wishes

MINIMUM_PART = 5 << 20
REPEATED_FOR: Millis = 3_600_000
"""How long a completion may be asked for again: for a while, says AWS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part as uploaded."""

    number: int
    md5: bytes
    etag: str
    body: Body
    checksums: Mapping[str, str]
    """Algorithm → base64 value: what the caller sent, and what the upload's own algorithm gives."""
    uploaded_at: Millis


@dataclass(slots=True, kw_only=True, eq=False)
class Upload:
    """An upload from its creation until it is completed or aborted."""

    upload_id: str
    key: str
    order: int
    started_at: Millis
    initiator: str
    """The account."""
    wishes: Wishes
    algorithm: str | None = None
    """None: a default upload, which gets CRC64NVME at its end."""
    checksum_type: str | None = None
    existed_at_start: bool = False
    """Whether the key had an object when the upload was created."""
    order_at_start: int = 0
    """Of the key's newest version then, for conditions that are checked at the end."""
    parts: dict[int, Part] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What an upload was completed from, and what was answered."""

    key: str
    listed: Sequence[tuple[int, str]]
    """Number and ETag of each part."""
    result: Mapping[str, Any]
    at: Millis


class Uploads:
    """A bucket's uploads, found by id and listed by key and time."""

    def __init__(self) -> None:
        self._completions: dict[str, Completion] = {}
        self.names = SortedNames()
        self._by_id: dict[str, Upload] = {}
        self._by_key: dict[str, list[Upload]] = {}

    def add(self, upload: Upload) -> None:
        self._by_id[upload.upload_id] = upload
        self._by_key.setdefault(upload.key, []).append(upload)
        self.names.add(upload.key)

    def remove(self, upload: Upload) -> None:
        del self._by_id[upload.upload_id]
        others = self._by_key[upload.key]
        others.remove(upload)
        if not others:
            del self._by_key[upload.key]
            self.names.remove(upload.key)

    def find(self, upload_id: str) -> Upload | None:
        return self._by_id.get(upload_id)

    def complete(self, upload: Upload, completion: Completion) -> None:
        """Keep for a while how an upload was completed."""
        self._forget_completions(completion.at)
        self._completions[upload.upload_id] = completion

    def completion(self, upload_id: str, now: Millis) -> Completion | None:
        """Return how an upload was completed a while ago."""
        self._forget_completions(now)
        return self._completions.get(upload_id)

    def _forget_completions(self, now: Millis) -> None:
        while self._completions:
            oldest = next(iter(self._completions))
            if self._completions[oldest].at + REPEATED_FOR > now:
                return
            del self._completions[oldest]

    def of_key(self, key: str) -> Sequence[Upload]:
        """Return the key's uploads, oldest first."""
        return self._by_key.get(key, ())

    def all(self) -> list[Upload]:
        return list(self._by_id.values())


def joined_etag(parts: Sequence[Part]) -> str:
    """Return the ETag of an upload completed from these parts."""
    return f"{hashlib.md5(b''.join(part.md5 for part in parts)).hexdigest()}-{len(parts)}"
