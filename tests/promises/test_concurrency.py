"""Who may run at the same time, through boto3: nesting, reservations, provisioned environments."""

from __future__ import annotations

import json
import threading

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from mapping_support import function

NEXT = """
    import json, boto3
    client = boto3.client("lambda")

    def handler(event, context):
        if event["left"] == 0:
            return ["bottom"]
        left = event["left"] - 1
        answer = client.invoke(FunctionName=f"f{left}", Payload=json.dumps({"left": left}))
        return [left, *json.loads(answer["Payload"].read())]
"""
SLOW = """
    import time

    def handler(event, context):
        time.sleep(event["seconds"])
        return context.log_stream_name
"""
NO_RETRIES = Config(retries={"total_max_attempts": 1})


def invoke(name: str, payload: object = None, **options: str) -> object:
    client = boto3.client("lambda", config=NO_RETRIES)
    answer = client.invoke(FunctionName=name, Payload=json.dumps(payload), **options)
    return json.loads(answer["Payload"].read())


def test_handlers_that_invoke_handlers_twenty_deep_all_answer(mock_lambda) -> None:
    for number in range(21):
        function(NEXT, f"f{number}")
    assert invoke("f20", {"left": 20}) == [*range(19, -1, -1), "bottom"]


def test_a_function_that_invokes_itself_beyond_its_reservation_is_throttled(mock_lambda) -> None:
    function(
        """
        import boto3
        from botocore.config import Config
        client = boto3.client("lambda", config=Config(retries={"total_max_attempts": 1}))

        def handler(event, context):
            try:
                client.invoke(FunctionName="fn")
            except client.exceptions.TooManyRequestsException as error:
                return [error.response["Error"]["Message"], error.response["Reason"]]
        """
    )
    boto3.client("lambda").put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=1)
    assert invoke("fn", {}) == ["Rate Exceeded.", "ReservedFunctionConcurrentInvocationLimitExceeded"]


def test_a_function_that_calls_itself_synchronously_is_stopped_after_sixteen(mock_lambda) -> None:
    function(
        """
        import json, boto3
        client = boto3.client("lambda")

        def handler(event, context):
            try:
                answer = client.invoke(FunctionName="fn", Payload=json.dumps(event + 1))
            except client.exceptions.RecursiveInvocationException:
                return event
            return json.loads(answer["Payload"].read())
        """
    )
    assert invoke("fn", 1) == 16


def test_without_concurrency_an_invocation_is_refused(mock_lambda) -> None:
    function(SLOW)
    boto3.client("lambda").put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError) as refusal:
        invoke("fn")
    response = refusal.value.response
    assert (response["ResponseMetadata"]["HTTPStatusCode"], response["Reason"]) == (
        429,
        "ReservedFunctionConcurrentInvocationLimitExceeded",
    )


def test_invocations_at_the_same_time_run_in_environments_of_their_own(mock_lambda) -> None:
    function(SLOW)
    threads = [threading.Thread(target=invoke, args=("fn", {"seconds": 0.3})) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one.environment_id for one in mock_lambda.invocations()}) == 3


def test_invocations_one_after_the_other_share_an_environment(mock_lambda) -> None:
    function(SLOW)
    assert len({invoke("fn", {"seconds": 0}) for _ in range(3)}) == 1


INITIALIZATION = """
    import os
    started_as = os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]

    def handler(event, context):
        return started_as
"""


def test_provisioned_environments_are_initialised_ahead_on_the_clock(mock_lambda) -> None:
    client = boto3.client("lambda")
    function(INITIALIZATION, Publish=True)
    put = client.put_provisioned_concurrency_config(
        FunctionName="fn", Qualifier="1", ProvisionedConcurrentExecutions=2
    )
    assert (put["Status"], put["AllocatedProvisionedConcurrentExecutions"]) == ("IN_PROGRESS", 0)
    assert invoke("fn", Qualifier="1") == "on-demand"
    mock_lambda.advance(minutes=1)
    got = client.get_provisioned_concurrency_config(FunctionName="fn", Qualifier="1")
    assert (got["Status"], got["AvailableProvisionedConcurrentExecutions"]) == ("READY", 2)
    assert (invoke("fn", Qualifier="1"), invoke("fn")) == ("provisioned-concurrency", "on-demand")


def test_provisioned_environments_whose_init_fails_are_given_up_after_six_tries(mock_lambda) -> None:
    client = boto3.client("lambda")
    function("raise Exception('no')", Publish=True)
    client.put_provisioned_concurrency_config(
        FunctionName="fn", Qualifier="1", ProvisionedConcurrentExecutions=1
    )
    mock_lambda.advance(minutes=1)
    got = client.get_provisioned_concurrency_config(FunctionName="fn", Qualifier="1")
    assert (got["Status"], got["StatusReason"]) == ("FAILED", "FUNCTION_ERROR_INIT_FAILURE")
    assert (
        got["AllocatedProvisionedConcurrentExecutions"],
        got["RequestedProvisionedConcurrentExecutions"],
    ) == (
        0,
        1,
    )
