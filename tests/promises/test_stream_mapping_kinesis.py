"""Kinesis feeds functions: through boto3, stream to handler to where failures go."""

from __future__ import annotations

import base64
import json
import textwrap
from datetime import datetime, timezone

import boto3
import pytest
from botocore.exceptions import ClientError

ARN = "arn:aws:kinesis:us-east-1:123456789012:stream/s"
NOON = datetime(2024, 1, 1, 12, tzinfo=timezone.utc)

pytestmark = pytest.mark.mock_lambda(clock=NOON)


@pytest.fixture
def kinesis(mock_lambda):
    client = boto3.client("kinesis")
    client.create_stream(StreamName="s", ShardCount=1)
    return client


@pytest.fixture
def dead(mock_lambda):
    return mock_lambda.queue("dead")


@pytest.fixture
def seen(mock_lambda):
    """Batches that ``fn`` got; it fails for those with ``bad`` data."""
    batches = []

    def handle(event):
        batches.append([data_of(record) for record in event["Records"]])
        if "bad" in batches[-1]:
            raise ValueError(batches[-1])

    mock_lambda.stub("fn", side_effect=handle)
    return batches


def data_of(record):
    return base64.b64decode(record["kinesis"]["data"]).decode()


def put(kinesis, *data, key="k"):
    kinesis.put_records(StreamName="s", Records=[{"Data": one.encode(), "PartitionKey": key} for one in data])


def connect(**settings):
    members = {"FunctionName": "fn", "EventSourceArn": ARN, "StartingPosition": "TRIM_HORIZON", **settings}
    return boto3.client("lambda").create_event_source_mapping(**members)


def given_up(dead):
    bodies = [json.loads(message.body) for message in dead.messages]
    return [
        (
            body["requestContext"]["condition"],
            body["requestContext"]["approximateInvokeCount"],
            body["KinesisBatchInfo"]["batchSize"],
        )
        for body in bodies
    ]


def test_a_handler_gets_the_recorded_event(mock_lambda, kinesis):
    mock_lambda.function("fn", source="def handler(event, context):\n    return event\n")
    connect()
    number = kinesis.put_record(StreamName="s", Data=b"hello", PartitionKey="test_0")["SequenceNumber"]
    (invocation,) = mock_lambda.invocations("fn")

    assert list(invocation.event["Records"][0].items()) == [
        (
            "kinesis",
            {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": "test_0",
                "sequenceNumber": number,
                "data": "aGVsbG8=",
                "approximateArrivalTimestamp": 1704110400.0,
            },
        ),
        ("eventSource", "aws:kinesis"),
        ("eventVersion", "1.0"),
        ("eventID", f"shardId-000000000000:{number}"),
        ("eventName", "aws:kinesis:record"),
        ("invokeIdentityArn", "arn:aws:iam::123456789012:role/fn-role"),
        ("awsRegion", "us-east-1"),
        ("eventSourceARN", ARN),
    ]


def test_creating_a_mapping_hands_over_what_is_there(kinesis, seen):
    put(kinesis, "a", "b")
    connect()

    assert seen == [["a", "b"]]


def test_a_mapping_tells_its_last_result(mock_lambda, kinesis, seen):
    client = boto3.client("lambda")
    uuid = connect()["UUID"]
    results = [client.get_event_source_mapping(UUID=uuid)["LastProcessingResult"]]
    for data in ("good", "bad"):
        put(kinesis, data)
        results.append(client.get_event_source_mapping(UUID=uuid)["LastProcessingResult"])

    assert results == ["No records processed", "OK", "PROBLEM: Function call failed"]


def test_a_failing_batch_ends_in_the_destination(mock_lambda, kinesis, seen, dead):
    connect(MaximumRetryAttempts=1, DestinationConfig={"OnFailure": {"Destination": dead.arn}})
    put(kinesis, "bad", "b")
    mock_lambda.advance(minutes=1)

    assert (seen, given_up(dead)) == ([["bad", "b"]] * 2, [("RetryAttemptsExhausted", 2, 2)])


