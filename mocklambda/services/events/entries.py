"""Decides which entries of PutEvents are accepted, and makes events of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from mocklambda.services.events import errors

MAX_ENTRIES = 10
MAX_BYTES = 1_048_576
"""D: 256 KB until January 2026."""
_PRINTED = (
    ("time", "Time"),
    ("source", "Source"),
    ("resources", "Resources"),
    ("detailType", "DetailType"),
    ("detail", "Detail"),
    ("eventBusName", "EventBusName"),
    ("traceHeader", "TraceHeader"),
    ("kmsKeyIdentifier", None),
    ("internalMetadata", None),
)


class Rejected(Exception):
    """One entry is not accepted; the others of the call are."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(message)


def check_call(entries: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a call that is too large as a whole."""
    if len(entries) > MAX_ENTRIES:
        printed = ", ".join(_printed(entry) for entry in entries)
        raise errors.validation(
            f"1 validation error detected: Value '[{printed}]' at 'entries' failed to satisfy constraint:"
            f" Member must have length less than or equal to {MAX_ENTRIES}"
        )
    if sum(_size(entry) for entry in entries) > MAX_BYTES:
        raise errors.validation("Total size of the entries in the request is over the limit.")


def detail_of(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """Check one entry and return its detail; raises Rejected."""
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            text = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            raise Rejected("InvalidArgument", text)
    if entry["Source"].startswith("aws."):
        raise Rejected("NotAuthorizedForSourceException", "Not authorized for the source.")
    return detail_from(entry["Detail"])


def detail_from(text: str) -> Mapping[str, Any]:
    """Read a detail; raises Rejected when it is no JSON object."""
    try:
        detail = json.loads(text)
    except (ValueError, RecursionError):
        detail = None
    if not isinstance(detail, dict):
        raise Rejected("MalformedDetail", "Detail is malformed.")
    return detail


def _size(entry: Mapping[str, Any]) -> int:
    texts = [entry.get(name) or "" for name in ("Source", "DetailType", "Detail")]
    texts += entry.get("Resources") or []
    return sum(len(text.encode()) for text in texts) + (14 if entry.get("Time") is not None else 0)


def _printed(entry: Mapping[str, Any]) -> str:
    members = ", ".join(f"{name}={_shown(entry, key)}" for name, key in _PRINTED)
    return f"PutEventsRequestEntry({members})"


def _shown(entry: Mapping[str, Any], key: str | None) -> str:
    value = None if key is None else entry.get(key)
    if value is None:
        return "null"
    if key == "Time":  # I: as Java prints an instant
        return f"{datetime.fromtimestamp(value // 1000, tz=timezone.utc):%a %b %d %H:%M:%S UTC %Y}"
    return f"[{', '.join(value)}]" if isinstance(value, list) else str(value)
