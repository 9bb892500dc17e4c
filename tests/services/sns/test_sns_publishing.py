"""Publishing and what arrives, as recorded from AWS."""

import json

import pytest

from mocklambda.execution.ports import Attribute, Delivery, Undeliverable
from tests.services.bench import ACCOUNT, DEAD_LETTERS, FIFO_QUEUE, FUNCTION, QUEUE, START


def invalid(text):
    return "InvalidParameter", f"Invalid parameter: {text}"


@pytest.fixture
def queue(bench, sns, topic):
    sns.Subscribe(TopicArn=topic, Protocol="sqs", Endpoint=QUEUE)
    return bench.target(QUEUE)


@pytest.fixture
def dead_letters(bench):
    return bench.target(DEAD_LETTERS)


@pytest.fixture
def fifo(sns):
    attributes = {"FifoTopic": "true", "ContentBasedDeduplication": "true"}
    return sns.CreateTopic(Name="t.fifo", Attributes=attributes)["TopicArn"]


def subscribe(sns, topic, endpoint=QUEUE, protocol="sqs", **attributes):
    return sns.Subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=attributes)[
        "SubscriptionArn"
    ]


def test_a_queue_gets_the_envelope(bench, sns, topic):
    subscription, queue = subscribe(sns, topic), bench.target(QUEUE)
    sent = sns.Publish(
        TopicArn=topic,
        Message="grüße",
        Subject="s",
        MessageAttributes={
            "attr1": {"DataType": "Number", "StringValue": "99.12"},
            "attr2": {"DataType": "Binary", "BinaryValue": b"\x02\x03\x04"},
        },
    )
    (envelope,) = queue.documents
    signature = envelope.pop("Signature")
    url = envelope.pop("SigningCertURL")
    assert list(envelope.items()) == list(
        {
            "Type": "Notification",
            "MessageId": sent["MessageId"],
            "TopicArn": topic,
            "Subject": "s",
            "Message": "grüße",
            "Timestamp": "2023-11-14T22:13:20.000Z",
            "SignatureVersion": "1",
            "UnsubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn="
            + subscription,
            "MessageAttributes": {
                "attr1": {"Type": "Number", "Value": "99.12"},
                "attr2": {"Type": "Binary", "Value": "AgME"},
            },
        }.items()
    )
    assert (len(signature), url.startswith("https://sns.us-east-1.amazonaws.com/Simple")) == (344, True)


def test_the_envelope_is_laid_out_as_sns_does(sns, topic, queue):
    sns.Publish(TopicArn=topic, Message="m")
    assert queue.bodies[0].startswith('{\n  "Type" : "Notification",\n  "MessageId" : "')


def test_what_was_not_given_is_absent(sns, topic, queue):
    sns.Publish(TopicArn=topic, Message="m")
    assert not {"Subject", "MessageAttributes"} & queue.documents[0].keys()


def test_a_raw_queue_gets_text_and_attributes(bench, sns, topic):
    queue = bench.target(QUEUE)
    subscribe(sns, topic, RawMessageDelivery="true")
    attributes = {"a": {"DataType": "String", "StringValue": "x"}}
    sns.Publish(TopicArn=topic, Message="m", Subject="s", MessageAttributes=attributes, trace_header="Root=1")
    assert queue.got == [
        Delivery(
            body="m",
            principal="sns.amazonaws.com",
            source_arn=topic,
            attributes={"a": Attribute(data_type="String", value="x")},
            trace_header="Root=1",
        )
    ]


