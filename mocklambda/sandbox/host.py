"""What an environment needs of its supervisor: the real things, and that what came of them is told after the lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from mocklambda.clock.base import Millis
from mocklambda.execution.values import Outcome, Streamed
from mocklambda.sandbox.invocation_log import Event
from mocklambda.sandbox.loop import Alarm
from mocklambda.sandbox.outcomes import Ending
from mocklambda.sandbox.process import Process

if TYPE_CHECKING:
    from mocklambda.sandbox.environment import Environment


class Host(Protocol):
    """The supervisor, as an environment sees it; called under its lock."""

    def launch(self, environment: Environment, *, is_suppressed: bool, instant: Millis | None) -> Process:
        """Start a process and watch it."""

    def kill(self, process: Process) -> None:
        """Kill a process's group; its end is reported to ``ended``."""

    def alarm(self, action: Callable[[], None]) -> Alarm:
        """Make an alarm that calls under the lock."""

    def read(self, environment: Environment) -> None:
        """Take in what its process has said and not been heard yet."""

    def write_later(self, process: Process) -> None:
        """Go on sending when the control channel can be written."""

    def tell(self, action: Callable[[], None]) -> None:
        """Call after the lock is released."""

    def rest(self, environment: Environment) -> None:
        """Have it frozen, after all that is to be told has been."""

    def started(self, environment: Environment, init_ms: float) -> Callable[[], None]:
        """Make the report of an init that went well."""

    def failed(self, environment: Environment, ending: Ending) -> Callable[[], None]:
        """Make the report of an init that failed, ahead of any invocation."""

    def streamed(self, environment: Environment, more: Streamed) -> Callable[[], None]:
        """Make the report of what has come of a response."""

    def finished(self, environment: Environment, outcome: Outcome) -> Callable[[], None]:
        """Make the report of an invocation."""

    def append(self, environment: Environment, events: list[Event]) -> Callable[[], None]:
        """Make the call that stores log events."""

    def now(self) -> Millis:
        """Tell virtual time."""

    def instant(self, given: Millis) -> Millis | None:
        """Return the instant to show a handler; None where it may see the real time."""

    enforces_memory: bool
