"""AWS's own SDK for durable functions runs in handlers as on AWS: steps, waits, callbacks, branches, chained functions."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from importlib.util import find_spec
from typing import Any

import pytest

from mocklambda import mock_lambda
from mocklambda.cloud import Cloud
from tests.promises.durable_support import client, kinds, look, start

pytestmark = pytest.mark.skipif(
    find_spec("aws_durable_execution_sdk_python") is None,
    reason="the SDK for durable functions is not installed",
)
NEW_YEAR = datetime(2024, 1, 1, tzinfo=timezone.utc)
IMPORTS = """
from aws_durable_execution_sdk_python import durable_execution, durable_step
from aws_durable_execution_sdk_python.config import *
from aws_durable_execution_sdk_python.retries import *
"""


@pytest.fixture(params=["process", "inline"])
def cloud(request):
    with mock_lambda(clock=NEW_YEAR, executor=request.param) as cloud:
        yield cloud


def deploy(cloud: Cloud, source: str, name: str = "flow", timeout: int = 600) -> Any:
    return cloud.function(
        name, source=IMPORTS + source, DurableConfig={"ExecutionTimeout": timeout}, timeout=30
    )


def run(payload: Any = None, name: str = "flow") -> Any:
    answer = client().invoke(FunctionName=f"{name}:$LATEST", Payload=json.dumps(payload or {}).encode())
    return json.loads(answer["Payload"].read())


def test_steps_run_once_although_their_function_is_replayed(cloud: Cloud) -> None:
    deploy(
        cloud,
        """
import os

@durable_execution
def handler(event, context):
    first = context.step(lambda _: print("the first step runs") or 20, name="first")
    context.wait(Duration.from_hours(0.1))
    second = context.step(lambda _: first + 1, name="second")
    return {"sum": first + second}
""",
    )

    assert run() == {"sum": 41}
    assert cloud.now - NEW_YEAR == timedelta(minutes=6)
    assert (
        cloud.logbook.text("/aws/lambda/flow", account="123456789012", region="us-east-1").count(
            "the first step runs"
        )
        == 1
    )


def test_a_step_is_retried_when_its_strategy_says(cloud: Cloud) -> None:
    deploy(
        cloud,
        """
@durable_execution
def handler(event, context):
    def flaky(step):
        if step.attempt < 3:
            raise ValueError(f"attempt {step.attempt}")
        return step.attempt

    strategy = create_retry_strategy(RetryStrategyConfig(max_attempts=5, initial_delay=Duration.from_seconds(60), jitter_strategy=JitterStrategy.NONE))
    return context.step(flaky, name="flaky", config=StepConfig(retry_strategy=strategy))
""",
    )

    assert run() == 3
    assert cloud.now - NEW_YEAR == timedelta(seconds=60 + 120)


def test_an_execution_waits_for_an_answer_from_outside(cloud: Cloud) -> None:
    approvals = cloud.queue("approvals")
    deploy(
        cloud,
        f"""
import boto3

@durable_execution
def handler(event, context):
    def ask(callback_id, _):
        boto3.client("sqs").send_message(QueueUrl={approvals.url!r}, MessageBody=callback_id)

    answer = context.wait_for_callback(ask, name="approval", config=WaitForCallbackConfig(timeout=Duration.from_days(40)))
    return {{"order": event["order"], "answer": answer}}
""",
        timeout=50 * 86_400,
    )
    arn = start(payload=b'{"order": 7}')
    (asked,) = approvals.messages
    cloud.advance(days=30)
    assert look(arn)["Status"] == "RUNNING"

    client().send_durable_execution_callback_success(CallbackId=asked.body, Result=b'"yes"')

    told = look(arn)
    assert told["Status"] == "SUCCEEDED", told
    assert json.loads(told["Result"]) == {"order": 7, "answer": '"yes"'}


def test_a_callback_that_nobody_answers_times_out(cloud: Cloud) -> None:
    deploy(
        cloud,
        """
@durable_execution
def handler(event, context):
    try:
        return context.wait_for_callback(lambda *_: None, config=WaitForCallbackConfig(timeout=Duration.from_days(3)))
    except Exception as error:
        return [type(error).__name__, str(error)]
""",
        timeout=10 * 86_400,
    )
    arn = start()
    cloud.advance(days=3)

    assert json.loads(look(arn)["Result"])[1] == "Callback timed out"


def test_branches_run_beside_each_other(cloud: Cloud) -> None:
    deploy(
        cloud,
        """
@durable_execution
def handler(event, context):
    def branch(seconds):
        def run(child):
            child.wait(Duration.from_seconds(seconds))
            return child.step(lambda _: seconds, name="say")
        return run

    found = context.parallel([branch(30), branch(60), branch(90)], name="naps")
    squares = context.map([1, 2, 3], lambda child, item, index, items: child.step(lambda _: item * item))
    return [found.get_results(), squares.get_results()]
""",
    )

    assert run() == [[30, 60, 90], [1, 4, 9]]
    assert cloud.now - NEW_YEAR == timedelta(seconds=90)


def test_a_chained_function_gives_its_result_or_its_error(cloud: Cloud) -> None:
    cloud.function("double", source="def handler(event, context):\n    return 2 * event\n")
    deploy(
        cloud,
        "@durable_execution\ndef handler(event, context):\n    context.wait(Duration.from_seconds(60))\n    return event + 1\n",
        "longer",
    )
    deploy(
        cloud,
        """
@durable_execution
def handler(event, context):
    results = [context.invoke("double", 4), context.invoke("longer:$LATEST", 4)]
    for target, payload in (("double", {}), ("none", 1)):
        try:
            context.invoke(target, payload)
        except Exception as error:
            results.append(str(error))
    return results
""",
    )

    assert run() == [
        8,
        5,
        "unsupported operand type(s) for *: 'int' and 'dict'",
        "Function not found: arn:aws:lambda:us-east-1:123456789012:function:none",
    ]


def test_polling_for_a_condition_costs_no_real_time(cloud: Cloud) -> None:
    deploy(
        cloud,
        """
from aws_durable_execution_sdk_python.waits import *

@durable_execution
def handler(event, context):
    return context.wait_for_condition(
        lambda state, _: state + 1,
        WaitForConditionConfig(
            initial_state=0,
            wait_strategy=lambda state, attempt: WaitForConditionDecision.stop_polling() if state == 4 else WaitForConditionDecision.continue_waiting(Duration.from_seconds(100)),
        ),
    )
""",
    )

    assert run() == 4
    assert cloud.now - NEW_YEAR == timedelta(seconds=300)


def test_a_failing_function_fails_its_execution(cloud: Cloud) -> None:
    deploy(cloud, "@durable_execution\ndef handler(event, context):\n    raise ValueError('no')\n")
    answer = client().invoke(FunctionName="flow:$LATEST", Payload=b"{}")

    assert answer["FunctionError"] == "Unhandled"
    assert json.loads(answer["Payload"].read())["errorMessage"] == "no"
    assert look(answer["DurableExecutionArn"])["Status"] == "FAILED"


def test_a_large_result_is_checkpointed(cloud: Cloud) -> None:
    deploy(cloud, "@durable_execution\ndef handler(event, context):\n    return 'x' * 6_291_450\n")

    answer = client().invoke(FunctionName="flow:$LATEST", Payload=b"{}")

    assert kinds(answer["DurableExecutionArn"])[-2:] == ["ExecutionSucceeded", "InvocationCompleted"]
    assert len(answer["Payload"].read()) > 6_000_000
