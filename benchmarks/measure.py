"""What a measure is: a name, a unit, who takes part, and what to do on a stage."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from measuring import Scale
from stages import STAGES, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One line of the table."""

    name: str
    unit: str
    run: Callable[[Stage, Scale], float | None]
    stages: Collection[str] = STAGES
    options: dict[str, Any] | None = None
    """For our own session."""
    opens: bool = True
    """False: it opens what it measures itself."""
