"""Who performs the core's effects: the sandbox, or this process for inline handlers and stubs.

Both are made when first needed. Their reports come back as turns; the handlers' own calls as gateway calls.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mocklambda.execution.effects import Effect, SendInvocation, StartEnvironment
from mocklambda.execution.values import CodeRef, Executor, Outcome
from mocklambda.gateway import Origin
from mocklambda.wire.message import Request, Response

if TYPE_CHECKING:
    from mocklambda.cloud import Cloud
    from mocklambda.engine import FlyingWork


class Performers:
    """Performs effects for one cloud; also the sandbox's ``Reports`` and ``Calls``, and the store of code."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._supervisor: Any = None
        self._inline: Any = None
        self._by_environment: dict[str, Any] = {}
        self._works: dict[str, FlyingWork] = {}
        self._accounts: dict[str, tuple[str, str]] = {}
        self.code = LazyCode(self)

    # -- effects -----------------------------------------------------------------------------------------

    def perform(self, effect: Effect) -> None:
        """Do one effect; called outside the lock, in order."""
        name = effect.environment_id
        if isinstance(effect, StartEnvironment):
            performer = self._performer(effect.spec.executor)
            self._by_environment[name] = performer
            self._accounts[name] = (effect.spec.account, effect.spec.region)
        elif isinstance(effect, SendInvocation):
            performer = self._by_environment[name]
            self._works[name] = effect.work  # type: ignore[assignment]
        else:
            performer = self._by_environment.pop(name, None)
            self._accounts.pop(name, None)
            if performer is None:
                return
        performer.perform(effect)

    def _performer(self, executor: Executor) -> Any:
        if executor is Executor.PROCESS:
            return self.supervisor
        if self._inline is None:
            from mocklambda.sandbox.inline import InlineExecutor

            self._inline = InlineExecutor(reports=self, logs=self._cloud.logbook, clock_now=self._instant)
        return self._inline

    @property
    def supervisor(self) -> Any:
        """The sandbox's supervisor; starts nothing by itself."""
        if self._supervisor is None:
            from mocklambda.sandbox.supervisor import Supervisor

            self._supervisor = Supervisor(
                config=self._cloud.config,
                reports=self,
                calls=self,
                logs=self._cloud.logbook,
                clock_now=self._instant,
                is_real_time=self._cloud.is_real_time,
                endpoint_url=self._endpoint_url,
            )
        return self._supervisor

    @property
    def store(self) -> Any:
        """The store of unpacked code."""
        return self.supervisor.code

    @property
    def isolation(self) -> str:
        return str(self.supervisor.isolation)

    def _instant(self) -> int:
        return self._cloud.engine.clock.now()

    def _endpoint_url(self) -> str | None:
        return None

    def close(self) -> None:
        """End every process and thread, and remove every directory."""
        for performer in (self._supervisor, self._inline):
            if performer is not None:
                performer.close()
        self._by_environment.clear()
        self._works.clear()

    # -- reports: each a turn of its own -----------------------------------------------------------------

    def environment_started(self, environment_id: str, init_ms: float) -> None:
        reports = self._cloud.execution.reports
        self._cloud.engine.turn(lambda: reports.environment_started(environment_id, init_ms))

    def environment_failed(self, environment_id: str, outcome: Outcome) -> None:
        reports = self._cloud.execution.reports
        self._cloud.engine.turn(lambda: reports.environment_failed(environment_id, outcome))

    def invocation_finished(self, environment_id: str, outcome: Outcome) -> None:
        reports = self._cloud.execution.reports
        self._works.pop(environment_id, None)
        self._cloud.engine.turn(lambda: reports.invocation_finished(environment_id, outcome))

    # -- calls of handlers -------------------------------------------------------------------------------

    def submit(
        self,
        environment_id: str,
        service: str,
        operation: str,
        request: Request,
        access_key: str | None,
        region: str | None,
        reply: Callable[[Response], None],
    ) -> None:
        """Answer a handler's SDK call through the gateway, on account of its invocation."""
        account, home = self._accounts.get(environment_id, (None, None))
        work = self._works.get(environment_id)
        origin = Origin(
            causes=work.causes if work is not None else frozenset(),
            work=work,
            account=account,
            settles=False,
            is_handler=True,
        )
        self._cloud.gateway.submit(
            service, operation, request, access_key=access_key, region=region or home, origin=origin, reply=reply
        )


class LazyCode:
    """The store of code as the core carries it: made when code is first deployed."""

    def __init__(self, performers: Performers) -> None:
        self._performers = performers

    def put_zip(self, content: bytes) -> CodeRef:
        return self._performers.store.put_zip(content)  # type: ignore[no-any-return]

    def directory(self, path: str) -> CodeRef:
        return self._performers.store.directory(path)  # type: ignore[no-any-return]
