"""What is told of a function's invocations: its trace to itself; nothing yet to CloudWatch's metrics, a limit."""

from __future__ import annotations

from datetime import timedelta

import boto3
import pytest

pytest.importorskip("moto")

FAILS = "def handler(event, context):\n    raise ValueError\n"
TRACED = """
import os

def handler(event, context):
    return os.environ["_X_AMZN_TRACE_ID"]
"""


def test_a_traced_function_is_told_its_trace(mock_lambda) -> None:
    fn = mock_lambda.function("fn", source=TRACED, TracingConfig={"Mode": "Active"})

    told = dict(part.split("=") for part in fn.invoke().payload.split(";"))

    assert told["Root"] == fn.invocations[0].trace_id
    assert told["Sampled"] == "1"


@pytest.mark.xfail(strict=True, reason="no metrics of functions are put into CloudWatch")
def test_the_errors_of_a_function_are_counted_in_cloudwatch(mock_lambda) -> None:
    mock_lambda.function("fn", source=FAILS).invoke()

    found = boto3.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": "fn"}],
        StartTime=mock_lambda.now - timedelta(minutes=5),
        EndTime=mock_lambda.now + timedelta(minutes=5),
        Period=60,
        Statistics=["Sum"],
    )

    assert [point["Sum"] for point in found["Datapoints"]] == [1]
