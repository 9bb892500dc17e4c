"""How durable functions are configured and invoked: names, callers that wait, failures, events of other services."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest

from mocklambda import mock_lambda
from mocklambda.cloud import Cloud
from tests.promises.durable_support import PROTOCOL, client, deploy, history, kinds, look, start
from tests.promises.lambda_support import create, refused

NEW_YEAR = datetime(2024, 1, 1, tzinfo=timezone.utc)
ECHO = "return done(run.input)"
NAP = """
if run.status("nap") is None:
    run.checkpoint(run.update("nap", "WAIT", "START", WaitOptions={"WaitSeconds": 60}))
    return PENDING
return done("slept")
"""
CHAIN = """
options = {"FunctionName": "double"}
if run.status("call") is None:
    run.checkpoint(run.update("call", "CHAINED_INVOKE", "START", Payload="21", ChainedInvokeOptions=options))
if run.status("call") == "STARTED":
    return PENDING
details = run.operations["call"]["ChainedInvokeDetails"]
return done(details.get("Error") or details)
"""


@pytest.fixture
def cloud():
    with mock_lambda(clock=NEW_YEAR) as cloud:
        yield cloud


def test_a_function_is_made_durable_when_it_is_created(cloud: Cloud) -> None:
    given = create(client(), DurableConfig={"ExecutionTimeout": 3600, "RetentionPeriodInDays": 5})
    assert given["DurableConfig"] == {"ExecutionTimeout": 3600, "RetentionPeriodInDays": 5}

    changed = client().update_function_configuration(
        FunctionName="fn", DurableConfig={"ExecutionTimeout": 60}
    )

    assert changed["DurableConfig"] == {"ExecutionTimeout": 60, "RetentionPeriodInDays": 5}
    read = client().get_function_configuration(FunctionName="fn")
    assert read["DurableConfig"] == changed["DurableConfig"]


def test_a_function_that_is_not_durable_can_not_be_made_so(cloud: Cloud) -> None:
    create(client())
    update = client().update_function_configuration
    code = refused(update, FunctionName="fn", DurableConfig={"ExecutionTimeout": 60})[1]
    assert code == "InvalidParameterValueException"


def test_it_is_invoked_by_a_qualifier_and_not_for_longer_than_a_caller_can_wait(cloud: Cloud) -> None:
    deploy(cloud, ECHO, timeout=901)
    invoke = client().invoke

    assert refused(invoke, FunctionName="flow") == (
        400,
        "InvalidParameterValueException",
        "You cannot invoke a durable function using an unqualified ARN.",
    )
    assert refused(invoke, FunctionName="flow:$LATEST") == (
        400,
        "InvalidParameterValueException",
        "You cannot synchronously invoke a durable function with an executionTimeout greater than 15 minutes.",
    )
    assert look(start())["Status"] == "SUCCEEDED"
    assert client().invoke(FunctionName="flow:$LATEST", InvocationType="DryRun")["StatusCode"] == 204


def test_a_name_is_for_durable_functions(cloud: Cloud) -> None:
    create(client())
    code = refused(client().invoke, FunctionName="fn", DurableExecutionName="name")[1]
    assert code == "InvalidParameterValueException"


def test_a_name_with_the_same_payload_is_the_same_execution(cloud: Cloud) -> None:
    deploy(cloud, NAP)
    call = {"FunctionName": "flow:$LATEST", "DurableExecutionName": "one", "Payload": b'{"a": 1}'}
    arn = client().invoke(**call, InvocationType="Event")["DurableExecutionArn"]
    cloud.advance(seconds=10)

    again = client().invoke(**call, InvocationType="Event")
    waited = client().invoke(**call)
    late = client().invoke(**call)

    assert {again["DurableExecutionArn"], waited["DurableExecutionArn"], late["DurableExecutionArn"]} == {arn}
    assert json.loads(waited["Payload"].read()) == json.loads(late["Payload"].read()) == "slept"
    assert cloud.now == NEW_YEAR + timedelta(seconds=60)
    assert len(cloud.invocations("flow")) == 2
    other = call | {"Payload": b'{"a": 2}'}
    assert refused(client().invoke, **other)[:2] == (409, "DurableExecutionAlreadyStartedException")


def test_all_of_an_execution_runs_on_the_version_that_it_started_on(cloud: Cloud) -> None:
    function = deploy(cloud, NAP)
    client().publish_version(FunctionName="flow")
    client().create_alias(FunctionName="flow", Name="live", FunctionVersion="1")
    answer = client().invoke(FunctionName="flow:live", InvocationType="Event", Payload=b"{}")
    arn = answer["DurableExecutionArn"]
    client().update_function_configuration(FunctionName="flow", Handler="no.handler")
    client().publish_version(FunctionName="flow")
    client().update_alias(FunctionName="flow", Name="live", FunctionVersion="2")

    cloud.advance(minutes=1)

    assert look(arn)["Result"] == '"slept"'
    assert look(arn)["Version"] == "1"
    assert [each.version for each in function.invocations] == ["1", "1"]


def test_an_execution_whose_function_is_gone_fails(cloud: Cloud) -> None:
    deploy(cloud, NAP)
    arn = start()
    client().delete_function(FunctionName="flow")

    cloud.advance(minutes=1)

    assert look(arn)["Error"] == {
        "ErrorType": "ResourceNotFoundException",
        "ErrorMessage": "Function not found: arn:aws:lambda:us-east-1:123456789012:function:flow:$LATEST",
    }


def test_an_invocation_that_fails_is_made_again_five_times(cloud: Cloud) -> None:
    deploy(cloud, "raise ValueError('no')")
    arn = start()
    assert look(arn)["Status"] == "RUNNING"

    cloud.advance(seconds=20)

    told = look(arn)
    assert told["Status"] == "FAILED"
    assert (told["Error"]["ErrorType"], told["Error"]["ErrorMessage"]) == ("ValueError", "no")
    assert [each.attempt for each in cloud.invocations("flow")] == [1, 2, 3, 4, 5]
    completed = [each for each in history(arn) if each["EventType"] == "InvocationCompleted"]
    assert len(completed) == 5
    details = completed[0]["InvocationCompletedDetails"]
    assert details["RequestId"] == cloud.invocations("flow")[0].request_id
    assert details["Error"]["Payload"]["ErrorMessage"] == "no"


def test_an_invocation_that_succeeds_after_failures_goes_on(cloud: Cloud) -> None:
    function = deploy(cloud, NAP)
    cloud.faults.crash(function)
    arn = start()
    cloud.advance(seconds=5)
    cloud.advance(seconds=60)

    assert look(arn)["Result"] == '"slept"'


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("1", "Invalid invocation output: an object with a Status is expected"),
        ("{}", "Invalid invocation output: None is not a valid InvocationStatus"),
        ("{'Status': 'RETRY'}", "Invalid invocation output: 'RETRY' is not a valid InvocationStatus"),
        ("{'Status': 'FAILED', 'Result': '1'}", "Cannot provide a Result for FAILED status."),
        ("{'Status': 'SUCCEEDED', 'Error': {}}", "Cannot provide an Error for SUCCEEDED status."),
    ],
)
def test_an_answer_that_is_none_fails_the_execution_at_once(cloud: Cloud, answer: str, message: str) -> None:
    deploy(cloud, f"return {answer}")

    told = look(start())

    assert told["Error"] == {"ErrorType": "InvalidParameterValueException", "ErrorMessage": message}
    assert len(cloud.invocations("flow")) == 1


def test_to_wait_for_nothing_fails_after_three_tries(cloud: Cloud) -> None:
    deploy(cloud, "return PENDING")
    arn = start()
    cloud.advance(minutes=1)

    text = "Cannot return PENDING status with no pending operations."
    assert look(arn)["Error"]["ErrorMessage"] == text
    assert len(cloud.invocations("flow")) == 3


def test_a_handlers_own_failure_is_the_executions(cloud: Cloud) -> None:
    function = deploy(cloud, "return {'Status': 'FAILED', 'Error': {'ErrorType': 'T', 'ErrorMessage': 'm'}}")

    assert function.invoke(qualifier="$LATEST").error == {"errorType": "T", "errorMessage": "m"}


def test_destinations_get_what_came_of_the_execution_and_events_are_not_retried(cloud: Cloud) -> None:
    done, failed = cloud.queue("done"), cloud.queue("failed")
    deploy(
        cloud, "return done(1) if run.input == 1 else {'Status': 'FAILED', 'Error': {'ErrorMessage': 'm'}}"
    )
    client().put_function_event_invoke_config(
        FunctionName="flow",
        Qualifier="$LATEST",
        DestinationConfig={"OnSuccess": {"Destination": done.arn}, "OnFailure": {"Destination": failed.arn}},
    )
    start(payload=b"1")
    start(payload=b"2")
    cloud.advance(minutes=10)

    assert done.messages[0].json()["responsePayload"] == 1
    assert failed.messages[0].json()["requestContext"]["condition"] == "RetriesExhausted"
    assert len(cloud.invocations("flow")) == 2


def test_messages_of_a_queue_begin_executions_and_are_deleted_when_they_have_succeeded(cloud: Cloud) -> None:
    queue = cloud.queue("orders", visibility_timeout=300)
    function = deploy(
        cloud,
        """
