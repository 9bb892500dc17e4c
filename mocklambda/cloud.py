"""The composition root: builds one session's clock, engine, services, core and sandbox, and joins them.

What a test holds is `Cloud`; it has little behaviour of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from mocklambda import moto_balancers
from mocklambda.calls import Answer, Origin
from mocklambda.clock import sources
from mocklambda.clock.virtual import VirtualClock
from mocklambda.config import Config
from mocklambda.deploy import Deploying
from mocklambda.durations import advance_ms, limit_ms
from mocklambda.enforcement import Enforcement
from mocklambda.engine import Engine
from mocklambda.errors import MocklambdaError, UnmockedAWSCall, UsageError
from mocklambda.execution.core import Execution
from mocklambda.faults import Faults
from mocklambda.gateway import Gateway
from mocklambda.handles import Function
from mocklambda.ids import Ids, new_seed
from mocklambda.intercept import active
from mocklambda.journal import Invocation, Journal, instant
from mocklambda.logbook import Logbook
from mocklambda.moto_keys import MotoKeys
from mocklambda.moto_networks import MotoNetworks
from mocklambda.moto_roles import MotoNames
from mocklambda.neighbours import Moto
from mocklambda.performers import Performers
from mocklambda.sandbox.descriptors import affordable
from mocklambda.services.links import Links
from mocklambda.services.registry import Registry
from mocklambda.services.service import Scope
from mocklambda.signatures import KnownSecrets
from mocklambda.wire.message import Request, Response

if TYPE_CHECKING:
    from botocore.model import OperationModel

FIXED_AT_START = frozenset(
    {
        "clock",
        "enforce_memory",
        "executor",
        "isolation",
        "journal_size",
        "long_poll",
        "max_environments",
        "max_real_seconds",
        "seed",
        "sleep",
        "start",
        "strict_iam",
        "strict_packages",
        "throughput_limits",
        "vpc_internet",
    }
)
"""Options that an inner start can not change: the cloud is built on them."""


@dataclass(frozen=True, eq=False)
class Start:
    """One start of a cloud that has not been stopped yet, with the options that it brought."""

    options: Mapping[str, Any]


class Cloud(Deploying):
    """One session's AWS: what ``with mock_lambda() as cloud`` and the fixture give.

    Anything that boto3 can say works unchanged; on top there are time, the journal, stubs and faults.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        """The options in force."""
        self._base = config
        self._starts: dict[Start, None] = {}
        self.seed = new_seed() if config.seed is None else config.seed
        """Where everything random of this session came from."""
        self._ids = Ids(self.seed)
        fixed_at = None if config.clock is None else int(config.clock.timestamp() * 1000)
        self._follows_process = fixed_at is None
        self._clock = VirtualClock(sources.process_time if fixed_at is None else sources.fixed(fixed_at))
        self._journal = Journal(config.journal_size)
        self._logbook = Logbook(config.journal_size)
        self._performers = Performers(self)
        self._engine = Engine(
            self._clock,
            self._performers.perform,
            max_real_seconds=config.max_real_seconds,
            moves_source=sources.move_standing_time if fixed_at is None else lambda _: False,
            has_real_polls=config.long_poll == "real",
            hands=self._performers,
        )
        self._registry = Registry(self._make_scope, config.account_id, config.region)
        self._moto = Moto(self._logbook)
        self._secrets = KnownSecrets(self._secret_of)
        self._links = Links(
            self._registry.find,
            moto_balancers.balancer,
            moto_balancers.target_groups,
            keys=MotoKeys(self._moto),
            networks=partial(MotoNetworks, self._moto),
        )
        self.enforcement = Enforcement(
            is_strict=config.strict_iam,
            moto=self._moto,
            links=self._links,
            clock=self._clock,
            logbook=self._logbook,
        )
        """What roles may do, where that is asked for."""
        self._execution = Execution(
            clock=self._clock,
            outbox=self._engine,
            ids=self._ids,
            links=self._links,
            observer=self._journal,
            max_environments=affordable(config.max_environments),
            code=self._performers.code,
            access=self.enforcement.access,
        )
        self._gateway = Gateway(
            registry=self._registry,
            engine=self._engine,
            config=config,
            ids=self._ids,
            neighbours=self._moto,
            guard=self.enforcement.guard,
        )
        self.faults = Faults(self)
        """Things that go wrong on purpose."""
        self._undo: list[Callable[[], None]] = []

    # -- time --------------------------------------------------------------------------------------------

    @property
    def now(self) -> datetime:
        """Virtual time: an aware UTC datetime."""
        return instant(self._engine.turn(self._clock.now))

    def advance(self, duration: timedelta | None = None, **units: float) -> None:
        """Move time on and run what falls due, each thing at its own instant, in order.

        Args:
            duration: how far; or by name, as timedelta's: ``advance(minutes=3)``.
            units: ``seconds``, ``minutes``, ``hours``, ``days``, ``weeks``, ``milliseconds``, ``microseconds``.

        Raises:
            NotSettled: something that fell due is still running after ``max_real_seconds``.
            UsageError: that is no length of time, or a handler asks.
        """
        self._check_may_wait("advance")
        self._engine.advance(advance_ms(self.now, duration, units))

    def settle(self) -> None:
        """Wait, in real time, until nothing is in flight: for ``settle="manual"`` and for other threads' work.

        Raises:
            NotSettled: after ``max_real_seconds``, naming what is in flight and what is parked.
            UsageError: a handler asks.
        """
        self._check_may_wait("settle")
        self._engine.settle()

    def run_until_idle(self, limit: timedelta = timedelta(hours=24)) -> None:
        """Jump from one due instant to the next until nothing but recurring things is parked.

        Args:
            limit: how far to go at most; there time stands after the error.

        Raises:
            NotSettled: something is still parked beyond ``limit`` of virtual time.
            UsageError: the limit is no length of time, or a handler asks.
        """
        self._check_may_wait("run_until_idle")
        self._engine.run_until_idle(limit_ms(self.now, limit))

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Hold deliveries back inside the ``with``; leaving it lets them go and settles.

        Raises:
            NotSettled: what was held back is still running after ``max_real_seconds``.
            UsageError: a handler asks.
        """
        self._check_may_wait("paused")
        self._engine.pause()
        try:
            yield
        finally:
            self._engine.resume()
        self._engine.settle()

    def _check_may_wait(self, verb: str) -> None:
        self._registry.check_open()
        if self.current_origin.work is not None:
            raise UsageError(
                f"a handler can not {verb}(): it would wait for its own end. Move time and wait in the test itself; a "
                'handler that is to take long sleeps, which under mock_lambda(sleep="virtual") takes no real time'
            )

    # -- looking -----------------------------------------------------------------------------------------

    def invocations(self, function: Function | str | None = None) -> list[Invocation]:
        """List what ran, in the order in which it ended.

        Args:
            function: of this one only: its handle or name.
        """
        return self._journal.invocations(function.name if isinstance(function, Function) else function)

    def timeline(self) -> str:
        """Tell what happened as text."""
        return self._journal.timeline()

    def listing(self) -> tuple[list[str], list[str]]:
        """List what is in flight and what is parked on the clock, one line each."""
        return self._engine.listing()

    def concurrent_batches(self, mapping: str) -> tuple[int, int]:
        """Tell how many batches an event source mapping runs now, and how many it may: its pollers' scaling.

        Args:
            mapping: its UUID, as ``fn.on_queue`` and CreateEventSourceMapping give it.

        Raises:
            UsageError: there is no such mapping.
        """

        def look() -> tuple[int, int]:
            poller = self._execution.mappings.poller(mapping)
            return poller.running, poller.limit

        try:
            return self._engine.turn(look)
        except KeyError:
            raise UsageError(f"there is no event source mapping {mapping!r}") from None

    @property
    def isolation(self) -> str:
        """How environments see the file system: ``namespaces`` (Lambda's real paths) or ``directories``."""
        return self._performers.isolation

    @property
    def endpoint_url(self) -> str:
        """Where it answers over HTTP, on loopback: for other programs, which are served as AWS would."""
        return self._performers.endpoint_url

    def __repr__(self) -> str:
        when = f"at {self.now.isoformat()}, seed {self.seed}" if self._registry.is_open else "closed"
        return f"<Cloud of {self.config.region}{' ' if self._registry.is_open else ', '}{when}>"

    # -- what the rest of the package asks ---------------------------------------------------------------

    @property
    def region(self) -> str:
        return self.config.region

    @property
    def is_wire_only(self) -> bool:
        return self.config.wire

    @property
    def engine(self) -> Engine:
        return self._engine

    @property
    def execution(self) -> Execution:
        return self._execution

    @property
    def gateway(self) -> Gateway:
        return self._gateway

    @property
    def logbook(self) -> Logbook:
        return self._logbook

    @property
    def registry(self) -> Registry:
        return self._registry

    @property
    def current_origin(self) -> Origin:
        """Whom a call of this thread counts for."""
        return self._performers.current_origin

    def is_real_time(self) -> bool:
        """Tell whether virtual time is simply real time, so that handlers need not be told."""
        return self._follows_process and sources.is_wall_time(self._clock.now())

    def fast(
        self, model: OperationModel, request: Request, *, access_key: str | None, region: str | None
    ) -> Answer:
        return self._gateway.fast(
            model, request, access_key=access_key, region=region, origin=self._performers.current_origin
        )

    def rest(self, duration_ms: int) -> None:
        """Wait as a blocked caller does: time skips unless something is in flight."""
        self._engine.rest(duration_ms, self.current_origin.work)

    def wire(self, request: Request) -> Response:
        return self._gateway.wire(request, self.current_origin)

    def refuse(self, host: str) -> UnmockedAWSCall:
        """Note that something tried to connect to an AWS host, and return the error that says so."""
        return self._gateway.refuse(
            host,
            "Calls of boto3 and botocore are answered, and those of requests, urllib3 and httpx; other HTTP clients "
            "are not.",
        )

    def answer_foreign(self, request: Request, source_ip: str) -> Response:
        """Answer a request that came over HTTP: from a program that a handler runs, or in server mode."""
        return self._gateway.foreign(request, self._performers.origin_of(request, source_ip))

    def _make_scope(self, account: str, region: str, peer: Callable[[str, str], Any]) -> Scope[Any]:
        return Scope(
            account=account,
            region=region,
            clock=self._clock,
            outbox=self._engine,
            ids=self._ids,
            links=self._links,
            config=self.config,
            execution=self._execution,
            peer=peer,
            access=self.enforcement.access,
            signatures=self._secrets,
        )

    def _secret_of(self, access_key: str) -> str | None:
        return self._performers.secret_of(access_key) or MotoNames(self._moto).secret_of(access_key)

    # -- life --------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Put the patches in place and answer from now on."""
        from mocklambda.intercept import (
            aiobotocore_client,
            botocore_client,
            botocore_send,
            botocore_time,
            environ,
            http_send,
            httpx_send,
            model_cache,
            moto_send,
            name_lookup,
            responses_mock,
            session_cache,
            transfers,
        )

        active.push(self)
        try:
            for account, region, changes in self._moto.tables_of_others():
                self._gateway.elsewhere.take_changes(changes, account, region)
            self._undo.append(environ.install(self.config.region))
            self._secrets.tell(environ.FAKE["AWS_ACCESS_KEY_ID"], environ.FAKE["AWS_SECRET_ACCESS_KEY"])
            for seam in (
                botocore_client,
                botocore_send,
                botocore_time,
                model_cache,
                session_cache,
                moto_send,
                http_send,
                responses_mock,
                httpx_send,
                transfers,
                aiobotocore_client,
                name_lookup,
            ):
                self._undo.append(seam.install())
        except BaseException:
            self._close()
            raise

    def enter(self, options: Mapping[str, Any]) -> Start:
        """Start, or start once more inside: share all state, lay ``options`` over it."""
        given = sorted(FIXED_AT_START & options.keys())
        fixed = [name for name in given if options[name] != getattr(self.config, name)]
        if fixed:
            raise UsageError(
                f"an inner mock_lambda shares the outer one's cloud and can not change {', '.join(fixed)}; "
                "give it to the outermost one"
            )
        Config.build(options, base=self.config)
        start = Start(options)
        self._starts[start] = None
        self._configure()
        return start

    def leave(self, start: Start, *, is_failing: bool) -> None:
        """Undo one start; the last one closes everything and tells what was called unserved."""
        if start not in self._starts:
            return
        del self._starts[start]
        if self._starts:
            self._configure()
            return
        self._close()
        if not is_failing:
            self.raise_violations()

    def _configure(self) -> None:
        """Lay the options of all starts over each other, in order: stops need not come in reverse."""
        from mocklambda.intercept import environ

        config = self._base
        for start in self._starts:
            config = Config.build(start.options, base=config)
        if config.region != self.config.region:
            environ.set_region(config.region)
        self.config = self._gateway.config = config

    def raise_violations(self) -> None:
        """Raise for a call that nothing serves, or for a bug of ours that a handler met; once each."""
        violations, bugs = list(self._gateway.violations), list(self._gateway.bugs)
        self._gateway.violations.clear()
        self._gateway.bugs.clear()
        if bugs:
            raise MocklambdaError(f"a bug in mocklambda: {bugs[0]!r}") from bugs[0]
        if violations and self.config.guard:
            raise violations[0]

    def _close(self) -> None:
        active.remove(self)
        try:
            while self._undo:
                self._undo.pop()()
        finally:
            self.shut()

    def shut(self) -> None:
        """End every process and thread of the session, and drop its state."""
        try:
            self._performers.close()
        finally:
            self._registry.close()
            self._moto.close()


_opening = threading.Lock()


def open_cloud(options: Mapping[str, Any]) -> tuple[Cloud, Start]:
    """Start: open a cloud, or enter the one that is open."""
    with _opening:
        outer = active.top()
        if isinstance(outer, Cloud):
            return outer, outer.enter(options)
        cloud = Cloud(Config.build(options))
        cloud.open()
        return cloud, cloud.enter({})


__all__ = ["Cloud", "Start", "open_cloud"]
