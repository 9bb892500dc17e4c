"""Which of a bucket's notification rules are for an event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["Topic", "Queue", "CloudFunction"]
"""What a rule's destination is, in the words of AWS's error texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationRule:
    """One rule: events, filters, destination."""

    rule_id: str
    kind: Kind
    arn: str
    events: tuple[str, ...]
    """As put: ``s3:ObjectCreated:*`` ..."""
    filters: tuple[tuple[str, str], ...] | None = None
    """Prefix and Suffix with their values; None when the rule has no filter."""

    @property
    def prefix(self) -> str:
        return self._value("Prefix")

    @property
    def suffix(self) -> str:
        return self._value("Suffix")

    def wants(self, event: str, key: str) -> bool:
        """Whether the event (``ObjectCreated:Put``) under the plain key is for this rule."""
        return (
            any(covers(pattern, event) for pattern in self.events)
            and key.startswith(self.prefix)
            and key.endswith(self.suffix)
        )

    def _value(self, name: str) -> str:
        return next((value for known, value in self.filters or () if known == name), "")


def covers(pattern: str, event: str) -> bool:
    """Whether ``s3:ObjectCreated:*`` is for ``ObjectCreated:Put``."""
    plain = pattern.removeprefix("s3:")
    return event.startswith(plain[:-1]) if plain.endswith("*") else plain == event


def overlap(one: NotificationRule, other: NotificationRule) -> bool:
    """Whether an object event could be for both rules, which AWS does not allow."""
    return (
        any(_meet(a, b) for a in one.events for b in other.events)
        and (one.prefix.startswith(other.prefix) or other.prefix.startswith(one.prefix))
        and (one.suffix.endswith(other.suffix) or other.suffix.endswith(one.suffix))
    )


def _meet(one: str, other: str) -> bool:
    return covers(one, other.removeprefix("s3:")) or covers(other, one.removeprefix("s3:"))
