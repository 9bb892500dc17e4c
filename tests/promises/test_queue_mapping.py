"""A queue as event source, through boto3: batches, failures, redrive, filters, concurrency."""

from __future__ import annotations

import json

import boto3
import pytest
from mapping_support import depth, function, queue

OK = """
    def handler(event, context):
        return [record["body"] for record in event["Records"]]
"""
FAILING = """
    def handler(event, context):
        raise ValueError("no")
"""


@pytest.fixture
def source(mock_lambda) -> tuple[str, str]:
    return queue(VisibilityTimeout="5")


def connect(source: tuple[str, str], **options) -> str:
    return boto3.client("lambda").create_event_source_mapping(
        FunctionName="fn", EventSourceArn=source[1], **options
    )["UUID"]


def send(source: tuple[str, str], *bodies: str) -> None:
    entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
    boto3.client("sqs").send_message_batch(QueueUrl=source[0], Entries=entries)


def received(cloud) -> list[list[str]]:
    return [[record["body"] for record in one.event["Records"]] for one in cloud.invocations()]


def test_a_message_has_been_handled_and_deleted_when_its_send_returns(mock_lambda, source) -> None:
    function(OK)
    connect(source)
    send(source, "a", "b")
    assert received(mock_lambda) == [["a", "b"]]
    assert depth(source[0]) == (0, 0)


def test_what_waited_is_handled_when_the_creation_returns(mock_lambda, source) -> None:
    function(OK)
    send(source, "a", "b", "c")
    connect(source, BatchSize=2)
    assert sorted(received(mock_lambda)) == [["a", "b"], ["c"]]


def test_the_record_is_the_recorded_one(mock_lambda, source) -> None:
    function(OK)
    connect(source)
    send(source, "a")
    (record,) = mock_lambda.invocations()[0].event["Records"]
    assert list(record) == [
        "messageId",
        "receiptHandle",
        "body",
        "attributes",
        "messageAttributes",
        "md5OfBody",
        "eventSource",
        "eventSourceARN",
        "awsRegion",
    ]
    assert list(record["attributes"]) == [
        "ApproximateReceiveCount",
        "SentTimestamp",
        "SenderId",
        "ApproximateFirstReceiveTimestamp",
    ]
    assert (record["eventSource"], record["eventSourceARN"], record["awsRegion"]) == (
        "aws:sqs",
        source[1],
        "us-east-1",
    )


def test_a_failing_message_comes_back_twice_and_ends_in_the_dead_letter_queue(mock_lambda) -> None:
    dead = queue("dead")
    redrive = json.dumps({"deadLetterTargetArn": dead[1], "maxReceiveCount": 2})
    source = queue("q", VisibilityTimeout="5", RedrivePolicy=redrive)
    function(FAILING)
    connect(source)
    send(source, "bad")
    mock_lambda.run_until_idle()
    counts = [
        one.event["Records"][0]["attributes"]["ApproximateReceiveCount"] for one in mock_lambda.invocations()
    ]
    assert counts == ["1", "2"]
    assert (depth(source[0]), depth(dead[0])) == ((0, 0), (1, 0))


def test_only_reported_messages_come_back(mock_lambda, source) -> None:
    function(
        """
        def handler(event, context):
            bad = [r["messageId"] for r in event["Records"] if r["body"] == "bad"]
            count = event["Records"][0]["attributes"]["ApproximateReceiveCount"]
            return {"batchItemFailures": [{"itemIdentifier": i} for i in bad if count == "1"]}
        """
    )
    connect(source, FunctionResponseTypes=["ReportBatchItemFailures"])
    send(source, "good", "bad", "fine")
    mock_lambda.advance(seconds=5)
    assert received(mock_lambda) == [["good", "bad", "fine"], ["bad"]]
    assert depth(source[0]) == (0, 0)


def test_a_window_gathers_on_the_clock(mock_lambda, source) -> None:
    function(OK)
    connect(source, BatchSize=100, MaximumBatchingWindowInSeconds=10)
    send(source, "a")
    mock_lambda.advance(seconds=6)
    send(source, "b")
    assert received(mock_lambda) == []
    mock_lambda.advance(seconds=4)
    assert received(mock_lambda) == [["a", "b"]]
    assert mock_lambda.invocations()[0].event["Records"][0]["md5OfMessageAttributes"] is None


