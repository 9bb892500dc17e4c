"""What a durable handler checkpoints, is told and is refused: the protocol that SDKs speak."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest

from mocklambda import mock_lambda
from mocklambda.cloud import Cloud
from tests.promises.durable_support import client, deploy, history, kinds, look, start
from tests.promises.lambda_support import refused

NEW_YEAR = datetime(2024, 1, 1, tzinfo=timezone.utc)


@pytest.fixture
def cloud():
    with mock_lambda(clock=NEW_YEAR) as cloud:
        yield cloud


def outcome(body: str, cloud: Cloud, payload: Any = None, **more: Any) -> Any:
    """Run a handler's body to the end of its execution; returns the result."""
    function = deploy(cloud, body, **more)
    return function.invoke(payload, qualifier="$LATEST").payload


def test_a_step_is_told_by_its_result_and_its_attempts(cloud: Cloud) -> None:
    told = outcome(
        """
run.checkpoint(run.update("pay", "STEP", "START", SubType="Step"))
started = dict(run.operations["pay"])
run.checkpoint(run.update("pay", "STEP", "SUCCEED", Payload='"paid"'))
return done([started["Status"], started["StepDetails"], run.operations["pay"]["Status"], run.operations["pay"]["StepDetails"]])
""",
        cloud,
    )

    assert told == ["STARTED", {"Attempt": 0}, "SUCCEEDED", {"Attempt": 1, "Result": '"paid"'}]


def test_a_step_may_begin_and_end_in_one_checkpoint(cloud: Cloud) -> None:
    assert (
        outcome(
            """
run.checkpoint(run.update("a", "STEP", "START"), run.update("a", "STEP", "SUCCEED", Payload="1"))
return done(run.status("a"))
""",
            cloud,
        )
        == "SUCCEEDED"
    )


def test_a_retry_is_due_when_its_delay_is_over(cloud: Cloud) -> None:
    arn = start_of(
        """
if run.status("pay") is None:
    run.checkpoint(
        run.update("pay", "STEP", "START"),
        run.update("pay", "STEP", "RETRY", Error={"ErrorMessage": "no"}, StepOptions={"NextAttemptDelaySeconds": 90}),
    )
if run.status("pay") == "PENDING":
    return PENDING
before = run.operations["pay"]
run.checkpoint(run.update("pay", "STEP", "START"), run.update("pay", "STEP", "SUCCEED", Payload="1"))
return done([before["Status"], before["StepDetails"], event["UpdatedOperationIds"]])
""",
        cloud,
    )

    cloud.advance(seconds=89)
    assert look(arn)["Status"] == "RUNNING"
    cloud.advance(seconds=1)

    details = {"Attempt": 1, "Error": {"ErrorMessage": "no"}}
    assert json.loads(look(arn)["Result"]) == ["READY", details, ["pay"]]
    failed = next(each for each in history(arn) if each["EventType"] == "StepFailed")
    assert failed["StepFailedDetails"] == {
        "Error": {"Payload": {"ErrorMessage": "no"}, "Truncated": False},
        "RetryDetails": {"CurrentAttempt": 1, "NextAttemptDelaySeconds": 90},
    }


def start_of(body: str, cloud: Cloud, **more: Any) -> str:
    deploy(cloud, body, **more)
    return start()


def test_a_wait_can_be_cancelled(cloud: Cloud) -> None:
    arn = start_of(
        """
run.checkpoint(run.update("nap", "WAIT", "START", WaitOptions={"WaitSeconds": 60}))
run.checkpoint(run.update("nap", "WAIT", "CANCEL"))
return done(run.status("nap"))
""",
        cloud,
    )

    cloud.advance(minutes=2)
    assert look(arn)["Result"] == '"CANCELLED"'
    assert "WaitSucceeded" not in kinds(arn)


def test_a_wait_that_is_over_is_told_with_the_next_checkpoint(cloud: Cloud) -> None:
    told = outcome(
        """
run.checkpoint(run.update("nap", "WAIT", "START", WaitOptions={"WaitSeconds": 20}))
boto3.client("sqs").receive_message(QueueUrl=boto3.client("sqs").create_queue(QueueName="q")["QueueUrl"], WaitTimeSeconds=20)
run.checkpoint()
return done(run.status("nap"))
""",
        cloud,
    )

    assert told == "SUCCEEDED"
    assert len(cloud.invocations("flow")) == 1