def test_a_bad_record_ends_alone_when_batches_are_bisected(mock_lambda, kinesis, seen, dead):
    connect(
        MaximumRetryAttempts=0,
        BisectBatchOnFunctionError=True,
        DestinationConfig={"OnFailure": {"Destination": dead.arn}},
    )
    put(kinesis, "a", "bad", "c", "d")

    assert (seen[-1], given_up(dead)) == (["c", "d"], [("RetryAttemptsExhausted", 1, 1)])


def test_records_that_grow_too_old_are_given_up(mock_lambda, kinesis, seen, dead):
    connect(MaximumRecordAgeInSeconds=60, DestinationConfig={"OnFailure": {"Destination": dead.arn}})
    put(kinesis, "bad")
    mock_lambda.advance(minutes=1)

    assert given_up(dead) == [("RecordAgeExceeded", 8, 1)]


def test_endless_retries_end_with_the_retention(mock_lambda, kinesis, seen):
    connect()
    put(kinesis, "bad")
    mock_lambda.run_until_idle()

    assert len(seen) == 1446


def test_a_filter_lets_matching_records_through(kinesis, seen):
    connect(FilterCriteria={"Filters": [{"Pattern": json.dumps({"data": {"kind": ["x"]}})}]})
    put(kinesis, '{"kind": "x"}', '{"kind": "y"}', "text")

    assert seen == [['{"kind": "x"}']]


def test_records_put_before_a_mapping_at_latest_are_not_seen(kinesis, seen):
    put(kinesis, "before")
    connect(StartingPosition="LATEST")
    put(kinesis, "after")

    assert seen == [["after"]]


def test_children_follow_their_parent(kinesis, seen):
    connect()
    put(kinesis, "p")
    kinesis.split_shard(StreamName="s", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(1 << 127))
    put(kinesis, "c")

    assert seen == [["p"], ["c"]]


def test_a_fan_out_consumer_is_a_source(kinesis, seen, mock_lambda):
    arn = kinesis.register_stream_consumer(StreamARN=ARN, ConsumerName="c")["Consumer"]["ConsumerARN"]
    connect(EventSourceArn=arn)
    put(kinesis, "a")
    (invocation,) = mock_lambda.invocations("fn")

    assert (seen, invocation.event["Records"][0]["eventSourceARN"]) == ([["a"]], arn)


def test_a_disabled_mapping_goes_on_where_it_stopped(kinesis, seen):
    client = boto3.client("lambda")
    uuid = connect()["UUID"]
    put(kinesis, "a")
    client.update_event_source_mapping(UUID=uuid, Enabled=False)
    put(kinesis, "b")
    before = list(seen)
    client.update_event_source_mapping(UUID=uuid, Enabled=True)

    assert (before, seen) == ([["a"]], [["a"], ["b"]])


def test_held_back_records_come_in_one_batch(mock_lambda, kinesis, seen):
    connect()
    with mock_lambda.paused():
        for data in "abc":
            put(kinesis, data)

    assert seen == [["a", "b", "c"]]


def test_a_stream_that_is_not_there_is_no_source(seen):
    with pytest.raises(ClientError) as caught:
        connect()

    assert caught.value.response["Error"]["Message"] == f"Stream not found: {ARN}"


def test_a_handlers_own_records_reach_the_next_function(mock_lambda, kinesis):
    code = """
    import boto3
    def handler(event, context):
        boto3.client("kinesis").put_record(StreamName="s", Data=b"from a handler", PartitionKey="k")
    """
    producer = mock_lambda.function("producer", source=textwrap.dedent(code))
    mock_lambda.stub("fn", returns=None)
    connect()
    producer.invoke()
    (invocation,) = mock_lambda.invocations("fn")

    assert [data_of(record) for record in invocation.event["Records"]] == ["from a handler"]
