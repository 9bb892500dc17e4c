"""What is accepted, what it answers, and what is refused with which words."""

import pytest

from mocklambda.execution.ports import Attribute
from mocklambda.services.sqs.attributes import digest

TOO_LONG = "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes."


def string(value, data_type="String"):
    return {"DataType": data_type, "StringValue": value}


def strings(**values):
    return {name: Attribute(data_type="String", value=value) for name, value in values.items()}


WHISTLER = {
    **strings(Title="The Whistler", Author="John Grisham"),
    "WeeksOn": Attribute(data_type="Number", value="6"),
}
TRACEPARENT = b"traceparent\x1e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01"
TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


@pytest.mark.parametrize(
    ("values", "md5"),
    [
        (strings(Foo="Bar"), "ae7155c6026991b6d54b11589678bf9c"),
        (strings(k="x"), "a45daa70926828a2f0a1db3418e6feb4"),
        (
            {"timestamp": Attribute(data_type="Number", value="1493147359900")},
            "235c5c510d26fb653d073faed50ae77c",
        ),
        (
            {"timestamp": Attribute(data_type="Number.java.lang.Long", value="1493147359900")},
            "2e2e4876d8e0bd6b8c2c8f556831c349",
        ),
        (WHISTLER, "d25a6aea97eb8f585bfa92d314504a92"),
        (
            strings(**{"Help.Me": "Me", "Hello": "There", "General": "Kenobi"}),
            "4c360f3fdafd970e05fae2f149d997f5",
        ),
        ({"attr1": Attribute(data_type="Binary", value=TRACEPARENT)}, "8cbe4db156db8a94db8b801b7addb984"),
        (strings(AWSTraceHeader=TRACE), "5ae4d5d7636402d80f4eb6d213245a88"),
    ],
)
def test_attributes_have_the_digest_that_aws_was_recorded_to_answer(values, md5):
    assert digest(values) == md5


def test_a_send_answers_id_and_digests(sqs):
    url = sqs.queue()
    answer = sqs.send(
        url,
        "message",
        MessageAttributes={"k": string("x")},
        MessageSystemAttributes={"AWSTraceHeader": string(TRACE)},
    )
    assert answer == {
        "MessageId": answer["MessageId"],
        "MD5OfMessageBody": "78e731027d8fd50ed642340b7c9a63b3",
        "MD5OfMessageAttributes": "a45daa70926828a2f0a1db3418e6feb4",
        "MD5OfMessageSystemAttributes": "5ae4d5d7636402d80f4eb6d213245a88",
    }


@pytest.mark.parametrize(
    ("request_", "code", "message"),
    [
        ({}, "MissingParameter", "The request must contain the parameter MessageBody."),
        ({"MessageBody": ""}, "MissingParameter", "The request must contain the parameter MessageBody."),
        ({"MessageBody": "x" * 1_048_577}, "InvalidParameterValue", TOO_LONG),
        (
            {"MessageBody": "x" * (1_048_576 - 8 + 1), "MessageAttributes": {"k": string("x")}},
            "InvalidParameterValue",
            TOO_LONG,
        ),
        (
            {"MessageBody": "a\x00"},
            "InvalidMessageContents",
            (
                "Invalid characters found. Valid unicode characters are "
                "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"
            ),
        ),
        (
            {"MessageBody": "ö\ufffe"},
            "InvalidMessageContents",
            (
                "Invalid characters found. Valid unicode characters are "
                "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"
            ),
        ),
        (
            {"MessageBody": "a", "DelaySeconds": 1000},
            "InvalidParameterValue",
            "Value 1000 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.",
        ),
        (
            {"MessageBody": "a", "MessageAttributes": {"X": string("")}},
            "InvalidParameterValue",
            "Message (user) attribute 'X' must contain a non-empty value of type 'String'.",
        ),
        (
            {"MessageBody": "a", "MessageAttributes": {"a!": string("x")}},
            "InvalidParameterValue",
            (
                "Message (user) attributes name can only contain upper and lower score characters, digits, periods, "
                "hyphens and underscores. "
            ),
        ),
        (
            {"MessageBody": "a", "MessageAttributes": {"aMaZon.x": string("x")}},
            "InvalidParameterValue",
            (
                "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. "
                "These strings are reserved for internal use. Additionally, they cannot start or end with '.'."
            ),
        ),
        (
            {"MessageBody": "a", "MessageAttributes": {"a" * 257: string("x")}},
            "InvalidParameterValue",
            "Message (user) attribute names must be shorter than 256 Bytes",
        ),
        (
            {"MessageBody": "a", "MessageAttributes": {"X": string("x", "string")}},
            "InvalidParameterValue",
            (
                "The type of message (user) attribute 'X' is invalid. "
                "You must use only the following supported type prefixes: Binary, Number, String."
            ),
        ),
        (
            {"MessageBody": "a", "MessageGroupId": ""},
            "InvalidParameterValue",
            (
                "Value  for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and "
                "punctuation characters. 1 to 128 in length."
            ),
        ),
        (
            {"MessageBody": "a", "MessageDeduplicationId": "d"},
            "InvalidParameterValue",
            (
                "Value d for parameter MessageDeduplicationId is invalid. "
                "Reason: The request includes a parameter that is not valid for this queue type."
            ),
        ),
    ],
)
def test_a_send_is_refused_in_aws_words(sqs, request_, code, message):
    url = sqs.queue()
    assert sqs.error("SendMessage", QueueUrl=url, **request_) == (code, message)


