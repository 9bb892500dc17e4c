"""Tables' streams: how they are switched, and which writes make a record."""

from __future__ import annotations

import threading
from datetime import datetime, timezone

import boto3
import pytest
from botocore.exceptions import ClientError

from mocklambda import MocklambdaError

NOON = datetime(2024, 1, 1, 12, tzinfo=timezone.utc)

pytest.importorskip("moto")
pytestmark = pytest.mark.mock_lambda(clock=NOON)


@pytest.fixture
def dynamodb(mock_lambda):
    return boto3.client("dynamodb")


def make_table(dynamodb, *names, **members):
    keys = [
        {"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"), strict=False)
    ]
    kinds = [{"AttributeName": name, "AttributeType": "S"} for name in names]
    table = {
        "TableName": "things",
        "KeySchema": keys,
        "AttributeDefinitions": kinds,
        "BillingMode": "PAY_PER_REQUEST",
    }
    return dynamodb.create_table(**table, **members)["TableDescription"]


def on(view_type="NEW_AND_OLD_IMAGES"):
    return {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": view_type}}


def switch(dynamodb, **settings):
    return dynamodb.update_table(TableName="things", StreamSpecification=settings)["TableDescription"]


@pytest.fixture
def told(mock_lambda, dynamodb):
    """What a function is told of the table ``things``."""
    reader = mock_lambda.stub("reader", returns=None)
    reader.on_stream(make_table(dynamodb, "id", **on())["LatestStreamArn"])

    def told():
        return [
            (record["eventName"], record["dynamodb"]["Keys"]["id"]["S"])
            for ran in reader.invocations
            for record in ran.event["Records"]
        ]

    return told


@pytest.mark.parametrize(
    ("is_on", "settings", "message"),
    [
        (
            True,
            {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
            "Table already has an enabled stream: TableName: things",
        ),
        (
            False,
            {"StreamEnabled": True},
            "One or more parameter values were invalid: If stream is being enabled then UpdateViewType is required",
        ),
        (
            True,
            {"StreamEnabled": False, "StreamViewType": "NEW_IMAGE"},
            (
                "One or more parameter values were invalid: "
                "If stream is being disabled, then UpdateViewType must not be specified"
            ),
        ),
        (False, {"StreamEnabled": False}, "Table has no stream to disable: TableName: things"),
    ],
)
def test_a_switch_that_can_not_be_is_refused(dynamodb, is_on, settings, message):
    make_table(dynamodb, "id", **(on() if is_on else {}))
    with pytest.raises(ClientError) as caught:
        switch(dynamodb, **settings)

    assert caught.value.response["Error"] == {"Code": "ValidationException", "Message": message}
    assert ("StreamSpecification" in dynamodb.describe_table(TableName="things")["Table"]) is is_on


def test_a_stream_without_a_view_type_is_refused_at_once(dynamodb):
    with pytest.raises(ClientError, match="UpdateViewType is required"):
        make_table(dynamodb, "id", StreamSpecification={"StreamEnabled": True})

    assert dynamodb.list_tables()["TableNames"] == []


def test_a_switched_off_table_remembers_its_last_stream(dynamodb):
    arn = make_table(dynamodb, "id", **on())["LatestStreamArn"]
    switch(dynamodb, StreamEnabled=False)
    table = dynamodb.describe_table(TableName="things")["Table"]

    assert "StreamSpecification" not in table
    assert table["LatestStreamArn"] == arn


def test_a_stream_that_is_switched_on_again_is_another_one(mock_lambda, dynamodb):
    first = make_table(dynamodb, "id", **on())["LatestStreamArn"]
    switch(dynamodb, StreamEnabled=False)
    second = switch(dynamodb, **on("OLD_IMAGE")["StreamSpecification"])["LatestStreamArn"]
    old, new = mock_lambda.stub("old", returns=None), mock_lambda.stub("new", returns=None)
    old.on_stream(first)
    new.on_stream(second)
    dynamodb.put_item(TableName="things", Item={"id": {"S": "a"}})
    streams = boto3.client("dynamodbstreams")

    assert first != second
    assert (len(old.invocations), len(new.invocations)) == (0, 1)
    assert [
        streams.describe_stream(StreamArn=arn)["StreamDescription"]["StreamStatus"] for arn in (first, second)
    ] == [
        "DISABLED",
        "ENABLED",
    ]


def test_a_deleted_tables_stream_stays_readable(mock_lambda, dynamodb):
    arn = make_table(dynamodb, "id", **on())["LatestStreamArn"]
    dynamodb.put_item(TableName="things", Item={"id": {"S": "a"}})
    dynamodb.delete_table(TableName="things")
    reader = mock_lambda.stub("reader", returns=None)
    reader.on_stream(arn)

    assert len(reader.invocations) == 1


def test_a_batch_makes_a_record_for_each_item(dynamodb, told):
    puts = [{"PutRequest": {"Item": {"id": {"S": name}}}} for name in "abc"]
    dynamodb.batch_write_item(RequestItems={"things": puts})
    dynamodb.batch_write_item(RequestItems={"things": [{"DeleteRequest": {"Key": {"id": {"S": "b"}}}}]})

    assert told() == [("INSERT", "a"), ("INSERT", "b"), ("INSERT", "c"), ("REMOVE", "b")]


def test_statements_make_the_records_of_the_calls_that_they_stand_for(dynamodb, told):
    dynamodb.execute_statement(Statement="INSERT INTO things VALUE {'id': 'a', 'x': '1'}")
    dynamodb.execute_statement(Statement="UPDATE \"things\" SET x='2' WHERE id='a'")
    dynamodb.execute_statement(Statement="DELETE FROM \"things\" WHERE id='a'")
    dynamodb.batch_execute_statement(Statements=[{"Statement": "INSERT INTO things VALUE {'id': 'b'}"}])

    assert told() == [("INSERT", "a"), ("MODIFY", "a"), ("REMOVE", "a"), ("INSERT", "b")]


def test_a_failed_condition_makes_no_record(dynamodb, told):
    with pytest.raises(ClientError, match="ConditionalCheckFailedException"):
        dynamodb.put_item(
            TableName="things", Item={"id": {"S": "a"}}, ConditionExpression="attribute_exists(id)"
        )

    assert told() == []


def test_an_update_of_nothing_makes_no_record(dynamodb, told):
    update = {"UpdateExpression": "SET x = :x", "ExpressionAttributeValues": {":x": {"S": "1"}}}
    for _ in range(2):
        dynamodb.update_item(TableName="things", Key={"id": {"S": "a"}}, **update)

    assert told() == [("INSERT", "a")]


def test_records_go_on_after_a_cancelled_transaction(dynamodb, told):
    never = {"TableName": "things", "Key": {"id": {"S": "x"}}, "ConditionExpression": "attribute_exists(id)"}
    with pytest.raises(ClientError, match="TransactionCanceledException"):
        dynamodb.transact_write_items(TransactItems=[{"ConditionCheck": never}])
    dynamodb.put_item(TableName="things", Item={"id": {"S": "a"}})

    assert told() == [("INSERT", "a")]


def test_both_keys_of_an_item_are_told(mock_lambda, dynamodb):
    reader = mock_lambda.stub("reader", returns=None)
    reader.on_stream(make_table(dynamodb, "pk", "sk", **on("KEYS_ONLY"))["LatestStreamArn"])
    item = {"pk": {"S": "p"}, "sk": {"S": "s"}, "x": {"S": "1"}}
    dynamodb.put_item(TableName="things", Item=item)
    (ran,) = reader.invocations
    (record,) = ran.event["Records"]

    assert record["dynamodb"]["Keys"] == {"pk": {"S": "p"}, "sk": {"S": "s"}}
    assert ran.trigger == "dynamodb:things"


def test_with_latest_only_later_writes_are_told(mock_lambda, dynamodb):
    arn = make_table(dynamodb, "id", **on())["LatestStreamArn"]
    dynamodb.put_item(TableName="things", Item={"id": {"S": "a"}})
    reader = mock_lambda.stub("reader", returns=None)
    reader.on_stream(arn, start="LATEST")
    dynamodb.put_item(TableName="things", Item={"id": {"S": "b"}})
    (record,) = reader.invocations[0].event["Records"]

    assert record["dynamodb"]["Keys"] == {"id": {"S": "b"}}


def test_two_functions_hear_of_the_same_stream(mock_lambda, dynamodb):
    arn = make_table(dynamodb, "id", **on())["LatestStreamArn"]
    readers = [mock_lambda.stub(name, returns=None) for name in ("one", "two")]
    for reader in readers:
        reader.on_stream(arn)
    dynamodb.put_item(TableName="things", Item={"id": {"S": "a"}})

    assert [len(reader.invocations) for reader in readers] == [1, 1]


def test_what_moto_fails_at_is_told_as_motos_failure(dynamodb, monkeypatch):
    def fail(_):
        raise ValueError("oops")

    dynamodb.list_tables()
    monkeypatch.setattr("moto.dynamodb.responses.DynamoHandler.list_tables", fail)
    with pytest.raises(MocklambdaError) as caught:
        dynamodb.list_tables()

    assert str(caught.value) == "moto failed to answer DynamoDB_20120810.ListTables: ValueError: oops"


# -- time to live ------------------------------------------------------------------------------------------


def expiring(dynamodb, *, enabled=True):
    dynamodb.update_time_to_live(
        TableName="things", TimeToLiveSpecification={"Enabled": enabled, "AttributeName": "expires"}
    )


def put_until(dynamodb, key, seconds, kind="N"):
    value = str(int(NOON.timestamp()) + seconds)
    dynamodb.put_item(TableName="things", Item={"id": {"S": key}, "expires": {kind: value}})


def left(dynamodb):
    return sorted(item["id"]["S"] for item in dynamodb.scan(TableName="things")["Items"])


def test_an_item_is_removed_when_its_time_to_live_is_over(mock_lambda, dynamodb, told):
    expiring(dynamodb)
    put_until(dynamodb, "a", 60)
    put_until(dynamodb, "b", 90)
    mock_lambda.advance(seconds=59)
    assert left(dynamodb) == ["a", "b"]

    mock_lambda.advance(seconds=1)
    assert (left(dynamodb), told()) == (["b"], [("INSERT", "a"), ("INSERT", "b"), ("REMOVE", "a")])

    mock_lambda.advance(seconds=30)
    assert (left(dynamodb), told()[3:]) == ([], [("REMOVE", "b")])


def test_the_record_of_an_expiry_says_who_removed_the_item(mock_lambda, dynamodb):
    arn = make_table(dynamodb, "id", **on())["LatestStreamArn"]
    reader = mock_lambda.stub("reader", returns=None)
    reader.on_stream(arn, filters=[{"userIdentity": {"principalId": ["dynamodb.amazonaws.com"]}}])
    expiring(dynamodb)
    put_until(dynamodb, "a", 60)
    put_until(dynamodb, "b", 3600)
    dynamodb.delete_item(TableName="things", Key={"id": {"S": "b"}})
    mock_lambda.advance(minutes=1)
    (record,) = reader.invocations[0].event["Records"]
    streams = boto3.client("dynamodbstreams")
    (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    start = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )
    read = streams.get_records(ShardIterator=start["ShardIterator"])["Records"]

    assert record["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    assert (record["eventName"], record["dynamodb"]["OldImage"]["id"]) == ("REMOVE", {"S": "a"})
    assert record["dynamodb"]["ApproximateCreationDateTime"] == NOON.timestamp() + 60
    assert [one.get("userIdentity") for one in read] == [
        None,
        None,
        None,
        {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"},
    ]


def test_an_item_that_is_over_when_it_is_written_can_be_read_for_two_days(mock_lambda, dynamodb, told):
    expiring(dynamodb)
    put_until(dynamodb, "a", -60)
    mock_lambda.advance(hours=47)
    assert left(dynamodb) == ["a"]

    mock_lambda.advance(hours=1)
    assert (left(dynamodb), told()) == ([], [("INSERT", "a"), ("REMOVE", "a")])


def test_an_item_whose_time_is_moved_on_stays(mock_lambda, dynamodb, told):
    expiring(dynamodb)
    put_until(dynamodb, "a", 60)
    put_until(dynamodb, "a", 7200)
    mock_lambda.advance(hours=1)
    assert left(dynamodb) == ["a"]

    mock_lambda.advance(hours=1)
    assert (left(dynamodb), told()[2:]) == ([], [("REMOVE", "a")])


@pytest.mark.parametrize(
    ("seconds", "kind", "enabled"), [(60, "S", True), (60, "N", False), (-6 * 365 * 86_400, "N", True)]
)
def test_what_is_no_time_to_live_removes_nothing(mock_lambda, dynamodb, told, seconds, kind, enabled):
    expiring(dynamodb, enabled=enabled)
    put_until(dynamodb, "a", seconds, kind)
    mock_lambda.advance(days=4)

    assert (left(dynamodb), told()) == (["a"], [("INSERT", "a")])


def test_items_there_before_it_was_enabled_expire_in_tables_without_a_stream_too(mock_lambda, dynamodb):
    make_table(dynamodb, "id", "expires")
    dynamodb.delete_table(TableName="things")
    make_table(dynamodb, "id", "at")
    item = {"id": {"S": "a"}, "at": {"S": "x"}, "expires": {"N": str(int(NOON.timestamp()) + 60)}}
    dynamodb.put_item(TableName="things", Item=item)
    expiring(dynamodb)
    mock_lambda.advance(minutes=1)

    assert left(dynamodb) == []


def test_items_expire_once_nobody_else_is_at_the_tables(mock_lambda, dynamodb, told):
    expiring(dynamodb)
    put_until(dynamodb, "a", 60)
    is_there, may_go = threading.Event(), threading.Event()

    def stay():
        with mock_lambda.gateway.neighbours.turn("dynamodb"):
            is_there.set()
            may_go.wait(20)

    visitor = threading.Thread(target=stay)
    visitor.start()
    is_there.wait(20)
    timer = threading.Timer(0.05, may_go.set)
    timer.start()
    mock_lambda.advance(minutes=1)
    for thread in (visitor, timer):
        thread.join()

    assert (left(dynamodb), told()) == ([], [("INSERT", "a"), ("REMOVE", "a")])


def test_running_until_idle_does_not_wait_for_items_to_expire(mock_lambda, dynamodb, told):
    expiring(dynamodb)
    put_until(dynamodb, "a", 86_400 * 365)
    mock_lambda.run_until_idle()

    assert (mock_lambda.now, left(dynamodb)) == (NOON, ["a"])
