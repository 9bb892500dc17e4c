"""Decides what goes into one event, and which of its records a handler's response says have failed."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

PAYLOAD_LIMIT = 6 * 1024 * 1024
_OPEN, _CLOSE = b'{"Records":[', b"]}"


def encode_record(record: Mapping[str, Any]) -> bytes:
    """Write one record as it stands in an event."""
    return json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode()


def envelope(records: Sequence[bytes]) -> bytes:
    """Put encoded records into one event."""
    return _OPEN + b",".join(records) + _CLOSE


def envelope_size(sizes: int, count: int) -> int:
    """Return the size of the event of ``count`` records of ``sizes`` bytes together."""
    return len(_OPEN) + len(_CLOSE) + sizes + max(0, count - 1)


def failed_identifiers(response: bytes, identifiers: Collection[str]) -> frozenset[str] | None:
    """Read a batch response (ReportBatchItemFailures): the identifiers that failed, none for full success.

    None means that the whole batch failed: the response is malformed or names what was not in the batch.
    """
    if not response:
        return frozenset()  # R: a body of zero bytes is a success
    try:
        document = json.loads(response)
    except ValueError:
        return None
    if not document and document is not False and document != 0:
        return frozenset()  # R: null, [], {} and "" are full success
    if not isinstance(document, dict):
        return None
    entries = document.get("batchItemFailures")
    if entries is None:
        return frozenset()
    if not isinstance(entries, list):
        return None
    failed = set()
    for entry in entries:
        identifier = entry.get("itemIdentifier") if isinstance(entry, dict) else None
        if not isinstance(identifier, str) or identifier not in identifiers:
            return None
        failed.add(identifier)
    return frozenset(failed)