def test_a_replay_leaves_out_what_lies_in_closed_contexts(cloud: Cloud) -> None:
    told = outcome(
        """
if run.status("nap") is None:
    for name, options in (("closed", {}), ("kept", {"ReplayChildren": True})):
        run.checkpoint(
            run.update(name, "CONTEXT", "START"),
            {**run.update(name + "-step", "STEP", "START"), "ParentId": name},
        )
        run.checkpoint(
            {**run.update(name + "-step", "STEP", "SUCCEED", Payload="1"), "ParentId": name},
            run.update(name, "CONTEXT", "SUCCEED", Payload="2", ContextOptions=options),
        )
    run.checkpoint(run.update("nap", "WAIT", "START", WaitOptions={"WaitSeconds": 1}))
    return PENDING
return done([list(run.operations)[1:], run.operations["kept"]["ContextDetails"]])
""",
        cloud,
    )

    assert told == [["closed", "kept", "kept-step", "nap"], {"ReplayChildren": True, "Result": "2"}]


def test_what_does_not_fit_an_event_is_asked_for_page_by_page(cloud: Cloud) -> None:
    told = outcome(
        """
if run.status("step-0") is None:
    for number in range(12):
        name = f"step-{number}"
        run.checkpoint(run.update(name, "STEP", "START"), run.update(name, "STEP", "SUCCEED", Payload="x" * 1_000_000))
    run.checkpoint(run.update("nap", "WAIT", "START", WaitOptions={"WaitSeconds": 1}))
    return PENDING
pages = [[each["Id"] for each in event["InitialExecutionState"]["Operations"]]]
marker = event["InitialExecutionState"]["NextMarker"]
while marker:
    page = client.get_durable_execution_state(DurableExecutionArn=run.arn, CheckpointToken=run.token, Marker=marker, MaxItems=3)
    pages.append([each["Id"] for each in page["Operations"]])
    marker = page.get("NextMarker")
return done([len(pages[0]), sum(pages, [])[1:], max(len(page) for page in pages[1:])])
""",
        cloud,
    )

    assert told == [6, [*(f"step-{number}" for number in range(12)), "nap"], 3]


def test_a_chained_function_runs_when_the_checkpoint_is_done(cloud: Cloud) -> None:
    cloud.function("double", source="def handler(event, context):\n    return 2 * event\n")
    told = outcome(
        """
options = {"FunctionName": "double"}
if run.status("call") is None:
    run.checkpoint(run.update("call", "CHAINED_INVOKE", "START", Payload="21", ChainedInvokeOptions=options))
    return PENDING
return done([run.status("call"), run.operations["call"]["ChainedInvokeDetails"]])
""",
        cloud,
    )

    assert told == ["SUCCEEDED", {"Result": "42"}]
    (call,) = cloud.invocations("double")
    assert call.trigger.startswith("durable:")


CHAIN = """
options = {"FunctionName": run.input["target"]}
if run.status("call") is None:
    run.checkpoint(run.update("call", "CHAINED_INVOKE", "START", Payload="{}", ChainedInvokeOptions=options))
if run.status("call") == "STARTED":
    return PENDING
return done([run.status("call"), run.operations["call"]["ChainedInvokeDetails"]["Error"]])
"""
NAP = """
run.checkpoint(run.update("nap", "WAIT", "START", WaitOptions={"WaitSeconds": 60}))
return PENDING
"""


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (
            "none",
            [
                "FAILED",
                {
                    "ErrorMessage": "Function not found: arn:aws:lambda:us-east-1:123456789012:function:none",
                    "ErrorType": "ResourceNotFoundException",
                },
            ],
        ),
        (
            "bad",
            ["FAILED", {"ErrorMessage": "no", "ErrorType": "ValueError", "StackTrace": 1}],
        ),
        (
            "late:$LATEST",
            [
                "TIMED_OUT",
                {
                    "ErrorMessage": "CHAINED_INVOKE timed out after 30 seconds.",
                    "ErrorType": "ChainedInvoke.Timeout",
                },
            ],
        ),
        (
            "late",
            [
                "FAILED",
                {
                    "ErrorMessage": "You cannot invoke a durable function using an unqualified ARN.",
                    "ErrorType": "InvalidParameterValueException",
                },
            ],
        ),
    ],
)
def test_a_chained_function_that_fails_says_how(cloud: Cloud, target: str, expected: Any) -> None:
    cloud.function("bad", source="def handler(event, context):\n    raise ValueError('no')\n")
    deploy(cloud, NAP, "late", timeout=30)

    status, error = outcome(CHAIN, cloud, {"target": target})

    if "StackTrace" in error:
        error["StackTrace"] = len(error["StackTrace"])
    assert [status, error] == expected


def test_a_stopped_child_stops_its_parents_operation(cloud: Cloud) -> None:
    deploy(cloud, NAP, "late")
    deploy(cloud, CHAIN)
    arn = start(payload=b'{"target": "late:$LATEST"}')
    started = next(each for each in history(arn) if each["EventType"] == "ChainedInvokeStarted")
    child = started["ChainedInvokeStartedDetails"]["DurableExecutionArn"]

    client().stop_durable_execution(DurableExecutionArn=child, Error={"ErrorMessage": "enough"})

    assert json.loads(look(arn)["Result"]) == ["STOPPED", {"ErrorMessage": "enough"}]


