"""Under strict_iam, what EventBridge and Scheduler do by a role is what that role allows, and only for them."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.mock_lambda(strict_iam=True)
ACCOUNT = "123456789012"
EVENTS, SCHEDULER = "events.amazonaws.com", "scheduler.amazonaws.com"
PATTERN = json.dumps({"source": ["my.app"]})


def schedule(arn: str, role: str, **target: Any) -> dict[str, Any]:
    return boto3.client("scheduler").create_schedule(
        Name="s",
        ScheduleExpression="rate(5 minutes)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": role, "Input": '{"tick": true}', **target},
    )


def rule(arn: str, **target: Any) -> str:
    events = boto3.client("events")
    made = events.put_rule(Name="r", EventPattern=PATTERN)["RuleArn"]
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": arn, **target}])
    return str(made)


def put_event() -> None:
    entry = {"Source": "my.app", "DetailType": "d", "Detail": '{"n": 1}'}
    assert boto3.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


def letters(queue: Any) -> list[dict[str, str]]:
    """Take what is in a queue out of it, and return the attributes."""
    received = boto3.client("sqs").receive_message(QueueUrl=queue.url, MessageAttributeNames=["All"])
    boto3.client("sqs").purge_queue(QueueUrl=queue.url)
    return [
        {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
        for message in received.get("Messages", ())
    ]


def open_to_events(queue: Any) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": EVENTS},
        "Action": "sqs:SendMessage",
        "Resource": queue.arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    boto3.client("sqs").set_queue_attributes(QueueUrl=queue.url, Attributes={"Policy": policy})


# -- Scheduler ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trusts", ["lambda.amazonaws.com", None])
def test_a_schedule_is_made_only_with_a_role_that_scheduler_can_assume(mock_lambda, trusts):
    arn = mock_lambda.stub("fn", returns=None).arn
    role = (
        f"arn:aws:iam::{ACCOUNT}:role/nobody" if trusts is None else mock_lambda.role("acts", trusts=trusts)
    )
    with pytest.raises(ClientError) as refused:
        schedule(arn, role)
    assert refused.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
    }
    assert boto3.client("scheduler").list_schedules()["Schedules"] == []


def test_a_schedule_is_changed_only_to_a_role_that_scheduler_can_assume(mock_lambda):
    role = mock_lambda.role("acts", trusts=SCHEDULER)
    arn = mock_lambda.stub("fn", returns=None).arn
    schedule(arn, role)
    with pytest.raises(ClientError, match="must allow AWS EventBridge Scheduler to assume the role"):
        boto3.client("scheduler").update_schedule(
            Name="s",
            ScheduleExpression="rate(5 minutes)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": arn, "RoleArn": mock_lambda.role("other")},
        )


def test_a_schedule_runs_what_its_role_may_invoke(mock_lambda):
    function = mock_lambda.stub("fn", returns=None)
    role = mock_lambda.role("acts", trusts=SCHEDULER)
    schedule(function.arn, role)
    mock_lambda.advance(minutes=1)
    assert function.invocations == []
    assert any("scheduler (role acts) may not lambda:InvokeFunction" in line for line in mock_lambda.denied)

    role.allow("lambda:InvokeFunction", function)
    mock_lambda.advance(minutes=5)
    assert [call.event for call in function.invocations] == [{"tick": True}]


def test_a_run_that_its_role_may_not_make_is_kept_at_once_where_the_role_may_send(mock_lambda):
    function, queue = mock_lambda.stub("fn", returns=None), mock_lambda.queue("letters")
    role = mock_lambda.role("acts", trusts=SCHEDULER)
    schedule(function.arn, role, DeadLetterConfig={"Arn": queue.arn})
    mock_lambda.advance(minutes=1)
    assert queue.messages == []

    role.allow("sqs:SendMessage", queue)
    mock_lambda.advance(minutes=5)
    (letter,) = letters(queue)
    assert (letter["ERROR_CODE"], letter["RETRY_ATTEMPTS"]) == ("NO_PERMISSIONS", "0")
    assert letter["ERROR_MESSAGE"] == (
        f"{role} is not authorized to perform: lambda:InvokeFunction on resource: {function.arn}"
    )


def test_a_role_that_scheduler_may_no_longer_assume_runs_nothing(mock_lambda):
    pytest.importorskip("moto")
    function = mock_lambda.stub("fn", returns=None)
    role = mock_lambda.role("acts", trusts=SCHEDULER, allow={"lambda:InvokeFunction": function})
    schedule(function.arn, role)
    mock_lambda.advance(minutes=1)
    assert len(function.invocations) == 1
    trust = {"Effect": "Allow", "Principal": {"Service": EVENTS}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    boto3.client("iam").update_assume_role_policy(RoleName="acts", PolicyDocument=document)
    mock_lambda.advance(minutes=10)
    assert len(function.invocations) == 1


@pytest.mark.parametrize(
    ("group", "is_made"), [("schedule-group/default", True), ("schedule-group/other", False)]
)
def test_a_role_may_trust_scheduler_for_one_group_only(mock_lambda, group, is_made):
    pytest.importorskip("moto")
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": SCHEDULER},
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {
                "aws:SourceAccount": ACCOUNT,
                "aws:SourceArn": f"arn:aws:scheduler:us-east-1:{ACCOUNT}:{group}",
            }
        },
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    boto3.client("iam").create_role(RoleName="acts", AssumeRolePolicyDocument=document)
    arn = mock_lambda.stub("fn", returns=None).arn
    role = f"arn:aws:iam::{ACCOUNT}:role/acts"
    if is_made:
        schedule(arn, role)
    else:
        with pytest.raises(ClientError):
            schedule(arn, role)


@pytest.mark.parametrize("service", ["sqs", "sns", "kinesis", "events"])
def test_each_target_of_a_schedule_takes_its_own_right(mock_lambda, service):
    more: dict[str, Any] = {}
    if service == "sqs":
        action, target = "sqs:SendMessage", mock_lambda.queue("q").arn
    elif service == "sns":
        action, target = "sns:Publish", mock_lambda.topic("t").arn
    elif service == "kinesis":
        action, target = "kinesis:PutRecord", mock_lambda.stream("s").arn
        more = {"KinesisParameters": {"PartitionKey": "k"}}
    else:
        action, target = "events:PutEvents", f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/default"
        more = {"EventBridgeParameters": {"DetailType": "d", "Source": "my.app"}}
    letters_queue = mock_lambda.queue("letters")
    role = mock_lambda.role("acts", trusts=SCHEDULER, allow={"sqs:SendMessage": letters_queue})
    schedule(target, role, DeadLetterConfig={"Arn": letters_queue.arn}, **more)
    mock_lambda.advance(minutes=1)
    (letter,) = letters(letters_queue)
    assert f"is not authorized to perform: {action} on resource: {target}" in letter["ERROR_MESSAGE"]
    role.allow(action, target)
    mock_lambda.advance(minutes=5)
    assert letters(letters_queue) == []


def test_the_schedule_of_a_handle_has_a_role_that_may(mock_lambda):
    function = mock_lambda.stub("fn", returns=None)
    function.on_schedule("rate(5 minutes)")
    mock_lambda.stub("other", returns=None).on_schedule("rate(5 minutes)")
    mock_lambda.advance(minutes=6)
    assert len(function.invocations) == 2
    assert mock_lambda.denied == []


# -- EventBridge -------------------------------------------------------------------------------------------


def test_a_rule_writes_to_a_stream_as_its_targets_role_allows(mock_lambda):
    stream, queue = mock_lambda.stream("clicks"), mock_lambda.queue("letters")
    open_to_events(queue)
    role = mock_lambda.role("acts", trusts=EVENTS)
    rule(stream.arn, RoleArn=role, DeadLetterConfig={"Arn": queue.arn})
    put_event()
    (letter,) = letters(queue)
    assert (letter["ERROR_CODE"], letter["ERROR_MESSAGE"]) == (
        "NO_PERMISSIONS",
        f"{role} is not authorized to perform: kinesis:PutRecord on resource: {stream.arn}",
    )
    role.allow("kinesis:PutRecord", stream)
    put_event()
    assert len(stream.records) == 1


@pytest.mark.parametrize("kind", ["none", "missing", "distrustful"])
def test_a_rule_writes_to_no_stream_without_a_role_that_it_can_assume(mock_lambda, kind):
    stream, queue = mock_lambda.stream("clicks"), mock_lambda.queue("letters")
    open_to_events(queue)
    roles = {
        "none": dict,
        "missing": lambda: {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/nobody"},
        "distrustful": lambda: {"RoleArn": mock_lambda.role("acts", allow={"kinesis:*": "*"})},
    }
    rule(stream.arn, DeadLetterConfig={"Arn": queue.arn}, **roles[kind]())
    put_event()
    assert [letter["ERROR_CODE"] for letter in letters(queue)] == ["NO_PERMISSIONS"]
    assert stream.records == []


def test_a_rules_role_stands_for_the_functions_own_policy(mock_lambda):
    function = mock_lambda.stub("fn", returns=None)
    role = mock_lambda.role("acts", trusts=EVENTS)
    rule(function.arn, RoleArn=role)
    put_event()
    assert function.invocations == []
    role.allow("lambda:InvokeFunction", function)
    put_event()
    assert len(function.invocations) == 1


def test_a_rule_without_a_role_needs_the_functions_own_policy(mock_lambda):
    function = mock_lambda.stub("fn", returns=None)
    made = rule(function.arn)
    put_event()
    assert function.invocations == []
    function.allow(EVENTS, made)
    put_event()
    assert len(function.invocations) == 1


def test_a_rule_sends_to_another_bus_as_its_targets_role_allows(mock_lambda):
    function = mock_lambda.stub("fn", returns=None)
    bus = boto3.client("events").create_event_bus(Name="b")["EventBusArn"]
    function.on_rule({"source": ["my.app"]}, bus="b")
    role = mock_lambda.role("acts", trusts=EVENTS)
    rule(bus, RoleArn=role)
    put_event()
    assert function.invocations == []
    role.allow("events:PutEvents", bus)
    put_event()
    assert len(function.invocations) == 1


def test_a_role_may_trust_eventbridge_for_one_rule_only(mock_lambda):
    pytest.importorskip("moto")
    stream = mock_lambda.stream("clicks")
    role = mock_lambda.role("acts", trusts=EVENTS, allow={"kinesis:PutRecord": stream})
    made = rule(stream.arn, RoleArn=role)

    def trust(arn: str) -> None:
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": EVENTS},
            "Action": "sts:AssumeRole",
            "Condition": {"ArnEquals": {"aws:SourceArn": arn}},
        }
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        boto3.client("iam").update_assume_role_policy(RoleName="acts", PolicyDocument=document)

    trust(f"{made}-other")
    put_event()
    assert stream.records == []
    trust(made)
    put_event()
    assert len(stream.records) == 1
