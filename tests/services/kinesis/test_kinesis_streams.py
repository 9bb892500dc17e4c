"""Streams are made, described, listed, changed and deleted."""

from __future__ import annotations

import pytest

ARN = "arn:aws:kinesis:us-east-1:111111111111:stream/s"
NOT_FOUND = ("ResourceNotFoundException", "Stream s under account 111111111111 not found.")
WHOLE_RANGE = {"StartingHashKey": "0", "EndingHashKey": "340282366920938463463374607431768211455"}


def test_a_stream_is_described_as_soon_as_it_was_made(one_shard):
    assert one_shard("DescribeStream", StreamName="s") == {
        "StreamDescription": {
            "StreamName": "s",
            "StreamARN": ARN,
            "StreamStatus": "ACTIVE",
            "StreamModeDetails": {"StreamMode": "PROVISIONED"},
            "StreamCreationTimestamp": 1_700_000_000_000,
            "Shards": [
                {
                    "ShardId": "shardId-000000000000",
                    "HashKeyRange": WHOLE_RANGE,
                    "SequenceNumberRange": {
                        "StartingSequenceNumber": "49646437577108476416916876405825929425585429676275269634"
                    },
                }
            ],
            "HasMoreShards": False,
            "RetentionPeriodHours": 24,
            "EnhancedMonitoring": [{"ShardLevelMetrics": []}],
            "EncryptionType": "NONE",
        }
    }


def test_a_summary_counts_shards_and_consumers(one_shard):
    one_shard("RegisterStreamConsumer", StreamARN=ARN, ConsumerName="c")

    summary = one_shard("DescribeStreamSummary", StreamARN=ARN)["StreamDescriptionSummary"]

    assert (summary["OpenShardCount"], summary["ConsumerCount"]) == (1, 1)


@pytest.mark.parametrize("request_", [{}, {"StreamModeDetails": {"StreamMode": "ON_DEMAND"}}])
def test_a_stream_without_a_shard_count_is_on_demand_with_four_shards(api, request_):
    api("CreateStream", StreamName="s", **request_)

    summary = api("DescribeStreamSummary", StreamName="s")["StreamDescriptionSummary"]

    assert (summary["StreamModeDetails"], summary["OpenShardCount"]) == ({"StreamMode": "ON_DEMAND"}, 4)


def test_shards_are_described_page_by_page(api):
    api("CreateStream", StreamName="s", ShardCount=3)

    first = api("DescribeStream", StreamName="s", Limit=2)["StreamDescription"]
    second = api("DescribeStream", StreamName="s", ExclusiveStartShardId="shardId-000000000001")[
        "StreamDescription"
    ]

    assert [shard["ShardId"] for shard in first["Shards"]] == ["shardId-000000000000", "shardId-000000000001"]
    assert first["HasMoreShards"]
    assert [shard["ShardId"] for shard in second["Shards"]] == ["shardId-000000000002"]
    assert not second["HasMoreShards"]


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("DescribeStream", {}),
        ("DescribeStreamSummary", {}),
        ("DeleteStream", {}),
        ("ListShards", {}),
        ("PutRecord", {"Data": b"", "PartitionKey": "k"}),
        ("PutRecords", {"Records": [{"Data": b"", "PartitionKey": "k"}]}),
        ("SplitShard", {"ShardToSplit": "0", "NewStartingHashKey": "5"}),
        ("MergeShards", {"ShardToMerge": "0", "AdjacentShardToMerge": "1"}),
        ("UpdateShardCount", {"TargetShardCount": 2, "ScalingType": "UNIFORM_SCALING"}),
        ("AddTagsToStream", {"Tags": {"a": "b"}}),
        ("IncreaseStreamRetentionPeriod", {"RetentionPeriodHours": 25}),
    ],
)
def test_a_stream_that_is_not_there_is_named_in_the_error(api, operation, request_):
    assert api.refused(operation, StreamName="s", **request_) == NOT_FOUND


def test_the_error_prints_the_name_when_an_arn_was_sent(api):
    assert api.refused("DescribeStream", StreamARN=ARN) == NOT_FOUND


def test_a_name_is_taken_once(one_shard):
    assert one_shard.refused("CreateStream", StreamName="s", ShardCount=1) == (
        "ResourceInUseException",
        "Stream s under account 111111111111 already exists.",
    )


