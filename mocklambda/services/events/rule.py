"""A rule: what it waits for, on which targets, and what is shown of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mocklambda.execution.patterns import Pattern
from mocklambda.execution.ports import Timer
from mocklambda.services.events.event import Event
from mocklambda.services.events.target import Target
from mocklambda.services.schedules import Schedule

MAX_TARGETS = 5
DISABLED = "DISABLED"


@dataclass(slots=True, kw_only=True)
class Rule:
    """One rule."""

    name: str
    arn: str
    bus_name: str
    account: str
    settings: dict[str, str] = field(default_factory=dict)
    """What PutRule was given, under AWS's names."""
    pattern: Pattern | None = None
    schedule: Schedule | None = None
    timer: Timer | None = None
    targets: dict[str, Target] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def is_enabled(self) -> bool:
        return self.settings.get("State") != DISABLED

    def wants(self, event: Event) -> bool:
        """Whether an event put on the bus is for it."""
        return self.is_enabled and self.pattern is not None and self.pattern.matches_fields(event.fields)

    def shown(self) -> dict[str, Any]:
        """Return the rule as lists show it."""
        return {"Name": self.name, "Arn": self.arn, "EventBusName": self.bus_name, **self.settings}
