"""Shards are split, merged and scaled; who reads them follows."""

from __future__ import annotations

import pytest

MAX_KEY = 340282366920938463463374607431768211455
SPLIT = {"StreamName": "s", "ShardToSplit": "0"}


@pytest.fixture
def three(api):
    api("CreateStream", StreamName="s", ShardCount=3)
    api.now += 100_000
    return api


def ranges(api, **request):
    """Return number, first and last key and parents of the listed shards."""
    return [
        (
            int(shard["ShardId"][-12:]),
            int(shard["HashKeyRange"]["StartingHashKey"]),
            int(shard["HashKeyRange"]["EndingHashKey"]),
            *(shard[key][-1] for key in ("ParentShardId", "AdjacentParentShardId") if key in shard),
        )
        for shard in api("ListShards", StreamName="s", **request)["Shards"]
    ]


def open_ranges(api):
    return ranges(api, ShardFilter={"Type": "AT_LATEST"})


def test_a_split_gives_two_children(three):
    three("SplitShard", NewStartingHashKey="2", **SPLIT)

    assert open_ranges(three)[2:] == [(3, 0, 1, "0"), (4, 2, 113427455640312821154458202477256070484, "0")]


def test_a_closed_shard_ends_a_second_before_its_children_start(three):
    three("SplitShard", NewStartingHashKey="2", **SPLIT)
    shards = three("ListShards", StreamName="s")["Shards"]

    assert int(shards[0]["SequenceNumberRange"]["EndingSequenceNumber"]) >> 36 & 0xFFFFFFFFF == 1_700_000_099
    assert (
        int(shards[3]["SequenceNumberRange"]["StartingSequenceNumber"]) >> 36 & 0xFFFFFFFFF == 1_700_000_100
    )


def test_a_merge_gives_one_child_with_two_parents(three):
    three("MergeShards", StreamName="s", ShardToMerge="0", AdjacentShardToMerge="1")

    assert open_ranges(three)[1] == (3, 0, 226854911280625642308916404954512140969, "0", "1")


@pytest.mark.parametrize("key", ["1", "113427455640312821154458202477256070484"])
def test_a_split_needs_a_key_inside(three, key):
    assert three.refused("SplitShard", NewStartingHashKey=key, **SPLIT) == (
        "InvalidArgumentException",
        (
            f"NewStartingHashKey {key} used in SplitShard() on shard shardId-000000000000 in stream s under account "
            "111111111111 is not both greater than one plus the shard's StartingHashKey 0 and less than the shard's "
            "EndingHashKey 113427455640312821154458202477256070484."
        ),
    )


def test_a_closed_shard_is_not_split_again(three):
    three("SplitShard", NewStartingHashKey="5", **SPLIT)

    assert three.refused("SplitShard", NewStartingHashKey="5", **SPLIT) == (
        "InvalidArgumentException",
        (
            "Shard shardId-000000000000 in stream s under account 111111111111 has already been merged or split, "
            "and thus is not eligible for merging or splitting."
        ),
    )


@pytest.mark.parametrize(("lower", "upper"), [("1", "0"), ("0", "2")])
def test_only_neighbours_are_merged_lower_one_first(three, lower, upper):
    refused = three.refused("MergeShards", StreamName="s", ShardToMerge=lower, AdjacentShardToMerge=upper)

    assert refused == (
        "InvalidArgumentException",
        (
            f"Shards shardId-00000000000{lower} and shardId-00000000000{upper} in stream s under account 111111111111 "
            "are not an adjacent pair of shards eligible for merging"
        ),
    )


def test_a_shard_to_split_is_there(three):
    assert three.refused("SplitShard", StreamName="s", ShardToSplit="5", NewStartingHashKey="5") == (
        "ResourceNotFoundException",
        "Could not find shard shardId-000000000005 in stream s under account 111111111111.",
    )


def test_a_stream_on_demand_is_not_resharded(api):
    api("CreateStream", StreamName="s")

    assert api.refused(
        "UpdateShardCount", StreamName="s", TargetShardCount=5, ScalingType="UNIFORM_SCALING"
    ) == (
        "ValidationException",
        "Request is invalid. Stream s under account 111111111111 is in On-Demand mode.",
    )


@pytest.mark.parametrize(
    ("before", "target", "total"), [(2, 4, 6), (4, 5, 15), (10, 13, 37), (4, 2, 6), (5, 3, 7), (4, 3, 11)]
)
def test_scaling_leaves_as_many_shards_as_on_aws(api, before, target, total):
    api("CreateStream", StreamName="s", ShardCount=before)

    result = api("UpdateShardCount", StreamName="s", TargetShardCount=target, ScalingType="UNIFORM_SCALING")

    assert (result["CurrentShardCount"], result["TargetShardCount"]) == (before, target)
    assert (len(open_ranges(api)), len(ranges(api))) == (target, total)


def test_scaling_by_a_quarter_sweeps_from_the_lowest_key(api):
    api("CreateStream", StreamName="s", ShardCount=4)

    api("UpdateShardCount", StreamName="s", TargetShardCount=3, ScalingType="UNIFORM_SCALING")

    third = (MAX_KEY + 1) // 3
    assert [shard[:3] for shard in open_ranges(api)] == [
        (6, 0, third - 1),
        (9, third, 2 * third - 1),
        (10, 2 * third, MAX_KEY),
    ]


def test_open_shards_always_cover_all_keys_once(api):
    api("CreateStream", StreamName="s", ShardCount=7)
    for target in (9, 14, 11, 6, 8):
        api("UpdateShardCount", StreamName="s", TargetShardCount=target, ScalingType="UNIFORM_SCALING")

        cut = sorted(shard[1:3] for shard in open_ranges(api))

        assert (cut[0][0], cut[-1][1], len(cut)) == (0, MAX_KEY, target)
        assert [last + 1 for _, last in cut[:-1]] == [first for first, _ in cut[1:]]