TRY = """
from botocore.exceptions import ClientError

context = run.update("box", "CONTEXT", "START")
run.checkpoint(
    context,
    run.update("done", "STEP", "START"),
    run.update("done", "STEP", "SUCCEED"),
    run.update("nap", "WAIT", "START", WaitOptions={"WaitSeconds": 60}),
    run.update("ask", "CALLBACK", "START"),
)
before = dict(run.operations)
try:
    run.checkpoint(*run.input)
except ClientError as error:
    after = run.checkpoint()["NewExecutionState"]["Operations"]
    return done([error.response["Error"]["Code"], error.response["Error"]["Message"], after])
return done("taken")
"""


def update(name: str, kind: str, action: str, **more: Any) -> dict[str, Any]:
    return {"Id": name, "Type": kind, "Action": action, **more}


@pytest.mark.parametrize(
    ("updates", "message"),
    [
        (
            [update("e", "EXECUTION", "SUCCEED"), update("f", "EXECUTION", "SUCCEED")],
            "Cannot checkpoint multiple EXECUTION updates.",
        ),
        (
            [update("e", "EXECUTION", "SUCCEED"), update("a", "STEP", "START")],
            "EXECUTION checkpoint must be the last update.",
        ),
        (
            [update("a", "STEP", "START"), update("a", "STEP", "START")],
            "Cannot checkpoint multiple operations with the same ID.",
        ),
        ([update("a", "STEP", "START", ParentId="nobody")], "Invalid parent operation id."),
        ([update("a", "STEP", "START", ParentId="done")], "Invalid parent operation id."),
        ([update("done", "WAIT", "START")], "Inconsistent operation type."),
        ([update("done", "STEP", "START", Name="other")], "Inconsistent operation name."),
        ([update("done", "STEP", "START", SubType="other")], "Inconsistent operation subtype."),
        ([update("done", "STEP", "START", ParentId="box")], "Inconsistent parent operation id."),
        ([update("a", "WAIT", "FAIL")], "Invalid action for the given operation type."),
        ([update("a", "CALLBACK", "SUCCEED")], "Invalid action for the given operation type."),
        ([update("done", "STEP", "START")], "Invalid current STEP state to start."),
        ([update("done", "STEP", "SUCCEED")], "Invalid current STEP state to close."),
        (
            [update("done", "STEP", "RETRY", StepOptions={"NextAttemptDelaySeconds": 1})],
            "Invalid current STEP state to re-attempt.",
        ),
        ([update("a", "STEP", "RETRY")], "Invalid StepOptions for the given action."),
        (
            [update("a", "STEP", "RETRY", Payload="1", Error={}, StepOptions={"NextAttemptDelaySeconds": 1})],
            "Cannot provide both error and payload to RETRY a STEP.",
        ),
        ([update("a", "STEP", "FAIL", Payload="1")], "Cannot provide a Payload for FAIL action."),
        ([update("a", "STEP", "SUCCEED", Error={})], "Cannot provide an Error for SUCCEED action."),
        ([update("box", "CONTEXT", "START")], "Cannot start a CONTEXT that already exist."),
        ([update("nap", "WAIT", "START")], "Cannot start a WAIT that already exist."),
        (
            [update("other", "WAIT", "CANCEL")],
            "Cannot cancel a WAIT that does not exist or has already completed.",
        ),
        ([update("ask", "CALLBACK", "START")], "Cannot start a CALLBACK that already exist."),
        (
            [update("a", "CHAINED_INVOKE", "START")],
            "Update for CHAINED_INVOKE operation requires ChainedInvokeOptions.",
        ),
        (
            [
                update(
                    "a",
                    "CHAINED_INVOKE",
                    "START",
                    ChainedInvokeOptions={"FunctionName": "arn:aws:lambda:us-east-1:111122223333:function:f"},
                )
            ],
            "Cannot start a CHAINED_INVOKE on a function in another account.",
        ),
        (
            [
                update(
                    "a",
                    "CHAINED_INVOKE",
                    "START",
                    ChainedInvokeOptions={"FunctionName": "arn:aws:lambda:eu-west-1:123456789012:function:f"},
                )
            ],
            "Cannot start a CHAINED_INVOKE on a function in another region.",
        ),
    ],
)
def test_a_checkpoint_that_breaks_a_rule_is_refused_whole(cloud: Cloud, updates: Any, message: str) -> None:
    valid = update("valid", "STEP", "START")

    assert outcome(TRY, cloud, [valid, *updates]) == ["InvalidParameterValueException", message, []]


