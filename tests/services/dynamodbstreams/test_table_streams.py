"""Tables' streams keep records for a day and give them by iterator."""

from __future__ import annotations

from typing import Any

import pytest

from mocklambda.clock.virtual import VirtualClock
from mocklambda.config import Config
from mocklambda.engine import Engine
from mocklambda.ids import Ids
from mocklambda.services.dynamodbstreams import SERVICE
from mocklambda.services.links import Links
from mocklambda.services.service import AwsError, Context, Reply, Scope
from mocklambda.services.table_changes import ItemWritten, StreamSwitched

ACCOUNT, REGION = "111111111111", "us-east-1"
ARN = "arn:aws:dynamodb:us-east-1:111111111111:table/things/stream/2024-11-18T14:36:44.149"


class Api:
    def __init__(self) -> None:
        self.now = 1_731_940_604_149
        self.clock = VirtualClock(lambda: self.now)
        self.engine = Engine(self.clock, lambda effect: None)
        self.scope: Scope[Any] = Scope(
            account=ACCOUNT,
            region=REGION,
            clock=self.clock,
            outbox=self.engine,
            ids=Ids(1),
            links=Links(lambda arn: None),
            config=Config(),
            execution=None,
            peer=lambda account, region: self.state,
        )
        self.state = SERVICE.state(self.scope)
        self.switch(is_enabled=True)

    def switch(self, *, is_enabled: bool) -> None:
        switched = StreamSwitched(
            arn=ARN,
            table="things",
            label="2024-11-18T14:36:44.149",
            view_type="NEW_IMAGE",
            key_schema=[{"AttributeName": "id", "KeyType": "HASH"}],
            is_enabled=is_enabled,
        )
        self.engine.turn(lambda: self.state.take([switched], self.now, frozenset()))

    def write(self, name: str) -> None:
        item = {"id": {"S": name}}
        written = ItemWritten(arn=ARN, keys=item, old=None, new=item)
        self.engine.turn(lambda: self.state.take([written], self.now, frozenset({7})))

    def __call__(self, operation: str, **request: Any) -> Any:
        context = Context(
            state=self.state,
            scope=self.scope,
            account=ACCOUNT,
            region=REGION,
            now=self.now,
            request_id="r",
            reply=Reply(),
            causes=frozenset(),
        )
        return self.engine.turn(lambda: SERVICE.operations[operation](context, request))

    def refused(self, operation: str, **request: Any) -> str:
        with pytest.raises(AwsError) as caught:
            self(operation, **request)
        return caught.value.code

    @property
    def shard(self) -> dict[str, Any]:
        (shard,) = self("DescribeStream", StreamArn=ARN)["StreamDescription"]["Shards"]
        return dict(shard)

    def iterator(self, kind: str = "TRIM_HORIZON", **where: Any) -> str:
        ask = {"StreamArn": ARN, "ShardId": self.shard["ShardId"], "ShardIteratorType": kind}
        return str(self("GetShardIterator", **ask, **where)["ShardIterator"])

    def read(self, iterator: str, **request: Any) -> list[str]:
        records = self("GetRecords", ShardIterator=iterator, **request)["Records"]
        return [record["dynamodb"]["Keys"]["id"]["S"] for record in records]


@pytest.fixture
def api() -> Api:
    return Api()


def test_a_stream_is_described(api):
    shard = api.shard

    assert shard["ShardId"].startswith("shardId-00000001731940604149-")
    assert len(shard["SequenceNumberRange"]["StartingSequenceNumber"]) == 21
    description = api("DescribeStream", StreamArn=ARN)["StreamDescription"]
    del description["Shards"]
    assert description == {
        "StreamArn": ARN,
        "StreamLabel": "2024-11-18T14:36:44.149",
        "StreamStatus": "ENABLED",
        "StreamViewType": "NEW_IMAGE",
        "CreationRequestDateTime": 1_731_940_604_149,
        "TableName": "things",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    }


def test_numbers_rise(api):
    for name in "abc":
        api.write(name)
    records = api("GetRecords", ShardIterator=api.iterator())["Records"]
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records]

    assert numbers == sorted(set(numbers))
    assert numbers[0] > api.shard["SequenceNumberRange"]["StartingSequenceNumber"]