def test_the_same_count_changes_nothing(three):
    three("UpdateShardCount", StreamName="s", TargetShardCount=3, ScalingType="UNIFORM_SCALING")

    assert len(ranges(three)) == 3


@pytest.mark.parametrize(
    ("target", "text"),
    [
        (7, "cannot scale up over double your current open shard count. Current open shard count: 3, Target"),
        (
            1,
            "cannot scale down below half your current open shard count. Current open shard count: 3, Target",
        ),
    ],
)
def test_scaling_goes_to_double_and_half(three, target, text):
    refused = three.refused(
        "UpdateShardCount", StreamName="s", TargetShardCount=target, ScalingType="UNIFORM_SCALING"
    )

    assert refused == ("LimitExceededException", f"UpdateShardCount {text} shard count: {target}")


def test_a_stream_is_scaled_ten_times_a_day(three):
    scale = {"StreamName": "s", "TargetShardCount": 3, "ScalingType": "UNIFORM_SCALING"}
    for _ in range(10):
        three("UpdateShardCount", **scale)

    refused = three.refused("UpdateShardCount", **scale)
    three.now += 86_400_000

    assert refused[0] == "LimitExceededException"
    assert three("UpdateShardCount", **scale)["TargetShardCount"] == 3


def test_records_go_to_the_child_at_once(one_shard):
    one_shard("SplitShard", NewStartingHashKey=str(MAX_KEY // 2), **SPLIT)

    result = one_shard("PutRecord", StreamName="s", Data=b"", PartitionKey="k", ExplicitHashKey="0")

    assert result["ShardId"] == "shardId-000000000001"


def test_a_childs_numbers_are_larger_than_its_parents(one_shard):
    before = one_shard.put()
    one_shard("SplitShard", NewStartingHashKey=str(MAX_KEY // 2), **SPLIT)
    end = one_shard("ListShards", StreamName="s")["Shards"][0]["SequenceNumberRange"]["EndingSequenceNumber"]

    assert before < end < one_shard.put()


def test_a_closed_shard_read_to_its_end_names_its_children(one_shard):
    one_shard.put(b"a")
    one_shard("SplitShard", NewStartingHashKey="5", **SPLIT)

    first = one_shard("GetRecords", ShardIterator=one_shard.iterator(), Limit=1)
    latest = one_shard("GetRecords", ShardIterator=one_shard.iterator("LATEST"))

    assert "NextShardIterator" not in first
    assert latest == {
        "Records": [],
        "MillisBehindLatest": 0,
        "ChildShards": [
            {
                "ShardId": "shardId-000000000001",
                "ParentShards": ["shardId-000000000000"],
                "HashKeyRange": {"StartingHashKey": "0", "EndingHashKey": "4"},
            },
            {
                "ShardId": "shardId-000000000002",
                "ParentShards": ["shardId-000000000000"],
                "HashKeyRange": {"StartingHashKey": "5", "EndingHashKey": str(MAX_KEY)},
            },
        ],
    }


def test_a_closed_shard_is_listed_until_its_records_have_expired(one_shard):
    one_shard("SplitShard", NewStartingHashKey="5", **SPLIT)
    one_shard.now += 86_399_999
    before = len(ranges(one_shard))
    one_shard.now += 1

    assert (before, len(ranges(one_shard))) == (3, 2)


@pytest.mark.parametrize(
    ("criteria", "numbers"),
    [
        ({"Type": "FROM_TRIM_HORIZON"}, [0, 1, 2, 3, 4]),
        ({"Type": "AT_TRIM_HORIZON"}, [0, 1, 2]),
        ({"Type": "AT_LATEST"}, [1, 2, 3, 4]),
        ({"Type": "AFTER_SHARD_ID", "ShardId": "shardId-000000000002"}, [3, 4]),
        ({"Type": "AT_TIMESTAMP", "Timestamp": 1_700_000_099_999}, [0, 1, 2]),
        ({"Type": "AT_TIMESTAMP", "Timestamp": 1_700_000_100_001}, [1, 2, 3, 4]),
        ({"Type": "FROM_TIMESTAMP", "Timestamp": 1_700_000_099_999}, [0, 1, 2, 3, 4]),
        ({"Type": "FROM_TIMESTAMP", "Timestamp": 1_700_000_100_001}, [1, 2, 3, 4]),
        ({"Type": "FROM_TIMESTAMP", "Timestamp": 0}, [0, 1, 2, 3, 4]),
    ],
)
def test_listed_shards_are_filtered(three, criteria, numbers):
    three("SplitShard", NewStartingHashKey="5", **SPLIT)

    assert [shard[0] for shard in ranges(three, ShardFilter=criteria)] == numbers


def test_shards_are_listed_page_by_page(three):
    first = three("ListShards", StreamName="s", MaxResults=2)
    second = three("ListShards", NextToken=first["NextToken"], MaxResults=2)

    assert [shard["ShardId"][-1] for shard in first["Shards"] + second["Shards"]] == ["0", "1", "2"]
    assert "NextToken" not in second


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({}, "Either NextToken or StreamName should be provided."),
        ({"StreamName": "s", "NextToken": "x"}, "NextToken and StreamName cannot be provided together."),
        ({"NextToken": "x"}, "Invalid NextToken."),
    ],
)
def test_shards_are_listed_of_one_stream_or_from_one_token(three, request_, message):
    assert three.refused("ListShards", **request_) == ("InvalidArgumentException", message)
