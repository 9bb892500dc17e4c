"""Durable executions: one run of a function over many invocations, on the virtual clock."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest

from mocklambda import mock_lambda
from mocklambda.cloud import Cloud
from tests.promises.durable_support import client, deploy, kinds, look, start

NEW_YEAR = datetime(2024, 1, 1, tzinfo=timezone.utc)
YEAR_S = 365 * 86_400
WAIT = """
if run.status("nap") is None:
    run.checkpoint(run.update("nap", "WAIT", "START", WaitOptions={"WaitSeconds": run.input["seconds"]}))
if run.status("nap") != "SUCCEEDED":
    return PENDING
return done("slept")
"""


@pytest.fixture(params=[{}, {"executor": "inline"}, {"wire": True}], ids=["process", "inline", "wire"])
def cloud(request):
    with mock_lambda(clock=NEW_YEAR, **request.param) as cloud:
        yield cloud


def test_a_wait_of_a_year_is_over_when_time_has_moved_by_a_year(cloud: Cloud) -> None:
    deploy(cloud, WAIT, timeout=2 * YEAR_S // 2 + 86_400)

    arn = start(payload=json.dumps({"seconds": YEAR_S}).encode())
    assert look(arn)["Status"] == "RUNNING"
    cloud.advance(days=364)
    assert look(arn)["Status"] == "RUNNING"
    cloud.advance(days=1)

    told = look(arn)
    assert (told["Status"], told["Result"]) == ("SUCCEEDED", '"slept"')
    assert told["EndTimestamp"] - told["StartTimestamp"] == timedelta(days=365)
    assert len(cloud.invocations("flow")) == 2
    assert kinds(arn) == [
        "ExecutionStarted",
        "WaitStarted",
        "InvocationCompleted",
        "WaitSucceeded",
        "InvocationCompleted",
        "ExecutionSucceeded",
    ]


def test_a_caller_that_waits_for_it_is_not_made_to_wait_for_real(cloud: Cloud) -> None:
    deploy(cloud, WAIT)

    answer = client().invoke(FunctionName="flow:$LATEST", Payload=b'{"seconds": 500}')

    assert json.loads(answer["Payload"].read()) == "slept"
    assert look(answer["DurableExecutionArn"])["Status"] == "SUCCEEDED"
    assert cloud.now - NEW_YEAR == timedelta(seconds=500)
