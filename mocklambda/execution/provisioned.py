"""Decides the life of provisioned concurrency: asked for, allocated on the clock, ready or failed.

Knows configurations by function ARN and qualifier (a version or an alias); what each stands for is the
directory's business. Texts and validation are the control plane's.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from functools import partial
from typing import Protocol

from mocklambda.clock.base import Clock, Millis, Timer
from mocklambda.execution.directory import Directories
from mocklambda.execution.environment import Environment, State
from mocklambda.execution.fleet import Fleet
from mocklambda.execution.ports import NO_CAUSES, CapacityWatcher, Outbox, Work
from mocklambda.execution.refusals import Unstartable
from mocklambda.execution.values import FunctionSpec

ALLOCATION_MS: Millis = 60_000
"""How long allocating takes: one to three minutes on AWS (R)."""
INIT_ATTEMPTS = 6  # O
INITIALIZATION_TYPE = "provisioned-concurrency"


class Status(Enum):
    """As GetProvisionedConcurrencyConfig says it."""

    IN_PROGRESS = "IN_PROGRESS"
    READY = "READY"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisionedView:
    """One configuration as a reply shows it."""

    qualifier: str
    requested: int
    allocated: int
    available: int
    status: Status
    status_reason: str | None
    modified_at: Millis


@dataclass(slots=True, kw_only=True, eq=False)
class _Config:
    arn: str
    qualifier: str
    wanted: int
    modified_at: Millis
    status: Status = Status.IN_PROGRESS
    environments: dict[str, Environment] = field(default_factory=dict)
    failures: int = 0
    timer: Timer | None = None
    work: Work | None = None


class Shares(Protocol):
    """What the environments count for."""

    def provision(self, arn: str, qualifier: str, wanted: int) -> None:
        """Set so many executions aside; 0 gives them back. Raises AboveReserved or BelowUnreservedMinimum."""


class Watching:
    """A watcher's place among those who are told."""

    def __init__(self, watchers: list[CapacityWatcher], watcher: CapacityWatcher) -> None:
        self._watchers = watchers
        self._watcher = watcher

    def cancel(self) -> None:
        """Stop telling; once."""
        self._watchers.remove(self._watcher)


