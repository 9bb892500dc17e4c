"""A topic's messages reach functions and queues."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from mapping_support import bodies, function, queue
from messaging_support import RECORD_TO_QUEUE, open_to


@pytest.fixture
def topic(mock_lambda) -> str:
    return boto3.client("sns").create_topic(Name="t")["TopicArn"]


def subscribed_queue(topic: str, name: str = "q", **attributes: str) -> str:
    url, arn = queue(name)
    open_to(url, "sns.amazonaws.com")
    boto3.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)
    return url


def subscribed_function(topic: str, out: str, *, is_permitted: bool = True, **attributes: str) -> str:
    arn = function(RECORD_TO_QUEUE, Environment={"Variables": {"OUT": out}})
    if is_permitted:
        boto3.client("lambda").add_permission(
            FunctionName="fn",
            StatementId="s",
            Action="lambda:InvokeFunction",
            Principal="sns.amazonaws.com",
            SourceArn=topic,
        )
    subscription: dict[str, Any] = boto3.client("sns").subscribe(
        TopicArn=topic, Protocol="lambda", Endpoint=arn, Attributes=attributes
    )
    return subscription["SubscriptionArn"]


def test_a_function_has_run_when_publish_returns(topic):
    out, _ = queue("out")
    subscription = subscribed_function(topic, out)
    sent = boto3.client("sns").publish(
        TopicArn=topic,
        Message="hello",
        Subject="s",
        MessageAttributes={"a": {"DataType": "Binary", "BinaryValue": b"\x02"}},
    )
    ((event,),) = [[body] for body in bodies(out)]
    (record,) = event["Records"]
    part = record["Sns"]
    assert (record["EventSubscriptionArn"], part["MessageId"], part["Message"], part["Subject"]) == (
        subscription,
        sent["MessageId"],
        "hello",
        "s",
    )
    assert part["MessageAttributes"] == {"a": {"Type": "Binary", "Value": "Ag=="}}


def test_a_function_that_gives_no_permission_is_not_run(topic):
    out, _ = queue("out")
    letters, letters_arn = queue("letters")
    open_to(letters, "sns.amazonaws.com")
    redrive = json.dumps({"deadLetterTargetArn": letters_arn})
    subscribed_function(topic, out, is_permitted=False, RedrivePolicy=redrive)
    boto3.client("sns").publish(TopicArn=topic, Message="hello")
    assert (bodies(out), [letter["Message"] for letter in bodies(letters)]) == ([], ["hello"])


def test_a_queue_gets_what_its_filter_lets_through(topic):
    url = subscribed_queue(topic, FilterPolicy='{"kind": ["wanted"]}')
    for kind in ("wanted", "other"):
        attributes = {"kind": {"DataType": "String", "StringValue": kind}}
        boto3.client("sns").publish(TopicArn=topic, Message=kind, MessageAttributes=attributes)
    assert [body["Message"] for body in bodies(url)] == ["wanted"]


def test_a_raw_queue_gets_the_text_and_its_attributes(topic):
    url = subscribed_queue(topic, RawMessageDelivery="true")
    attributes = {"a": {"DataType": "Number", "StringValue": "1"}}
    boto3.client("sns").publish(TopicArn=topic, Message="text", MessageAttributes=attributes)
    (message,) = boto3.client("sqs").receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert (message["Body"], message["MessageAttributes"]) == ("text", attributes)


def test_a_batch_reaches_every_subscriber(topic):
    urls = [subscribed_queue(topic, name) for name in ("a", "b")]
    entries = [{"Id": text, "Message": text} for text in ("x", "y")]
    answer = boto3.client("sns").publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    assert [entry["Id"] for entry in answer["Successful"]] == ["x", "y"]
    assert [sorted(body["Message"] for body in bodies(url)) for url in urls] == [["x", "y"]] * 2


def test_an_ordered_topic_keeps_its_order_and_drops_repeats(mock_lambda):
    sns = boto3.client("sns")
    attributes = {"FifoTopic": "true", "ContentBasedDeduplication": "true"}
    topic = sns.create_topic(Name="t.fifo", Attributes=attributes)["TopicArn"]
    url, arn = queue("q.fifo", FifoQueue="true")
    open_to(url, "sns.amazonaws.com")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    for text in ("1", "2", "1", "3"):
        sns.publish(TopicArn=topic, Message=text, MessageGroupId="g")
    assert [body["Message"] for body in bodies(url)] == ["1", "2", "3"]


def test_a_failing_function_is_retried_by_lambda(mock_lambda, topic):
    letters, letters_arn = queue("letters")
    arn = function(
        "def handler(event, context): raise ValueError('no')", DeadLetterConfig={"TargetArn": letters_arn}
    )
    boto3.client("lambda").add_permission(
        FunctionName="fn", StatementId="s", Action="lambda:InvokeFunction", Principal="sns.amazonaws.com"
    )
    boto3.client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    boto3.client("sns").publish(TopicArn=topic, Message="hello")
    mock_lambda.advance(minutes=10)
    (event,) = bodies(letters)
    assert event["Records"][0]["Sns"]["Message"] == "hello"


def test_what_lambda_gives_up_is_published(mock_lambda, topic):
    url = subscribed_queue(topic)
    function("def handler(event, context): raise ValueError('no')", DeadLetterConfig={"TargetArn": topic})
    boto3.client("lambda").invoke(FunctionName="fn", InvocationType="Event", Payload='{"a": 1}')
    mock_lambda.advance(minutes=10)
    (letter,) = bodies(url)
    assert (json.loads(letter["Message"]), letter["MessageAttributes"]["ErrorMessage"]) == (
        {"a": 1},
        {"Type": "String", "Value": "no"},
    )


@pytest.mark.parametrize(
    ("arn", "code", "status", "text"),
    [
        ("arn:aws:sns:us-east-1:123456789012:gone", "NotFound", 404, "Topic does not exist"),
        (
            "randomstring",
            "InvalidParameter",
            400,
            "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1",
        ),
    ],
)
def test_errors_look_as_on_aws(mock_lambda, arn, code, status, text):
    with pytest.raises(ClientError) as caught:
        boto3.client("sns").get_topic_attributes(TopicArn=arn)
    response = caught.value.response
    assert response["Error"] == {"Type": "Sender", "Code": code, "Message": text}
    assert response["ResponseMetadata"]["HTTPStatusCode"] == status
