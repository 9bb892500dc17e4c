"""Handlers that invoke handlers: as deep as they like, never wedged, stopped when they loop."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mocklambda import Cloud

DOWN = """
import boto3, json
client = boto3.client("lambda")

def handler(event, context):
    depth = event["depth"]
    if depth == 0:
        return 0
    name = f"level-{depth - 1}"
    answer = client.invoke(FunctionName=name, Payload=json.dumps({"depth": depth - 1}))
    return json.loads(answer["Payload"].read()) + 1
"""

ITSELF = """
import boto3, json
from botocore.config import Config
client = boto3.client("lambda", config=Config(retries={"total_max_attempts": 1}))

def handler(event, context):
    if event["depth"] == 0:
        return "bottom"
    try:
        answer = client.invoke(FunctionName=context.function_name, Payload=json.dumps({"depth": event["depth"] - 1}))
    except client.exceptions.TooManyRequestsException as error:
        return error.response["Reason"]
    return json.loads(answer["Payload"].read())
"""

LOOP = """
import boto3
client = boto3.client("lambda")

def handler(event, context):
    client.invoke(FunctionName=context.function_name, InvocationType="Event", Payload=b"{}")
"""


def test_handlers_invoke_handlers_twenty_deep(mock_lambda: Cloud) -> None:
    for level in range(21):
        mock_lambda.function(f"level-{level}", source=DOWN, timeout=60)
    result = mock_lambda.function("top", source=DOWN, timeout=60).invoke({"depth": 20})
    assert result.payload == 20


def test_a_function_that_invokes_itself_gets_an_environment_for_each_level(mock_lambda: Cloud) -> None:
    function = mock_lambda.function("self", source=ITSELF, timeout=30)
    result = function.invoke({"depth": 5})
    assert (result.payload, len({one.environment_id for one in function.invocations})) == ("bottom", 6)


def test_a_function_that_invokes_itself_at_reserved_concurrency_1_is_throttled(mock_lambda: Cloud) -> None:
    function = mock_lambda.function("self", source=ITSELF, timeout=30, reserved=1)
    assert function.invoke({"depth": 1}).payload == "ReservedFunctionConcurrentInvocationLimitExceeded"


def test_a_loop_of_asynchronous_invocations_is_stopped_after_16_and_its_event_is_a_dead_letter(
    mock_lambda: Cloud,
) -> None:
    dead = mock_lambda.queue("dead")
    function = mock_lambda.function("loop", source=LOOP, dead_letter=dead)
    function.send({})
    assert (len(function.invocations), [json.loads(one.body) for one in dead.messages]) == (16, [{}])


def test_a_thousand_functions_do_not_hold_a_thousand_processes(mock_lambda: Cloud) -> None:
    code = "def handler(event, context):\n    return event\n"
    for number in range(120):
        mock_lambda.function(f"f{number}", source=code).invoke(number)
    alive = mock_lambda.execution.fleet.alive()
    assert (len(mock_lambda.invocations()), len(alive)) == (120, mock_lambda.config.max_environments)
