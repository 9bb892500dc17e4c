"""What a queue is to other services: a destination, and a source for pollers."""

import json

import pytest

from mocklambda.execution.ports import Attribute, Delivery, Undeliverable

BUCKET = "arn:aws:s3:::bucket"


def delivery(body="body", **more):
    return Delivery(body=body, principal="s3.amazonaws.com", source_arn=BUCKET, **more)


def deliver(sqs, url, what, causes=frozenset()):
    target = sqs.links.destination(sqs.arn(url))
    return sqs.engine.turn(lambda: target.deliver(what), causes)


@pytest.fixture
def source(sqs):
    return sqs.links.queue_source(sqs.arn(sqs.queue(VisibilityTimeout=5)))


def test_a_delivery_arrives_as_a_message(sqs):
    url = sqs.queue()
    attributes = {
        "RequestID": Attribute(data_type="String", value="uuid"),
        "blob": Attribute(data_type="Binary", value=b"\x00"),
    }
    what = delivery(attributes=attributes, trace_header="Root=1", group_id="g", deduplication_id="d")
    message_id = deliver(sqs, url, what)
    (message,) = sqs.receive(url, AttributeNames=["All"], MessageAttributeNames=["All"])
    assert (message["MessageId"], message["Body"], message["MessageAttributes"]) == (
        message_id,
        "body",
        {
            "RequestID": {"DataType": "String", "StringValue": "uuid"},
            "blob": {"DataType": "Binary", "BinaryValue": b"\x00"},
        },
    )
    assert list(message["Attributes"]) == [
        "ApproximateReceiveCount",
        "AWSTraceHeader",
        "SentTimestamp",
        "MessageGroupId",
        "SenderId",
        "ApproximateFirstReceiveTimestamp",
    ]
    assert message["Attributes"]["SenderId"].startswith("AROA")


def test_a_delivery_ends_a_long_poll(sqs):
    url = sqs.queue()
    poll = sqs.start("ReceiveMessage", QueueUrl=url, WaitTimeSeconds=20)
    deliver(sqs, url, delivery())
    assert poll.value["Messages"][0]["Body"] == "body"


def test_a_fifo_queue_takes_a_delivery_with_its_ids(sqs):
    url = sqs.fifo()
    deliver(sqs, url, delivery(group_id="g", deduplication_id="d"))
    (message,) = sqs.receive(url, AttributeNames=["MessageGroupId", "MessageDeduplicationId"])
    assert message["Attributes"] == {"MessageGroupId": "g", "MessageDeduplicationId": "d"}


@pytest.mark.parametrize(
    ("what", "code", "message"),
    [
        (delivery(), "MissingParameter", "The request must contain the parameter MessageGroupId."),
        (
            delivery("x" * 1025, group_id="g"),
            "InvalidParameterValue",
            "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.",
        ),
    ],
)
def test_what_a_queue_would_refuse_is_undeliverable(sqs, what, code, message):
    url = sqs.fifo(MaximumMessageSize=1024)
    with pytest.raises(Undeliverable) as caught:
        deliver(sqs, url, what)
    assert (caught.value.code, caught.value.message) == (code, message)


def test_a_queue_that_went_away_is_undeliverable(sqs):
    url = sqs.queue()
    target = sqs.links.destination(sqs.arn(url))
    sqs("DeleteQueue", QueueUrl=url)
    with pytest.raises(Undeliverable, match="NonExistentQueue"):
        sqs.engine.turn(lambda: target.deliver(delivery()))


@pytest.mark.parametrize(
    "arn", ["arn:aws:sqs:us-east-1:111111111111:none", "arn:aws:sqs:eu-west-1:111111111111:q", "q"]
)
def test_an_arn_without_a_queue_leads_nowhere(sqs, arn):
    sqs.queue()
    assert (sqs.links.destination(arn), sqs.links.queue_source(arn)) == (None, None)


def statement(**more):
    base = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": "arn:aws:sqs:us-east-1:111111111111:q",
    }
    return base | more


@pytest.mark.parametrize(
    ("statements", "is_permitted"),
    [
        ([], False),
        ([statement()], True),
        ([statement(Principal="*")], True),
        ([statement(Principal={"AWS": "*"})], True),
        ([statement(Principal={"Service": ["sns.amazonaws.com", "s3.amazonaws.com"]})], True),
        ([statement(Principal={"Service": "sns.amazonaws.com"})], False),
        ([statement(Action="SQS:*")], True),
        ([statement(Action=["sqs:ReceiveMessage"])], False),
        ([statement(Resource="arn:aws:sqs:*:*:q")], True),
        ([statement(Resource="arn:aws:sqs:us-east-1:111111111111:other")], False),
        ([statement(Condition={"ArnEquals": {"aws:SourceArn": BUCKET}})], True),
        ([statement(Condition={"ArnLike": {"AWS:SourceArn": "arn:aws:s3:*:*:buck*"}})], True),
        ([statement(Condition={"ArnLike": {"aws:SourceArn": "arn:aws:s3:::other"}})], False),
        ([statement(Condition={"StringEquals": {"aws:SourceAccount": "111111111111"}})], True),
        ([statement(Condition={"StringEquals": {"aws:SourceAccount": ["222222222222"]}})], False),
        ([statement(Condition={"StringNotEquals": {"aws:SourceAccount": "222222222222"}})], True),
        ([statement(Condition={"StringEqualsIfExists": {"aws:PrincipalOrgID": "o"}})], True),
        ([statement(Condition={"StringEquals": {"aws:PrincipalOrgID": "o"}})], False),
        ([statement(Condition={"Null": {"aws:SourceArn": "true"}})], False),
        ([statement(Condition={"Bool": {"aws:SecureTransport": "true"}})], True),
        ([statement(), statement(Effect="Deny", Condition={"Bool": {"aws:SecureTransport": "false"}})], True),
        ([statement(), statement(Effect="Deny", NotAction="sqs:ReceiveMessage")], False),
    ],
)
def test_a_queue_s_policy_says_which_service_may_send(sqs, statements, is_permitted):
    url = sqs.queue()
    if statements:
        sqs("SetQueueAttributes", QueueUrl=url, Attributes={"Policy": json.dumps({"Statement": statements})})
    target = sqs.links.destination(sqs.arn(url))
    assert target.permits("s3.amazonaws.com", BUCKET, "111111111111") is is_permitted


