"""Callbacks: an execution waits for an answer from outside, for as long as it says."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest

from mocklambda import mock_lambda
from mocklambda.cloud import Cloud
from tests.promises.durable_support import client, deploy, history, look, start
from tests.promises.lambda_support import refused

NEW_YEAR = datetime(2024, 1, 1, tzinfo=timezone.utc)
ASK = """
if run.status("ask") is None:
    run.checkpoint(run.update("ask", "CALLBACK", "START", CallbackOptions=run.input))
if run.status("ask") == "STARTED":
    return PENDING
details = run.operations["ask"]["CallbackDetails"]
details.pop("CallbackId")
return done([run.status("ask"), details])
"""


@pytest.fixture
def cloud():
    with mock_lambda(clock=NEW_YEAR) as cloud:
        deploy(cloud, ASK, timeout=86_400 * 60)
        yield cloud


def ask(**options: int) -> tuple[str, str]:
    """Start an execution that waits for an answer; returns its ARN and the callback's id."""
    arn = start(payload=json.dumps(options).encode())
    (started,) = (each for each in history(arn) if each["EventType"] == "CallbackStarted")
    return arn, started["CallbackStartedDetails"]["CallbackId"]


def result(arn: str) -> object:
    return json.loads(look(arn).get("Result", "null"))


def test_an_answer_of_thirty_days_later_is_the_result(cloud: Cloud) -> None:
    arn, callback = ask()
    cloud.advance(days=30)

    client().send_durable_execution_callback_success(CallbackId=callback, Result=b'{"approved": true}')

    assert result(arn) == ["SUCCEEDED", {"Result": '{"approved": true}'}]
    assert look(arn)["EndTimestamp"] - NEW_YEAR == timedelta(days=30)


def test_an_answer_may_be_a_failure(cloud: Cloud) -> None:
    arn, callback = ask()
    error = {"ErrorType": "Refused", "ErrorMessage": "no", "ErrorData": "d", "StackTrace": ["a line"]}

    client().send_durable_execution_callback_failure(CallbackId=callback, Error=error)

    assert result(arn) == ["FAILED", {"Error": error}]


def test_an_answer_may_be_empty(cloud: Cloud) -> None:
    (one, first), (other, second) = ask(), ask()
    client().send_durable_execution_callback_success(CallbackId=first)
    client().send_durable_execution_callback_failure(CallbackId=second)

    assert result(one) == ["SUCCEEDED", {}]
    assert result(other) == ["FAILED", {"Error": {}}]


def test_a_callback_times_out(cloud: Cloud) -> None:
    arn, _ = ask(TimeoutSeconds=3600)

    cloud.advance(seconds=3599)
    assert look(arn)["Status"] == "RUNNING"
    cloud.advance(seconds=1)

    error = {"ErrorMessage": "Callback timed out", "ErrorType": "Callback.Timeout"}
    assert result(arn) == ["TIMED_OUT", {"Error": error}]


def test_a_heartbeat_keeps_a_callback_alive(cloud: Cloud) -> None:
    arn, callback = ask(HeartbeatTimeoutSeconds=60, TimeoutSeconds=3600)

    for _ in range(5):
        cloud.advance(seconds=59)
        client().send_durable_execution_callback_heartbeat(CallbackId=callback)
    assert look(arn)["Status"] == "RUNNING"
    cloud.advance(seconds=60)

    error = {"ErrorMessage": "Callback timed out on heartbeat", "ErrorType": "Callback.Heartbeat"}
    assert result(arn) == ["TIMED_OUT", {"Error": error}]


def test_heartbeats_do_not_put_off_the_timeout(cloud: Cloud) -> None:
    arn, callback = ask(HeartbeatTimeoutSeconds=60, TimeoutSeconds=100)

    cloud.advance(seconds=50)
    client().send_durable_execution_callback_heartbeat(CallbackId=callback)
    cloud.advance(seconds=50)

    assert look(arn)["EndTimestamp"] - NEW_YEAR == timedelta(seconds=100)


def test_a_callback_can_be_answered_once(cloud: Cloud) -> None:
    _, callback = ask()
    client().send_durable_execution_callback_success(CallbackId=callback)

    for send in (
        client().send_durable_execution_callback_success,
        client().send_durable_execution_callback_failure,
        client().send_durable_execution_callback_heartbeat,
    ):
        status, code, _ = refused(send, CallbackId=callback)
        assert (status, code) == (400, "CallbackTimeoutException")


def test_a_callback_that_nobody_waits_for_is_not_found(cloud: Cloud) -> None:
    status, code, _ = refused(client().send_durable_execution_callback_success, CallbackId="bm9ib2R5")
    assert (status, code) == (404, "ResourceNotFoundException")


def test_a_callback_of_an_execution_that_has_ended_is_closed(cloud: Cloud) -> None:
    arn, callback = ask()
    client().stop_durable_execution(DurableExecutionArn=arn)

    code = refused(client().send_durable_execution_callback_success, CallbackId=callback)[1]
    assert code == "CallbackTimeoutException"


def test_another_function_may_answer(cloud: Cloud) -> None:
    approve = cloud.function(
        "approve",
        source="import boto3\n\ndef handler(event, context):\n"
        "    boto3.client('lambda').send_durable_execution_callback_success(CallbackId=event, Result=b'1')\n",
    )
    arn, callback = ask()

    approve.send(callback)

    assert result(arn) == ["SUCCEEDED", {"Result": "1"}]
