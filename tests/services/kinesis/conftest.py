"""A Kinesis of its own, called as the gateway would: each operation in a turn of the engine."""

from __future__ import annotations

from typing import Any

import pytest

from mocklambda.clock.virtual import VirtualClock
from mocklambda.config import Config
from mocklambda.engine import Engine
from mocklambda.ids import Ids
from mocklambda.services.kinesis import SERVICE
from mocklambda.services.kinesis.state import Kinesis
from mocklambda.services.kinesis.stream import Stream
from mocklambda.services.links import Links
from mocklambda.services.service import AwsError, Context, Reply, Scope

START = 1_700_000_000_000
ACCOUNT = "111111111111"
OTHER_ACCOUNT = "222222222222"
REGION = "us-east-1"


class Api:
    """The API as one caller in one region sees it."""

    def __init__(self) -> None:
        self.now = START
        self.account = ACCOUNT
        self.clock = VirtualClock(lambda: self.now)
        self.engine = Engine(self.clock, lambda effect: None)
        self._states: dict[tuple[str, str], Kinesis] = {}

    def state(self, account: str = ACCOUNT, region: str = REGION) -> Kinesis:
        if (account, region) not in self._states:
            scope: Scope[Kinesis] = Scope(
                account=account,
                region=region,
                clock=self.clock,
                outbox=self.engine,
                ids=Ids(1),
                links=Links(lambda arn: None),
                config=Config(),
                execution=None,
                peer=self.state,
            )
            self._states[account, region] = SERVICE.state(scope)
        return self._states[account, region]

    def __call__(self, operation: str, **request: Any) -> Any:
        state = self.state(self.account)

        def act() -> Any:
            context = Context(
                state=state,
                scope=state.scope,
                account=self.account,
                region=REGION,
                now=self.clock.now(),
                request_id="r",
                reply=Reply(),
                causes=frozenset({7}),
            )
            return SERVICE.operations[operation](context, request)

        return self.engine.turn(act)

    def refused(self, operation: str, **request: Any) -> tuple[str, str]:
        """Return the code and message of the error that the call meets."""
        with pytest.raises(AwsError) as caught:
            self(operation, **request)
        return caught.value.code, caught.value.message

    def stream(self, name: str = "s") -> Stream:
        return self.state(self.account).streams[name]

    def put(self, data: bytes = b"x", key: str = "k", **request: Any) -> str:
        """Put one record and return its sequence number."""
        return str(
            self("PutRecord", StreamName="s", Data=data, PartitionKey=key, **request)["SequenceNumber"]
        )

    def iterator(self, kind: str = "TRIM_HORIZON", shard: str = "0", **request: Any) -> str:
        result = self("GetShardIterator", StreamName="s", ShardId=shard, ShardIteratorType=kind, **request)
        return str(result["ShardIterator"])

    def read(self, iterator: str, **request: Any) -> list[bytes]:
        return [record["Data"] for record in self("GetRecords", ShardIterator=iterator, **request)["Records"]]


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def one_shard(api: Api) -> Api:
    """A Kinesis that has the stream ``s`` of one shard."""
    api("CreateStream", StreamName="s", ShardCount=1)
    return api
