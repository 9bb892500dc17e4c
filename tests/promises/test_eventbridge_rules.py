"""Events reach the targets of the rules that want them."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from mapping_support import bodies, function, queue
from messaging_support import RECORD_TO_QUEUE, open_to

PATTERN = '{"source": ["my.app"], "detail": {"n": [{"numeric": [">", 1]}]}}'


def rule(arn: str, **target: Any) -> str:
    events = boto3.client("events")
    made = events.put_rule(Name="r", EventPattern=PATTERN)["RuleArn"]
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": arn, **target}])
    return made


def put(n: int) -> dict[str, Any]:
    entry = {"Source": "my.app", "DetailType": "d", "Detail": json.dumps({"n": n})}
    return boto3.client("events").put_events(Entries=[entry])


def open_queue(name: str = "q") -> tuple[str, str]:
    url, arn = queue(name)
    open_to(url, "events.amazonaws.com")
    return url, arn


def permit(source_arn: str) -> None:
    boto3.client("lambda").add_permission(
        FunctionName="fn",
        StatementId="s",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=source_arn,
    )


def test_a_function_gets_the_events_that_match(mock_lambda):
    out, _ = queue("out")
    permit_for = function(RECORD_TO_QUEUE, Environment={"Variables": {"OUT": out}})
    permit(rule(permit_for))
    put(1)
    sent = put(2)
    (event,) = bodies(out)
    assert event.pop("time")
    assert event == {
        "version": "0",
        "id": sent["Entries"][0]["EventId"],
        "detail-type": "d",
        "source": "my.app",
        "account": "123456789012",
        "region": "us-east-1",
        "resources": [],
        "detail": {"n": 2},
    }


def test_a_queue_gets_its_own_shape(mock_lambda):
    url, arn = open_queue()
    rule(arn, InputTransformer={"InputPathsMap": {"n": "$.detail.n"}, "InputTemplate": '{"count": <n>}'})
    put(5)
    assert bodies(url) == [{"count": 5}]


def test_a_time_is_an_instant(mock_lambda):
    url, arn = open_queue()
    rule(arn)
    entry = {"Source": "my.app", "DetailType": "d", "Detail": '{"n": 2}'}
    time = datetime(2022, 1, 1, tzinfo=timezone.utc)
    boto3.client("events").put_events(Entries=[{**entry, "Time": time}])
    assert [event["time"] for event in bodies(url)] == ["2022-01-01T00:00:00Z"]


def test_a_topic_and_another_bus_pass_events_on(mock_lambda):
    events, sns = boto3.client("events"), boto3.client("sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic,
    }
    sns.set_topic_attributes(
        TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps({"Statement": [statement]})
    )
    url, arn = queue("q")
    open_to(url, "sns.amazonaws.com")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    bus = events.create_event_bus(Name="b")["EventBusArn"]
    rule(bus)
    events.put_rule(Name="r", EventBusName="b", EventPattern=PATTERN)
    events.put_targets(Rule="r", EventBusName="b", Targets=[{"Id": "1", "Arn": topic}])
    put(2)
    assert [json.loads(body["Message"])["detail"] for body in bodies(url)] == [{"n": 2}]


def test_what_a_missing_function_misses_is_kept(mock_lambda):
    url, arn = open_queue("letters")
    function_arn = "arn:aws:lambda:us-east-1:123456789012:function:gone"
    rule(function_arn, DeadLetterConfig={"Arn": arn})
    put(2)
    (letter,) = boto3.client("sqs").receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert (letter["MessageAttributes"]["ERROR_CODE"], letter["MessageAttributes"]["TARGET_ARN"]) == (
        {"DataType": "String", "StringValue": "NO_RESOURCE"},
        {"DataType": "String", "StringValue": function_arn},
    )


def test_a_schedule_runs_a_function_every_period(mock_lambda):
    out, _ = queue("out")
    events = boto3.client("events")
    arn = function(RECORD_TO_QUEUE, Environment={"Variables": {"OUT": out}})
    rule_arn = events.put_rule(Name="r", ScheduleExpression="rate(5 minutes)")["RuleArn"]
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": arn, "Input": '{"tick": true}'}])
    permit(rule_arn)
    mock_lambda.advance(minutes=15)
    assert bodies(out) == [{"tick": True}] * 3


def test_what_lambda_made_of_an_event_is_an_event(mock_lambda):
    url, arn = open_queue()
    events = boto3.client("events")
    events.put_rule(Name="r", EventPattern='{"source": ["lambda"]}')
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": arn}])
    function("def handler(event, context): return 'done'")
    bus = "arn:aws:events:us-east-1:123456789012:event-bus/default"
    boto3.client("lambda").put_function_event_invoke_config(
        FunctionName="fn", DestinationConfig={"OnSuccess": {"Destination": bus}}
    )
    boto3.client("lambda").invoke(FunctionName="fn", InvocationType="Event", Payload="{}")
    (event,) = bodies(url)
    assert (event["detail-type"], event["detail"]["responsePayload"]) == (
        "Lambda Function Invocation Result - Success",
        "done",
    )


def test_an_uploaded_object_is_an_event_on_the_default_bus(mock_lambda):
    url, arn = open_queue()
    events, s3 = boto3.client("events"), boto3.client("s3")
    events.put_rule(Name="r", EventPattern='{"source": ["aws.s3"], "detail-type": ["Object Created"]}')
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": arn}])
    s3.create_bucket(Bucket="b-1")
    s3.put_bucket_notification_configuration(
        Bucket="b-1", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    s3.put_object(Bucket="b-1", Key="k", Body=b"x")
    assert [event["detail"]["object"]["key"] for event in bodies(url)] == ["k"]


@pytest.mark.parametrize(
    ("operation", "request_", "code", "text"),
    [
        ("describe_event_bus", {"Name": "b"}, "ResourceNotFoundException", "Event bus b does not exist."),
        (
            "put_rule",
            {"Name": "r", "EventPattern": '{"int": 42}'},
            "InvalidEventPatternException",
            (
                'Event pattern is not valid. Reason: "int" must be an object or an array\n'
                ' at [Source: (String)"{"int": 42}"; line: 1, column: 11]'
            ),
        ),
        (
            "put_targets",
            {"Rule": "r", "Targets": [{"Id": "!@#", "Arn": "arn:aws:sqs:us-east-1:123456789012:q"}]},
            "ValidationException",
            (
                "1 validation error detected: Value '!@#' at 'targets.1.member.id' failed to satisfy constraint:"
                " Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+"
            ),
        ),
    ],
)
def test_errors_look_as_on_aws(mock_lambda, operation, request_, code, text):
    with pytest.raises(ClientError) as caught:
        getattr(boto3.client("events"), operation)(**request_)
    assert (caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]) == (code, text)
