"""Tables feed functions: a write to a table with a stream, by whoever, wakes the mapping."""

from __future__ import annotations

import json
import textwrap
from datetime import datetime, timezone

import boto3
import pytest
from botocore.exceptions import ClientError

NOON = datetime(2024, 1, 1, 12, tzinfo=timezone.utc)

pytest.importorskip("moto")
pytestmark = pytest.mark.mock_lambda(clock=NOON)


@pytest.fixture
def dynamodb(mock_lambda):
    return boto3.client("dynamodb")


@pytest.fixture
def streams(mock_lambda):
    return boto3.client("dynamodbstreams")


@pytest.fixture
def arn(dynamodb):
    """The stream of the table ``things``, with both images."""
    return make_table(dynamodb, "NEW_AND_OLD_IMAGES")


def make_table(dynamodb, view_type):
    return dynamodb.create_table(
        TableName="things",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": view_type},
    )["TableDescription"]["LatestStreamArn"]


def item(**attributes):
    return {name: {"S": value} for name, value in attributes.items()}


def put(dynamodb, **attributes):
    dynamodb.put_item(TableName="things", Item=item(**attributes))


def connect(arn, **settings):
    members = {"FunctionName": "fn", "EventSourceArn": arn, "StartingPosition": "TRIM_HORIZON", **settings}
    return boto3.client("lambda").create_event_source_mapping(**members)


def records(mock_lambda):
    return [record for invocation in mock_lambda.invocations("fn") for record in invocation.event["Records"]]


def changes(mock_lambda):
    """Return name and images of the records that the function got."""
    return [
        (record["eventName"], record["dynamodb"].get("OldImage"), record["dynamodb"].get("NewImage"))
        for record in records(mock_lambda)
    ]


def test_a_handler_gets_the_recorded_event(mock_lambda, dynamodb, arn):
    mock_lambda.stub("fn", returns=None)
    connect(arn)
    put(dynamodb, id="my-item-id", attr1="value1", attr2="value2")
    (record,) = records(mock_lambda)

    assert len(record.pop("eventID")) == 32
    assert record["dynamodb"].pop("SequenceNumber").isdigit()
    assert record == {
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1704110400.0,
            "Keys": item(id="my-item-id"),
            "NewImage": item(attr1="value1", attr2="value2", id="my-item-id"),
            "SizeBytes": 46,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
        "eventSourceARN": arn,
    }


def test_each_kind_of_write_makes_its_record(mock_lambda, dynamodb, arn):
    mock_lambda.stub("fn", returns=None)
    connect(arn)
    put(dynamodb, id="a")
    put(dynamodb, id="a")
    put(dynamodb, id="a", x="1")
    update = {"UpdateExpression": "SET x = :x", "ExpressionAttributeValues": {":x": {"S": "1"}}}
    dynamodb.update_item(TableName="things", Key=item(id="a"), **update)
    dynamodb.update_item(TableName="things", Key=item(id="b"), **update)
    dynamodb.delete_item(TableName="things", Key=item(id="a"))
    dynamodb.delete_item(TableName="things", Key=item(id="a"))

    assert changes(mock_lambda) == [
        ("INSERT", None, item(id="a")),
        ("MODIFY", item(id="a"), item(id="a", x="1")),
        ("INSERT", None, item(id="b", x="1")),
        ("REMOVE", item(id="a", x="1"), None),
    ]


@pytest.mark.parametrize(
    ("view_type", "images"),
    [("KEYS_ONLY", set()), ("NEW_IMAGE", {"NewImage"}), ("OLD_IMAGE", {"OldImage"})],
)
def test_a_view_type_shows_its_images(mock_lambda, dynamodb, view_type, images):
    mock_lambda.stub("fn", returns=None)
    connect(make_table(dynamodb, view_type))
    put(dynamodb, id="a")
    put(dynamodb, id="a", x="1")

    assert set(records(mock_lambda)[1]["dynamodb"]) & {"NewImage", "OldImage"} == images


def test_a_cancelled_transaction_makes_no_record(mock_lambda, dynamodb, arn):
    mock_lambda.stub("fn", returns=None)
    connect(arn)
    never = {"TableName": "things", "Key": item(id="b"), "ConditionExpression": "attribute_exists(id)"}
    with pytest.raises(ClientError, match="TransactionCanceledException"):
        dynamodb.transact_write_items(
            TransactItems=[{"Put": {"TableName": "things", "Item": item(id="a")}}, {"ConditionCheck": never}]
        )
    dynamodb.transact_write_items(
        TransactItems=[{"Put": {"TableName": "things", "Item": item(id=i)}} for i in "xy"]
    )

    assert changes(mock_lambda) == [("INSERT", None, item(id="x")), ("INSERT", None, item(id="y"))]