def test_a_payload_may_have_a_megabyte(cloud: Cloud) -> None:
    body = """
from botocore.exceptions import ClientError
results = []
for size in (1_048_576, 1_048_577):
    try:
        run.checkpoint(run.update(f"s{size}", "STEP", "SUCCEED", Payload="x" * size))
        results.append("taken")
    except ClientError as error:
        results.append(error.response["Error"]["Message"])
return done(results)
"""
    text = "STEP payload size must be less than or equal to 1048576 bytes."
    assert outcome(body, cloud) == ["taken", text]


def test_a_token_is_good_for_one_checkpoint_of_one_invocation(cloud: Cloud) -> None:
    body = """
from botocore.exceptions import ClientError
first = run.token
run.checkpoint()
run.token = first
try:
    run.checkpoint()
except ClientError as error:
    return done([error.response["Error"]["Code"], error.response["Error"]["Message"], first])
"""
    *told, token = outcome(body, cloud)
    (execution,) = client().list_durable_executions_by_function(FunctionName="flow")["DurableExecutions"]
    late = {"DurableExecutionArn": execution["DurableExecutionArn"], "CheckpointToken": token}

    assert told == ["InvalidParameterValueException", "Invalid checkpoint token"]
    assert refused(client().checkpoint_durable_execution, **late)[1:] == tuple(told)
    assert refused(client().get_durable_execution_state, **late)[1:] == tuple(told)


def test_a_checkpoint_that_is_sent_again_is_answered_again_and_not_done_again(cloud: Cloud) -> None:
    body = """
first = run.token
options = {"StepOptions": {"NextAttemptDelaySeconds": 5}}
update = run.update("a", "STEP", "RETRY", **options)
one = run.checkpoint(update, ClientToken="once")
run.token = first
two = run.checkpoint(update, ClientToken="once")
for each in (one, two):
    each.pop("ResponseMetadata")
return done([one == two, run.operations["a"]["StepDetails"]["Attempt"]])
"""
    assert outcome(body, cloud) == [True, 1]


def test_a_result_may_be_checkpointed_and_ends_the_execution(cloud: Cloud) -> None:
    body = """
answer = run.checkpoint({"Id": "end", "Type": "EXECUTION", "Action": "SUCCEED", "Payload": '"large"'})
print("token" if "CheckpointToken" in answer else "no token")
return {"Status": "SUCCEEDED", "Result": ""}
"""
    function = deploy(cloud, body)

    assert function.invoke(qualifier="$LATEST").payload == "large"
    assert "no token" in function.logs


def test_history_tells_each_thing_once_in_order(cloud: Cloud) -> None:
    arn = start_of(
        """
run.checkpoint(
    run.update("box", "CONTEXT", "START", SubType="RunInChildContext"),
    {**run.update("a", "STEP", "START"), "ParentId": "box"},
    {**run.update("a", "STEP", "SUCCEED", Payload="1"), "ParentId": "box"},
    run.update("box", "CONTEXT", "FAIL", Error={"ErrorType": "E"}),
)
return done(7)
""",
        cloud,
    )
    events = history(arn)
    page = client().get_durable_execution_history(DurableExecutionArn=arn, MaxItems=3)
    rest = client().get_durable_execution_history(DurableExecutionArn=arn, Marker=page["NextMarker"])

    assert [each["EventType"] for each in events] == [
        "ExecutionStarted",
        "ContextStarted",
        "StepStarted",
        "StepSucceeded",
        "ContextFailed",
        "InvocationCompleted",
        "ExecutionSucceeded",
    ]
    assert [each["EventId"] for each in events] == [1, 2, 3, 4, 5, 6, 7]
    assert events[3] == {
        "EventType": "StepSucceeded",
        "EventId": 4,
        "EventTimestamp": NEW_YEAR,
        "Id": "a",
        "Name": "a",
        "ParentId": "box",
        "StepSucceededDetails": {
            "Result": {"Payload": "1", "Truncated": False},
            "RetryDetails": {"CurrentAttempt": 1, "NextAttemptDelaySeconds": 0},
        },
    }
    assert events[0]["ExecutionStartedDetails"] == {
        "Input": {"Payload": "{}", "Truncated": False},
        "ExecutionTimeout": 600,
    }
    assert [*page["Events"], *rest["Events"]] == events
    assert history(arn, ReverseOrder=True) == events[::-1]
    hidden = history(arn, IncludeExecutionData=False)
    assert hidden[3]["StepSucceededDetails"]["Result"] == {"Truncated": True}
    assert hidden[4]["ContextFailedDetails"] == {"Error": {"Truncated": True}}


def test_a_chained_functions_result_may_have_a_megabyte(cloud: Cloud) -> None:
    cloud.function("large", source="def handler(event, context):\n    return 'x' * 1_048_575\n")

    text = "CHAINED_INVOKE output payload size must be less than or equal to 1048576 bytes."
    assert outcome(CHAIN, cloud, {"target": "large"}) == ["FAILED", {"ErrorMessage": text}]