def test_iterators_start_where_their_type_says(api):
    api.write("a")
    api.now += 1000
    api.write("b")
    numbers = [
        r["dynamodb"]["SequenceNumber"] for r in api("GetRecords", ShardIterator=api.iterator())["Records"]
    ]

    assert [
        api.read(api.iterator(kind, **where))
        for kind, where in [
            ("LATEST", {}),
            ("AT_SEQUENCE_NUMBER", {"SequenceNumber": numbers[1]}),
            ("AFTER_SEQUENCE_NUMBER", {"SequenceNumber": numbers[0]}),
            ("AT_TIMESTAMP", {"Timestamp": api.now}),
        ]
    ] == [[], ["b"], ["b"], ["b"]]


def test_reading_goes_on_behind_the_last_page(api):
    for name in "abc":
        api.write(name)
    first = api("GetRecords", ShardIterator=api.iterator(), Limit=2)

    assert api.read(first["NextShardIterator"]) == ["c"]


def test_an_iterator_lives_fifteen_minutes(api):
    iterator = api.iterator()
    api.now += 15 * 60_000
    api.read(iterator)
    api.now += 1

    assert api.refused("GetRecords", ShardIterator=iterator) == "ExpiredIteratorException"


def test_records_live_a_day(api):
    api.write("a")
    api.now += 1000
    api.write("b")
    number = api("GetRecords", ShardIterator=api.iterator())["Records"][0]["dynamodb"]["SequenceNumber"]
    api.now += 86_400_000 - 1000
    ask = {"StreamArn": ARN, "ShardId": api.shard["ShardId"], "SequenceNumber": number}

    assert api.read(api.iterator()) == ["b"]
    assert (
        api.refused("GetShardIterator", **ask, ShardIteratorType="AT_SEQUENCE_NUMBER")
        == "TrimmedDataAccessException"
    )


def test_an_iterator_to_what_is_gone_since_is_refused(api):
    api.write("a")
    api.now += 86_400_000 - 1000
    page = api("GetRecords", ShardIterator=api.iterator("AT_TIMESTAMP", Timestamp=0))
    stale = api.iterator("AT_TIMESTAMP", Timestamp=0)
    api.now += 1000

    assert len(page["Records"]) == 1
    assert api.refused("GetRecords", ShardIterator=stale) == "TrimmedDataAccessException"


def test_a_closed_shard_ends(api):
    api.write("a")
    api.switch(is_enabled=False)
    api.write("b")
    result = api("GetRecords", ShardIterator=api.iterator())

    assert len(result["Records"]) == 1
    assert "NextShardIterator" not in result
    assert api("DescribeStream", StreamArn=ARN)["StreamDescription"]["StreamStatus"] == "DISABLED"


def test_streams_are_listed_page_by_page(api):
    first = api("ListStreams", TableName="things", Limit=1)

    assert first["Streams"] == [
        {"StreamArn": ARN, "TableName": "things", "StreamLabel": "2024-11-18T14:36:44.149"}
    ]
    assert api("ListStreams", ExclusiveStartStreamArn=ARN) == {"Streams": []}


@pytest.mark.parametrize(
    ("operation", "request_", "code"),
    [
        ("DescribeStream", {"StreamArn": ARN + "x"}, "ResourceNotFoundException"),
        ("GetRecords", {"ShardIterator": "garbage"}, "ValidationException"),
        (
            "GetShardIterator",
            {"StreamArn": ARN, "ShardId": "shardId-no", "ShardIteratorType": "LATEST"},
            "ResourceNotFoundException",
        ),
    ],
)
def test_what_is_not_there_is_refused(api, operation, request_, code):
    assert api.refused(operation, **request_) == code


@pytest.mark.parametrize(
    ("kind", "where"),
    [("LATEST", {"SequenceNumber": "1" * 21}), ("AT_SEQUENCE_NUMBER", {}), ("AT_TIMESTAMP", {})],
)
def test_an_iterator_needs_what_its_type_needs(api, kind, where):
    ask = {"StreamArn": ARN, "ShardId": api.shard["ShardId"], "ShardIteratorType": kind}

    assert api.refused("GetShardIterator", **ask, **where) == "ValidationException"
