"""Has services that are not ours answered by whoever knows them, and lets ours follow what was done there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from mocklambda.calls import Neighbours, Origin
from mocklambda.clock.base import Millis, Timer
from mocklambda.engine import Engine
from mocklambda.execution.ports import NO_CAUSES, Causes
from mocklambda.flight import FlyingWork
from mocklambda.fronts import Fronts
from mocklambda.services.registry import Registry
from mocklambda.services.table_changes import TableChange
from mocklambda.wire.message import Request, Response

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """The way to the neighbours of one session."""

    neighbours: Neighbours
    registry: Registry
    engine: Engine
    fronts: Fronts
    settle: Callable[[Causes], None]
    api: Callable[..., dict[str, Any]]
    """One API call of ours, the operation's input in and its output back."""
    sweeps: dict[tuple[str, str], Timer] = field(default_factory=dict)
    """Account and region → when items of its tables are over next."""

    def answer(
        self,
        service: str,
        request: Request,
        account: str,
        region: str,
        origin: Origin,
        access_key: str | None,
    ) -> Response:
        """Have a neighbour answer; the test's own call waits for what it caused."""
        call = (service, request, account, region, access_key)
        return self._caused(origin, lambda causes: self._asked(*call, causes))

    def follow(self, service: str, account: str, region: str, origin: Origin) -> None:
        """Let ours follow what was done to a neighbour otherwise than by a call."""
        self._caused(origin, lambda causes: self.fronts.follow(service, account, region, causes))

    def take_changes(
        self, changes: Sequence[TableChange], account: str, region: str, causes: Causes = NO_CAUSES
    ) -> None:
        """Let the streams of tables, which are ours, have what happened to the tables, which are not."""

        def run() -> None:
            state, _ = self.registry.state("dynamodbstreams", account, region)
            state.take(changes, self.engine.clock.now(), causes)

        self.engine.turn(run, causes)

    def _caused(self, origin: Origin, action: Callable[[Causes], T]) -> T:
        if not origin.settles:
            return action(origin.causes)
        self.engine.catch_up()
        causes = self.engine.new_call()
        try:
            return action(causes)
        finally:
            self.settle(causes)

    def _asked(
        self,
        service: str,
        request: Request,
        account: str,
        region: str,
        access_key: str | None,
        causes: Causes,
    ) -> Response:
        """Have a neighbour answer; the streams of tables and health checks follow what it did."""

        def take(changes: Sequence[TableChange]) -> None:
            self.take_changes(changes, account, region, causes)

        def ask(
            service: str, operation: str, params: dict[str, Any], account: str, region: str
        ) -> dict[str, Any]:
            origin = Origin(causes=causes, settles=False)
            return self.api(service, operation, params, account=account, region=region, origin=origin)

        now = self.engine.turn(self.engine.clock.now)
        response = self.neighbours.handle(
            service,
            request,
            account=account,
            region=region,
            access_key=access_key,
            now=now,
            on_changes=take,
            ask=ask,
        )
        self.fronts.follow(service, account, region, causes)
        if service == "dynamodb":
            self._plan_sweep(account, region, now)
        return response

    def _plan_sweep(self, account: str, region: str, now: Millis) -> None:
        """Park the removal of items whose time to live is over; what is parked too early finds nothing."""
        due = self.neighbours.next_sweep(account, region, now)
        if due is not None:
            self.engine.turn(lambda: self._park(account, region, due))

    def _park(self, account: str, region: str, due: Millis) -> None:
        known = self.sweeps.get((account, region))
        if known is not None:
            if known.when <= due:
                return
            known.cancel()

        def begin() -> None:
            del self.sweeps[account, region]
            work = self.engine.begin("items of DynamoDB tables expire", NO_CAUSES)
            now = self.engine.clock.now()
            self.engine.emit(lambda: self._sweep(account, region, now, work))

        self.sweeps[account, region] = self.engine.clock.call_at(
            due, begin, label="items of DynamoDB tables expire", recurring=True
        )

    def _sweep(self, account: str, region: str, now: Millis, work: FlyingWork) -> None:
        due = self.neighbours.sweep(
            account, region, now, lambda changes: self.take_changes(changes, account, region)
        )

        def end() -> None:
            work.end()
            if due is not None:
                self._park(account, region, due)

        self.engine.turn(end)
