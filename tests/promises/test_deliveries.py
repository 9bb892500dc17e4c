"""What one service hands to another arrives whole, comes again when refused for now, and is kept when refused."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import boto3
import pytest
from botocore.exceptions import ClientError
from mapping_support import queue
from messaging_support import open_to

NOON = datetime(2024, 1, 1, 12, tzinfo=timezone.utc)

pytestmark = pytest.mark.mock_lambda(clock=NOON)


def rule(target: str, **settings: object) -> None:
    events = boto3.client("events")
    events.put_rule(Name="all", EventPattern=json.dumps({"source": ["test"]}))
    events.put_targets(Rule="all", Targets=[{"Id": "1", "Arn": target, **settings}])


def put_events(count: int = 1) -> None:
    entry = {"Source": "test", "DetailType": "d", "Detail": json.dumps({"fill": "x" * 200_000})}
    for _ in range(count):
        boto3.client("events").put_events(Entries=[entry])


def test_a_throttled_stream_takes_an_event_later(mock_lambda):
    stream = mock_lambda.stream("s", shards=1)
    rule(stream.arn, RoleArn="arn:aws:iam::123456789012:role/r", InputPath="$.detail.fill")

    put_events(8)  # 1 MB a second
    assert len(stream.records) == 5
    mock_lambda.advance(minutes=1)

    assert len(stream.records) == 8


def test_a_group_of_a_standard_topic_is_the_messages_group_in_a_standard_queue(mock_lambda):
    url, arn = queue("q")
    open_to(url, "sns.amazonaws.com")
    sns = boto3.client("sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    sns.publish(TopicArn=topic, Message="m", MessageGroupId="tenant")

    (message,) = boto3.client("sqs").receive_message(QueueUrl=url, MessageSystemAttributeNames=["All"])[
        "Messages"
    ]
    assert message["Attributes"]["MessageGroupId"] == "tenant"
    assert "MessageDeduplicationId" not in message["Attributes"]


def test_a_function_is_not_run_with_what_is_no_json(mock_lambda):
    fn = mock_lambda.stub("fn", returns=None)
    url, dead = queue("dead")
    open_to(url, "events.amazonaws.com")
    boto3.client("lambda").add_permission(
        FunctionName="fn", StatementId="s", Action="lambda:InvokeFunction", Principal="events.amazonaws.com"
    )
    template = {"InputPathsMap": {"kind": "$.detail-type"}, "InputTemplate": '"a <kind>"\n"b <kind>"'}
    rule(fn.arn, InputTransformer=template, DeadLetterConfig={"Arn": dead})

    put_events()

    assert fn.invocations == []
    (letter,) = boto3.client("sqs").receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert letter["Body"] == '"a d"\n"b d"'
    assert letter["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "SDK_CLIENT_ERROR"


SENDS = """
import boto3

def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=event, MessageBody="m")
"""


def senders(queue):
    found = boto3.client("sqs").receive_message(
        QueueUrl=queue.url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["SenderId"]
    )
    return [message["Attributes"]["SenderId"].partition(":") for message in found["Messages"]]


def test_a_handlers_message_tells_its_role_and_function(mock_lambda):
    queue = mock_lambda.queue("jobs")
    role = "arn:aws:iam::123456789012:role/service-role/shared"
    for name in ("first", "second"):
        mock_lambda.function(name, source=SENDS, Role=role).invoke(queue.url)
    mock_lambda.function("third", source=SENDS).invoke(queue.url)
    queue.send("m")

    (first, *_), (second, *_), (third, *_), (user, *_) = found = senders(queue)
    assert [session for _, _, session in found] == ["first", "second", "third", ""]
    assert first == second != third
    assert [text[:4] for text in (first, third, user)] == ["AROA", "AROA", "AIDA"]


def test_a_queues_policy_refuses_a_handler_by_its_session(mock_lambda):
    queue = mock_lambda.queue("jobs")
    fn = mock_lambda.function("fn", source=SENDS, Role="arn:aws:iam::123456789012:role/r")
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    boto3.client("sqs").set_queue_attributes(QueueUrl=queue.url, Attributes={"Policy": policy})

    assert fn.invoke(queue.url).error["errorMessage"] == (
        "An error occurred (AccessDenied) when calling the SendMessage operation: User: "
        "arn:aws:sts::123456789012:assumed-role/r/fn is not authorized to perform: sqs:sendmessage on resource: "
        "arn:aws:sqs:us-east-1:123456789012:jobs with an explicit deny in a resource-based policy"
    )


def test_a_message_attribute_is_no_list(mock_lambda):
    attribute = {"DataType": "String", "StringValue": "v", "StringListValues": ["a", "b"]}

    with pytest.raises(ClientError) as refusal:
        boto3.client("sqs").send_message(
            QueueUrl=mock_lambda.queue("q").url, MessageBody="m", MessageAttributes={"a": attribute}
        )

    assert refusal.value.response["Error"]["Code"] == "AWS.SimpleQueueService.UnsupportedOperation"
