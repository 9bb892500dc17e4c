"""Durable executions from outside: listed, stopped, paused, resumed, timed out, forgotten."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest

from mocklambda import mock_lambda
from mocklambda.cloud import Cloud
from tests.promises.durable_support import client, deploy, history, kinds, look, start
from tests.promises.lambda_support import refused

NEW_YEAR = datetime(2024, 1, 1, tzinfo=timezone.utc)
NAP = """
if run.status("nap") is None:
    run.checkpoint(run.update("nap", "WAIT", "START", WaitOptions={"WaitSeconds": 60}))
    return PENDING
return done("slept") if run.status("nap") == "SUCCEEDED" else PENDING
"""


@pytest.fixture
def cloud():
    with mock_lambda(clock=NEW_YEAR) as cloud:
        yield cloud


def test_an_execution_is_told_whole(cloud: Cloud) -> None:
    deploy(cloud, NAP, config={"RetentionPeriodInDays": 7})
    arn = start(payload=b'{"a": 1}', DurableExecutionName="order-7")
    running = look(arn)
    cloud.advance(minutes=1)
    ended = look(arn)

    del running["ResponseMetadata"]
    assert running.pop("TraceHeader")["XAmznTraceId"].startswith("Root=")
    assert running == {
        "DurableExecutionArn": arn,
        "DurableExecutionName": "order-7",
        "FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:flow:$LATEST",
        "Version": "$LATEST",
        "Status": "RUNNING",
        "StartTimestamp": NEW_YEAR,
        "ExpectedExecutionTimeoutTimestamp": NEW_YEAR + timedelta(seconds=600),
        "InputPayload": '{"a": 1}',
        "ExecutionDataIncluded": True,
        "DurableConfig": {"ExecutionTimeout": 600, "RetentionPeriodInDays": 7},
    }
    assert arn.startswith(running["FunctionArn"] + "/durable-execution/order-7/")
    assert (ended["Status"], ended["Result"]) == ("SUCCEEDED", '"slept"')
    assert ended["EndTimestamp"] == NEW_YEAR + timedelta(minutes=1)
    assert "ExpectedExecutionTimeoutTimestamp" not in ended
    plain = client().get_durable_execution(DurableExecutionArn=arn, IncludeExecutionData=False)
    assert not {"InputPayload", "Result"} & plain.keys()
    assert plain["ExecutionDataIncluded"] is False


def test_executions_are_listed_newest_first_and_filtered(cloud: Cloud) -> None:
    function = deploy(cloud, NAP)
    client().publish_version(FunctionName="flow")
    names = []
    for number in range(4):
        qualifier = "1" if number == 3 else "$LATEST"
        client().invoke(
            FunctionName=f"flow:{qualifier}",
            InvocationType="Event",
            DurableExecutionName=f"e{number}",
            Payload=b"{}",
        )
        cloud.advance(seconds=30)
        names.append(f"e{number}")

    def listed(**more):
        found = client().list_durable_executions_by_function(FunctionName=function.name, **more)
        return [each["DurableExecutionName"] for each in found["DurableExecutions"]]

    assert listed() == names[::-1]
    assert listed(ReverseOrder=True) == names
    assert listed(DurableExecutionName="e2") == ["e2"]
    assert listed(Statuses=["SUCCEEDED"], ReverseOrder=True) == ["e0", "e1", "e2"]
    assert listed(Qualifier="1") == ["e3"]
    assert listed(StartedAfter=NEW_YEAR, StartedBefore=NEW_YEAR + timedelta(seconds=90)) == ["e2", "e1"]
    page = client().list_durable_executions_by_function(FunctionName="flow", MaxItems=3)
    assert listed(Marker=page["NextMarker"]) == ["e0"]


def test_what_is_stopped_runs_no_more(cloud: Cloud) -> None:
    deploy(cloud, NAP)
    arn = start()
    cloud.advance(seconds=10)

    first = client().stop_durable_execution(DurableExecutionArn=arn, Error={"ErrorMessage": "enough"})
    cloud.advance(minutes=5)
    again = client().stop_durable_execution(DurableExecutionArn=arn)

    told = look(arn)
    assert (told["Status"], told["Error"]) == ("STOPPED", {"ErrorMessage": "enough"})
    assert first["StopTimestamp"] == again["StopTimestamp"] == NEW_YEAR + timedelta(seconds=10)
    assert kinds(arn)[-1] == "ExecutionStopped"
    assert len(cloud.invocations("flow")) == 1


def test_an_execution_times_out(cloud: Cloud) -> None:
    deploy(cloud, NAP, timeout=50)
    arn = start()

    cloud.advance(seconds=50)

    told = look(arn)
    assert told["Status"] == "TIMED_OUT"
    assert told["Error"] == {"ErrorMessage": "Execution timed out after 50 seconds."}
    cloud.advance(minutes=1)
    assert len(cloud.invocations("flow")) == 1


def test_a_caller_is_told_that_it_timed_out(cloud: Cloud) -> None:
    function = deploy(cloud, NAP, timeout=50)

    error = function.invoke(qualifier="$LATEST").error

    assert error == {"errorMessage": "Execution timed out after 50 seconds."}


def test_history_is_kept_for_the_retention_period(cloud: Cloud) -> None:
    deploy(cloud, NAP, config={"RetentionPeriodInDays": 3})
    arn = start(DurableExecutionName="once")
    cloud.advance(minutes=1)

    cloud.advance(days=2, hours=23, minutes=59)
    assert look(arn)["Status"] == "SUCCEEDED"
    cloud.advance(minutes=1)

    gone = refused(client().get_durable_execution, DurableExecutionArn=arn)
    assert gone == (404, "ResourceNotFoundException", "Durable Execution does not exist")
    assert start(DurableExecutionName="once") != arn


def test_timeouts_and_retention_are_no_work_to_wait_for(cloud: Cloud) -> None:
    deploy(cloud, NAP)
    arn = start()

    cloud.run_until_idle()

    assert look(arn)["Status"] == "SUCCEEDED"
    assert cloud.now == NEW_YEAR + timedelta(minutes=1)


def test_what_has_ended_can_be_deleted(cloud: Cloud) -> None:
    deploy(cloud, NAP)
    arn = start()
    status, code, _ = refused(client().delete_durable_execution, DurableExecutionArn=arn)
    assert (status, code) == (409, "ResourceConflictException")
    cloud.advance(minutes=1)

    answer = client().delete_durable_execution(DurableExecutionArn=arn)

    assert answer["DeletionRequestTimestamp"] == NEW_YEAR + timedelta(minutes=1)
    assert refused(client().get_durable_execution, DurableExecutionArn=arn)[0] == 404
    assert client().list_durable_executions_by_function(FunctionName="flow")["DurableExecutions"] == []


def test_a_paused_execution_is_not_invoked_until_it_is_resumed(cloud: Cloud) -> None:
    deploy(cloud, NAP)
    arn = start()
    cloud.advance(seconds=10)
    client().pause_durable_execution(DurableExecutionArn=arn, Reason="holidays")
    told = look(arn)
    assert told["Status"] == "PAUSED"
    assert told["PauseDetails"] == {
        "PauseRequestTimestamp": NEW_YEAR + timedelta(seconds=10),
        "Reason": "holidays",
        "ExecutionTimeoutPaused": True,
    }
    assert told["ExpectedExecutionTimeoutTimestamp"] == NEW_YEAR + timedelta(days=366)

    cloud.advance(days=1)  # the wait is over, the timeout stands still
    assert look(arn)["Status"] == "PAUSED"
    assert len(cloud.invocations("flow")) == 1
    client().resume_durable_execution(DurableExecutionArn=arn, Reason="back")

    assert look(arn)["Result"] == '"slept"'
    paused, resumed = (
        each for each in history(arn) if each["EventType"] in {"ExecutionPaused", "ExecutionResumed"}
    )
    assert paused["ExecutionPausedDetails"]["Reason"] == {"Payload": "holidays", "Truncated": False}
    assert resumed["ExecutionResumedDetails"] == {
        "ResumeRequestTimestamp": NEW_YEAR + timedelta(days=1, seconds=10),
        "Reason": {"Payload": "back", "Truncated": False},
    }


def test_a_pause_may_leave_the_timeout_running(cloud: Cloud) -> None:
    deploy(cloud, NAP)
    arn = start()
    client().pause_durable_execution(DurableExecutionArn=arn, ExecutionTimeoutPaused=False)

    cloud.advance(minutes=10)

    assert look(arn)["Status"] == "TIMED_OUT"


def test_a_resumed_execution_has_as_long_as_it_had_before(cloud: Cloud) -> None:
    deploy(
        cloud,
        "if run.status('ask') is None:\n    run.checkpoint(run.update('ask', 'CALLBACK', 'START'))\nreturn PENDING",
    )
    arn = start()
    cloud.advance(seconds=100)
    client().pause_durable_execution(DurableExecutionArn=arn)
    cloud.advance(seconds=5000)
    client().resume_durable_execution(DurableExecutionArn=arn)

    assert look(arn)["ExpectedExecutionTimeoutTimestamp"] == NEW_YEAR + timedelta(seconds=5600)
    cloud.advance(seconds=499)
    assert look(arn)["Status"] == "RUNNING"
    cloud.advance(seconds=1)
    assert look(arn)["Status"] == "TIMED_OUT"


def test_what_is_paused_or_not_can_not_be_so_again_but_for_the_same_request(cloud: Cloud) -> None:
    deploy(cloud, NAP)
    arn = start()
    pause, resume = client().pause_durable_execution, client().resume_durable_execution
    assert refused(resume, DurableExecutionArn=arn)[:2] == (409, "ResourceConflictException")

    pause(DurableExecutionArn=arn, ClientToken="one")
    pause(DurableExecutionArn=arn, ClientToken="one")
    assert refused(pause, DurableExecutionArn=arn, ClientToken="two")[:2] == (
        409,
        "ResourceConflictException",
    )
    cloud.advance(minutes=15)
    assert refused(pause, DurableExecutionArn=arn, ClientToken="one")[:2] == (
        409,
        "ResourceConflictException",
    )


def test_a_pause_waits_for_the_invocation_to_checkpoint_and_resuming_makes_up_for_it(cloud: Cloud) -> None:
    deploy(
        cloud,
        """
if run.status("first") is None:
    client.pause_durable_execution(DurableExecutionArn=run.arn)
    during = client.get_durable_execution(DurableExecutionArn=run.arn)["Status"]
    answer = run.checkpoint(run.update("first", "STEP", "SUCCEED", Payload=json.dumps(during)))
    print("token" if "CheckpointToken" in answer else "no token")
    return PENDING
return done(run.operations["first"]["StepDetails"]["Result"])
""",
    )
    arn = start()
    assert look(arn)["Status"] == "PAUSED"
    assert "no token" in cloud.invocations("flow")[0].logs

    client().resume_durable_execution(DurableExecutionArn=arn)

    assert look(arn)["Result"] == json.dumps('"PAUSING"')
