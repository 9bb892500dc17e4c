"""Decides which environment takes an invocation, and when environments are made and ended.

Idle ones of the same function, version, revision and tenant first, the one used last before others; else a
new one.
Knows nothing of limits on concurrency. Idle environments are ended after ten idle minutes, when their
function changed, and, longest idle first, when more are alive than the machine should hold.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timezone
from typing import Protocol

from mocklambda.clock.base import Clock, Millis
from mocklambda.execution.effects import StartEnvironment, StopEnvironment
from mocklambda.execution.environment import Environment, Move, State
from mocklambda.execution.mishaps import Mishaps
from mocklambda.execution.ports import IdSource, Outbox
from mocklambda.execution.values import Credentials, FunctionSpec, LogStream

IDLE_LIFE_MS: Millis = 600_000
Pool = tuple[str, str]
"""Function ARN and version."""
Lane = tuple[str, str, str | None]
"""Function ARN, version and tenant: what two environments must share to take each other's invocations."""


class StartRules(Protocol):
    """What the control plane knows of a function at the moment at which an environment starts."""

    def check_start(self, spec: FunctionSpec) -> None:
        """Raise Unstartable where none can be started now."""

    def has_internet(self, spec: FunctionSpec) -> bool:
        """Tell whether a function's subnets let it reach more than AWS."""