def test_what_filters_refuse_is_deleted(mock_lambda, source) -> None:
    function(OK)
    connect(
        source,
        FilterCriteria={"Filters": [{"Pattern": json.dumps({"body": {"n": [{"numeric": [">", 5]}]}})}]},
    )
    send(source, '{"n": 1}', '{"n": 9}', "text")
    assert received(mock_lambda) == [['{"n": 9}']]
    assert depth(source[0]) == (0, 0)


def test_a_disabled_mapping_leaves_messages_until_it_is_enabled(mock_lambda, source) -> None:
    client = boto3.client("lambda")
    function(OK)
    mapping = connect(source, Enabled=False)
    send(source, "a")
    assert depth(source[0]) == (1, 0)
    assert client.update_event_source_mapping(UUID=mapping, Enabled=True)["State"] == "Enabling"
    assert received(mock_lambda) == [["a"]]
    assert client.get_event_source_mapping(UUID=mapping)["State"] == "Enabled"


def test_a_deleted_mapping_leaves_messages_in_the_queue(mock_lambda, source) -> None:
    function(OK)
    mapping = connect(source)
    assert boto3.client("lambda").delete_event_source_mapping(UUID=mapping)["State"] == "Deleting"
    send(source, "a")
    assert (received(mock_lambda), depth(source[0])) == ([], (1, 0))


def test_thirty_messages_at_two_at_a_time_are_two_events(mock_lambda, source) -> None:
    function(OK)
    boto3.client("lambda").put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=2)
    for _ in range(3):
        send(source, *"abcdefghij")
    connect(source, BatchSize=20, MaximumBatchingWindowInSeconds=1, ScalingConfig={"MaximumConcurrency": 2})
    mock_lambda.advance(seconds=1)
    assert [len(batch) for batch in received(mock_lambda)] == [20, 10]


def test_a_throttled_batch_runs_once_concurrency_is_there(mock_lambda, source) -> None:
    client = boto3.client("lambda")
    function(OK)
    client.put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=0)
    connect(source)
    send(source, "a")
    assert received(mock_lambda) == []
    client.delete_function_concurrency(FunctionName="fn")
    mock_lambda.advance(seconds=1)
    assert (received(mock_lambda), depth(source[0])) == ([["a"]], (0, 0))


def test_a_group_of_a_fifo_queue_keeps_its_order_through_failures(mock_lambda) -> None:
    source = queue("q.fifo", FifoQueue="true", VisibilityTimeout="8", ContentBasedDeduplication="true")
    function(
        """
        def handler(event, context):
            records = event["Records"]
            keep = 1 if records[0]["attributes"]["ApproximateReceiveCount"] == "1" else 99
            return {"batchItemFailures": [{"itemIdentifier": r["messageId"]} for r in records[keep:]]}
        """
    )
    entries = [{"Id": body, "MessageBody": body, "MessageGroupId": "g"} for body in "1234"]
    boto3.client("sqs").send_message_batch(QueueUrl=source[0], Entries=entries)
    connect(source, FunctionResponseTypes=["ReportBatchItemFailures"])
    mock_lambda.advance(seconds=8)
    assert received(mock_lambda) == [["1", "2", "3", "4"], ["2", "3", "4"]]


@pytest.mark.parametrize("qualifier", ["", ":1", ":live"])
def test_messages_that_outlived_their_function_are_handled_once_it_is_back(
    mock_lambda, source, qualifier
) -> None:
    lam = boto3.client("lambda")

    def deploy() -> None:
        function(OK)
        if qualifier:
            lam.publish_version(FunctionName="fn")
            lam.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")

    deploy()
    lam.create_event_source_mapping(FunctionName=f"fn{qualifier}", EventSourceArn=source[1])
    lam.delete_function(FunctionName="fn")
    send(source, "a")
    left = depth(source[0])
    deploy()
    assert (left, depth(source[0]), received(mock_lambda)) == ((1, 0), (0, 0), [["a"]])
