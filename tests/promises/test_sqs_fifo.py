"""FIFO queues, through boto3: order, duplicates, and groups that block only themselves."""

import boto3
import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def sqs(mock_lambda):
    return boto3.client("sqs")


@pytest.fixture
def url(sqs):
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true", "VisibilityTimeout": "30"}
    return sqs.create_queue(QueueName="q.fifo", Attributes=attributes)["QueueUrl"]


def bodies(sqs, url, **more):
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, **more).get("Messages", [])
    return [message["Body"] for message in messages]


def test_a_batch_keeps_the_order_of_each_group(sqs, url):
    names = ["a-1", "b-1", "a-2", "b-2", "a-3"]
    entries = [{"Id": name, "MessageBody": name, "MessageGroupId": name[0]} for name in names]
    answer = sqs.send_message_batch(QueueUrl=url, Entries=entries)
    numbers = [entry["SequenceNumber"] for entry in answer["Successful"]]
    assert (bodies(sqs, url), numbers) == (["a-1", "a-2", "a-3", "b-1", "b-2"], sorted(numbers))


def test_a_group_in_flight_blocks_only_itself(mock_lambda, sqs, url):
    for name in ("a-1", "a-2", "b-1"):
        sqs.send_message(QueueUrl=url, MessageBody=name, MessageGroupId=name[0])
    first = sqs.receive_message(QueueUrl=url)["Messages"][0]
    others = bodies(sqs, url)
    mock_lambda.advance(seconds=30)
    again = bodies(sqs, url)
    assert (first["Body"], others, again) == ("a-1", ["b-1"], ["a-1", "a-2", "b-1"])


def test_the_same_content_within_five_minutes_is_one_message(mock_lambda, sqs, url):
    first = sqs.send_message(QueueUrl=url, MessageBody="m", MessageGroupId="g")
    mock_lambda.advance(minutes=4)
    again = sqs.send_message(QueueUrl=url, MessageBody="m", MessageGroupId="g")
    mock_lambda.advance(minutes=1)
    later = sqs.send_message(QueueUrl=url, MessageBody="m", MessageGroupId="g")
    assert [answer["MessageId"] == first["MessageId"] for answer in (again, later)] == [True, False]
    assert bodies(sqs, url) == ["m", "m"]


def test_an_expired_receipt_handle_does_not_delete(mock_lambda, sqs, url):
    sqs.send_message(QueueUrl=url, MessageBody="m", MessageGroupId="g")
    handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    mock_lambda.advance(seconds=30)
    with pytest.raises(ClientError) as caught:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
    assert caught.value.response["Error"] == {
        "Code": "InvalidParameterValue",
        "Message": f"Value {handle} for parameter ReceiptHandle is invalid. "
        "Reason: The receipt handle has expired.",
        "QueryErrorCode": "InvalidParameterValueException",
        "Type": "Sender",
    }
