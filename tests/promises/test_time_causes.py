"""What a call of the test waits for, and what it does not: auto settle, pauses, settle, blocked callers."""

from __future__ import annotations

import json
import threading
import time
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import pytest

from mocklambda import NothingWillAnswer, NotSettled

NEW_YEAR = datetime(2024, 1, 1, tzinfo=timezone.utc)
ECHO = "def handler(event, context):\n    return event\n"
FORWARD = """
import json, os, urllib.parse
import boto3
sqs = boto3.client("sqs")

def handler(event, context):
    for record in event["Records"]:
        sqs.send_message(QueueUrl=os.environ["OUT"], MessageBody=record["body"])
"""
SLOW = """
import time

def handler(event, context):
    time.sleep(event["seconds"])
    return event
"""
WAIT_FOR_MESSAGE = """
import os
import boto3
sqs = boto3.client("sqs")

def handler(event, context):
    found = sqs.receive_message(QueueUrl=os.environ["IN"], WaitTimeSeconds=20)
    sqs.send_message(QueueUrl=os.environ["OUT"], MessageBody=str(len(found.get("Messages", []))))
"""


@pytest.fixture
def cloud(mock_lambda: Any) -> Any:
    return mock_lambda


def bodies(queue: Any) -> list[str]:
    return [message.body for message in queue.messages]


# -- 1: when your call returns, everything that it caused at this instant has happened ----------------------


def test_a_call_returns_when_the_whole_chain_that_it_set_off_has_run(cloud: Any) -> None:
    first, second, last = (cloud.queue(name) for name in ("first", "second", "last"))
    cloud.function("one", source=FORWARD, env={"OUT": second.url}).on_queue(first)
    cloud.function("two", source=FORWARD, env={"OUT": last.url}).on_queue(second)
    boto3.client("sqs").send_message(QueueUrl=first.url, MessageBody="m")
    assert (bodies(first), bodies(second), bodies(last)) == ([], [], ["m"])


def test_an_upload_returns_when_the_notified_function_has_run(cloud: Any) -> None:
    fn = cloud.function("fn", source=ECHO)
    boto3.client("lambda").add_permission(
        FunctionName="fn", StatementId="s", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com"
    )
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="uploads")
    rule = {"LambdaFunctionArn": fn.arn, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket="uploads", NotificationConfiguration={"LambdaFunctionConfigurations": [rule]}
    )
    cloud.settle()
    s3.put_object(Bucket="uploads", Key="a", Body=b"1")
    assert [
        one.event["Records"][0]["s3"]["object"]["key"] for one in fn.invocations if "Records" in one.event
    ] == ["a"]


@pytest.mark.mock_lambda(clock=NEW_YEAR)
def test_what_is_parked_on_the_clock_stays_parked(cloud: Any) -> None:
    fn = cloud.function("fn", source="def handler(event, context):\n    raise ValueError\n")
    fn.send()
    assert [one.attempt for one in fn.invocations] == [1]
    assert any("attempt 2 of fn" in item and "due in 60 s" in item for item in cloud.listing()[1])


def test_two_threads_never_wait_for_each_other(cloud: Any) -> None:
    cloud.function("slow", source=SLOW, timeout=10)
    quick = cloud.function("quick", source=ECHO)
    began = threading.Event()
    cloud.stub("gate", side_effect=lambda event: began.set() or time.sleep(1.5))
    thread = threading.Thread(target=lambda: boto3.client("lambda").invoke(FunctionName="gate"))
    thread.start()
    assert began.wait(10)
    started = time.monotonic()
    assert quick.invoke(1).payload == 1
    assert time.monotonic() - started < 1.4
    thread.join()


def test_a_handler_that_waits_for_the_tests_next_call_does_not_block_it(cloud: Any) -> None:
    inbox, outbox = cloud.queue("in"), cloud.queue("out")
    fn = cloud.function("fn", source=WAIT_FOR_MESSAGE, env={"IN": inbox.url, "OUT": outbox.url}, timeout=30)
    fn.send()
    assert bodies(outbox) == []
    inbox.send("at last")
    assert bodies(outbox) == ["1"]


def test_settle_waits_for_what_other_threads_started(cloud: Any) -> None:
    fn = cloud.function("slow", source=SLOW, timeout=10)
    thread = threading.Thread(target=lambda: fn.send({"seconds": 0.3}))
    with cloud.paused():
        pass
    thread.start()
    while not (cloud.listing()[0] or fn.invocations):
        threading.Event().wait(0.005)
    cloud.settle()
    assert [one.event for one in fn.invocations] == [{"seconds": 0.3}]
    thread.join()


# -- 4: paused ---------------------------------------------------------------------------------------------


def test_single_sends_in_a_pause_become_one_batch(cloud: Any) -> None:
    queue = cloud.queue("q")
    fn = cloud.function("fn", source=ECHO)
    fn.on_queue(queue, batch_size=10)
    with cloud.paused():
        for n in range(10):
            queue.send(str(n))
        assert fn.invocations == []
    assert [len(one.event["Records"]) for one in fn.invocations] == [10]


