"""What an inline handler calls counts for its invocation, as in a process: nobody waits for himself."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import boto3
import pytest
from botocore.exceptions import ClientError

NOON = datetime(2024, 1, 1, 12, tzinfo=timezone.utc)

pytestmark = pytest.mark.mock_lambda(clock=NOON, executor="inline", max_real_seconds=5)


def payload(answer):
    return json.loads(answer["Payload"].read())


def test_the_tests_call_waits_for_what_an_inline_handler_sets_off(mock_lambda):
    jobs, done = mock_lambda.queue("jobs"), mock_lambda.queue("done")

    def first(event, context):
        boto3.client("lambda").invoke(FunctionName="second", InvocationType="Event", Payload=b"{}")
        boto3.client("sqs").send_message(QueueUrl=jobs.url, MessageBody="job")

    def second(event, context):
        done.send("second")

    def third(event, context):
        done.send("third")

    mock_lambda.function("second", source=second)
    mock_lambda.function("third", source=third).on_queue(jobs)

    mock_lambda.function("first", source=first).send()

    assert sorted(message.body for message in done.messages) == ["second", "third"]


def test_an_inline_handler_that_invokes_itself_and_others_waits_for_their_answers(mock_lambda):
    def countdown(event, context):
        if not event:
            return [context.function_name]
        answer = boto3.client("lambda").invoke(
            FunctionName=context.function_name, Payload=json.dumps(event - 1)
        )
        return [event, *payload(answer)]

    assert mock_lambda.function("fn", source=countdown).invoke(5).payload == [5, 4, 3, 2, 1, "fn"]


def test_an_inline_handlers_long_poll_takes_no_real_time(mock_lambda):
    queue = mock_lambda.queue("jobs")

    def handler(event, context):
        answer = boto3.client("sqs").receive_message(QueueUrl=queue.url, WaitTimeSeconds=20)
        return len(answer.get("Messages", ()))

    assert mock_lambda.function("fn", source=handler).invoke().payload == 0
    assert mock_lambda.now == NOON + timedelta(seconds=20)


def test_an_inline_handlers_retries_wait_on_the_clock(mock_lambda):
    mock_lambda.stream("s")
    mock_lambda.faults.fail("kinesis", "PutRecord", "ProvisionedThroughputExceededException", times=2)

    def handler(event, context):
        answer = boto3.client("kinesis").put_record(StreamName="s", Data=b"d", PartitionKey="k")
        return answer["ResponseMetadata"]["RetryAttempts"]

    assert mock_lambda.function("fn", source=handler).invoke().payload == 2
    assert mock_lambda.now == NOON + timedelta(milliseconds=1500)


def test_an_inline_handlers_event_loop_calls_for_its_invocation(mock_lambda):
    queue = mock_lambda.queue("jobs")

    def handler(event, context):
        client = boto3.client("sqs")
        asyncio.run(asyncio.to_thread(client.send_message, QueueUrl=queue.url, MessageBody="m"))

    mock_lambda.function("fn", source=handler).send()

    (message,) = boto3.client("sqs").receive_message(QueueUrl=queue.url, MessageSystemAttributeNames=["All"])[
        "Messages"
    ]
    assert message["Attributes"]["SenderId"].endswith(":fn")


def test_a_loop_of_inline_functions_is_stopped(mock_lambda):
    def handler(event, context):
        boto3.client("lambda").invoke(FunctionName="fn", InvocationType="Event", Payload=b"{}")

    fn = mock_lambda.function("fn", source=handler)

    fn.send()

    assert len(fn.invocations) == 16


def test_the_tests_own_calls_beside_an_inline_handler_stay_the_tests(mock_lambda):
    fn = mock_lambda.function("fn", source=lambda event, context: None)
    fn.invoke()

    with pytest.raises(ClientError):
        boto3.client("lambda").invoke(FunctionName="none")
    mock_lambda.queue("jobs").send("m")


def test_what_an_inline_handlers_threads_do_is_the_handlers(mock_lambda):
    double = mock_lambda.function("double", source=lambda event, context: 2 * event)

    def call(number):
        print(f"asking for {number}")
        return json.loads(
            boto3.client("lambda").invoke(FunctionName="double", Payload=b"%d" % number)["Payload"].read()
        )

    def handler(event, context):
        with ThreadPoolExecutor(1) as pool:
            return list(pool.map(call, event))

    fn = mock_lambda.function("fn", source=handler)

    assert fn.invoke([1, 2]).payload == [2, 4]
    assert "asking for 1" in fn.logs
    assert len(double.invocations) == 2


CHANGES = """
import os, sys

os.environ["AT_IMPORT"] = "1"
os.environ.pop("HOME_OF_TEST", None)
sys.path.append("/vendored")

def handler(event, context):
    seen = [os.environ.get(name) for name in ("AT_IMPORT", "COUNT", "HOME_OF_TEST", "GIVEN")]
    os.environ["COUNT"] = str(int(os.environ.get("COUNT", "0")) + 1)
    return [*seen, sys.path.count("/vendored")]
"""


def test_what_a_handler_changes_of_variables_and_search_path_lives_on_for_it_alone(mock_lambda, monkeypatch):
    monkeypatch.setenv("HOME_OF_TEST", "here")
    first, second = (
        mock_lambda.function(name, source=CHANGES, env={"GIVEN": name}) for name in ("first", "second")
    )
    before, path = dict(os.environ), list(sys.path)

    answers = [fn.invoke().payload for fn in (first, second, first)]

    assert answers == [
        ["1", None, None, "first", 1],
        ["1", None, None, "second", 1],
        ["1", "1", None, "first", 1],
    ]
    assert (dict(os.environ), sys.path) == (before, path)
