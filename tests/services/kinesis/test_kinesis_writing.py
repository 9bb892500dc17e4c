"""Records are put where their hash key says, within what a shard takes."""

from __future__ import annotations

import pytest

from mocklambda.services.kinesis.stream import hash_key

MAX_KEY = "340282366920938463463374607431768211455"


@pytest.mark.parametrize(
    ("key", "hash_", "shard"),
    [
        ("a", 16955237001963240173058271559858726497, 0),
        ("b", 195289424170611159128911017612795795343, 1),
        ("e", 299611584147932843547128611849858313266, 2),
        ("f", 190917122200326810055233066464581373159, 1),
    ],
)
def test_a_partition_keys_md5_chooses_the_shard(api, key, hash_, shard):
    api("CreateStream", StreamName="s", ShardCount=3)

    result = api("PutRecord", StreamName="s", Data=b"", PartitionKey=key)

    assert (hash_key(key), result["ShardId"]) == (hash_, f"shardId-{shard:012d}")


@pytest.mark.parametrize(
    ("explicit", "shard"),
    [
        ("0", 0),
        ("113427455640312821154458202477256070484", 0),
        ("113427455640312821154458202477256070485", 1),
        (MAX_KEY, 2),
    ],
)
def test_an_explicit_hash_key_overrides_it(api, explicit, shard):
    api("CreateStream", StreamName="s", ShardCount=3)

    result = api("PutRecord", StreamName="s", Data=b"", PartitionKey="a", ExplicitHashKey=explicit)

    assert result["ShardId"] == f"shardId-{shard:012d}"


def test_a_record_gets_the_next_sequence_number(one_shard):
    one_shard.now += 3000

    result = one_shard("PutRecord", StreamName="s", Data=b"", PartitionKey="a")

    assert result == {
        "ShardId": "shardId-000000000000",
        "SequenceNumber": "49646437577108476416916876405827138351405044511608406018",
    }


def test_sequence_numbers_grow_in_write_order(one_shard):
    numbers = [one_shard.put() for _ in range(20)]

    assert numbers == sorted(set(numbers))


def test_many_records_are_answered_one_by_one(api):
    api("CreateStream", StreamName="s", ShardCount=3)

    result = api(
        "PutRecords",
        StreamName="s",
        Records=[{"Data": key.encode(), "PartitionKey": key} for key in "abe"],
    )

    assert result["FailedRecordCount"] == 0
    assert [entry["ShardId"][-1] for entry in result["Records"]] == ["0", "1", "2"]


def test_a_shard_takes_a_thousand_records_in_a_second(one_shard):
    entries = [{"Data": b"", "PartitionKey": "k"}] * 500
    for _ in range(2):
        one_shard("PutRecords", StreamName="s", Records=entries)

    result = one_shard("PutRecords", StreamName="s", Records=entries[:1])
    refused = one_shard.refused("PutRecord", StreamName="s", Data=b"", PartitionKey="k")
    one_shard.now += 1000

    text = "Rate exceeded for shard shardId-000000000000 in stream s under account 111111111111."
    assert result == {
        "FailedRecordCount": 1,
        "Records": [{"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": text}],
    }
    assert refused == ("ProvisionedThroughputExceededException", text)
    assert one_shard("PutRecords", StreamName="s", Records=entries)["FailedRecordCount"] == 0


def test_a_shard_takes_a_mebibyte_in_a_second(one_shard):
    one_shard("PutRecord", StreamName="s", Data=bytes((1 << 20) - 1), PartitionKey="k")

    refused = one_shard.refused("PutRecord", StreamName="s", Data=b"", PartitionKey="k")

    assert refused[0] == "ProvisionedThroughputExceededException"


def test_other_shards_are_not_held_back(api):
    api("CreateStream", StreamName="s", ShardCount=3)
    api("PutRecord", StreamName="s", Data=bytes((1 << 20) - 1), PartitionKey="a")

    result = api("PutRecords", StreamName="s", Records=[{"Data": b"", "PartitionKey": key} for key in "ab"])

    assert [("ErrorCode" in entry) for entry in result["Records"]] == [True, False]


def test_a_record_larger_than_the_stream_allows_is_refused(one_shard):
    refused = one_shard.refused("PutRecord", StreamName="s", Data=bytes((1 << 20) + 1), PartitionKey="k")

    assert refused == (
        "ValidationException",
        (
            "1 validation error detected: Value at 'data' failed to satisfy constraint: "
            "Member must have length less than or equal to 1048576"
        ),
    )


def test_one_record_too_large_fails_the_whole_call(one_shard):
    entries = [{"Data": b"", "PartitionKey": "k"}, {"Data": bytes((1 << 20) + 1), "PartitionKey": "k"}]

    code, message = one_shard.refused("PutRecords", StreamName="s", Records=entries)

    assert code == "ValidationException"
    assert "Value at 'records.2.member.data'" in message
    assert one_shard.stream().peek(one_shard.now) == []


def test_a_larger_record_size_can_be_set(one_shard):
    one_shard("UpdateMaxRecordSize", StreamARN=one_shard.stream().arn, MaxRecordSizeInKiB=2048)

    assert one_shard.put(bytes(2 << 20))


def test_a_request_holds_ten_mebibytes(one_shard):
    entries = [{"Data": bytes(1 << 20), "PartitionKey": "k"}] * 10

    assert one_shard.refused("PutRecords", StreamName="s", Records=entries) == (
        "InvalidArgumentException",
        "Records size exceeds 10 MB limit",
    )


def test_a_partition_key_is_needed(one_shard):
    assert one_shard.refused("PutRecord", StreamName="s", Data=b"") == (
        "ValidationException",
        "1 validation error detected: Value null at 'partitionKey' failed to satisfy constraint: Member must not be null",
    )


def test_a_hash_key_has_128_bits(one_shard):
    key = str(int(MAX_KEY) + 1)

    assert one_shard.refused(
        "PutRecord", StreamName="s", Data=b"", PartitionKey="k", ExplicitHashKey=key
    ) == (
        "InvalidArgumentException",
        (
            "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. "
            f"Specified value was {key}"
        ),
    )


def test_the_number_after_another_is_larger(one_shard):
    first = one_shard.put()

    assert one_shard.put(SequenceNumberForOrdering=first) > first


def test_an_unreadable_number_for_ordering_is_refused(one_shard):
    number = str(int(one_shard.put()) + 1)

    refused = one_shard.refused(
        "PutRecord", StreamName="s", Data=b"", PartitionKey="k", SequenceNumberForOrdering=number
    )

    assert refused == (
        "InvalidArgumentException",
        f"ExclusiveMinimumSequenceNumber {number} used in PutRecord on stream s under account 111111111111 is invalid.",
    )