def test_pauses_nest(cloud: Any) -> None:
    queue = cloud.queue("q")
    fn = cloud.function("fn", source=ECHO)
    fn.on_queue(queue)
    with cloud.paused():
        with cloud.paused():
            queue.send("a")
        assert fn.invocations == []
    assert len(fn.invocations) == 1


def test_a_pause_that_ends_in_an_error_is_over(cloud: Any) -> None:
    queue = cloud.queue("q")
    fn = cloud.function("fn", source=ECHO)
    fn.on_queue(queue)
    with pytest.raises(KeyError), cloud.paused():
        raise KeyError
    queue.send("a")
    assert len(fn.invocations) == 1


# -- 5: settle by hand -------------------------------------------------------------------------------------


@pytest.mark.mock_lambda(settle="manual")
def test_with_manual_settling_a_call_returns_at_once_and_settle_waits(cloud: Any) -> None:
    fn = cloud.function("slow", source=SLOW, timeout=10)
    fn.send({"seconds": 0.2})
    assert fn.invocations == []
    cloud.settle()
    assert [one.ok for one in fn.invocations] == [True]


@pytest.mark.mock_lambda(max_real_seconds=0.2, clock=NEW_YEAR)
def test_settling_is_bounded_and_names_what_is_in_flight_and_what_is_parked(cloud: Any) -> None:
    fn = cloud.function("slow", source=SLOW, timeout=10)
    cloud.function("fails", source="def handler(event, context):\n    raise ValueError\n").send()
    with pytest.raises(NotSettled) as error:
        fn.send({"seconds": 1})
    assert len(error.value.in_flight) == 1
    assert "slow" in error.value.in_flight[0]
    assert any("attempt 2 of fails" in item and "due in 60 s" in item for item in error.value.parked)
    assert str(error.value).startswith("Work is still in flight after 0.2 real seconds")
    assert all(item in str(error.value) for item in (*error.value.in_flight, *error.value.parked))


# -- blocked callers ---------------------------------------------------------------------------------------


@pytest.mark.mock_lambda(clock=NEW_YEAR)
def test_a_long_poll_on_an_empty_queue_takes_its_seconds_of_virtual_time_only(cloud: Any) -> None:
    queue = cloud.queue("q")
    started = time.monotonic()
    assert boto3.client("sqs").receive_message(QueueUrl=queue.url, WaitTimeSeconds=20).get("Messages") is None
    assert cloud.now == NEW_YEAR + timedelta(seconds=20)
    assert time.monotonic() - started < 5


@pytest.mark.mock_lambda(clock=NEW_YEAR)
def test_a_long_poll_answers_at_the_instant_at_which_a_message_becomes_visible(cloud: Any) -> None:
    queue = cloud.queue("q")
    queue.send("later", delay=7)
    (message,) = boto3.client("sqs").receive_message(QueueUrl=queue.url, WaitTimeSeconds=20)["Messages"]
    assert (message["Body"], cloud.now) == ("later", NEW_YEAR + timedelta(seconds=7))


@pytest.mark.mock_lambda(clock=NEW_YEAR)
def test_a_consumer_loop_drives_retries_by_itself(cloud: Any) -> None:
    dead = cloud.queue("dead")
    fn = cloud.function("fn", source="def handler(event, context):\n    raise ValueError\n", dead_letter=dead)
    fn.send({"k": 1})
    sqs, got = boto3.client("sqs"), []
    while not got:
        got = sqs.receive_message(QueueUrl=dead.url, WaitTimeSeconds=20).get("Messages", [])
    assert [one.started_at - NEW_YEAR for one in fn.invocations] == [
        timedelta(seconds=s) for s in (0, 60, 180)
    ]
    assert json.loads(got[0]["Body"]) == {"k": 1}


@pytest.mark.mock_lambda(long_poll="real")
def test_real_long_polls_take_real_time(cloud: Any) -> None:
    queue = cloud.queue("q")
    started = time.monotonic()
    boto3.client("sqs").receive_message(QueueUrl=queue.url, WaitTimeSeconds=1)
    assert 0.9 < time.monotonic() - started < 5


def test_a_handler_that_is_blocked_on_a_call_of_its_own_is_not_in_flight(cloud: Any) -> None:
    inbox, outbox = cloud.queue("in"), cloud.queue("out")
    fn = cloud.function("fn", source=WAIT_FOR_MESSAGE, env={"IN": inbox.url, "OUT": outbox.url}, timeout=30)
    fn.send()
    cloud.settle()
    assert (fn.invocations, "waiting for an answer" in cloud.listing()[0][0]) == ([], True)
    cloud.advance(seconds=20)
    assert bodies(outbox) == ["0"]


def test_a_caller_that_nothing_will_ever_answer_gets_an_error(cloud: Any) -> None:
    reply = cloud.engine.turn(cloud.engine.pending)
    for timer in list(cloud.engine.clock.parked()):
        cloud.engine.turn(timer.cancel)
    with pytest.raises(NothingWillAnswer, match="nothing is in flight and nothing is parked on the clock"):
        cloud.engine.wait(reply)