@pytest.mark.parametrize(
    "request_",
    [
        {"MessageBody": "x" * 1_048_576},
        {"MessageBody": "x" * (1_048_576 - 8), "MessageAttributes": {"k": string("x")}},
        {"MessageBody": '"&quot;&quot;\r\n\t'},
        {"MessageBody": "a", "MessageAttributes": {"attr.1øßä": string("x")}},
        {"MessageBody": "a", "MessageAttributes": {"n": string("-1.5e3", "Number.float")}},
    ],
)
def test_what_is_just_allowed_arrives_as_sent(sqs, request_):
    url = sqs.queue()
    sqs.send(url, request_["MessageBody"], MessageAttributes=request_.get("MessageAttributes"))
    (message,) = sqs.receive(url, MessageAttributeNames=["All"])
    assert (message["Body"], message.get("MessageAttributes")) == (
        request_["MessageBody"],
        request_.get("MessageAttributes"),
    )


def entries(*bodies):
    return [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies, 1)]


def test_batch_entries_fail_one_by_one(sqs):
    url = sqs.queue(MaximumMessageSize=1024)
    answer = sqs("SendMessageBatch", QueueUrl=url, Entries=entries("a", "x" * 1025, "\x01"))
    assert answer == {
        "Successful": [
            {
                "Id": "1",
                "MD5OfMessageBody": "0cc175b9c0f1b6a831c399e269772661",
                "MessageId": answer["Successful"][0]["MessageId"],
            }
        ],
        "Failed": [
            {
                "Id": "2",
                "SenderFault": True,
                "Code": "InvalidParameterValue",
                "Message": "One or more parameters cannot be validated. "
                "Reason: Message must be shorter than 1024 bytes.",
            },
            {
                "Id": "3",
                "SenderFault": True,
                "Code": "InvalidMessageContents",
                "Message": "Invalid characters found. Valid unicode characters are "
                "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
            },
        ],
    }


ID_TEXT = (
    "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
    "It can be at most 80 letters long."
)


@pytest.mark.parametrize(
    ("entries_", "code", "message"),
    [
        (
            [],
            "EmptyBatchRequest",
            "There should be at least one SendMessageBatchRequestEntry in the request.",
        ),
        (
            entries(*"abcdefghijklmnopqrst"),
            "TooManyEntriesInBatchRequest",
            "Maximum number of entries per request are 10. You have sent 20.",
        ),
        ([{"Id": "a:b", "MessageBody": "x"}], "InvalidBatchEntryId", ID_TEXT),
        ([{"Id": "", "MessageBody": "x"}], "InvalidBatchEntryId", ID_TEXT),
        ([{"Id": "a" * 81, "MessageBody": "x"}], "InvalidBatchEntryId", ID_TEXT),
        (
            [{"Id": f"id_{number}", "MessageBody": "x"} for number in (1, 2, 2, 1)],
            "BatchEntryIdsNotDistinct",
            "Id id_2 repeated.",
        ),
        (
            entries("x" * 1_048_576, "y"),
            "BatchRequestTooLong",
            "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.",
        ),
    ],
)
def test_a_batch_is_refused_as_a_whole(sqs, entries_, code, message):
    url = sqs.queue()
    answer = sqs.error("SendMessageBatch", QueueUrl=url, Entries=entries_)
    assert (answer, sqs.counts(url)) == ((f"AWS.SimpleQueueService.{code}", message), (0, 0, 0))


def test_the_limit_of_a_batch_is_not_that_of_the_queue(sqs):
    url = sqs.queue(MaximumMessageSize=2048)
    answer = sqs("SendMessageBatch", QueueUrl=url, Entries=entries("x" * 1024, "y" * 1025))
    assert [entry["Id"] for entry in answer["Successful"]] == ["1", "2"]


def test_a_queue_that_is_not_there_is_named_before_anything_else(sqs):
    answer = sqs.error("DeleteMessage", QueueUrl="http://whatever", ReceiptHandle="garbage")
    assert answer == ("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")


def test_a_message_group_on_a_standard_queue_shows_and_nothing_else_of_fifo(sqs):
    url = sqs.queue()
    answer = sqs.send(url, MessageGroupId="g")
    (message,) = sqs.receive(url, AttributeNames=["All"])
    assert "SequenceNumber" not in answer
    assert list(message["Attributes"]) == [
        "ApproximateReceiveCount",
        "SentTimestamp",
        "MessageGroupId",
        "SenderId",
        "ApproximateFirstReceiveTimestamp",
    ]


@pytest.mark.parametrize("system", [None, {"AWSTraceHeader": string(TRACE)}])
def test_a_trace_header_arrives_as_a_system_attribute(sqs, system):
    url = sqs.queue()
    sqs.send(url, MessageSystemAttributes=system, trace_header=TRACE if system is None else "Root=other")
    (message,) = sqs.receive(url, MessageSystemAttributeNames=["AWSTraceHeader"])
    assert message["Attributes"] == {"AWSTraceHeader": TRACE}
