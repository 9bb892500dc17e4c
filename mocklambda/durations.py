"""How a test's author says a length of time; what can not be one is refused, naming what can."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.errors import UsageError

UNITS = ("weeks", "days", "hours", "minutes", "seconds", "milliseconds", "microseconds")
LAST = datetime.max.replace(tzinfo=timezone.utc)
"""Time that goes on beyond could not be said any more."""


def advance_ms(now: datetime, duration: timedelta | None, units: Mapping[str, float]) -> Millis:
    """Return how far ``advance`` is to go; raises UsageError."""
    said = f"advance({_said(duration, units)})"
    if duration is not None:
        _check_timedelta(said, duration, "; or units by name, such as seconds=5")
    for name, value in units.items():
        _check_unit(said, name, value)
    try:
        length = (duration or timedelta()) + timedelta(**units)
        is_too_far = length > LAST - now
    except OverflowError:
        is_too_far = True
    if is_too_far:
        raise UsageError(f"{said}: there is no time so far away; the last year is {LAST.year}")
    _check_direction(said, length)
    return round(length / timedelta(milliseconds=1))


def limit_ms(now: datetime, limit: timedelta) -> Millis:
    """Return how far ``run_until_idle`` may go: at most to the end of time; raises UsageError."""
    said = f"run_until_idle({limit!r})"
    _check_timedelta(said, limit, ", such as limit=timedelta(hours=1)")
    _check_direction(said, limit)
    return min(limit, LAST - now) // timedelta(milliseconds=1)


def check_timedelta(name: str, value: Any) -> None:
    """Raise UsageError for a keyword argument that is no length of time."""
    _check_timedelta(f"{name}={value!r}", value, ", such as timedelta(days=30)")


def _check_timedelta(said: str, value: Any, otherwise: str) -> None:
    if not isinstance(value, timedelta):
        raise UsageError(f"{said}: a timedelta is expected{otherwise}")


def _check_unit(said: str, name: str, value: Any) -> None:
    if name not in UNITS:
        near = difflib.get_close_matches(name, UNITS, n=1, cutoff=0.75)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(UNITS)}"
        raise UsageError(f"{said}: there is no such unit; {hint}")
    if isinstance(value, bool) or not isinstance(value, (int, float)) or math.isnan(value):
        raise UsageError(f"{said}: a number is expected")


def _check_direction(said: str, length: timedelta) -> None:
    if length < timedelta():
        raise UsageError(f"{said}: time does not go back")


def _said(duration: Any, units: Mapping[str, Any]) -> str:
    named = [f"{name}={value!r}" for name, value in units.items()]
    return ", ".join(named if duration is None else [repr(duration), *named])
