"""Iterators start where they should, and reading goes on from there."""

from __future__ import annotations

import pytest

from mocklambda.services.kinesis.sequence import sequence_number


@pytest.fixture
def three(one_shard):
    """A shard with a, b and c, ten seconds apart; now is ten seconds after c."""
    one_shard.numbers = []
    for data in (b"a", b"b", b"c"):
        one_shard.numbers.append(one_shard.put(data))
        one_shard.now += 10_000
    return one_shard


def test_a_record_is_read_as_it_was_put(one_shard):
    number = one_shard.put(b"\xff\x00", "schl\u00fcssel")

    result = one_shard("GetRecords", ShardIterator=one_shard.iterator())

    assert result.pop("NextShardIterator")
    assert result == {
        "Records": [
            {
                "SequenceNumber": number,
                "ApproximateArrivalTimestamp": one_shard.now,
                "Data": b"\xff\x00",
                "PartitionKey": "schl\u00fcssel",
            }
        ],
        "MillisBehindLatest": 0,
    }


@pytest.mark.parametrize(
    ("kind", "number", "data"),
    [
        ("TRIM_HORIZON", None, [b"a", b"b", b"c"]),
        ("LATEST", None, []),
        ("AT_SEQUENCE_NUMBER", 1, [b"b", b"c"]),
        ("AFTER_SEQUENCE_NUMBER", 1, [b"c"]),
        ("AFTER_SEQUENCE_NUMBER", 2, []),
    ],
)
def test_an_iterator_starts_where_its_type_says(three, kind, number, data):
    request = {} if number is None else {"StartingSequenceNumber": three.numbers[number]}

    assert three.read(three.iterator(kind, **request)) == data


def test_the_starting_number_of_a_shard_starts_at_its_first_record(three):
    (shard,) = three("ListShards", StreamName="s")["Shards"]
    start = shard["SequenceNumberRange"]["StartingSequenceNumber"]

    assert three.read(three.iterator("AT_SEQUENCE_NUMBER", StartingSequenceNumber=start)) == [
        b"a",
        b"b",
        b"c",
    ]


@pytest.mark.parametrize(
    ("back_ms", "data"),
    [(10_000, [b"c"]), (10_001, [b"c"]), (9_999, []), (20_000, [b"b", b"c"]), (10**9, [b"a", b"b", b"c"])],
)
def test_an_iterator_starts_at_a_time(three, back_ms, data):
    assert three.read(three.iterator("AT_TIMESTAMP", Timestamp=three.now - back_ms)) == data


def test_reading_goes_on_behind_the_last_page(three):
    first = three("GetRecords", ShardIterator=three.iterator(), Limit=2)
    second = three("GetRecords", ShardIterator=first["NextShardIterator"])

    assert [record["Data"] for record in first["Records"]] == [b"a", b"b"]
    assert [record["Data"] for record in second["Records"]] == [b"c"]


def test_a_page_says_how_far_behind_it_is(three):
    iterator, behind = three.iterator(), []
    for _ in range(4):
        page = three("GetRecords", ShardIterator=iterator, Limit=1)
        iterator = page["NextShardIterator"]
        behind.append(page["MillisBehindLatest"])

    assert behind == [20_000, 10_000, 0, 0]


def test_a_latest_iterator_and_its_follower_both_see_what_comes_then(three):
    iterator = three.iterator("LATEST")
    follower = three("GetRecords", ShardIterator=iterator)["NextShardIterator"]
    three.put(b"d")

    assert (three.read(iterator), three.read(follower)) == ([b"d"], [b"d"])


def test_every_iterator_is_new(three):
    iterator = three.iterator("LATEST")

    followers = {three("GetRecords", ShardIterator=iterator)["NextShardIterator"] for _ in range(3)}

    assert len(followers | {iterator}) == 4


