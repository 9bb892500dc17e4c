"""Fan-out consumers are registered and subscribe to shards."""

from __future__ import annotations

import pytest

ARN = "arn:aws:kinesis:us-east-1:111111111111:stream/s"
CONSUMER_ARN = f"{ARN}/consumer/c:1700000000"
SUBSCRIBE = {"ConsumerARN": CONSUMER_ARN, "ShardId": "0", "StartingPosition": {"Type": "TRIM_HORIZON"}}
CONSUMER = {"ConsumerName": "c", "ConsumerARN": CONSUMER_ARN, "ConsumerCreationTimestamp": 1_700_000_000_000}


@pytest.fixture
def consumer(one_shard):
    one_shard.registered = one_shard("RegisterStreamConsumer", StreamARN=ARN, ConsumerName="c")
    return one_shard


def subscribe(api, kind="TRIM_HORIZON", **position):
    result = api(
        "SubscribeToShard", ConsumerARN=CONSUMER_ARN, ShardId="0", StartingPosition={"Type": kind, **position}
    )
    return [event["SubscribeToShardEvent"] for event in result["EventStream"]]


def test_a_registered_consumer_is_being_created_and_active_at_the_next_call(consumer):
    described = consumer("DescribeStreamConsumer", ConsumerARN=CONSUMER_ARN)

    assert consumer.registered == {"Consumer": CONSUMER | {"ConsumerStatus": "CREATING"}}
    assert described == {"ConsumerDescription": CONSUMER | {"ConsumerStatus": "ACTIVE", "StreamARN": ARN}}


@pytest.mark.parametrize(
    "by",
    [
        {"ConsumerARN": CONSUMER_ARN},
        {"StreamARN": ARN, "ConsumerName": "c"},
        {"StreamARN": ARN, "ConsumerName": "c", "ConsumerARN": CONSUMER_ARN},
    ],
)
def test_a_consumer_is_found_by_its_arn_or_its_name(consumer, by):
    consumer("DeregisterStreamConsumer", **by)

    assert consumer("ListStreamConsumers", StreamARN=ARN) == {"Consumers": []}


def test_a_consumers_name_is_taken_once(consumer):
    assert consumer.refused("RegisterStreamConsumer", StreamARN=ARN, ConsumerName="c") == (
        "ResourceInUseException",
        "Consumer c under stream s already exists for account 111111111111.",
    )


def test_a_stream_has_twenty_consumers(one_shard):
    for number in range(20):
        one_shard("RegisterStreamConsumer", StreamARN=ARN, ConsumerName=f"c{number}")

    assert (
        one_shard.refused("RegisterStreamConsumer", StreamARN=ARN, ConsumerName="c")[0]
        == "LimitExceededException"
    )


@pytest.mark.parametrize(
    ("by", "named"),
    [({"ConsumerARN": CONSUMER_ARN}, CONSUMER_ARN), ({"StreamARN": ARN, "ConsumerName": "c"}, "c")],
)
def test_a_consumer_that_is_not_there_is_named_as_asked(one_shard, by, named):
    assert one_shard.refused("DescribeStreamConsumer", **by) == (
        "ResourceNotFoundException",
        f"Consumer {named}, account 111111111111 not found.",
    )


def test_consumers_are_listed_page_by_page(one_shard):
    for name in "abc":
        one_shard("RegisterStreamConsumer", StreamARN=ARN, ConsumerName=name)

    first = one_shard("ListStreamConsumers", StreamARN=ARN, MaxResults=2)
    second = one_shard("ListStreamConsumers", StreamARN=ARN, NextToken=first["NextToken"])

    assert [consumer["ConsumerName"] for consumer in first["Consumers"] + second["Consumers"]] == [
        "a",
        "b",
        "c",
    ]
    assert "NextToken" not in second


def test_a_subscription_gives_what_there_is_in_one_event(consumer):
    number = consumer.put(b"a")
    (event,) = subscribe(consumer)

    continuation = event.pop("ContinuationSequenceNumber")
    assert event == {
        "Records": [
            {
                "SequenceNumber": number,
                "ApproximateArrivalTimestamp": consumer.now,
                "Data": b"a",
                "PartitionKey": "k",
            }
        ],
        "MillisBehindLatest": 0,
    }
    assert continuation > number


def test_a_subscription_goes_on_behind_the_last_one(consumer):
    consumer.put(b"a")
    (first,) = subscribe(consumer)
    consumer.now += 5000
    consumer.put(b"b")

    (second,) = subscribe(
        consumer, "AFTER_SEQUENCE_NUMBER", SequenceNumber=first["ContinuationSequenceNumber"]
    )

    assert [record["Data"] for record in second["Records"]] == [b"b"]


def test_an_empty_shard_gives_an_empty_event(consumer):
    (event,) = subscribe(consumer, "LATEST")

    assert event["Records"] == []


def test_the_end_of_a_shard_names_its_children(consumer):
    consumer.put(b"a")
    consumer("SplitShard", StreamName="s", ShardToSplit="0", NewStartingHashKey="5")

    (event,) = subscribe(consumer)

    assert "ContinuationSequenceNumber" not in event
    assert [child["ShardId"][-1] for child in event["ChildShards"]] == ["1", "2"]


def test_records_put_after_subscribing_are_given_too(consumer):
    events = consumer("SubscribeToShard", **SUBSCRIBE)["EventStream"]
    consumer.put(b"a")
    first = next(events)["SubscribeToShardEvent"]
    consumer.put(b"b")
    second = next(events)["SubscribeToShardEvent"]

    assert [[record["Data"] for record in event["Records"]] for event in (first, second)] == [[b"a"], [b"b"]]
    assert list(events) == []


def test_a_subscription_ends_after_five_minutes(consumer):
    events = consumer("SubscribeToShard", **SUBSCRIBE)["EventStream"]
    consumer.now += 300_000
    consumer.put(b"a")

    assert list(events) == []


def test_a_second_subscription_takes_over_after_five_seconds(consumer):
    first = consumer("SubscribeToShard", **SUBSCRIBE)["EventStream"]
    consumer.now += 4999
    refused = consumer.refused("SubscribeToShard", **SUBSCRIBE)
    consumer.now += 1
    second = consumer("SubscribeToShard", **SUBSCRIBE)["EventStream"]

    assert refused == (
        "ResourceInUseException",
        "Another active subscription exists for this consumer: 111111111111:s:shardId-000000000000:c",
    )
    assert (len(list(first)), len(list(second))) == (0, 1)


def test_a_subscription_that_was_read_to_its_end_is_over(consumer):
    subscribe(consumer)

    assert len(subscribe(consumer)) == 1


def test_a_consumer_has_tags_of_its_own(consumer):
    consumer("TagResource", ResourceARN=CONSUMER_ARN, Tags={"a": "b"})

    assert consumer("ListTagsForResource", ResourceARN=CONSUMER_ARN) == {"Tags": [{"Key": "a", "Value": "b"}]}
    assert consumer("ListTagsForResource", ResourceARN=ARN) == {"Tags": []}
