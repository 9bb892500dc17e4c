"""`mocklambda.events` makes what a function really gets: the same as the backend's own."""

from __future__ import annotations

import os
from datetime import datetime, timezone

import boto3
import pytest

from mocklambda import UsageError, events

NOON = datetime(2024, 1, 1, 12, tzinfo=timezone.utc)

IDS = {
    "messageId",
    "receiptHandle",
    "MessageId",
    "SenderId",
    "EventSubscriptionArn",
    "UnsubscribeUrl",
    "Signature",
    "x-amz-request-id",
    "x-amz-id-2",
    "configurationId",
    "sequencer",
    "sequenceNumber",
    "SequenceNumber",
    "eventID",
    "id",
    "eventTime",
}


def shape(document):
    """Return a document without what differs from run to run."""
    if isinstance(document, dict):
        return {name: None if name in IDS else shape(value) for name, value in document.items()}
    return [shape(one) for one in document] if isinstance(document, list) else document


def got(function):
    (ran,) = function.invocations
    return ran.event


@pytest.fixture
def function(mock_lambda):
    return mock_lambda.stub("function", returns=None)


@pytest.mark.mock_lambda(clock=NOON)
@pytest.mark.parametrize("queue", ["queue", "queue.fifo"])
def test_a_queues_event_is_the_one_that_a_mapping_sends(mock_lambda, function, queue):
    is_fifo = queue.endswith(".fifo")
    settings = {"fifo": True, "ContentBasedDeduplication": "true"} if is_fifo else {}
    made = mock_lambda.queue(queue, **settings)
    with mock_lambda.paused():
        function.on_queue(made)
        made.send("hello", group="group" if is_fifo else None, n=1)
        made.send({"n": 2}, group="group" if is_fifo else None, n=1)

    assert shape(events.sqs(["hello", {"n": 2}], queue=queue, attributes={"n": 1})) == shape(got(function))


@pytest.mark.mock_lambda(clock=NOON)
def test_a_topics_event_is_the_one_that_a_subscription_sends(mock_lambda, function):
    topic = mock_lambda.topic("topic")
    function.on_topic(topic)
    topic.publish("hello", subject="s", kind="k")

    assert shape(events.sns("hello", subject="s", attributes={"kind": "k"})) == shape(got(function))


@pytest.mark.mock_lambda(clock=NOON)
@pytest.mark.parametrize("versioned", [False, True])
def test_a_buckets_events_are_the_ones_that_notifications_send(mock_lambda, function, versioned):
    bucket = mock_lambda.bucket("bucket", versioned=versioned)
    function.on_upload(bucket, events=["s3:ObjectCreated:*", "s3:ObjectRemoved:*"])
    bucket.put("a b/ü", "hello")
    bucket.delete("a b/ü")
    put, deleted = (ran.event for ran in function.invocations)
    ours = (
        events.s3_put("a b/ü", "hello", versioned=versioned),
        events.s3_delete("a b/ü", versioned=versioned),
    )
    for event in (put, deleted, *ours):
        event["Records"][0]["s3"]["object"].pop("versionId", None)

    assert [shape(event) for event in ours] == [shape(put), shape(deleted)]


@pytest.mark.mock_lambda(clock=NOON)
def test_a_streams_event_is_the_one_that_a_mapping_sends(mock_lambda, function):
    stream = mock_lambda.stream("stream")
    with mock_lambda.paused():
        function.on_stream(stream)
        stream.put("hello", key="k")
        stream.put({"n": 2}, key="k")

    assert shape(events.kinesis(["hello", {"n": 2}], key="k")) == shape(got(function))