def test_a_function_gets_one_record(bench, sns, topic):
    function, subscription = bench.target(FUNCTION), subscribe(sns, topic, FUNCTION, "lambda")
    sent = sns.Publish(TopicArn=topic, Message="Hello world.")
    (event,) = function.documents
    sns_part = event["Records"][0]["Sns"]
    assert sns_part.pop("Signature")
    assert sns_part.pop("SigningCertUrl").endswith(".pem")
    assert event == {
        "Records": [
            {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": subscription,
                "Sns": {
                    "Type": "Notification",
                    "MessageId": sent["MessageId"],
                    "TopicArn": topic,
                    "Subject": None,
                    "Message": "Hello world.",
                    "Timestamp": "2023-11-14T22:13:20.000Z",
                    "SignatureVersion": "1",
                    "UnsubscribeUrl": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn="
                    + subscription,
                    "MessageAttributes": {},
                },
            }
        ]
    }


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"default": "d", "sqs": "s"}, "s"),
        ({"default": "d", "sqs": {"a": 1}}, "d"),
        ({"default": "d", "lambda": "l"}, "d"),
    ],
)
def test_each_protocol_has_its_own_text(sns, topic, queue, message, expected):
    sns.Publish(TopicArn=topic, Message=json.dumps(message), MessageStructure="json")
    assert queue.documents[0]["Message"] == expected


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("{} }", "Message Structure - JSON message body failed to parse"),
        ("{}", "Message Structure - No default entry in JSON message body"),
        ('{"default": {}}', "Message Structure - No default entry in JSON message body"),
    ],
)
def test_a_bad_structure_is_refused(sns, topic, message, text):
    assert sns.refusal("Publish", TopicArn=topic, Message=message, MessageStructure="json") == invalid(text)


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        ({"Message": ""}, "Empty message"),
        ({"Message": "m", "Subject": ""}, "Subject"),
        ({"Message": "m" * 262_145}, "Message too long"),
        (
            {"Message": "m", "MessageDeduplicationId": "d"},
            (
                "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid"
                " for this topic type"
            ),
        ),
    ],
)
def test_a_bad_message_is_refused(sns, topic, request_, text):
    assert sns.refusal("Publish", TopicArn=topic, **request_) == invalid(text)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        (
            "a",
            {"DataType": "String", "StringValue": ""},
            "The message attribute 'a' must contain non-empty message attribute value for message attribute type 'String'.",
        ),
        (
            "a",
            {"DataType": "Number", "BinaryValue": b"1"},
            "The message attribute 'a' with type 'Number' must use field 'String'.",
        ),
        (
            "a",
            {"DataType": "Stringx", "StringValue": "x"},
            (
                "The message attribute 'a' has an invalid message attribute type, the set of supported type prefixes is"
                " Binary, Number, and String."
            ),
        ),
        (
            "a^b",
            {"DataType": "String", "StringValue": "x"},
            (
                "Invalid non-alphanumeric character '#x5E' was found in the message attribute name. Can only include"
                " alphanumeric characters, hyphens, underscores, or dots."
            ),
        ),
        (
            ".a",
            {"DataType": "String", "StringValue": "x"},
            "Invalid message attribute name starting with character '.' was found.",
        ),
    ],
)
def test_a_bad_attribute_is_refused(sns, topic, name, value, text):
    assert sns.refusal("Publish", TopicArn=topic, Message="m", MessageAttributes={name: value}) == (
        "ParameterValueInvalid",
        text,
    )


@pytest.mark.parametrize("data_type", ["String.Array", "String.  prefixed."])
def test_custom_types_are_accepted(sns, topic, queue, data_type):
    attributes = {"a": {"DataType": data_type, "StringValue": '["x"]'}}
    sns.Publish(TopicArn=topic, Message="m", MessageAttributes=attributes)
    assert queue.documents[0]["MessageAttributes"] == {"a": {"Type": data_type, "Value": '["x"]'}}


# -- batches ---------------------------------------------------------------------------------------------


def entries(*ids, **members):
    return [{"Id": entry, "Message": f"m{entry}", **members} for entry in ids]


def test_a_batch_is_answered_in_order(sns, topic, queue):
    answer = sns.PublishBatch(TopicArn=topic, PublishBatchRequestEntries=entries("a", "b"))
    assert [entry["Id"] for entry in answer["Successful"]] == ["a", "b"]
    assert answer["Failed"] == []
    assert [envelope["Message"] for envelope in queue.documents] == ["ma", "mb"]


@pytest.mark.parametrize(
    ("batch", "code", "text"),
    [
        (
            entries(*"abcdefghijk"),
            "TooManyEntriesInBatchRequest",
            "The batch request contains more entries than permissible.",
        ),
        (
            entries("a", "a"),
            "BatchEntryIdsNotDistinct",
            "Two or more batch entries in the request have the same Id.",
        ),
        (
            entries("message.id"),
            "InvalidBatchEntryId",
            "The Id of a batch entry in the batch request contains an impermissible character: message.id",
        ),
        (
            entries("a" * 81),
            "InvalidBatchEntryId",
            "The Id of a batch entry in the batch request is too long: " + "a" * 81,
        ),
        (
            [{"Id": "a", "Message": "m" * 262_144}, {"Id": "b", "Message": "m"}],
            "BatchRequestTooLong",
            "The length of all the messages put together is more than the limit.",
        ),
    ],
)
def test_a_bad_batch_is_refused_whole(sns, topic, queue, batch, code, text):
    assert sns.refusal("PublishBatch", TopicArn=topic, PublishBatchRequestEntries=batch) == (code, text)
    assert queue.got == []


def test_a_batch_entry_is_named_by_its_number(sns, topic):
    batch = entries("a", MessageAttributes={"x": {"StringValue": "y"}})
    assert sns.refusal("PublishBatch", TopicArn=topic, PublishBatchRequestEntries=batch) == (
        "ValidationError",
        (
            "1 validation error detected: Value null at 'publishBatchRequestEntries.1.member.messageAttributes.x.member"
            ".dataType' failed to satisfy constraint: Member must not be null"
        ),
    )