if run.status("nap") is None:
    run.checkpoint(run.update("nap", "WAIT", "START", WaitOptions={"WaitSeconds": 60}))
    return PENDING
return done(None)
""",
    )
    function.on_queue(queue)
    queue.send("a cup")
    assert len(queue.messages) == 1
    cloud.advance(minutes=1)

    assert queue.messages == []
    (execution,) = client().list_durable_executions_by_function(FunctionName="flow")["DurableExecutions"]
    assert execution["Status"] == "SUCCEEDED"


def test_a_throttled_invocation_is_put_off(cloud: Cloud) -> None:
    function = deploy(cloud, NAP)
    arn = start()
    cloud.faults.throttle(function, times=2)
    cloud.advance(minutes=1)
    assert look(arn)["Status"] == "RUNNING"

    cloud.advance(seconds=3)  # after one second, then two

    assert look(arn)["Result"] == '"slept"'


def test_a_caller_is_told_of_a_throttle_and_nothing_has_begun(cloud: Cloud) -> None:
    function = deploy(cloud, ECHO)
    cloud.faults.throttle(function)

    assert refused(client().invoke, FunctionName="flow:$LATEST")[1] == "TooManyRequestsException"
    assert client().list_durable_executions_by_function(FunctionName="flow")["DurableExecutions"] == []


def test_an_execution_that_is_stopped_before_it_begins_never_does(cloud: Cloud) -> None:
    deploy(cloud, ECHO)
    with cloud.paused():
        arn = start()
        client().stop_durable_execution(DurableExecutionArn=arn)

    assert look(arn)["Status"] == "STOPPED"
    assert cloud.invocations("flow") == []


def test_an_execution_that_is_paused_before_it_begins_does_when_it_is_resumed(cloud: Cloud) -> None:
    deploy(cloud, ECHO)
    with cloud.paused():
        arn = start(payload=b"3")
        client().pause_durable_execution(DurableExecutionArn=arn)
    assert cloud.invocations("flow") == []

    client().resume_durable_execution(DurableExecutionArn=arn)

    assert look(arn)["Result"] == "3"
    assert kinds(arn)[0] == "ExecutionStarted"


@pytest.mark.parametrize("may", [True, False])
def test_a_role_must_let_an_execution_invoke_what_it_chains(may: bool) -> None:
    with mock_lambda(clock=NEW_YEAR, strict_iam=True) as cloud:
        double = cloud.function("double", source="def handler(event, context):\n    return 2 * event\n")
        protocol = ["lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState"]
        allowed = dict.fromkeys(protocol, "*") | ({"lambda:InvokeFunction": double.arn} if may else {})
        deploy(cloud, CHAIN, role=cloud.role("flow", allow=allowed))

        told = json.loads(look(start(payload=b"{}"))["Result"])

        assert told["Result" if may else "ErrorType"] == ("42" if may else "AccessDeniedException")


def test_a_durable_function_without_a_role_of_its_own_may_checkpoint() -> None:
    with mock_lambda(clock=NEW_YEAR, strict_iam=True) as cloud:
        source = (
            f"{PROTOCOL}\ndef handler(event, context):\n    Run(event).checkpoint()\n    return done(1)\n"
        )
        flow = cloud.function("flow", source=source, durable=timedelta(minutes=1))

        assert flow.invoke().payload == 1


def test_an_execution_whose_event_is_dropped_fails(cloud: Cloud) -> None:
    deploy(cloud, ECHO, reserved=0)

    told = look(start())

    assert told["Status"] == "FAILED"
    assert "zero reserved concurrent executions" in told["Error"]["ErrorMessage"]


def test_a_stub_stands_in_for_a_whole_execution(cloud: Cloud) -> None:
    deploy(cloud, NAP)
    flow = cloud.stub("flow", side_effect=[7, ValueError("no")])

    good, bad = look(start()), look(start())

    assert (good["Status"], good["Result"]) == ("SUCCEEDED", "7")
    assert (bad["Status"], bad["Error"]["ErrorMessage"]) == ("FAILED", "no")
    assert len(flow.invocations) == 2