def test_an_iterator_looks_like_aws_s(three):
    iterator = three.iterator()

    assert iterator.startswith("AAAAAAAAAAE")
    assert 152 <= len(iterator) <= 280


def test_an_iterator_is_taken_with_quotes(three):
    assert three.read(f'"{three.iterator()}"') == [b"a", b"b", b"c"]


def test_an_iterator_lives_five_minutes(one_shard):
    iterator = one_shard.iterator()
    one_shard.now += 300_000
    at_the_end = one_shard.read(iterator)
    one_shard.now += 1000

    assert at_the_end == []
    assert one_shard.refused("GetRecords", ShardIterator=iterator) == (
        "ExpiredIteratorException",
        (
            "Iterator expired. The iterator was created at time Tue Nov 14 22:13:20 UTC 2023 while right now it is "
            "Tue Nov 14 22:18:21 UTC 2023 which is further in the future than the tolerated delay of 300000 milliseconds."
        ),
    )


@pytest.mark.parametrize("garbage", ["x", "AAAA", "AAAAAAAAAAE" + "A" * 149])
def test_garbage_is_no_iterator(one_shard, garbage):
    assert one_shard.refused("GetRecords", ShardIterator=garbage) == (
        "InvalidArgumentException",
        "Invalid ShardIterator.",
    )


def test_an_iterator_of_a_deleted_stream_finds_no_shard(one_shard):
    iterator = one_shard.iterator()
    one_shard("DeleteStream", StreamName="s")

    assert one_shard.refused("GetRecords", ShardIterator=iterator) == (
        "ResourceNotFoundException",
        "Shard shardId-000000000000 in stream s under account 111111111111 does not exist",
    )


def test_a_stream_made_again_is_read_from_its_start(three):
    iterator = three.iterator("LATEST")
    three("DeleteStream", StreamName="s")
    three("CreateStream", StreamName="s", ShardCount=1)
    three.put(b"new")

    assert three.read(iterator) == [b"new"]


def test_records_expire_after_the_retention(three):
    iterator = three.iterator()
    three.now += 86_400_000 - 30_000
    early = three.read(three.iterator())
    three.now += 10_000

    assert early == [b"b", b"c"]
    assert three.read(three.iterator()) == [b"c"]
    assert three.refused("GetRecords", ShardIterator=iterator)[0] == "ExpiredIteratorException"


def test_longer_retention_keeps_records(three):
    three("IncreaseStreamRetentionPeriod", StreamName="s", RetentionPeriodHours=48)
    three.now += 86_400_000

    assert three.read(three.iterator()) == [b"a", b"b", b"c"]


def test_a_shard_is_read_five_times_in_a_second(one_shard):
    iterator = one_shard.iterator()
    for _ in range(5):
        one_shard.read(iterator)

    refused = one_shard.refused("GetRecords", ShardIterator=iterator)
    one_shard.now += 1000

    assert refused == (
        "ProvisionedThroughputExceededException",
        "Rate exceeded for shard shardId-000000000000 in stream s under account 111111111111.",
    )
    assert one_shard.read(iterator) == []


def test_an_answer_of_ten_mebibytes_blocks_for_five_seconds(one_shard):
    for _ in range(11):
        one_shard.put(bytes((1 << 20) - 1))
        one_shard.now += 1000
    first = one_shard("GetRecords", ShardIterator=one_shard.iterator())
    one_shard.now += 4999
    refused = one_shard.refused("GetRecords", ShardIterator=first["NextShardIterator"])
    one_shard.now += 1

    assert len(first["Records"]) == 10
    assert refused[0] == "ProvisionedThroughputExceededException"
    assert len(one_shard.read(first["NextShardIterator"])) == 1


MIXED = (
    "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or "
    "(2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified "
)
OF_ANOTHER_LIFE = sequence_number(1542776258, 0, 5, 1545084650)
OF_SHARD_1 = "49646437577130777162115407028967465143858078037781250066"