def test_a_handlers_own_write_wakes_the_mapping(mock_lambda, dynamodb, arn):
    code = """
    import boto3
    def handler(event, context):
        boto3.client("dynamodb").put_item(TableName="things", Item={"id": {"S": "from a handler"}})
    """
    writer = mock_lambda.function("writer", source=textwrap.dedent(code))
    mock_lambda.stub("fn", returns=None)
    connect(arn)
    assert writer.invoke().ok

    assert changes(mock_lambda) == [("INSERT", None, item(id="from a handler"))]


def test_a_filter_on_the_images_lets_matching_records_through(mock_lambda, dynamodb, arn):
    mock_lambda.stub("fn", returns=None)
    pattern = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"k": {"S": ["v"]}}}}
    connect(arn, FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]})
    put(dynamodb, id="a", k="w")
    put(dynamodb, id="b", k="v")

    assert changes(mock_lambda) == [("INSERT", None, item(id="b", k="v"))]


def test_what_fails_ends_in_the_destination(mock_lambda, dynamodb, arn):
    dead = mock_lambda.queue("dead")
    mock_lambda.stub("fn", raises=ValueError("no"))
    connect(arn, MaximumRetryAttempts=1, DestinationConfig={"OnFailure": {"Destination": dead.arn}})
    put(dynamodb, id="a")
    mock_lambda.advance(minutes=1)
    (message,) = dead.messages
    body = json.loads(message.body)

    assert body["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert body["DDBStreamBatchInfo"]["approximateArrivalOfFirstRecord"] == "2024-01-01T12:00:00Z"
    assert body["DDBStreamBatchInfo"]["streamArn"] == arn


def test_a_partial_response_names_sequence_numbers(mock_lambda, dynamodb, arn):
    seen = []

    def handle(event):
        numbers = [record["dynamodb"]["SequenceNumber"] for record in event["Records"]]
        seen.append(len(numbers))
        return {"batchItemFailures": [{"itemIdentifier": numbers[-1]}] if len(seen) == 1 else []}

    mock_lambda.stub("fn", side_effect=handle)
    with mock_lambda.paused():
        connect(arn, FunctionResponseTypes=["ReportBatchItemFailures"])
        for name in "abc":
            put(dynamodb, id=name)

    assert seen == [3, 1]


def test_a_stream_is_read_through_its_own_api(dynamodb, streams, arn):
    dynamodb.put_item(TableName="things", Item={"id": {"S": "a"}, "data": {"B": b"foobar"}})
    description = streams.describe_stream(StreamArn=arn)["StreamDescription"]
    (shard,) = description["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    result = streams.get_records(ShardIterator=iterator)
    (record,) = result["Records"]

    assert (description["StreamStatus"], description["TableName"]) == ("ENABLED", "things")
    assert record["dynamodb"]["NewImage"] == {"id": {"S": "a"}, "data": {"B": b"foobar"}}
    assert record["dynamodb"]["ApproximateCreationDateTime"] == NOON
    assert streams.get_records(ShardIterator=result["NextShardIterator"])["Records"] == []
    assert [stream["StreamArn"] for stream in streams.list_streams(TableName="things")["Streams"]] == [arn]


def test_a_stream_that_is_switched_off_stays_readable_for_a_day(mock_lambda, dynamodb, streams, arn):
    put(dynamodb, id="a")
    dynamodb.update_table(TableName="things", StreamSpecification={"StreamEnabled": False})
    put(dynamodb, id="b")
    description = streams.describe_stream(StreamArn=arn)["StreamDescription"]
    mock_lambda.advance(hours=24)

    assert description["StreamStatus"] == "DISABLED"
    assert "EndingSequenceNumber" in description["Shards"][0]["SequenceNumberRange"]
    with pytest.raises(ClientError) as caught:
        streams.describe_stream(StreamArn=arn)
    assert caught.value.response["Error"] == {
        "Code": "ResourceNotFoundException",
        "Message": f"Requested resource not found: Stream: {arn} not found",
    }


def test_a_stream_that_is_not_there_is_no_source(mock_lambda):
    mock_lambda.stub("fn", returns=None)
    missing = "arn:aws:dynamodb:us-east-1:123456789012:table/no/stream/2024-01-01T00:00:00.000"
    with pytest.raises(ClientError) as caught:
        connect(missing)

    assert caught.value.response["Error"]["Message"] == f"Stream not found: {missing}"
