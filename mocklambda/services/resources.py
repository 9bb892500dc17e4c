"""What decides about a resource beside its own policy: what conditions may ask about it, and the key it is under."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource, as whoever decides about rights sees it."""

    tags: Mapping[str, str] = field(default_factory=dict)
    conditions: Mapping[str, str] = field(default_factory=dict)
    """Further condition keys in lower case → what it has for them."""
    key: str = ""
    """The KMS key of one's own that its contents are encrypted with: an ARN, id or alias. Empty without one."""
