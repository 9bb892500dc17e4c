"""An answer that a test makes late is waited for on the virtual clock, for as long as who asked would wait."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError

import mocklambda
from mocklambda import UsageError

NOON = datetime(2024, 1, 1, 12, tzinfo=timezone.utc)
SENDS = """
import os, time
import boto3
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError

def handler(event, context):
    before = context.get_remaining_time_in_millis()
    client = boto3.client("sqs", config=Config(read_timeout=event.get("read_timeout", 60)))
    try:
        client.send_message(QueueUrl=event["url"], MessageBody="m")
        end = "sent"
    except ReadTimeoutError as error:
        end = str(error)
    return end, (before - context.get_remaining_time_in_millis()) // 1000
"""

pytestmark = pytest.mark.mock_lambda(clock=NOON)


def passed(cloud):
    return cloud.now - NOON


def bodies(queue):
    return [message.body for message in queue.messages]


@pytest.mark.parametrize("wire", [False, True])
def test_so_many_calls_take_so_long_in_virtual_time_only(wire):
    with mocklambda.mock_lambda(wire=wire, clock=NOON) as cloud:
        queue = cloud.queue("jobs")
        sqs = boto3.client("sqs", region_name="us-east-1")
        cloud.faults.delay("sqs", "SendMessage", times=2, seconds=3)
        began = time.monotonic()

        for count in (3, 6, 6):
            sqs.send_message(QueueUrl=queue.url, MessageBody="m")
            assert passed(cloud) == timedelta(seconds=count)

        assert time.monotonic() - began < 2
        assert bodies(queue) == ["m"] * 3


def test_what_falls_due_meanwhile_happens_meanwhile(mock_lambda):
    seen = []
    queue = mock_lambda.queue("jobs", delay=2)
    mock_lambda.stub("fn", side_effect=lambda _: seen.append(mock_lambda.now - NOON)).on_queue(queue)
    queue.send("m")
    mock_lambda.faults.delay("s3", "ListBuckets", seconds=5)

    boto3.client("s3").list_buckets()

    assert seen == [timedelta(seconds=2)]


def test_a_client_that_would_not_wait_so_long_does_not_know_that_it_was_done(mock_lambda):
    queue = mock_lambda.queue("jobs")
    sqs = boto3.client("sqs", config=Config(read_timeout=2))
    mock_lambda.faults.delay("sqs", "SendMessage", seconds=2)

    with pytest.raises(ReadTimeoutError) as late:
        sqs.send_message(QueueUrl=queue.url, MessageBody="m")

    assert str(late.value) == 'Read timeout on endpoint URL: "https://sqs.us-east-1.amazonaws.com/"'
    assert passed(mock_lambda) == timedelta(seconds=2)
    assert bodies(queue) == ["m"]
    sqs.send_message(QueueUrl=queue.url, MessageBody="m")


def test_clients_wait_a_minute_by_default_and_for_ever_when_told(mock_lambda):
    mock_lambda.faults.delay("s3", "ListBuckets", times=2, seconds=61)

    with pytest.raises(ReadTimeoutError):
        boto3.client("s3").list_buckets()
    assert passed(mock_lambda) == timedelta(seconds=60)
    boto3.client("s3", config=Config(read_timeout=None)).list_buckets()
    assert passed(mock_lambda) == timedelta(seconds=121)


@pytest.mark.mock_lambda(wire=True)
def test_an_sdk_that_tries_again_sends_a_message_twice(mock_lambda):
    queue = mock_lambda.queue("jobs")
    mock_lambda.faults.delay("sqs", "SendMessage", seconds=10)

    boto3.client("sqs", config=Config(read_timeout=5)).send_message(QueueUrl=queue.url, MessageBody="m")

    assert bodies(queue) == ["m", "m"]


def test_an_error_can_be_late_too_and_plans_are_met_in_their_order(mock_lambda):
    sqs = boto3.client("sqs")
    mock_lambda.faults.delay("sqs", "GetQueueUrl", seconds=4)
    mock_lambda.faults.fail("sqs", "GetQueueUrl", "OverLimit")

    codes = []
    for _ in range(2):
        with pytest.raises(ClientError) as refusal:
            sqs.get_queue_url(QueueName="none")
        codes.append((refusal.value.response["Error"]["Code"], passed(mock_lambda).total_seconds()))

    assert codes == [("AWS.SimpleQueueService.NonExistentQueue", 4), ("OverLimit", 4)]


def test_handles_and_what_moto_answers_wait_too(mock_lambda):
    queue = mock_lambda.queue("jobs")
    mock_lambda.faults.delay("sqs", "SendMessage", seconds=3)
    mock_lambda.faults.delay("dynamodb", "ListTables", seconds=4)

    queue.send("m")
    assert passed(mock_lambda) == timedelta(seconds=3)
    boto3.client("dynamodb").list_tables()
    assert passed(mock_lambda) == timedelta(seconds=7)


@pytest.mark.parametrize("inline", [False, True])
def test_a_handler_that_waits_is_not_in_flight_and_loses_no_time_of_its_own(mock_lambda, inline):
    queue = mock_lambda.queue("jobs")
    fn = mock_lambda.function("fn", source=SENDS, inline=inline)
    mock_lambda.faults.delay("sqs", "SendMessage", seconds=30)

    assert fn.invoke({"url": queue.url}).payload == ["sent", 0]
    assert passed(mock_lambda) == timedelta(seconds=30)


def test_a_program_that_a_handler_runs_waits_too(mock_lambda):
    source = """
