"""Other services deliver to streams, and pollers read them."""

from __future__ import annotations

import pytest

from mocklambda.execution.ports import Delivery, Shard, Undeliverable
from mocklambda.services.kinesis.links import destination, stream_source

ARN = "arn:aws:kinesis:us-east-1:111111111111:stream/s"
DELIVERY = Delivery(body="text", principal="events.amazonaws.com", source_arn="arn", partition_key="k")


def test_a_delivery_becomes_a_record(one_shard):
    number = one_shard.engine.turn(
        lambda: destination(one_shard.state(), ARN).deliver(DELIVERY), frozenset({9})
    )

    (record,) = one_shard.stream().peek(one_shard.now)
    assert (record.sequence_number, record.partition_key, record.data) == (number, "k", b"text")
    assert record.causes == frozenset({9})


@pytest.mark.parametrize("arn", [ARN + "x", ARN.replace("1111", "2222"), f"{ARN}/consumer/c:1"])
def test_what_is_not_there_is_no_destination(one_shard, arn):
    assert destination(one_shard.state(), arn) is None


def test_a_full_shard_refuses_deliveries(one_shard):
    one_shard.put(bytes((1 << 20) - 1))

    with pytest.raises(Undeliverable, match="ProvisionedThroughputExceededException: Rate exceeded"):
        one_shard.engine.turn(lambda: destination(one_shard.state(), ARN).deliver(DELIVERY))


def test_a_record_is_read_as_lambda_sends_it(one_shard):
    number = one_shard.put(b"hello", "test_0")
    source = stream_source(one_shard.state(), ARN)

    page = source.read("shardId-000000000000", 0, 10)

    (record,) = page.records
    assert (page.position, page.is_end, record.causes, record.arrived_at) == (
        1,
        False,
        frozenset({7}),
        one_shard.now,
    )
    assert list(record.record.items()) == [
        (
            "kinesis",
            {
                "kinesisSchemaVersion": "1.0",
                "partitionKey": "test_0",
                "sequenceNumber": number,
                "data": "aGVsbG8=",
                "approximateArrivalTimestamp": 1_700_000_000.0,
            },
        ),
        ("eventSource", "aws:kinesis"),
        ("eventVersion", "1.0"),
        ("eventID", f"shardId-000000000000:{number}"),
        ("eventName", "aws:kinesis:record"),
        ("invokeIdentityArn", ""),
        ("awsRegion", "us-east-1"),
        ("eventSourceARN", ARN),
    ]


@pytest.mark.parametrize(("data", "seen"), [(b'{"k": 1}', {"k": 1}), (b"text", None), (b"\xff", None)])
def test_filters_see_decoded_data_at_the_top(one_shard, data, seen):
    one_shard.put(data)
    (record,) = stream_source(one_shard.state(), ARN).read("shardId-000000000000", 0, 10).records

    document = record.match()

    assert (document.get("data"), document["partitionKey"], document["eventSource"]) == (
        seen,
        "k",
        "aws:kinesis",
    )


def test_a_source_starts_where_it_is_told(one_shard):
    one_shard.put()
    one_shard.now += 1000
    one_shard.put()
    source = stream_source(one_shard.state(), ARN)

    starts = [
        source.position("shardId-000000000000", *start)
        for start in (("TRIM_HORIZON",), ("LATEST",), ("AT_TIMESTAMP", one_shard.now))
    ]

    assert starts == [0, 2, 1]


def test_a_source_lists_parents_before_children_and_tells_of_both(one_shard):
    source, told = stream_source(one_shard.state(), ARN), []
    subscription = source.subscribe(told.append)
    one_shard.put()
    one_shard("SplitShard", StreamName="s", ShardToSplit="0", NewStartingHashKey="5")
    subscription.cancel()
    one_shard.put()

    ids = [f"shardId-{number:012d}" for number in range(3)]
    assert told == [ids[0], *ids]
    assert source.shards() == [
        Shard(shard_id=ids[0], is_closed=True),
        Shard(shard_id=ids[1], parents=(ids[0],)),
        Shard(shard_id=ids[2], parents=(ids[0],)),
    ]
    assert source.read(ids[0], 0, 10).is_end


def test_a_consumer_is_a_source_under_its_own_arn(one_shard):
    arn = one_shard("RegisterStreamConsumer", StreamARN=ARN, ConsumerName="c")["Consumer"]["ConsumerARN"]
    one_shard.put()
    source = stream_source(one_shard.state(), arn)

    (record,) = source.read("shardId-000000000000", 0, 10).records

    assert (source.arn, record.record["eventSourceARN"]) == (arn, arn)


def test_a_source_of_a_deleted_stream_has_no_shards(one_shard):
    source = stream_source(one_shard.state(), ARN)
    one_shard("DeleteStream", StreamName="s")

    assert (source.shards(), source.read("shardId-000000000000", 0, 10).is_end) == ((), True)
