"""Has services that are not ours answered by whoever knows them, and lets ours follow what was done there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mocklambda.calls import Neighbours, Origin
from mocklambda.engine import Engine
from mocklambda.execution.ports import NO_CAUSES, Causes
from mocklambda.fronts import Fronts
from mocklambda.services.registry import Registry
from mocklambda.services.table_changes import TableChange
from mocklambda.wire.message import Request, Response


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """The way to the neighbours of one session."""

    neighbours: Neighbours
    registry: Registry
    engine: Engine
    fronts: Fronts
    settle: Callable[[Causes], None]

    def answer(self, service: str, request: Request, account: str, region: str, origin: Origin) -> Response:
        """Have a neighbour answer; the test's own call waits for what it caused."""
        if not origin.settles:
            return self._asked(service, request, account, region, origin.causes)
        self.engine.catch_up()
        causes = self.engine.new_call()
        try:
            return self._asked(service, request, account, region, causes)
        finally:
            self.settle(causes)

    def take_changes(
        self, changes: Sequence[TableChange], account: str, region: str, causes: Causes = NO_CAUSES
    ) -> None:
        """Let the streams of tables, which are ours, have what happened to the tables, which are not."""

        def run() -> None:
            state, _ = self.registry.state("dynamodbstreams", account, region)
            state.take(changes, self.engine.clock.now(), causes)

        self.engine.turn(run, causes)

    def _asked(self, service: str, request: Request, account: str, region: str, causes: Causes) -> Response:
        """Have a neighbour answer; the streams of tables and health checks follow what it did."""

        def take(changes: Sequence[TableChange]) -> None:
            self.take_changes(changes, account, region, causes)

        now = self.engine.turn(self.engine.clock.now)
        response = self.neighbours.handle(
            service, request, account=account, region=region, now=now, on_changes=take
        )
        self.fronts.follow(service, account, region)
        return response