# -- FIFO ------------------------------------------------------------------------------------------------


def test_a_fifo_queue_gets_group_and_deduplication_id(bench, sns, fifo):
    queue = bench.target(FIFO_QUEUE)
    subscribe(sns, fifo, FIFO_QUEUE)
    sent = sns.Publish(TopicArn=fifo, Message="Test", MessageGroupId="g")
    (delivery,) = queue.got
    (envelope,) = queue.documents
    assert (delivery.group_id, delivery.deduplication_id) == (
        "g",
        "532eaabd9574880dbf76b9b8cc00832c20a6ec113d682299550d7a6e0f345e25",
    )
    assert list(envelope) == [
        "Type",
        "MessageId",
        "SequenceNumber",
        "TopicArn",
        "Message",
        "Timestamp",
        "UnsubscribeURL",
    ]
    assert (len(sent["SequenceNumber"]), envelope["SequenceNumber"]) == (20, sent["SequenceNumber"])


def test_a_standard_queue_gets_no_group_from_a_fifo_topic(bench, sns, fifo):
    queue = bench.target(QUEUE)
    subscribe(sns, fifo)
    sns.Publish(TopicArn=fifo, Message="Test", MessageGroupId="g")
    assert (queue.got[0].group_id, queue.got[0].deduplication_id) == (None, None)


def test_a_standard_topic_hands_its_group_on(sns, topic, queue):
    sns.Publish(TopicArn=topic, Message="m", MessageGroupId="g")
    assert queue.got[0].group_id == "g"


def test_a_repeated_message_is_answered_as_the_first(bench, sns, fifo):
    queue = bench.target(FIFO_QUEUE)
    subscribe(sns, fifo, FIFO_QUEUE)
    first = sns.Publish(TopicArn=fifo, Message="m", MessageGroupId="g")
    bench.advance(299)
    again = sns.Publish(TopicArn=fifo, Message="m", MessageGroupId="other")
    assert (again, len(queue.got)) == (first, 1)


def test_after_five_minutes_nothing_repeats(bench, sns, fifo):
    first = sns.Publish(TopicArn=fifo, Message="m", MessageGroupId="g")
    bench.advance(300)
    assert sns.Publish(TopicArn=fifo, Message="m", MessageGroupId="g") != first


