"""Decides how versions on managed instances run: a limit of their own, environments kept initialised.

Theory. Such a version may have so many environments, each of which serves several invocations at once. Python
does that by a process for each; so here each invocation at a time has an environment of its own, and what is
limited is their number: environments times invocations. Of those to be kept, one process each is started
ahead; all others start when there is need, and end after ten idle minutes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mocklambda.clock.base import Clock, Timer
from mocklambda.execution.concurrency import Concurrency
from mocklambda.execution.directory import Directories
from mocklambda.execution.fleet import Fleet
from mocklambda.execution.ports import Outbox, Subscription
from mocklambda.execution.provisioned import ALLOCATION_MS, Provisioned

INITIALIZATION_TYPE = "lambda-managed-instances"
OnSettled = Callable[[bool], None]
"""Called with whether the environments are there, in the turn in which that is known."""


def share_of(arn: str, version: str) -> str:
    """Return what a version on managed instances counts for."""
    return f"{arn}:{version}"


class Managed:
    """All versions on managed instances of a session."""

    def __init__(
        self,
        *,
        clock: Clock,
        outbox: Outbox,
        fleet: Fleet,
        concurrency: Concurrency,
        directories: Directories,
    ) -> None:
        self._clock = clock
        self._concurrency = concurrency
        self.ahead = Provisioned(
            clock=clock,
            outbox=outbox,
            fleet=fleet,
            concurrency=_Shares(concurrency),
            directories=directories,
            initialization_type=INITIALIZATION_TYPE,
        )
        """The environments that are kept."""
        self._changes: dict[tuple[str, str], _Change] = {}

    def scale(self, arn: str, version: str, *, kept: int, limit: int, on_settled: OnSettled) -> None:
        """Keep so many environments, and let so many invocations run at once; takes a while on the clock."""
        self._forget_change(arn, version)
        change = self._changes[arn, version] = _Change(on_settled)
        self._concurrency.set_apart(share_of(arn, version), limit)
        if kept:
            change.watching = self.ahead.watch(arn, version, change)
            self.ahead.put(arn, version, kept)
        else:
            self.ahead.delete(arn, version)
            change.timer = self._clock.call_at(
                self._clock.now() + ALLOCATION_MS,
                lambda: change.settled(is_reached=True),
                label=f"scaling {arn}:{version}",
            )

    def forget(self, arn: str, version: str) -> None:
        """Drop what a deleted version kept."""
        self._forget_change(arn, version)
        self.ahead.delete(arn, version)
        self._concurrency.forget(share_of(arn, version))

    def forget_function(self, arn: str) -> None:
        """Drop what a deleted function's versions kept."""
        for owner, version in list(self._changes):
            if owner == arn:
                self.forget(arn, version)

    def _forget_change(self, arn: str, version: str) -> None:
        change = self._changes.pop((arn, version), None)
        if change is not None:
            change.cancel()


@dataclass(slots=True, eq=False)
class _Change:
    """The last change of one version's scale: tells how it came out, once."""

    on_settled: OnSettled
    watching: Subscription | None = None
    timer: Timer | None = None

    def used(self, in_use: int, allocated: int) -> None:
        """Nothing follows from it: the limit is all that there is of scaling."""

    def settled(self, *, is_reached: bool) -> None:
        self.cancel()
        self.on_settled(is_reached)

    def cancel(self) -> None:
        watching, self.watching = self.watching, None
        if watching is not None:
            watching.cancel()
        if self.timer is not None:
            self.timer.cancel()


class _Shares:
    """Counts what is kept of a version against the version's own limit."""

    def __init__(self, concurrency: Concurrency) -> None:
        self._concurrency = concurrency

    def provision(self, arn: str, qualifier: str, wanted: int) -> None:
        self._concurrency.provision(share_of(arn, qualifier), "kept", wanted)