@pytest.mark.parametrize(
    ("kind", "request_", "message"),
    [
        ("LATEST", {"StartingSequenceNumber": "1"}, MIXED + "LATEST and also a StartingSequenceNumber."),
        (
            "TRIM_HORIZON",
            {"StartingSequenceNumber": "1"},
            MIXED + "TRIM_HORIZON and also a StartingSequenceNumber.",
        ),
        ("AT_SEQUENCE_NUMBER", {}, MIXED + "AT_SEQUENCE_NUMBER and no StartingSequenceNumber."),
        (
            "AT_SEQUENCE_NUMBER",
            {"StartingSequenceNumber": OF_SHARD_1},
            (
                "Invalid StartingSequenceNumber. It encodes shardId-000000000001, while it was used in a call to a "
                "shard with shardId-000000000000"
            ),
        ),
        (
            "AFTER_SEQUENCE_NUMBER",
            {"StartingSequenceNumber": str(0x80000000)},
            (
                "Invalid StartingSequenceNumber. It encodes shardId--02147483648, while it was used in a call to a "
                "shard with shardId-000000000000"
            ),
        ),
        (
            "AT_SEQUENCE_NUMBER",
            {"StartingSequenceNumber": str(1 << 150)},
            (
                f"StartingSequenceNumber {1 << 150} used in GetShardIterator on shard shardId-000000000000 in stream s "
                "under account 111111111111 is invalid."
            ),
        ),
        (
            "AT_SEQUENCE_NUMBER",
            {"StartingSequenceNumber": OF_ANOTHER_LIFE},
            (
                f"StartingSequenceNumber {OF_ANOTHER_LIFE} used in "
                "GetShardIterator on shard shardId-000000000000 in stream s under account 111111111111 is invalid "
                "because it did not come from this stream."
            ),
        ),
        (
            "AT_TIMESTAMP",
            {},
            (
                "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. "
                "Current request has no timestamp parameter."
            ),
        ),
        (
            "AT_TIMESTAMP",
            {"Timestamp": 1_700_000_000_001},
            (
                "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. "
                "timestampInMillis: 1700000000001, currentTimestampInMillis: 1700000000000"
            ),
        ),
    ],
)
def test_an_iterator_that_can_not_be_is_refused(one_shard, kind, request_, message):
    refused = one_shard.refused(
        "GetShardIterator", StreamName="s", ShardId="0", ShardIteratorType=kind, **request_
    )

    assert refused == ("InvalidArgumentException", message)


def test_number_0_breaks_the_service_on_shard_0(one_shard):
    refused = one_shard.refused(
        "GetShardIterator",
        StreamName="s",
        ShardId="0",
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        StartingSequenceNumber="0",
    )

    assert refused == ("InternalFailure", "")


@pytest.mark.parametrize("shard", ["0", "shard-0", "-0", "anything-0", "shardId-000000000000"])
def test_a_shard_id_is_read_loosely(one_shard, shard):
    assert one_shard.iterator(shard=shard)


@pytest.mark.parametrize("shard", ["ABKLFD8", "2.14E4", "2147483648"])
def test_an_unreadable_shard_id_is_refused_before_the_stream_is_looked_up(api, shard):
    refused = api.refused("GetShardIterator", StreamName="no", ShardId=shard, ShardIteratorType="LATEST")

    assert refused == (
        "ResourceNotFoundException",
        f"Could not find shard {shard} in stream no under account 111111111111.",
    )


@pytest.mark.parametrize(("stream", "shard"), [("s", "9"), ("no", "9")])
def test_an_iterator_needs_a_shard_that_is_there(one_shard, stream, shard):
    refused = one_shard.refused(
        "GetShardIterator", StreamName=stream, ShardId=shard, ShardIteratorType="LATEST"
    )

    assert refused == (
        "ResourceNotFoundException",
        f"Shard shardId-000000000009 in stream {stream} under account 111111111111 does not exist",
    )