@pytest.mark.mock_lambda(clock=NOON)
def test_a_tables_event_is_the_one_that_a_mapping_sends(mock_lambda, function):
    pytest.importorskip("moto")
    table = boto3.resource("dynamodb").create_table(
        TableName="table",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    item = {"id": "a", "data": b"foobar", "deep": {"list": [1, True, None, b"x"]}, "set": {b"y"}}
    with mock_lambda.paused():
        function.on_stream(table.latest_stream_arn)
        table.put_item(Item=item)
        table.delete_item(Key={"id": "a"})
    event = got(function)
    for record in event["Records"]:
        record["eventSourceARN"] = None
    ours = events.dynamodb([(None, item), (item, None)])
    for record in ours["Records"]:
        record["eventSourceARN"] = None

    assert shape(ours) == shape(event)


@pytest.mark.mock_lambda(clock=NOON)
def test_a_buss_event_is_the_one_that_a_rule_sends(mock_lambda, function):
    function.on_rule({"source": ["shop"]})
    entry = {"Source": "shop", "DetailType": "sold", "Detail": '{"n": 1}', "Resources": ["arn:x"]}
    boto3.client("events").put_events(Entries=[entry])
    ours = events.eventbridge({"n": 1}, source="shop", detail_type="sold", resources=["arn:x"])

    assert shape(ours) == shape(got(function))


def test_a_urls_event_is_the_one_that_a_request_makes(mock_lambda, function):
    function.url().post("/a b?q=1", json={"n": 1}, headers={"cookie": "c=d"})
    ours = events.function_url("POST", "/a b?q=1", json={"n": 1}, headers={"cookie": "c=d"})
    backends = got(function)
    for event in (ours, backends):
        for name in ("host", "x-amzn-trace-id"):
            del event["headers"][name]
        for name in ("apiId", "domainName", "domainPrefix", "requestId", "time", "timeEpoch"):
            del event["requestContext"][name]

    assert ours == backends


@pytest.mark.parametrize("is_multi", [False, True])
def test_a_balancers_event_is_the_one_that_a_request_makes(mock_lambda, function, is_multi):
    mock_lambda.alb(function, multi_value_headers=is_multi).get("/a", params=[("q", "1"), ("q", "2")])
    ours = events.alb(path="/a", params=[("q", "1"), ("q", "2")], multi_value_headers=is_multi)
    backends = got(function)
    for event in (ours, backends):
        del event["requestContext"]["elb"]
        for name in ("host", "x-amzn-trace-id"):
            del event["multiValueHeaders" if is_multi else "headers"][name]

    assert ours == backends


def test_a_schedules_event_tells_its_instant():
    event = events.scheduled("nightly", at=NOON, region="eu-west-1")

    assert (event["time"], event["resources"]) == (
        "2024-01-01T12:00:00Z",
        ["arn:aws:events:eu-west-1:123456789012:rule/nightly"],
    )


MAKERS = {
    "sqs": lambda **where: events.sqs(["a"], **where),
    "sns": lambda **where: events.sns("a", **where),
    "s3_put": lambda **where: events.s3_put("a", **where),
    "s3_delete": lambda **where: events.s3_delete("a", **where),
    "kinesis": lambda **where: events.kinesis(["a"], **where),
    "dynamodb": lambda **where: events.dynamodb([(None, {"id": "a"})], **where),
    "eventbridge": lambda **where: events.eventbridge({"n": 1}, **where),
    "scheduled": events.scheduled,
    "function_url": events.function_url,
    "alb": events.alb,
}


def test_there_is_a_test_for_each_kind_of_event():
    assert sorted(MAKERS) == events.__all__


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_equal_arguments_make_equal_events(make):
    assert make() == make()


def test_another_seed_makes_other_ids():
    assert events.sqs(["a"], seed=1) != events.sqs(["a"], seed=2)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_an_event_comes_about_where_it_is_told(make):
    text = str(make(region="eu-west-1", account_id="111122223333"))

    assert "eu-west-1" in text
    assert "us-east-1" not in text
    assert "123456789012" not in text


def test_binary_data_is_base64():
    (record,) = events.kinesis([b"\x00\xff"])["Records"]

    assert record["kinesis"]["data"] == "AP8="


@pytest.mark.parametrize("view_type", ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE"])
def test_a_tables_event_shows_what_its_view_type_shows(view_type):
    (record,) = events.dynamodb([({"id": "a", "n": 1}, {"id": "a", "n": 2})], view_type=view_type)["Records"]
    shown = {"KEYS_ONLY": set(), "NEW_IMAGE": {"NewImage"}, "OLD_IMAGE": {"OldImage"}}[view_type]

    assert record["dynamodb"].keys() & {"NewImage", "OldImage"} == shown


@pytest.mark.parametrize("change", [(None, None), ({"id": "a"}, {"id": "a"})])
def test_no_change_makes_no_event(change):
    with pytest.raises(UsageError, match="is no change of an item"):
        events.dynamodb([change])


def test_an_item_needs_its_keys():
    with pytest.raises(UsageError, match="has no pk, sk: name the table's key attributes"):
        events.dynamodb([(None, {"id": "a"})], keys=["pk", "sk"])


def test_making_events_leaves_an_open_cloud_alone(mock_lambda):
    mock_lambda.queue("queue").send("mine")
    events.sqs(["other"])
    sqs = boto3.client("sqs")

    assert [url.rpartition("/")[2] for url in sqs.list_queues()["QueueUrls"]] == ["queue"]
    assert mock_lambda.invocations() == []


def test_making_events_changes_nothing_outside():
    before = dict(os.environ)
    events.sqs(["a"])

    assert dict(os.environ) == before
