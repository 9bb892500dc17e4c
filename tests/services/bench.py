"""Operations of services called directly: a real engine and clock, stand-ins for what they deliver to."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from mocklambda.clock.virtual import VirtualClock
from mocklambda.config import Config
from mocklambda.engine import Engine
from mocklambda.execution.ports import Undeliverable
from mocklambda.ids import Ids
from mocklambda.services.links import Links
from mocklambda.services.registry import Registry
from mocklambda.services.service import AwsError, Context, Reply, Scope

ACCOUNT = "123456789012"
REGION = "us-east-1"
START = 1_700_000_000_000
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"
FIFO_QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q.fifo"
DEAD_LETTERS = f"arn:aws:sqs:{REGION}:{ACCOUNT}:dlq"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"


@dataclass
class Target:
    """What others deliver to; keeps what it got, with the instant."""

    arn: str
    clock: VirtualClock
    got: list = field(default_factory=list)
    times: list = field(default_factory=list)
    tries: list = field(default_factory=list)
    refusals: list = field(default_factory=list)
    """Statuses to refuse the next deliveries with."""
    is_permitted: bool = True

    def deliver(self, delivery):
        self.tries.append(self.clock.now() - START)
        if self.refusals:
            raise Undeliverable("Refused", "as told", self.refusals.pop(0))
        self.got.append(delivery)
        self.times.append(self.clock.now() - START)

    def permits(self, principal, source_arn, source_account):
        return self.is_permitted

    @property
    def bodies(self):
        return [delivery.body for delivery in self.got]

    @property
    def documents(self):
        return [json.loads(body) for body in self.bodies]


class Bench:
    """One session's services, without gateway and wire."""

    def __init__(self):
        self.clock = VirtualClock(lambda: START)
        self.engine = Engine(self.clock, lambda effect: effect())
        self.ids = Ids(1)
        self.targets = {}
        self.registry = Registry(self._scope, ACCOUNT, REGION)

    def _scope(self, account, region, peer):
        return Scope(
            account=account,
            region=region,
            clock=self.clock,
            outbox=self.engine,
            ids=self.ids,
            links=Links(self._find),
            config=Config(),
            execution=None,
            peer=peer,
        )

    def _find(self, arn):
        if arn.service in {"sqs", "lambda", "kinesis"}:
            return SimpleNamespace(destination=lambda _, text: self.targets.get(text)), None
        return self.registry.find(arn)

    def target(self, arn):
        """Put a stand-in under an ARN."""
        return self.targets.setdefault(arn, Target(arn, self.clock))

    def call(self, service, operation, *, account=ACCOUNT, region=REGION, trace_header=None, **request):
        """Call one operation in a turn of its own."""
        plug = self.registry.plug(service)

        def run():
            state, scope = self.registry.state(service, account, region)
            ctx = Context(
                state=state,
                scope=scope,
                account=account,
                region=region,
                now=self.clock.now(),
                request_id=self.ids.uuid(),
                reply=Reply(),
                causes=frozenset({1}),
                trace_header=trace_header,
            )
            return plug.operations[operation](ctx, request)

        return self.engine.turn(run, frozenset({1}))

    def deliver(self, arn, delivery):
        """Deliver to a real service's resource by its ARN, as another service does."""
        links = Links(self._find)
        return self.engine.turn(lambda: links.destination(arn).deliver(delivery))

    def permits(self, arn, principal, source_arn):
        links = Links(self._find)
        return self.engine.turn(lambda: links.destination(arn).permits(principal, source_arn, ACCOUNT))

    def refusal(self, service, operation, **request):
        """Return code and message of the refusal of a call."""
        with pytest.raises(AwsError) as caught:
            self.call(service, operation, **request)
        return caught.value.code, caught.value.message

    def advance(self, seconds):
        self.engine.advance(round(seconds * 1000))


class Client:
    """One service of a bench: ``client.Publish(...)``."""

    def __init__(self, bench, service):
        self.bench = bench
        self._service = service

    def __getattr__(self, operation):
        return lambda **request: self.bench.call(self._service, operation, **request)

    def refusal(self, operation, **request):
        return self.bench.refusal(self._service, operation, **request)
