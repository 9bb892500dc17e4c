"""Who performs the core's effects: the sandbox, or this process for inline handlers and stubs.

Both are made when first needed. Their reports come back as turns; the handlers' own calls as gateway calls.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mocklambda.calls import TEST, Origin
from mocklambda.execution.effects import Effect, SendInvocation, StartEnvironment
from mocklambda.execution.ports import NO_CAUSES, Causes
from mocklambda.execution.values import CodeRef, Executor, Outcome, Streamed, Zip
from mocklambda.sandbox.platforms import has_processes
from mocklambda.services.sessions import role_session
from mocklambda.wire.message import Request, Response

if TYPE_CHECKING:
    from mocklambda.cloud import Cloud

NOBODYS = Origin(settles=False, is_handler=True)
HANDLERS_CLIENTS = (
    "In a handler, calls of boto3 and botocore are answered, and those of requests, urllib3 and httpx; other clients "
    "and programs reach the same cloud by AWS_ENDPOINT_URL."
)


@dataclass(slots=True, kw_only=True)
class Tenant:
    """An environment that is alive, and what it does."""

    performer: Any
    account: str
    region: str
    access_key: str
    secret_key: str
    caller_arn: str
    caller_id: str
    role: str
    function_arn: str
    work: Any = None
    """Of its invocation, while it has one."""
    _last: Origin | None = None

    def origin(self, source_ip: str = "127.0.0.1") -> Origin:
        """Return whom its calls count for: the same for all that an invocation makes."""
        work, last = self.work, self._last
        causes = NO_CAUSES if work is None else work.causes
        if last is None or last.work is not work or last.causes is not causes or last.source_ip != source_ip:
            last = self._last = self._made(work, causes, source_ip)
        return last

    def _made(self, work: Any, causes: Causes, source_ip: str) -> Origin:
        return Origin(
            causes=causes,
            work=work,
            account=self.account,
            settles=False,
            is_handler=True,
            caller_arn=self.caller_arn,
            caller_id=self.caller_id,
            role=self.role,
            access_key=self.access_key,
            function_arn=self.function_arn,
            source_ip=source_ip,
        )


class Performers:
    """Performs effects for one cloud; also the sandbox's ``Reports`` and ``Calls``, and the store of code."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._supervisor: Any = None
        self.are_needed = False
        """Whether threads that wait may find something to do (waiting.Hands)."""
        self._inline: Any = None
        self._listener: Any = None
        self._tenants: dict[str, Tenant] = {}
        self._by_key: dict[str, Tenant] = {}
        self.code = LazyCode(self)

    # -- effects -----------------------------------------------------------------------------------------

    def perform(self, effect: Effect) -> None:
        """Do one effect; called outside the lock, in order."""
        name = effect.environment_id
        if isinstance(effect, StartEnvironment):
            spec = effect.spec
            session = role_session(spec.role, spec.account, spec.name)
            tenant = self._tenants[name] = Tenant(
                performer=self._performer(spec.executor),
                account=spec.account,
                region=spec.region,
                access_key=effect.credentials.access_key,
                secret_key=effect.credentials.secret_key,
                caller_arn=session,
                caller_id=self._cloud.enforcement.user_id(spec.role, session.rpartition("/")[2]),
                role=spec.role,
                function_arn=spec.arn,
            )
            self._by_key[tenant.access_key] = tenant
        elif isinstance(effect, SendInvocation):
            tenant = self._tenants[name]
            tenant.work = effect.work
        else:
            tenant = self._tenants.pop(name)
            del self._by_key[tenant.access_key]
        tenant.performer.perform(effect)

    def _performer(self, executor: Executor) -> Any:
        if executor is Executor.PROCESS and has_processes():
            return self.supervisor
        if self._inline is None:
            from mocklambda.sandbox.inline import InlineExecutor

            self._inline = InlineExecutor(
                reports=self,
                logs=self._cloud.enforcement.log_sink,
                clock_now=self._cloud.engine.clock.now,
                decided_by=lambda: self._cloud.engine.decided_by,
            )
        return self._inline

    @property
    def supervisor(self) -> Any:
        """The sandbox's supervisor; starts nothing by itself."""
        if self._supervisor is None:
            from mocklambda.sandbox.supervisor import Supervisor

            self.are_needed = True
            self._supervisor = Supervisor(
                config=self._cloud.config,
                reports=self,
                calls=self,
                logs=self._cloud.enforcement.log_sink,
                clock_now=self._cloud.engine.clock.now,
                is_real_time=self._cloud.is_real_time,
                endpoint_url=lambda: self.endpoint_url,
                expecting=self._cloud.engine.expecting,
            )
        return self._supervisor

    # -- threads that wait (waiting.Hands) ----------------------------------------------------------------

    def dismiss(self) -> None:
        if self._supervisor is not None:
            self._supervisor.hands.dismiss()

    def offer(self) -> Any:
        return None if self._supervisor is None else self._supervisor.hands.offer()

    # -- what is made when first needed ------------------------------------------------------------------

    def expect_environments(self) -> None:
        """Have what starts environments get ready after this turn, while the test goes on."""
        if self._cloud.config.executor == "process" and has_processes():
            self._cloud.engine.emit(self.supervisor.prepare)

    @property
    def store(self) -> Any:
        """The store of unpacked code."""
        return self.supervisor.code

    @property
    def isolation(self) -> str:
        return str(self.supervisor.isolation)

    @property
    def endpoint_url(self) -> str:
        """The gateway's address: bound now, served when somebody calls."""
        if self._listener is None:
            from mocklambda.server.listener import Listener

            self._listener = Listener(self._cloud.answer_foreign)
        return str(self._listener.url)

    @property
    def current_origin(self) -> Origin:
        """Whom a call that is made in this process counts for: the test, or an inline handler's invocation."""
        tenant = None if self._inline is None else self._tenants.get(self._inline.running())
        return TEST if tenant is None else tenant.origin()

    def origin_of(self, request: Request, source_ip: str) -> Origin:
        """Find out by its credentials whether a request over HTTP comes from an environment."""
        from mocklambda.wire.routing import identify

        tenant = self._by_key.get(identify(request).access_key or "")
        return Origin(settles=False, source_ip=source_ip) if tenant is None else tenant.origin(source_ip)

    def secret_of(self, access_key: str) -> str | None:
        """Return the secret of an environment that is alive, by its access key."""
        tenant = self._by_key.get(access_key)
        return None if tenant is None else tenant.secret_key

    def close(self) -> None:
        """End every process and thread, and remove every directory; whoever still waits, waits no more."""
        self._cloud.engine.close()
        for thing in (self._supervisor, self._inline, self._listener):
            if thing is not None:
                thing.close()
        self._tenants.clear()
        self._by_key.clear()

    # -- reports: each a turn of its own -----------------------------------------------------------------

    def environment_started(self, environment_id: str, init_ms: float) -> None:
        reports = self._cloud.execution.reports
        self._cloud.engine.turn(lambda: reports.environment_started(environment_id, init_ms))

    def environment_failed(self, environment_id: str, outcome: Outcome) -> None:
        reports = self._cloud.execution.reports
        self._cloud.engine.turn(lambda: reports.environment_failed(environment_id, outcome))

    def response_streamed(self, environment_id: str, more: Streamed) -> None:
        reports = self._cloud.execution.reports
        self._cloud.engine.turn(lambda: reports.response_streamed(environment_id, more))

    def invocation_finished(self, environment_id: str, outcome: Outcome) -> None:
        reports = self._cloud.execution.reports
        tenant = self._tenants.get(environment_id)
        if tenant is not None:
            tenant.work = None
        self._cloud.engine.turn(lambda: reports.invocation_finished(environment_id, outcome))

    def broken(self, error: Exception) -> None:
        """Tell everyone who waits that the sandbox met a bug of ours."""
        self._cloud.engine.break_off(error)

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
        patience_ms: float | None = None,
    ) -> None:
        """Answer a handler's SDK call through the gateway, on account of its invocation."""
        if request.method == "CONNECT":  # by a client that nothing answers in the handler's process
            refused = self._cloud.gateway.refuse(request.host, HANDLERS_CLIENTS)
            reply(Response(status=501, headers={}, body=str(refused).encode()))
            return
        tenant = self._tenants.get(environment_id)
        home = None if tenant is None else tenant.region
        origin = NOBODYS if tenant is None else tenant.origin()
        if self._cloud.gateway.faults:
            reply = self._holding_back(reply, origin.work, patience_ms)
        self._cloud.gateway.submit(
            service,
            operation,
            request,
            access_key=access_key,
            region=region or home,
            origin=origin,
            reply=reply,
        )

    def _holding_back(
        self, reply: Callable[[Response], None], work: Any, patience_ms: float | None
    ) -> Callable[[Response], None]:
        """Let an answer that is to be late wait for as long, or for as long as who asked would."""

        def hold(response: Response) -> None:
            if not response.delay_ms:
                reply(response)
                return
            wait_ms = min(response.delay_ms, math.inf if patience_ms is None else patience_ms)
            self._cloud.engine.hold(int(wait_ms), work, lambda: reply(response))

        return hold


class LazyCode:
    """The store of code as the core carries it: made when code is first deployed."""

    def __init__(self, performers: Performers) -> None:
        self._performers = performers

    def put_zip(self, content: bytes) -> Zip:
        self._performers.expect_environments()
        return self._performers.store.put_zip(content)  # type: ignore[no-any-return]

    def directory(self, path: str) -> CodeRef:
        self._performers.expect_environments()
        return self._performers.store.directory(path)  # type: ignore[no-any-return]