class Fleet:
    """All environments of a session."""

    def __init__(
        self,
        *,
        clock: Clock,
        outbox: Outbox,
        ids: IdSource,
        max_environments: int,
        rules: StartRules,
        mishaps: Mishaps,
    ) -> None:
        self._clock = clock
        self._outbox = outbox
        self._ids = ids
        self._max = max_environments
        self._rules = rules
        self._mishaps = mishaps
        self._alive: dict[str, Environment] = {}
        self._pools: dict[Pool, dict[str, Environment]] = {}  # on demand, all that are alive
        self._idle: dict[Lane, list[Environment]] = {}  # on demand, used last at the end
        self._ready: dict[Pool, list[Environment]] = {}  # provisioned and free
        self._by_age: OrderedDict[str, Environment] = OrderedDict()  # idle on demand, longest idle first
        self._templates: dict[Pool, Environment] = {}  # take no invocation: those of their version are copies
        self._is_reaping = False

    # -- invocations -------------------------------------------------------------------------------------

    def take_provisioned(self, spec: FunctionSpec) -> Environment | None:
        """Assign a free environment provisioned for this version, or say that there is none."""
        ready = self._ready.get((spec.arn, spec.version))
        if not ready:
            return None
        environment = ready.pop()
        self._assign(environment)
        if environment.on_assign is not None:
            environment.on_assign()
        return environment

    def take(self, spec: FunctionSpec, tenant_id: str | None = None) -> Environment:
        """Assign an idle environment, or a new one; never one that another tenant has used. Raises Unstartable."""
        idle = self._idle.get((spec.arn, spec.version, tenant_id))
        while idle:
            environment = idle.pop()
            del self._by_age[environment.id]
            if environment.spec is spec or environment.spec == spec:
                self._assign(environment)
                return environment
            self._end(environment, Move.RETIRE)
        if spec.is_guarded:
            self._rules.check_start(spec)
        self._make_room()
        environment = self._make(spec, is_provisioned=False, tenant_id=tenant_id)
        self._pools.setdefault((spec.arn, spec.version), {})[environment.id] = environment
        self._assign(environment)
        self._start(environment, self._mishaps.take_slow_start(spec.arn))
        return environment

    def give_back(self, environment: Environment, *, is_lost: bool) -> None:
        """Take an environment back after its invocation."""
        if is_lost:
            self._end(environment, Move.LOSE, reason="failure")
        elif environment.state is State.RETIRING:
            self._end(environment, Move.FINISH)
        else:
            environment.move(Move.FINISH)
            self._keep(environment)

    # -- starting ahead, losing, retiring ----------------------------------------------------------------

    def start_ahead(self, spec: FunctionSpec) -> Environment:
        """Start a provisioned environment; it serves once reported ready. Raises Unstartable."""
        if spec.is_guarded:
            self._rules.check_start(spec)
        environment = self._make(spec, is_provisioned=True)
        environment.move(Move.START_AHEAD)
        self._start(environment)
        return environment

    def start_template(self, spec: FunctionSpec) -> Environment:
        """Start an environment of which those that serve this version will be copies."""
        environment = self._make(spec, is_provisioned=True)
        environment.move(Move.START_AHEAD)
        self._start(environment)
        self._templates[spec.arn, spec.version] = environment
        return environment

    def templates_of(self, arn: str) -> list[str]:
        """List a function's versions that have a template."""
        return [version for owner, version in self._templates if owner == arn]

    def drop_template(self, arn: str, version: str) -> Environment | None:
        """End a version's template, if it has one."""
        environment = self._templates.pop((arn, version), None)
        if environment is not None:
            self._end(environment, Move.RETIRE)
        return environment

    def ready(self, environment: Environment) -> None:
        """Let a provisioned environment serve."""
        environment.move(Move.READY)
        self._keep(environment)

    def find(self, environment_id: str) -> Environment | None:
        """Return a living environment."""
        return self._alive.get(environment_id)

    def lose(self, environment: Environment) -> None:
        """Note that an environment without an invocation is gone."""
        self._withdraw(environment)
        self._end(environment, Move.LOSE, reason="failure")

    def retire(self, environment: Environment) -> None:
        """End an environment: at once, or after the invocation that it serves."""
        if environment.state is State.BUSY or environment.state is State.RETIRING:
            environment.move(Move.RETIRE)
        else:
            self._withdraw(environment)
            self._end(environment, Move.RETIRE)

    def retire_version(self, arn: str, version: str) -> None:
        """End all on-demand environments of a version: it was deleted or changed."""
        for environment in list(self._pools.get((arn, version), {}).values()):
            self.retire(environment)

    def alive(self) -> list[Environment]:
        """List what lives, oldest first."""
        return list(self._alive.values())

    # -- inside ------------------------------------------------------------------------------------------

    def _assign(self, environment: Environment) -> None:
        environment.move(Move.ASSIGN)
        environment.served += 1

    def _make(self, spec: FunctionSpec, *, is_provisioned: bool, tenant_id: str | None = None) -> Environment:
        name = self._ids.hex(32)
        environment = Environment(
            id=name,
            spec=spec,
            log_stream=log_stream(spec, name, self._clock.now()),
            is_provisioned=is_provisioned,
            tenant_id=tenant_id,
        )
        self._alive[name] = environment
        return environment

    def _start(self, environment: Environment, lag_ms: Millis = 0) -> None:
        template = self._templates.get((environment.spec.arn, environment.spec.version))
        effect = StartEnvironment(
            environment_id=environment.id,
            spec=environment.spec,
            log_stream=environment.log_stream,
            credentials=Credentials(
                access_key="ASIA" + self._ids.letters(16),
                secret_key=self._ids.token(30),
                session_token=self._ids.token(120),
            ),
            instant=self._clock.now(),
            has_internet=not environment.spec.subnet_ids or self._rules.has_internet(environment.spec),
            template_id=None if template is None else template.id,
            lag_ms=lag_ms,
        )
        self._outbox.emit(effect)

    def _keep(self, environment: Environment) -> None:
        if environment.is_provisioned:
            pool = (environment.spec.arn, environment.spec.version)
            self._ready.setdefault(pool, []).append(environment)
            return
        environment.idle_since = self._clock.now()
        self._idle.setdefault(_lane(environment), []).append(environment)
        self._by_age[environment.id] = environment
        self._reap_later()
        if len(self._alive) > self._max:
            self._evict()

    def _make_room(self) -> None:
        if len(self._alive) >= self._max and self._by_age:
            self._evict()

    def _evict(self) -> None:
        self.retire(next(iter(self._by_age.values())))

    def _withdraw(self, environment: Environment) -> None:
        """Take an idle environment out of what is offered."""
        if environment.state is not State.IDLE:
            return
        if environment.is_provisioned:
            self._ready[environment.spec.arn, environment.spec.version].remove(environment)
        else:
            self._idle[_lane(environment)].remove(environment)
            del self._by_age[environment.id]

    def _end(self, environment: Environment, move: Move, reason: str = "spindown") -> None:
        environment.move(move)
        del self._alive[environment.id]
        if not environment.is_provisioned:
            pool = (environment.spec.arn, environment.spec.version)
            members = self._pools[pool]
            del members[environment.id]
            if not members:
                del self._pools[pool]
            if not self._idle.get(_lane(environment)):
                self._idle.pop(_lane(environment), None)
        self._outbox.emit(StopEnvironment(environment_id=environment.id, reason=reason))

    # -- idle life ---------------------------------------------------------------------------------------

    def _reap_later(self) -> None:
        if not self._is_reaping and self._by_age:
            self._is_reaping = True
            oldest = next(iter(self._by_age.values()))
            self._clock.call_at(
                oldest.idle_since + IDLE_LIFE_MS, self._reap, label="idle environments end", recurring=True
            )

    def _reap(self) -> None:
        self._is_reaping = False
        due = self._clock.now() - IDLE_LIFE_MS
        for environment in list(self._by_age.values()):
            if environment.idle_since > due:
                break
            self.retire(environment)
        self._reap_later()


def _lane(environment: Environment) -> Lane:
    return (environment.spec.arn, environment.spec.version, environment.tenant_id)


def log_stream(spec: FunctionSpec, name: str, now: Millis) -> LogStream:
    """Name a log stream by the day; in a group that is not the default one by the function too (D)."""
    day = datetime.fromtimestamp(now / 1000, tz=timezone.utc).strftime("%Y/%m/%d")
    default = f"/aws/lambda/{spec.name}"
    group = spec.log_group or default
    if group == default:
        return LogStream(group=group, name=f"{day}/[{spec.version}]{name}")
    return LogStream(group=group, name=f"{day}/{spec.name}[{spec.version}][{name}]")
