"""Asynchronous invocation, through boto3: retries, ages, dead letters, destinations, loops."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import boto3
import pytest
from mapping_support import bodies, depth, function, queue

FAILING = """
    def handler(event, context):
        raise ValueError("no " + event["k"])
"""
ECHO = """
    def handler(event, context):
        return event
"""


def send(payload: Any, name: str = "fn") -> str:
    answer = boto3.client("lambda").invoke(
        FunctionName=name, InvocationType="Event", Payload=json.dumps(payload)
    )
    assert answer["StatusCode"] == 202
    return answer["ResponseMetadata"]["RequestId"]


def attempts(cloud: Any) -> list[tuple[int, int, str]]:
    ran = cloud.invocations()
    start = ran[0].started_at
    return [(round((one.started_at - start).total_seconds()), one.attempt, one.request_id) for one in ran]


@pytest.mark.mock_lambda(clock=datetime(2025, 1, 1, tzinfo=timezone.utc))
def test_a_failing_event_runs_three_times_and_then_lies_in_the_dead_letter_queue(mock_lambda) -> None:
    url, arn = queue("dead")
    function(FAILING, DeadLetterConfig={"TargetArn": arn})
    request_id = send({"k": "way"})
    mock_lambda.advance(seconds=59)
    assert len(mock_lambda.invocations()) == 1
    mock_lambda.advance(seconds=1)
    mock_lambda.advance(seconds=120)
    assert attempts(mock_lambda) == [(0, 1, request_id), (60, 2, request_id), (180, 3, request_id)]
    (message,) = boto3.client("sqs").receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert json.loads(message["Body"]) == {"k": "way"}
    assert {
        name: (value["DataType"], value["StringValue"])
        for name, value in message["MessageAttributes"].items()
    } == {
        "RequestID": ("String", request_id),
        "ErrorCode": ("Number", "200"),
        "ErrorMessage": ("String", "no way"),
    }


def test_three_attempts_share_an_environment(mock_lambda) -> None:
    function(FAILING)
    send({"k": "way"})
    mock_lambda.run_until_idle()
    assert len({one.environment_id for one in mock_lambda.invocations()}) == 1


@pytest.mark.parametrize(
    ("config", "count", "condition"),
    [
        ({"MaximumRetryAttempts": 0}, 1, "RetriesExhausted"),
        ({"MaximumRetryAttempts": 1}, 2, "RetriesExhausted"),
        ({"MaximumEventAgeInSeconds": 60}, 1, "EventAgeExceeded"),
        ({"MaximumEventAgeInSeconds": 90}, 2, "EventAgeExceeded"),
    ],
)
def test_the_failure_record_tells_how_an_event_ended(mock_lambda, config, count, condition) -> None:
    url, arn = queue("records")
    function(FAILING)
    boto3.client("lambda").put_function_event_invoke_config(
        FunctionName="fn", DestinationConfig={"OnFailure": {"Destination": arn}}, **config
    )
    request_id = send({"k": "way"})
    mock_lambda.advance(minutes=10)
    (record,) = bodies(url)
    assert record["requestContext"] == {
        "requestId": request_id,
        "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:fn:$LATEST",
        "condition": condition,
        "approximateInvokeCount": count,
    }
    assert record["requestPayload"] == {"k": "way"}
    assert record["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    assert (record["responsePayload"]["errorType"], record["responsePayload"]["errorMessage"]) == (
        "ValueError",
        "no way",
    )


def test_a_success_is_handed_to_the_next_function(mock_lambda) -> None:
    function(ECHO)
    target = function(ECHO, "next")
    boto3.client("lambda").put_function_event_invoke_config(
        FunctionName="fn", DestinationConfig={"OnSuccess": {"Destination": target}}
    )
    send({"k": 1})
    first, second = mock_lambda.invocations()
    assert (first.function, second.function) == ("fn", "next")
    assert second.event["requestContext"]["condition"] == "Success"
    assert second.event["responsePayload"] == {"k": 1}


def test_an_event_for_a_function_without_concurrency_ends_at_once(mock_lambda) -> None:
    url, arn = queue("records")
    function(ECHO)
    client = boto3.client("lambda")
    client.put_function_event_invoke_config(
        FunctionName="fn", DestinationConfig={"OnFailure": {"Destination": arn}}
    )
    client.put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=0)
    send({})
    (record,) = bodies(url)
    assert record["requestContext"]["condition"] == "ZeroReservedConcurrency"
    assert "responseContext" not in record
    assert mock_lambda.invocations() == []


def test_a_function_that_sends_to_the_queue_it_reads_is_stopped_after_sixteen(mock_lambda) -> None:
    url, arn = queue("loop")
    function(
        """
        import boto3
        sqs = boto3.client("sqs")

        def handler(event, context):
            sqs.send_message(QueueUrl="QUEUE", MessageBody="again")
        """.replace("QUEUE", url)
    )
    boto3.client("lambda").create_event_source_mapping(FunctionName="fn", EventSourceArn=arn)
    boto3.client("sqs").send_message(QueueUrl=url, MessageBody="go")
    assert len(mock_lambda.invocations()) == 16
    assert depth(url) == (0, 1)


def test_a_function_that_invokes_itself_is_stopped_after_sixteen(mock_lambda) -> None:
    function(
        """
        import boto3
        client = boto3.client("lambda")

        def handler(event, context):
            client.invoke(FunctionName="fn", InvocationType="Event", Payload=b"{}")
        """
    )
    send({})
    assert len(mock_lambda.invocations()) == 16


def test_the_journal_says_of_the_last_attempt_where_its_record_went(mock_lambda):
    dead, failed, done = (mock_lambda.queue(name) for name in ("dead", "failed", "done"))
    source = "def handler(event, context):\n    return 1 / event\n"
    fn = mock_lambda.function("fn", source=source, dead_letter=dead, on_failure=failed, on_success=done)
    fn.send(0)
    mock_lambda.advance(minutes=5)
    fn.send(1)

    assert [one.sent_to for one in fn.invocations] == [(), (), (dead.arn, failed.arn), (done.arn,)]