# -- as a source -----------------------------------------------------------------------------------------


def test_a_record_has_aws_members_in_aws_order(sqs, source):
    answer = sqs.send(
        "q",
        '{"k": 1}',
        MessageAttributes={
            "Title": {"DataType": "String", "StringValue": "The Whistler"},
            "blob": {"DataType": "Binary", "BinaryValue": b"\x01\x02"},
        },
        causes=frozenset({4}),
    )
    (record,) = source.receive(10)
    assert list(record.record.items()) == [
        ("messageId", answer["MessageId"]),
        ("receiptHandle", record.receipt_handle),
        ("body", '{"k": 1}'),
        (
            "attributes",
            {
                "ApproximateReceiveCount": "1",
                "SentTimestamp": "1700000000000",
                "SenderId": record.record["attributes"]["SenderId"],
                "ApproximateFirstReceiveTimestamp": "1700000000000",
            },
        ),
        (
            "messageAttributes",
            {
                "Title": {
                    "stringValue": "The Whistler",
                    "stringListValues": [],
                    "binaryListValues": [],
                    "dataType": "String",
                },
                "blob": {
                    "binaryValue": "AQI=",
                    "stringListValues": [],
                    "binaryListValues": [],
                    "dataType": "Binary",
                },
            },
        ),
        ("md5OfMessageAttributes", answer["MD5OfMessageAttributes"]),
        ("md5OfBody", answer["MD5OfMessageBody"]),
        ("eventSource", "aws:sqs"),
        ("eventSourceARN", source.arn),
        ("awsRegion", "us-east-1"),
    ]
    assert record.causes == frozenset({4})


def test_a_message_without_attributes_has_no_digest_of_them(sqs, source):
    sqs.send("q")
    (record,) = source.receive(10)
    assert (record.record["messageAttributes"], "md5OfMessageAttributes" in record.record) == ({}, False)


def test_a_source_receives_more_than_ten_and_hides_them_like_any_receive(sqs, source):
    for _ in range(25):
        sqs.send("q")
    taken = source.receive(100, visibility_timeout_ms=9000)
    source.delete([record.receipt_handle for record in taken[:20]])
    sqs.advance(9)
    assert (len(taken), sqs.counts("q"), source.backlog()) == (25, (5, 0, 0), 5)


def test_a_listener_is_told_of_every_way_to_become_visible_and_of_nothing_else(sqs, source):
    told = []
    listening = source.subscribe(lambda: told.append(sqs.seconds))
    sqs.send("q")
    source.receive(1)
    sqs.send("q", DelaySeconds=2)
    sqs.advance(10)
    listening.cancel()
    sqs.send("q")
    assert told == [0, 2, 5]


def test_a_source_says_whose_messages_wait(sqs, source):
    sqs.send("q", causes=frozenset({1}))
    sqs.send("q", causes=frozenset({2}))
    sqs.send("q", causes=frozenset({3}), DelaySeconds=1)
    before = source.waiting()
    source.receive(1)
    assert (before, source.waiting()) == (frozenset({1, 2}), frozenset({2}))


def test_a_source_outlives_its_queue(sqs, source):
    told = []
    source.subscribe(lambda: told.append("visible"))
    sqs("DeleteQueue", QueueUrl="q")
    gone = source.receive(1), source.backlog(), source.waiting()
    sqs.advance(60)
    sqs.queue()
    sqs.send("q")
    assert (gone, told, len(source.receive(1))) == (([], 0, frozenset()), ["visible"], 1)


def test_a_fifo_source_offers_only_what_its_groups_let_through(sqs):
    url = sqs.fifo(VisibilityTimeout=5)
    source = sqs.links.queue_source(sqs.arn(url))
    for body in ("a1", "a2", "b1"):
        sqs.send(url, body, MessageGroupId=body[0])
    (first,) = source.receive(1)
    locked = source.backlog()
    sqs.advance(5)
    source.delete([first.receipt_handle])
    assert (first.group_id, locked, source.backlog()) == ("a", 1, 3)
