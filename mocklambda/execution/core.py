"""Puts the core together, once per session, and takes the reports of those who perform its effects.

Every method is called inside a turn. Services reach the core as ``scope.execution``.
"""

from __future__ import annotations

from typing import Any

from mocklambda.clock.base import Clock
from mocklambda.execution.concurrency import ACCOUNT_LIMIT, Concurrency
from mocklambda.execution.destination import Outlet
from mocklambda.execution.directory import Directories, FunctionDirectory
from mocklambda.execution.event_queue import EventQueue
from mocklambda.execution.fleet import Fleet
from mocklambda.execution.invoker import Invoker
from mocklambda.execution.managed import Managed
from mocklambda.execution.mapping import Mappings
from mocklambda.execution.mishaps import Mishaps
from mocklambda.execution.observations import Observer
from mocklambda.execution.poller import Links, PollerContext
from mocklambda.execution.ports import Access, IdSource, Outbox
from mocklambda.execution.provisioned import Provisioned
from mocklambda.execution.snapshots import Snapshots
from mocklambda.execution.tracing import Tracer
from mocklambda.execution.values import Outcome, Streamed


class Execution:
    """The execution core of one session."""

    def __init__(
        self,
        *,
        clock: Clock,
        outbox: Outbox,
        ids: IdSource,
        links: Links,
        observer: Observer,
        max_environments: int = 64,
        account_limit: int = ACCOUNT_LIMIT,
        code: Any = None,
        access: Access | None = None,
    ) -> None:
        self.code = code
        """The store of unpacked code, for Lambda's service; opaque here."""
        self.directories = Directories()
        self.concurrency = Concurrency(account_limit)
        self.mishaps = Mishaps()
        self.fleet = Fleet(
            clock=clock,
            outbox=outbox,
            ids=ids,
            max_environments=max_environments,
            rules=self.directories,
            mishaps=self.mishaps,
        )
        self.invoker = Invoker(
            clock=clock,
            outbox=outbox,
            concurrency=self.concurrency,
            fleet=self.fleet,
            tracer=Tracer(ids),
            observer=observer,
            mishaps=self.mishaps,
        )
        self.outlet = Outlet(clock=clock, ids=ids, links=links, observer=observer, access=access)
        self.events = EventQueue(
            clock=clock,
            outbox=outbox,
            ids=ids,
            invoker=self.invoker,
            concurrency=self.concurrency,
            directories=self.directories,
            outlet=self.outlet,
            observer=observer,
        )
        self.mappings = Mappings(
            PollerContext(
                clock=clock,
                outbox=outbox,
                ids=ids,
                links=links,
                invoker=self.invoker,
                directories=self.directories,
                outlet=self.outlet,
                observer=observer,
                access=access,
            )
        )
        self.provisioned = Provisioned(
            clock=clock,
            outbox=outbox,
            fleet=self.fleet,
            concurrency=self.concurrency,
            directories=self.directories,
        )
        self.managed = Managed(
            clock=clock,
            outbox=outbox,
            fleet=self.fleet,
            concurrency=self.concurrency,
            directories=self.directories,
        )
        self.snapshots = Snapshots(outbox=outbox, fleet=self.fleet)
        self.reports = Reports(self)

    def add_directory(self, account: str, region: str, directory: FunctionDirectory) -> None:
        """Let Lambda's state for an account and region answer what its ARNs stand for."""
        self.directories.add(account, region, directory)

    def forget_function(self, arn: str) -> None:
        """Give back what a deleted function (unqualified ARN) held; what runs ends as usual."""
        self.provisioned.forget_function(arn)
        self.managed.forget_function(arn)
        self.snapshots.forget_function(arn)
        self.concurrency.forget(arn)
        for environment in self.fleet.alive():
            if environment.spec.arn == arn:
                self.fleet.retire(environment)


class Reports:
    """What those who perform the effects report, each in a turn of its own."""

    def __init__(self, execution: Execution) -> None:
        self._execution = execution

    def environment_started(self, environment_id: str, init_ms: float) -> None:
        """Note that an environment that starts ahead has run its init; others need not be reported."""
        self._execution.provisioned.started(environment_id)
        self._execution.managed.ahead.started(environment_id)
        self._execution.snapshots.started(environment_id)

    def environment_failed(self, environment_id: str, outcome: Outcome) -> None:
        """Note that the init of an environment that starts ahead failed; its log tells why."""
        self._execution.provisioned.failed(environment_id)
        self._execution.managed.ahead.failed(environment_id)
        self._execution.snapshots.failed(environment_id, outcome)

    def response_streamed(self, environment_id: str, more: Streamed) -> None:
        """Take what more has come of a response that is being streamed."""
        self._execution.invoker.streamed(environment_id, more)

    def invocation_finished(self, environment_id: str, outcome: Outcome) -> None:
        """Take the outcome of the invocation that an environment had."""
        environment = self._execution.fleet.find(environment_id)
        self._execution.invoker.finished(environment_id, outcome)
        if environment is not None and environment.is_provisioned and outcome.is_environment_lost:
            self._execution.provisioned.lost(environment)
            self._execution.managed.ahead.lost(environment)
