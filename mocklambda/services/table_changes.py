"""What whoever keeps tables tells of them: that a stream was switched, and what became of an item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Attributes = Mapping[str, Any]
"""Attribute name → typed value, binary as base64 text: ``{"id": {"S": "a"}}``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSwitched:
    """A table's stream was switched on, or is no longer written to."""

    arn: str
    """Of the stream."""
    table: str
    label: str
    view_type: str
    key_schema: Sequence[Mapping[str, str]]
    is_enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemWritten:
    """An item of a table with a stream was written or deleted; images are None where there was no item."""

    arn: str
    """Of the stream."""
    keys: Attributes
    old: Attributes | None
    new: Attributes | None
    is_expiry: bool = False
    """Whether DynamoDB removed it by itself, its time to live being over."""


TableChange = StreamSwitched | ItemWritten