def test_a_deleted_stream_is_gone(one_shard):
    one_shard("DeleteStream", StreamName="s")

    assert one_shard.refused("DescribeStream", StreamName="s") == NOT_FOUND


def test_a_stream_with_consumers_is_not_deleted(one_shard):
    one_shard("RegisterStreamConsumer", StreamARN=ARN, ConsumerName="c")

    code, message = one_shard.refused("DeleteStream", StreamName="s")

    assert code == "ResourceInUseException"
    assert message.startswith(f"DeleteStream can't delete {ARN} because there are consumers associated")


def test_deletion_of_consumers_can_be_enforced(one_shard):
    one_shard("RegisterStreamConsumer", StreamARN=ARN, ConsumerName="c")

    one_shard("DeleteStream", StreamName="s", EnforceConsumerDeletion=True)

    assert one_shard("ListStreams")["StreamNames"] == []


def test_an_account_has_so_many_shards(api):
    assert api.refused("CreateStream", StreamName="s", ShardCount=501) == (
        "LimitExceededException",
        (
            "This request would exceed the shard limit for the account 111111111111 in us-east-1. Current shard count "
            "for the account: 0. Limit: 500. Number of additional shards that would have resulted from this request: "
            "501. Refer to the AWS Service Limits page "
            "(http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how to "
            "request higher limits."
        ),
    )


def test_streams_are_listed_by_name_page_by_page(api):
    for name in "bac":
        api("CreateStream", StreamName=name, ShardCount=1)

    first = api("ListStreams", Limit=2)
    second = api("ListStreams", NextToken=first["NextToken"])

    assert (first["StreamNames"], first["HasMoreStreams"]) == (["a", "b"], True)
    assert (second["StreamNames"], second["HasMoreStreams"]) == (["c"], False)
    assert [summary["StreamName"] for summary in second["StreamSummaries"]] == ["c"]


def test_a_page_token_lives_300_seconds(api):
    for name in "ab":
        api("CreateStream", StreamName=name, ShardCount=1)
    token = api("ListStreams", Limit=1)["NextToken"]

    api.now += 300_001

    assert api.refused("ListStreams", NextToken=token)[0] == "ExpiredNextTokenException"


def test_limits_count_open_shards_and_on_demand_streams(one_shard):
    one_shard("CreateStream", StreamName="d")

    assert one_shard("DescribeLimits") == {
        "ShardLimit": 500,
        "OpenShardCount": 1,
        "OnDemandStreamCount": 1,
        "OnDemandStreamCountLimit": 50,
    }


def test_accounts_do_not_see_each_others_streams(one_shard):
    one_shard.account = "222222222222"

    assert one_shard("ListStreams")["StreamNames"] == []


def test_another_account_needs_a_resource_policy(one_shard):
    one_shard.account = "222222222222"
    refused = one_shard.refused("DescribeStream", StreamARN=ARN)
    one_shard.account = "111111111111"
    policy = '{"Statement": {"Effect": "Allow", "Principal": {"AWS": "222222222222"}, "Action": "kinesis:Describe*"}}'
    one_shard("PutResourcePolicy", ResourceARN=ARN, Policy=policy)
    one_shard.account = "222222222222"

    assert refused[0] == "AccessDeniedException"
    assert one_shard("DescribeStream", StreamARN=ARN)["StreamDescription"]["StreamARN"] == ARN


def test_retention_grows_and_shrinks(one_shard):
    one_shard("IncreaseStreamRetentionPeriod", StreamName="s", RetentionPeriodHours=48)
    one_shard("IncreaseStreamRetentionPeriod", StreamName="s", RetentionPeriodHours=48)
    one_shard("DecreaseStreamRetentionPeriod", StreamName="s", RetentionPeriodHours=25)

    assert one_shard("DescribeStream", StreamName="s")["StreamDescription"]["RetentionPeriodHours"] == 25