import os, subprocess, sys

PROGRAM = '''
import os, urllib.request
query = "Action=SendMessage&MessageBody=m&QueueUrl=" + os.environ["QUEUE"]
request = urllib.request.Request(os.environ["AWS_ENDPOINT_URL"], data=query.encode(), headers={
    "Authorization": "AWS4-HMAC-SHA256 Credential=%s/20240101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0"
    % os.environ["AWS_ACCESS_KEY_ID"]
})
print(urllib.request.urlopen(request).status)
'''

def handler(event, context):
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=dict(os.environ, QUEUE=event), capture_output=True)
    return done.stdout.decode().strip()
"""
    queue = mock_lambda.queue("jobs")
    fn = mock_lambda.function("fn", source=source, timeout=30)
    mock_lambda.faults.delay("sqs", "SendMessage", seconds=40)

    assert fn.invoke(queue.url).payload == "200"
    assert passed(mock_lambda) == timedelta(seconds=40)


def test_an_event_whose_handler_waits_goes_on_when_time_does(mock_lambda):
    queue = mock_lambda.queue("jobs")
    fn = mock_lambda.function("fn", source=SENDS)
    mock_lambda.faults.delay("sqs", "SendMessage", seconds=30)

    fn.send({"url": queue.url})
    assert fn.invocations == []
    mock_lambda.advance(seconds=30)

    assert [ran.result for ran in fn.invocations] == [["sent", 0]]


@pytest.mark.parametrize("inline", [False, True])
def test_a_handlers_client_gives_up_when_it_would(mock_lambda, inline):
    queue = mock_lambda.queue("jobs")
    fn = mock_lambda.function("fn", source=SENDS, inline=inline)
    mock_lambda.faults.delay("sqs", "SendMessage", seconds=30)

    end = fn.invoke({"url": queue.url, "read_timeout": 5}).payload[0]

    assert end == 'Read timeout on endpoint URL: "https://sqs.us-east-1.amazonaws.com/"'
    assert passed(mock_lambda) == timedelta(seconds=5)
    assert bodies(queue) == ["m"]


@pytest.mark.mock_lambda(sleep="virtual")
def test_with_virtual_sleep_it_counts_against_the_handlers_timeout(mock_lambda):
    queue = mock_lambda.queue("jobs")
    fn = mock_lambda.function("fn", source=SENDS, timeout=20)
    for seconds in (8, 30, 30):
        mock_lambda.faults.delay("sqs", "SendMessage", seconds=seconds)

    assert fn.invoke({"url": queue.url}).payload == ["sent", 8]
    assert fn.invoke({"url": queue.url, "read_timeout": 5}).payload[1] == 5
    assert fn.invoke({"url": queue.url}).error["errorType"] == "Sandbox.Timedout"
    assert [int(ran.duration_ms) // 1000 for ran in fn.invocations] == [8, 5, 20]


@pytest.mark.parametrize(
    ("plan", "text"),
    [
        (lambda faults: faults.delay("sqs", "SendMesage", seconds=1),
         "there is no operation of sqs 'SendMesage'; did you mean 'SendMessage'?"),
        (lambda faults: faults.delay("sqs", "SendMessage", seconds=-1), "seconds=-1: a fault that takes time takes some"),
        (lambda faults: faults.delay("sqs", "SendMessage", 0, seconds=1), "times=0: a fault happens once or more"),
    ],
)  # fmt: skip
def test_one_that_could_never_happen_is_refused(mock_lambda, plan, text):
    with pytest.raises(UsageError) as refusal:
        plan(mock_lambda.faults)

    assert str(refusal.value) == text