class Provisioned:
    """All provisioned configurations of a session."""

    def __init__(
        self,
        *,
        clock: Clock,
        outbox: Outbox,
        fleet: Fleet,
        concurrency: Shares,
        directories: Directories,
        initialization_type: str = INITIALIZATION_TYPE,
    ) -> None:
        self._initialization_type = initialization_type
        self._clock = clock
        self._outbox = outbox
        self._fleet = fleet
        self._concurrency = concurrency
        self._directories = directories
        self._configs: dict[tuple[str, str], _Config] = {}
        self._owners: dict[str, _Config] = {}
        self._watchers: dict[tuple[str, str], list[CapacityWatcher]] = {}

    # -- for the control plane ---------------------------------------------------------------------------

    def put(self, arn: str, qualifier: str, wanted: int) -> ProvisionedView:
        """Ask for so many environments (at least one); raises AboveReserved or BelowUnreservedMinimum."""
        self._concurrency.provision(arn, qualifier, wanted)
        now = self._clock.now()
        config = self._configs.get((arn, qualifier))
        if config is None:
            config = self._configs[arn, qualifier] = _Config(
                arn=arn, qualifier=qualifier, wanted=wanted, modified_at=now
            )
        config.wanted, config.modified_at = wanted, now
        self._allocate_later(config)
        return self._view(config)

    def delete(self, arn: str, qualifier: str) -> None:
        """Give the environments up; without a configuration nothing happens."""
        config = self._configs.pop((arn, qualifier), None)
        if config is not None:
            self._stop_allocating(config)
            self._retire(config, list(config.environments))
            self._concurrency.provision(arn, qualifier, 0)

    def get(self, arn: str, qualifier: str) -> ProvisionedView | None:
        """Return the configuration of a qualifier."""
        config = self._configs.get((arn, qualifier))
        return None if config is None else self._view(config)

    def of_function(self, arn: str) -> list[ProvisionedView]:
        """Return the configurations of a function."""
        return [self._view(config) for (owner, _), config in self._configs.items() if owner == arn]

    def repoint(self, arn: str, qualifier: str) -> None:
        """Note that an alias stands for another version now: its configuration moves along."""
        config = self._configs.get((arn, qualifier))
        if config is not None:
            self._allocate_later(config)

    def forget_function(self, arn: str) -> None:
        """Drop all configurations of a deleted function."""
        for owner, qualifier in list(self._configs):
            if owner == arn:
                self.delete(arn, qualifier)

    def watch(self, arn: str, qualifier: str, watcher: CapacityWatcher) -> Watching:
        """Tell a watcher of what happens to a qualifier's environments, now and whenever it has any."""
        watchers = self._watchers.setdefault((arn, qualifier), [])
        watchers.append(watcher)
        return Watching(watchers, watcher)

    # -- reports -----------------------------------------------------------------------------------------

    def started(self, environment_id: str) -> None:
        """Note that an environment is initialised."""
        config = self._owners.get(environment_id)
        if config is None:
            return
        environment = config.environments[environment_id]
        if environment.state is State.STARTING:
            self._fleet.ready(environment)
            self._settle(config)

    def failed(self, environment_id: str) -> None:
        """Try again after a failed init, six times in all; then the configuration has failed (R, O)."""
        config = self._owners.get(environment_id)
        if config is None:
            return
        self._fleet.lose(self._disown(config, environment_id))
        config.failures += 1
        if config.failures < INIT_ATTEMPTS:
            self._fill(config)
        else:
            self._fail(config)

    def lost(self, environment: Environment) -> None:
        """Replace an environment that crashed or timed out at once."""
        config = self._owners.get(environment.id)
        if config is not None:
            self._disown(config, environment.id)
            if config.timer is None and config.status is not Status.FAILED:
                self._fill(config)

    # -- inside ------------------------------------------------------------------------------------------

    def _allocate_later(self, config: _Config) -> None:
        self._stop_allocating(config)
        config.status = Status.IN_PROGRESS
        config.failures = 0

        def allocate() -> None:
            config.timer = None
            self._fill(config)

        config.timer = self._clock.call_at(
            self._clock.now() + ALLOCATION_MS, allocate, label=f"provisioning {config.arn}:{config.qualifier}"
        )

    def _fill(self, config: _Config) -> None:
        spec = self._spec(config)
        current = list(config.environments.values())
        kept = [environment.id for environment in current if spec is not None and environment.spec == spec]
        surplus = [environment.id for environment in current if environment.id not in kept] + kept[
            config.wanted :
        ]
        self._retire(config, surplus)
        if spec is not None:
            if config.work is None:
                config.work = self._outbox.begin(f"provisioning {spec.name}:{config.qualifier}", NO_CAUSES)
            try:
                self._start(config, spec)
            except Unstartable:
                self._fail(config)
        self._settle(config)

    def _start(self, config: _Config, spec: FunctionSpec) -> None:
        for _ in range(config.wanted - len(config.environments)):
            environment = self._fleet.start_ahead(spec)
            environment.on_assign = partial(self._tell_used, config)
            config.environments[environment.id] = environment
            self._owners[environment.id] = config

    def _fail(self, config: _Config) -> None:
        config.status = Status.FAILED
        self._retire(config, list(config.environments))
        self._stop_allocating(config)
        self._tell_settled(config, is_reached=False)

    def _spec(self, config: _Config) -> FunctionSpec | None:
        target = self._directories.resolve(f"{config.arn}:{config.qualifier}")
        return None if target is None else replace(target.spec, initialization_type=self._initialization_type)

    def _settle(self, config: _Config) -> None:
        environments = config.environments.values()
        if all(environment.state is not State.STARTING for environment in environments):
            if len(environments) == config.wanted and config.status is Status.IN_PROGRESS:
                config.status = Status.READY
                self._tell_settled(config, is_reached=True)
            self._end_work(config)

    def _tell_used(self, config: _Config) -> None:
        watchers = self._watchers.get((config.arn, config.qualifier))
        if watchers:
            states = [environment.state for environment in config.environments.values()]
            allocated = sum(state is not State.STARTING for state in states)
            for watcher in list(watchers):
                watcher.used(sum(state is State.BUSY for state in states), allocated)

    def _tell_settled(self, config: _Config, *, is_reached: bool) -> None:
        for watcher in list(self._watchers.get((config.arn, config.qualifier), ())):
            watcher.settled(is_reached=is_reached)

    def _stop_allocating(self, config: _Config) -> None:
        if config.timer is not None:
            config.timer.cancel()
            config.timer = None
        self._end_work(config)

    @staticmethod
    def _end_work(config: _Config) -> None:
        if config.work is not None:
            config.work.end()
            config.work = None

    def _retire(self, config: _Config, environment_ids: list[str]) -> None:
        for environment_id in environment_ids:
            self._fleet.retire(self._disown(config, environment_id))

    def _disown(self, config: _Config, environment_id: str) -> Environment:
        del self._owners[environment_id]
        return config.environments.pop(environment_id)

    @staticmethod
    def _view(config: _Config) -> ProvisionedView:
        states = [environment.state for environment in config.environments.values()]
        ready = sum(state is not State.STARTING for state in states)
        return ProvisionedView(
            qualifier=config.qualifier,
            requested=config.wanted,
            allocated=ready,
            available=ready,
            status=config.status,
            status_reason="FUNCTION_ERROR_INIT_FAILURE" if config.status is Status.FAILED else None,
            modified_at=config.modified_at,
        )