@pytest.mark.parametrize(
    ("operation", "hours", "message"),
    [
        (
            "DecreaseStreamRetentionPeriod",
            23,
            "Minimum allowed retention period is 24 hours. Requested retention period (23 hours) is too short.",
        ),
        (
            "IncreaseStreamRetentionPeriod",
            8761,
            "Maximum allowed retention period is 8760 hours. Requested retention period (8761 hours) is too long.",
        ),
        (
            "IncreaseStreamRetentionPeriod",
            24,
            (
                "Requested retention period (24 hours) for stream s can not be shorter than existing retention period "
                "(30 hours). Use DecreaseRetentionPeriod API."
            ),
        ),
        (
            "DecreaseStreamRetentionPeriod",
            31,
            (
                "Requested retention period (31 hours) for stream s can not be longer than existing retention period "
                "(30 hours). Use IncreaseRetentionPeriod API."
            ),
        ),
    ],
)
def test_retention_keeps_its_bounds(one_shard, operation, hours, message):
    one_shard("IncreaseStreamRetentionPeriod", StreamName="s", RetentionPeriodHours=30)

    refused = one_shard.refused(operation, StreamName="s", RetentionPeriodHours=hours)

    assert refused == ("InvalidArgumentException", message)


def test_a_stream_switches_its_mode_twice_a_day(one_shard):
    for mode in ("ON_DEMAND", "PROVISIONED"):
        one_shard("UpdateStreamMode", StreamARN=ARN, StreamModeDetails={"StreamMode": mode})
    third = {"StreamARN": ARN, "StreamModeDetails": {"StreamMode": "ON_DEMAND"}}

    refused = one_shard.refused("UpdateStreamMode", **third)
    one_shard.now += 86_400_000
    one_shard("UpdateStreamMode", **third)

    assert refused[0] == "LimitExceededException"
    assert one_shard.stream().is_on_demand


def test_encryption_shows_in_descriptions_and_answers(one_shard):
    one_shard("StartStreamEncryption", StreamName="s", EncryptionType="KMS", KeyId="alias/aws/kinesis")
    description = one_shard("DescribeStream", StreamName="s")["StreamDescription"]
    result = one_shard("PutRecord", StreamName="s", Data=b"", PartitionKey="k")
    record = one_shard("GetRecords", ShardIterator=one_shard.iterator())["Records"][0]

    assert (description["EncryptionType"], description["KeyId"]) == ("KMS", "alias/aws/kinesis")
    assert (result["EncryptionType"], record["EncryptionType"]) == ("KMS", "KMS")


def test_encryption_ends(one_shard):
    one_shard("StartStreamEncryption", StreamName="s", EncryptionType="KMS", KeyId="k")
    one_shard("StopStreamEncryption", StreamName="s", EncryptionType="KMS", KeyId="k")

    assert "KeyId" not in one_shard("DescribeStream", StreamName="s")["StreamDescription"]
    assert set(one_shard("PutRecord", StreamName="s", Data=b"", PartitionKey="k")) == {
        "ShardId",
        "SequenceNumber",
    }


def test_shard_level_metrics_are_answered_before_and_after(one_shard):
    one_shard(
        "EnableEnhancedMonitoring", StreamName="s", ShardLevelMetrics=["OutgoingBytes", "IncomingBytes"]
    )

    assert one_shard("DisableEnhancedMonitoring", StreamName="s", ShardLevelMetrics=["OutgoingBytes"]) == {
        "StreamName": "s",
        "StreamARN": ARN,
        "CurrentShardLevelMetrics": ["IncomingBytes", "OutgoingBytes"],
        "DesiredShardLevelMetrics": ["IncomingBytes"],
    }


def test_all_names_every_shard_level_metric(one_shard):
    result = one_shard("EnableEnhancedMonitoring", StreamName="s", ShardLevelMetrics=["ALL"])

    assert len(result["DesiredShardLevelMetrics"]) == 7


@pytest.mark.parametrize(
    "request_",
    [
        {"WarmThroughputMiBps": 1},
        {"ShardCount": 1, "StreamModeDetails": {"StreamMode": "ON_DEMAND"}},
        {"ShardCount": 1, "RecordDistributionStrategy": "AUTO"},
    ],
)
def test_what_a_stream_can_not_have_is_refused(api, request_):
    assert api.refused("CreateStream", StreamName="s", **request_)[0] == "InvalidArgumentException"


def test_automatic_distribution_ignores_keys(api):
    api("CreateStream", StreamName="s", RecordDistributionStrategy="AUTO")

    shards = {api("PutRecord", StreamName="s", Data=b"", PartitionKey="k")["ShardId"] for _ in range(4)}

    assert len(shards) == 4
