"""Standard queues, through boto3: what a test's own code sees, time included."""

import json
import threading
import time

import boto3
import pytest
from botocore.exceptions import ClientError
from mapping_support import function


@pytest.fixture
def sqs(mock_lambda):
    return boto3.client("sqs")


@pytest.fixture
def url(sqs):
    return sqs.create_queue(QueueName="q", Attributes={"VisibilityTimeout": "30"})["QueueUrl"]


def refused(call, **request):
    with pytest.raises(ClientError) as caught:
        call(**request)
    return caught.value.response


def test_a_message_is_received_and_deleted(sqs, url):
    sent = sqs.send_message(QueueUrl=url, MessageBody="häé 🙂")
    (message,) = sqs.receive_message(QueueUrl=url, AttributeNames=["All"])["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert (message["MessageId"], message["Body"], message["Attributes"]["ApproximateReceiveCount"]) == (
        sent["MessageId"],
        "häé 🙂",
        "1",
    )
    assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)


def test_errors_look_as_the_sdk_shows_them(sqs, url):
    response = refused(sqs.delete_message, QueueUrl=f"{url}x", ReceiptHandle="garbage")
    assert (response["Error"], response["ResponseMetadata"]["HTTPStatusCode"]) == (
        {
            "Code": "AWS.SimpleQueueService.NonExistentQueue",
            "Message": "The specified queue does not exist.",
            "QueryErrorCode": "QueueDoesNotExist",
            "Type": "Sender",
        },
        400,
    )


def test_the_sdk_raises_its_own_classes(sqs, url):
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.get_queue_url(QueueName="none")
    with pytest.raises(sqs.exceptions.ReceiptHandleIsInvalid):
        sqs.delete_message(QueueUrl=url, ReceiptHandle="garbage")


@pytest.mark.parametrize("wire", [False, True])
def test_the_sdk_s_own_checks_of_digests_pass(mock_lambda, wire):
    from mocklambda import mock_lambda as start

    attributes = {
        "text": {"DataType": "String", "StringValue": "ö"},
        "number": {"DataType": "Number.int", "StringValue": "12"},
        "blob": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    with start(wire=wire):
        sqs = boto3.client("sqs")
        url = sqs.create_queue(QueueName="w")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="<&>\r\n", MessageAttributes=attributes)
        (message,) = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert (message["Body"], message["MessageAttributes"]) == ("<&>\r\n", attributes)


def test_a_consumer_that_does_not_delete_gets_the_message_again_when_time_passes(mock_lambda, sqs, url):
    sqs.send_message(QueueUrl=url, MessageBody="m")
    sqs.receive_message(QueueUrl=url)
    mock_lambda.advance(seconds=29)
    early = sqs.receive_message(QueueUrl=url)
    mock_lambda.advance(seconds=1)
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert ("Messages" in early, message["Body"]) == (False, "m")


def test_a_long_poll_skips_to_the_next_message_in_no_real_time(mock_lambda, sqs, url):
    sqs.send_message(QueueUrl=url, MessageBody="m", DelaySeconds=15)
    before, started = mock_lambda.now, time.monotonic()
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
    assert (message["Body"], round((mock_lambda.now - before).total_seconds())) == ("m", 15)
    assert time.monotonic() - started < 2


def test_a_consumer_loop_drives_a_message_into_its_dead_letter_queue(mock_lambda, sqs):
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    policy = {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:dead", "maxReceiveCount": 3}
    attributes = {"RedrivePolicy": json.dumps(policy), "VisibilityTimeout": "10"}
    url = sqs.create_queue(QueueName="source", Attributes=attributes)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="poison")
    seen = 0
    while "Messages" in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20):
        seen += 1
    (message,) = sqs.receive_message(QueueUrl=dead, AttributeNames=["All"])["Messages"]
    assert (seen, message["Body"], message["Attributes"]["DeadLetterQueueSourceArn"]) == (
        3,
        "poison",
        "arn:aws:sqs:us-east-1:123456789012:source",
    )


def test_a_message_is_gone_after_its_retention(mock_lambda, sqs, url):
    sqs.send_message(QueueUrl=url, MessageBody="m")
    mock_lambda.advance(days=4)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)


def test_a_thread_that_waits_gets_what_another_sends(mock_lambda, sqs, url):
    got = []
    started = threading.Event()

    def consume():
        client = boto3.client("sqs")
        started.set()
        while not got:
            got.extend(client.receive_message(QueueUrl=url, WaitTimeSeconds=20).get("Messages", ()))

    thread = threading.Thread(target=consume)
    thread.start()
    started.wait()
    sqs.send_message(QueueUrl=url, MessageBody="m")
    thread.join()
    assert [message["Body"] for message in got] == ["m"]


def test_a_redrive_task_brings_dead_letters_back(mock_lambda, sqs):
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = "arn:aws:sqs:us-east-1:123456789012:dead"
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    attributes = {"RedrivePolicy": policy, "VisibilityTimeout": "0"}
    url = sqs.create_queue(QueueName="source", Attributes=attributes)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="m")
    for _ in range(2):
        sqs.receive_message(QueueUrl=url)
    sqs.start_message_move_task(SourceArn=arn)
    mock_lambda.settle()
    (task,) = sqs.list_message_move_tasks(SourceArn=arn)["Results"]
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 1)
    assert "Messages" not in sqs.receive_message(QueueUrl=dead)
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "m"


def test_what_a_handler_sends_is_sent_by_a_role_and_carries_its_trace(mock_lambda, sqs, url):
    function(f"""
        import boto3, os
        def handler(event, context):
            boto3.client("sqs").send_message(QueueUrl={url!r}, MessageBody="from a handler")
            return os.environ["_X_AMZN_TRACE_ID"]
    """)
    answer = boto3.client("lambda").invoke(FunctionName="fn")
    trace = json.loads(answer["Payload"].read())
    (message,) = sqs.receive_message(QueueUrl=url, AttributeNames=["All"])["Messages"]
    attributes = message["Attributes"]
    assert (message["Body"], attributes["AWSTraceHeader"].split(";")[0]) == (
        "from a handler",
        trace.split(";")[0],
    )
    assert attributes["SenderId"].startswith("AROA")


def test_the_resource_interface_works(mock_lambda):
    queue = boto3.resource("sqs").create_queue(QueueName="r")
    queue.send_messages(Entries=[{"Id": body, "MessageBody": body} for body in "abc"])
    messages = queue.receive_messages(MaxNumberOfMessages=10)
    for message in messages:
        message.delete()
    assert [message.body for message in messages] == ["a", "b", "c"]
