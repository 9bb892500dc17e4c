"""Decides the life of SnapStart's snapshots: one for each published version that wants it, of a finished init.

A snapshot is an environment that runs its init when the version is published, and no invocation ever: those go to
environments that are copies of it. What a version does once it has its snapshot, or can have none, is the caller's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mocklambda.execution.environment import Environment
from mocklambda.execution.fleet import Fleet
from mocklambda.execution.ports import Outbox, Work
from mocklambda.execution.values import FunctionSpec, Outcome

OnTaken = Callable[["Outcome | None"], None]
"""Called with why init failed, or with None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taking:
    environment: Environment
    work: Work
    on_taken: OnTaken


class Snapshots:
    """All snapshots of a session."""

    def __init__(self, *, outbox: Outbox, fleet: Fleet) -> None:
        self._outbox = outbox
        self._fleet = fleet
        self._taking: dict[str, _Taking] = {}

    def take(self, spec: FunctionSpec, on_taken: OnTaken) -> None:
        """Start a version's init; the call that asked for it waits until ``on_taken`` has been called."""
        work = self._outbox.begin(f"snapshot of {spec.name}:{spec.version}", self._outbox.causes)
        environment = self._fleet.start_template(spec)
        self._taking[environment.id] = _Taking(environment=environment, work=work, on_taken=on_taken)

    def drop(self, arn: str, version: str) -> None:
        """Forget a version's snapshot; copies live on."""
        environment = self._fleet.drop_template(arn, version)
        taking = self._taking.pop(environment.id, None) if environment is not None else None
        if taking is not None:
            taking.work.end()

    def forget_function(self, arn: str) -> None:
        """Forget the snapshots of a deleted function."""
        for version in self._fleet.templates_of(arn):
            self.drop(arn, version)

    # -- reports -----------------------------------------------------------------------------------------

    def started(self, environment_id: str) -> None:
        """Note that an environment has run its init."""
        self._end(environment_id, None)

    def failed(self, environment_id: str, outcome: Outcome) -> None:
        """Note that an environment's init failed."""
        taking = self._taking.get(environment_id)
        if taking is not None:
            spec = taking.environment.spec
            self._fleet.drop_template(spec.arn, spec.version)
            self._end(environment_id, outcome)

    def _end(self, environment_id: str, outcome: Outcome | None) -> None:
        taking = self._taking.pop(environment_id, None)
        if taking is not None:
            try:
                taking.on_taken(outcome)
            finally:
                taking.work.end()
