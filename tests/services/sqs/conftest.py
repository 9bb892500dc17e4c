"""A bench: the service's operations on an engine and a clock that stands still, without boto3."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone

import pytest

from mocklambda.clock.virtual import VirtualClock
from mocklambda.config import Config
from mocklambda.engine import Engine
from mocklambda.flight import PendingReply
from mocklambda.ids import Ids
from mocklambda.services.links import Links
from mocklambda.services.service import AwsError, Context, Reply, Scope
from mocklambda.services.sqs import SERVICE
from mocklambda.services.sqs.state import Sqs

START = 1_700_000_000_000
ACCOUNT = "111111111111"
REGION = "us-east-1"


@dataclass
class Bench:
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(lambda: START))
    states: dict[tuple[str, str], Sqs] = field(default_factory=dict)

    def __post_init__(self):
        self.engine = Engine(self.clock, lambda effect: None)
        self.ids = Ids(7)
        self.links = Links(self._find)

    def _find(self, arn):
        return SERVICE, self.state(arn.account, arn.region)

    def state(self, account=ACCOUNT, region=REGION) -> Sqs:
        if (account, region) not in self.states:
            scope = Scope(
                account=account,
                region=region,
                clock=self.clock,
                outbox=self.engine,
                ids=self.ids,
                links=self.links,
                config=Config(),
                execution=None,
                peer=self.state,
            )
            self.states[account, region] = Sqs(scope)
        return self.states[account, region]

    def start(
        self, operation, *, account=ACCOUNT, region=REGION, trace_header=None, causes=frozenset(), **request
    ):
        """Call an operation; a reply that is not there yet comes back as it is."""

        def run():
            state = self.state(account, region)
            ctx = Context(
                state=state,
                scope=state.scope,
                account=account,
                region=region,
                now=self.clock.now(),
                request_id="r",
                reply=Reply(),
                causes=causes,
                trace_header=trace_header,
            )
            return SERVICE.operations[operation](ctx, request)

        return self.engine.turn(run, causes)

    def __call__(self, operation, **request):
        """Call an operation and wait, skipping time, for its result."""
        result = self.start(operation, **request)
        return self.engine.wait(result) if isinstance(result, PendingReply) else result

    def error(self, operation, **request):
        """Return wire code and message of the error that an operation answers."""
        with pytest.raises(AwsError) as caught:
            self(operation, **request)
        return caught.value.query_code, caught.value.message

    def queue(self, name="q", *, region=REGION, account=ACCOUNT, tags=None, **attributes):
        """Create a queue and return its URL."""
        request = {"QueueName": name, "Attributes": {key: str(value) for key, value in attributes.items()}}
        if tags is not None:
            request["tags"] = tags
        return self("CreateQueue", region=region, account=account, **request)["QueueUrl"]

    def fifo(self, name="q.fifo", **attributes):
        return self.queue(name, **{"FifoQueue": "true", "ContentBasedDeduplication": "true", **attributes})

    def send(self, url, body="m", **more):
        return self("SendMessage", QueueUrl=url, MessageBody=body, **more)

    def receive(self, url, limit=10, **more):
        return self("ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=limit, **more).get("Messages", [])

    def bodies(self, url, limit=10, **more):
        return [message["Body"] for message in self.receive(url, limit, **more)]

    def counts(self, url):
        """Return visible, delayed, in flight."""
        attributes = self("GetQueueAttributes", QueueUrl=url, AttributeNames=["All"])["Attributes"]
        names = ("", "Delayed", "NotVisible")
        return tuple(int(attributes[f"ApproximateNumberOfMessages{name}"]) for name in names)

    def arn(self, url):
        attributes = self("GetQueueAttributes", QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
        return attributes["QueueArn"]

    def advance(self, seconds):
        self.engine.advance(round(seconds * 1000))

    @property
    def seconds(self):
        return (self.clock.now() - START) / 1000

    @property
    def parked(self):
        return [timer.label for timer in self.clock.parked()]


@pytest.fixture
def sqs():
    return Bench()


@pytest.fixture
def start_time():
    return datetime.fromtimestamp(START / 1000, tz=timezone.utc)
