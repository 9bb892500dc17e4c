"""What boto3 puts into a stream it reads back, as on AWS."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

ARN = "arn:aws:kinesis:us-east-1:123456789012:stream/s"
NOON = datetime(2024, 1, 1, 12, tzinfo=timezone.utc)

pytestmark = pytest.mark.mock_lambda(clock=NOON)


@pytest.fixture
def kinesis(mock_lambda):
    client = boto3.client("kinesis", config=Config(parameter_validation=False))
    client.create_stream(StreamName="s", ShardCount=1)
    return client


def iterator(kinesis, kind="TRIM_HORIZON", **where):
    return kinesis.get_shard_iterator(StreamName="s", ShardId="0", ShardIteratorType=kind, **where)[
        "ShardIterator"
    ]


def read(kinesis, kind="TRIM_HORIZON", **where):
    records = kinesis.get_records(ShardIterator=iterator(kinesis, kind, **where))["Records"]
    return [record["Data"] for record in records]


def test_waiters_find_a_stream_active_at_once(kinesis):
    kinesis.get_waiter("stream_exists").wait(StreamName="s")
    kinesis.delete_stream(StreamName="s")
    kinesis.get_waiter("stream_not_exists").wait(StreamName="s")


def test_a_record_comes_back_whole(kinesis):
    number = kinesis.put_record(StreamARN=ARN, Data=b"\x00\xff", PartitionKey="k")["SequenceNumber"]
    result = kinesis.get_records(ShardIterator=iterator(kinesis))

    assert result["Records"] == [
        {
            "SequenceNumber": number,
            "ApproximateArrivalTimestamp": NOON,
            "Data": b"\x00\xff",
            "PartitionKey": "k",
        }
    ]
    assert result["MillisBehindLatest"] == 0


def test_reading_by_time_takes_datetimes(kinesis, mock_lambda):
    kinesis.put_record(StreamName="s", Data=b"a", PartitionKey="k")
    mock_lambda.advance(minutes=1)
    kinesis.put_record(StreamName="s", Data=b"b", PartitionKey="k")

    assert read(kinesis, "AT_TIMESTAMP", Timestamp=NOON + timedelta(seconds=30)) == [b"b"]


def test_records_of_one_call_are_spread_by_key(kinesis):
    kinesis.create_stream(StreamName="three", ShardCount=3)

    result = kinesis.put_records(
        StreamName="three", Records=[{"Data": key.encode(), "PartitionKey": key} for key in "abe"]
    )

    assert [record["ShardId"][-1] for record in result["Records"]] == ["0", "1", "2"]


def test_a_full_shard_says_so_and_takes_more_a_second_later(kinesis, mock_lambda):
    entries = [{"Data": b"", "PartitionKey": "k"}] * 500
    failed = [kinesis.put_records(StreamName="s", Records=entries)["FailedRecordCount"] for _ in range(3)]
    mock_lambda.advance(seconds=1)

    assert failed == [0, 0, 500]
    assert kinesis.put_records(StreamName="s", Records=entries)["FailedRecordCount"] == 0


@pytest.mark.mock_lambda(clock=NOON, throughput_limits=False)
def test_limits_can_be_switched_off(kinesis):
    entries = [{"Data": b"", "PartitionKey": "k"}] * 500

    assert (
        sum(kinesis.put_records(StreamName="s", Records=entries)["FailedRecordCount"] for _ in range(3)) == 0
    )


def test_records_expire_after_a_day(kinesis, mock_lambda):
    kinesis.put_record(StreamName="s", Data=b"a", PartitionKey="k")
    mock_lambda.advance(hours=24)

    assert read(kinesis) == []


def test_an_iterator_expires_after_five_minutes(kinesis, mock_lambda):
    old = iterator(kinesis)
    mock_lambda.advance(minutes=5, seconds=1)

    with pytest.raises(kinesis.exceptions.ExpiredIteratorException, match=r"Mon Jan 01 12:05:01 UTC 2024"):
        kinesis.get_records(ShardIterator=old)


def test_a_split_shard_leads_its_reader_to_the_children(kinesis):
    kinesis.put_record(StreamName="s", Data=b"a", PartitionKey="k")
    kinesis.split_shard(StreamName="s", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(1 << 127))

    result = kinesis.get_records(ShardIterator=iterator(kinesis))

    assert "NextShardIterator" not in result
    assert [child["ShardId"] for child in result["ChildShards"]] == [
        "shardId-000000000001",
        "shardId-000000000002",
    ]


def test_a_consumer_reads_a_stream_of_events(kinesis):
    arn = kinesis.register_stream_consumer(StreamARN=ARN, ConsumerName="c")["Consumer"]["ConsumerARN"]
    events = kinesis.subscribe_to_shard(
        ConsumerARN=arn, ShardId="shardId-000000000000", StartingPosition={"Type": "LATEST"}
    )["EventStream"]
    kinesis.put_records(
        StreamName="s", Records=[{"Data": data, "PartitionKey": "k"} for data in (b"a", b"b")]
    )

    records = [event["SubscribeToShardEvent"]["Records"] for event in events]

    assert [[record["Data"] for record in some] for some in records] == [[b"a", b"b"]]


@pytest.mark.mock_lambda(long_poll="real")
def test_a_subscription_that_is_waited_at_in_real_time_ends_after_five_minutes(mock_lambda, kinesis):
    arn = kinesis.register_stream_consumer(StreamARN=ARN, ConsumerName="c")["Consumer"]["ConsumerARN"]
    stream = kinesis.subscribe_to_shard(
        ConsumerARN=arn, ShardId="shardId-000000000000", StartingPosition={"Type": "LATEST"}
    )["EventStream"]
    records = (record for event in stream for record in event["SubscribeToShardEvent"]["Records"])

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(lambda: next(records))
        mock_lambda.advance(minutes=4, seconds=59)
        kinesis.put_record(StreamName="s", Data=b"a", PartitionKey="k")
        assert first.result(timeout=20)["Data"] == b"a"
        rest = pool.submit(lambda: list(records))
        mock_lambda.advance(seconds=1)
        kinesis.put_record(StreamName="s", Data=b"b", PartitionKey="k")
        assert rest.result(timeout=20) == []


@pytest.mark.parametrize(
    ("operation", "request_", "code", "text"),
    [
        (
            "create_stream",
            {"StreamName": "", "ShardCount": 1},
            "ValidationException",
            (
                "2 validation errors detected: Value '' at 'streamName' failed to satisfy constraint: Member must satisfy "
                "regular expression pattern: [a-zA-Z0-9_.-]+; Value '' at 'streamName' failed to satisfy constraint: "
                "Member must have length greater than or equal to 1"
            ),
        ),
        (
            "get_shard_iterator",
            {"StreamName": "s", "ShardId": "0", "ShardIteratorType": "X"},
            "ValidationException",
            (
                "1 validation error detected: Value 'X' at 'shardIteratorType' failed to satisfy constraint: Member must "
                "satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON]"
            ),
        ),
        (
            "put_record",
            {"StreamName": "s", "Data": bytes((1 << 20) + 1), "PartitionKey": "k"},
            "ValidationException",
            (
                "1 validation error detected: Value at 'data' failed to satisfy constraint: "
                "Member must have length less than or equal to 1048576"
            ),
        ),
        (
            "put_records",
            {"StreamName": "s", "Records": [{"Data": b"", "PartitionKey": "k"}] * 501},
            "ValidationException",
            (
                "1 validation error detected: Value at 'records' failed to satisfy constraint: "
                "Member must have length less than or equal to 500"
            ),
        ),
        (
            "put_record",
            {"StreamName": "s", "Data": b"", "PartitionKey": "k", "ExplicitHashKey": "01"},
            "ValidationException",
            (
                "1 validation error detected: Value '01' at 'explicitHashKey' failed to satisfy constraint: "
                r"Member must satisfy regular expression pattern: 0|([1-9]\d{0,38})"
            ),
        ),
        (
            "describe_stream",
            {"StreamName": "no"},
            "ResourceNotFoundException",
            "Stream no under account 123456789012 not found.",
        ),
    ],
)
def test_what_is_refused_is_refused_in_the_services_words(kinesis, operation, request_, code, text):
    with pytest.raises(ClientError) as caught:
        getattr(kinesis, operation)(**request_)

    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"]) == (code, text)


def test_the_sdk_rides_out_a_shards_read_limit_on_virtual_time(mock_lambda) -> None:
    kinesis = boto3.client("kinesis", region_name="us-east-1")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    iterator = kinesis.get_shard_iterator(
        StreamName="s", ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    retries = [
        kinesis.get_records(ShardIterator=iterator)["ResponseMetadata"]["RetryAttempts"] for _ in range(6)
    ]
    assert (retries[:5], retries[5] > 0) == ([0] * 5, True)
