"""One change of an item: its name, its images by view type, its size as DynamoDB counts it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, NamedTuple

from mocklambda.clock.base import Millis
from mocklambda.execution.ports import Causes
from mocklambda.services.table_changes import Attributes, ItemWritten

PRINCIPAL = "dynamodb.amazonaws.com"
"""Who makes the changes that nobody asked for."""
_BUCKETS = 16
_LOAD = 0.75


class Record(NamedTuple):
    """One record of a table's stream."""

    event_id: str
    event_name: str
    sequence_number: str
    arrived_at: Millis
    keys: Attributes
    images: Mapping[str, Attributes]
    """NewImage and OldImage, as far as the view type shows them and they exist."""
    size: int
    view_type: str
    causes: Causes
    is_expiry: bool = False
    """Whether DynamoDB itself made the change: the item's time to live was over."""

    @property
    def created_ms(self) -> Millis:
        """ApproximateCreationDateTime: whole seconds."""
        return self.arrived_at // 1000 * 1000


def event_name(change: ItemWritten) -> str | None:
    """Name a change; None for one that changes nothing."""
    if change.old == change.new:
        return None
    if change.old is None:
        return "INSERT"
    return "REMOVE" if change.new is None else "MODIFY"


def images(change: ItemWritten, view_type: str) -> dict[str, Attributes]:
    """Return the images that a view type shows, as far as they exist."""
    shown = {
        "NewImage": change.new if view_type in {"NEW_IMAGE", "NEW_AND_OLD_IMAGES"} else None,
        "OldImage": change.old if view_type in {"OLD_IMAGE", "NEW_AND_OLD_IMAGES"} else None,
    }
    return {name: image for name, image in shown.items() if image is not None}


def size_of(attributes: Attributes) -> int:
    """Count bytes as SizeBytes does: names in UTF-8 and values."""
    return sum(len(name.encode()) + _value_size(value) for name, value in attributes.items())


def _value_size(typed: Mapping[str, Any]) -> int:
    ((kind, value),) = typed.items()
    match kind:
        case "S":
            return len(value.encode())
        case "N":
            digits = value.lstrip("-").replace(".", "").strip("0") or "0"
            return 1 + (len(digits) + 1) // 2  # D, R: "42" counts 2
        case "B":
            return len(base64.b64decode(value))
        case "SS" | "NS" | "BS":
            return sum(_value_size({kind[0]: one}) for one in value)
        case "L":
            return 3 + sum(1 + _value_size(one) for one in value)
        case "M":
            return 3 + sum(1 + len(name.encode()) + _value_size(one) for name, one in value.items())
        case _:
            return 1  # BOOL, NULL


def in_hash_order(attributes: Attributes) -> dict[str, Any]:
    """Return attributes in the order in which events show them: that of a hash map of Java's."""
    buckets = _BUCKETS
    while len(attributes) > buckets * _LOAD:
        buckets *= 2
    names = sorted(attributes, key=lambda name: _bucket(name, buckets))
    return {name: _nested(attributes[name]) for name in names}


def _nested(typed: Mapping[str, Any]) -> dict[str, Any]:
    ((kind, value),) = typed.items()
    if kind == "M":
        return {kind: in_hash_order(value)}
    if kind == "L":
        return {kind: [_nested(one) for one in value]}
    return {kind: value}


def _bucket(name: str, buckets: int) -> int:
    units = name.encode("utf-16-be")
    code = 0
    for high, low in zip(units[::2], units[1::2], strict=True):
        code = (31 * code + (high << 8 | low)) & 0xFFFF_FFFF
    return (code ^ code >> 16) & (buckets - 1)