def test_a_group_of_its_own_scope_repeats_nothing(bench, sns, fifo):
    sns.SetTopicAttributes(TopicArn=fifo, AttributeName="FifoThroughputScope", AttributeValue="MessageGroup")
    first = sns.Publish(TopicArn=fifo, Message="m", MessageGroupId="g")
    assert sns.Publish(TopicArn=fifo, Message="m", MessageGroupId="other") != first


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        ({}, "The MessageGroupId parameter is required for FIFO topics"),
        (
            {"MessageGroupId": "g"},
            "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
        ),
    ],
)
def test_a_fifo_topic_wants_its_ids(sns, request_, text):
    arn = sns.CreateTopic(Name="u.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    assert sns.refusal("Publish", TopicArn=arn, Message="m", **request_) == invalid(text)


# -- filters ---------------------------------------------------------------------------------------------


def attribute(data_type, value):
    return {"a": {"DataType": data_type, "BinaryValue" if data_type == "Binary" else "StringValue": value}}


@pytest.mark.parametrize(
    ("policy", "attributes", "passes"),
    [
        ({"a": ["x"]}, attribute("String", "x"), True),
        ({"a": ["x"]}, attribute("String", "y"), False),
        ({"a": ["x"]}, attribute("String.Array", '["w", "x"]'), True),
        ({"a": [{"numeric": [">", 5]}]}, attribute("Number", "6"), True),
        ({"a": [{"numeric": [">", 5]}]}, attribute("String", "6"), False),
        ({"a": [{"exists": True}]}, attribute("Binary", b"x"), False),
        ({"a": [{"exists": False}]}, {}, True),
        ({"a": [None, {"anything-but": "x"}]}, {}, False),
    ],
)
def test_attributes_are_filtered(bench, sns, topic, policy, attributes, passes):
    queue = bench.target(QUEUE)
    subscribe(sns, topic, FilterPolicy=json.dumps(policy))
    sns.Publish(TopicArn=topic, Message="m", MessageAttributes=attributes)
    assert len(queue.got) == passes


@pytest.mark.parametrize(
    ("policy", "message", "passes"),
    [
        ({"a": {"b": ["x"]}}, '{"a": [{"b": "x"}]}', True),
        ({"a": {"b": ["x"]}}, '{"a.b": "x"}', True),
        ({"a": [{"exists": False}]}, '{"b": 1}', True),
        ({"a": [{"exists": False}]}, '"text"', False),
        ({"a": [{"exists": False}]}, "text", False),
    ],
)
def test_bodies_are_filtered(bench, sns, topic, policy, message, passes):
    queue = bench.target(QUEUE)
    subscribe(sns, topic, FilterPolicy=json.dumps(policy), FilterPolicyScope="MessageBody")
    sns.Publish(TopicArn=topic, Message=message)
    assert len(queue.got) == passes


# -- what fails ------------------------------------------------------------------------------------------


def redrive(sns, topic, endpoint=QUEUE, protocol="sqs", **attributes):
    policy = json.dumps({"deadLetterTargetArn": DEAD_LETTERS})
    return subscribe(sns, topic, endpoint, protocol, RedrivePolicy=policy, **attributes)


@pytest.mark.parametrize(("endpoint", "protocol"), [(QUEUE, "sqs"), (FUNCTION, "lambda")])
def test_what_a_gone_endpoint_misses_ends_in_its_dead_letter_queue(
    sns, topic, dead_letters, endpoint, protocol
):
    redrive(sns, topic, endpoint, protocol)
    sns.Publish(TopicArn=topic, Message="m")
    assert [(letter["Type"], letter["Message"]) for letter in dead_letters.documents] == [
        ("Notification", "m")
    ]


def test_a_queue_that_does_not_permit_gets_nothing(bench, sns, topic, dead_letters):
    bench.target(QUEUE).is_permitted = False
    redrive(sns, topic)
    sns.Publish(TopicArn=topic, Message="m")
    assert (bench.target(QUEUE).got, len(dead_letters.got)) == ([], 1)


def test_too_many_raw_attributes_are_no_message(bench, sns, topic, dead_letters):
    bench.target(QUEUE)
    redrive(sns, topic, RawMessageDelivery="true")
    attributes = {f"a{n}": {"DataType": "String", "StringValue": "x"} for n in range(11)}
    sns.Publish(TopicArn=topic, Message="m", MessageAttributes=attributes)
    assert dead_letters.bodies == ["m"]


def test_a_failing_service_is_tried_again(bench, sns, topic, queue):
    queue.refusals = [500] * 7
    sns.Publish(TopicArn=topic, Message="m")
    bench.advance(60)
    assert queue.tries == [0, 0, 0, 0, 1_000, 2_000, 3_000, 3_000 + 1_000 + 19_000 // 9]


def test_an_ended_subscription_is_tried_no_more(bench, sns, topic):
    subscription, queue = subscribe(sns, topic), bench.target(QUEUE)
    queue.refusals = [500] * 4
    sns.Publish(TopicArn=topic, Message="m")
    sns.Unsubscribe(SubscriptionArn=subscription)
    bench.advance(60)
    assert queue.got == []


def test_what_is_lost_is_told(bench, sns, topic):
    subscribe(sns, topic)
    sns.Publish(TopicArn=topic, Message="m")
    assert bench.registry.undelivered() == [f"{topic} -> {QUEUE}: {QUEUE} does not exist (NotFound); lost"]


# -- other services --------------------------------------------------------------------------------------


def test_a_topic_takes_deliveries(bench, topic, queue):
    delivery = Delivery(
        body="failed",
        principal="lambda.amazonaws.com",
        source_arn=FUNCTION,
        attributes={"ErrorCode": Attribute(data_type="Number", value="200")},
    )
    bench.deliver(topic, delivery)
    assert [(e["Message"], e["MessageAttributes"]) for e in queue.documents] == [
        ("failed", {"ErrorCode": {"Type": "Number", "Value": "200"}})
    ]


def test_too_large_a_delivery_is_refused(bench, topic):
    with pytest.raises(Undeliverable, match="Message too long"):
        bench.deliver(
            topic, Delivery(body="x" * 262_145, principal="lambda.amazonaws.com", source_arn=FUNCTION)
        )


def test_a_new_topic_permits_no_service(bench, topic):
    assert not bench.permits(topic, "s3.amazonaws.com", "arn:aws:s3:::b")


@pytest.mark.parametrize(("bucket", "expected"), [("b", True), ("c", False)])
def test_a_topic_permits_what_its_policy_says(bench, sns, topic, bucket, expected):
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "SNS:Publish",
        "Resource": topic,
        "Condition": {
            "ArnLike": {"aws:SourceArn": "arn:aws:s3:::b"},
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
        },
    }
    policy = json.dumps({"Statement": [statement]})
    sns.SetTopicAttributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    assert bench.permits(topic, "s3.amazonaws.com", f"arn:aws:s3:::{bucket}") is expected


def test_the_clock_stands_where_the_bench_says(bench):
    assert bench.clock.now() == START
