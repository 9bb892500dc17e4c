"""How an environment gets ready for its first invocation: by its init, or by the restoration of a snapshot.

Decides how long that may take and what is logged of it; what follows is the environment's.
"""

from __future__ import annotations

from typing import Protocol

from mocklambda.clock.base import Millis
from mocklambda.execution.effects import StartEnvironment
from mocklambda.execution.values import FunctionSpec
from mocklambda.sandbox.outcomes import Ending
from mocklambda.sandbox.platform_lines import Lines

ON_DEMAND_INIT_MS = 10_000
AHEAD_INIT_MS = 130_000
"""For environments that start ahead: this or the function's timeout, the longer, up to 15 min (D)."""
LONGEST_INIT_MS = 900_000
RESTORE_MS = 10_000  # D


class Phase(Protocol):
    """One of the two."""

    limit_ms: Millis
    is_ahead: bool
    """Whether it comes before there is an invocation, and is reported."""
    is_restore: bool
    is_told: bool
    """Whether its end is logged: what comes after it may only begin then, or would be logged before."""

    def begun(self, now: Millis) -> str:
        """Say that it begins."""

    def done(self, now: Millis, took_ms: float) -> list[str]:
        """Say that it went well."""

    def failed(self, now: Millis, took_ms: float, ending: Ending, *, in_invocation: bool) -> list[str]:
        """Say that it went wrong."""


def phase_of(effect: StartEnvironment, lines: Lines) -> Phase:
    """Return how an environment gets ready."""
    return Init(effect.spec, lines) if effect.template_id is None else Restore(lines)


class Init:
    """Runs the function's module."""

    is_restore = False

    def __init__(self, spec: FunctionSpec, lines: Lines) -> None:
        self._lines = lines
        self.is_told = spec.log_format == "JSON"
        self.is_ahead = spec.initialization_type != "on-demand"
        self.limit_ms = (
            min(max(AHEAD_INIT_MS, spec.timeout_ms), LONGEST_INIT_MS) if self.is_ahead else ON_DEMAND_INIT_MS
        )

    def begun(self, now: Millis) -> str:
        return self._lines.init_start(now)

    def done(self, now: Millis, took_ms: float) -> list[str]:
        return self._lines.init_done(now, took_ms)

    def failed(self, now: Millis, took_ms: float, ending: Ending, *, in_invocation: bool) -> list[str]:
        phase = "invoke" if in_invocation else "init"
        return self._lines.init_failed(now, took_ms, phase, ending.status, _error_type(ending))


class Restore:
    """Makes a copy of a snapshot, and runs the hooks that come after that."""

    is_restore = True
    is_told = True
    is_ahead = False
    limit_ms = RESTORE_MS

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def begun(self, now: Millis) -> str:
        return self._lines.restore_start(now)

    def done(self, now: Millis, took_ms: float) -> list[str]:
        return self._lines.restored(now, took_ms, "success", None)

    def failed(self, now: Millis, took_ms: float, ending: Ending, *, in_invocation: bool) -> list[str]:
        return self._lines.restored(now, took_ms, ending.status, _error_type(ending))


def _error_type(ending: Ending) -> str | None:
    return None if ending.status == "timeout" else ending.logged_type
