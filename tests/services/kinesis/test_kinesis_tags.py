"""Tags and resource policies are kept for streams."""

from __future__ import annotations

import pytest

ARN = "arn:aws:kinesis:us-east-1:111111111111:stream/s"


def add(api, **tags):
    api("AddTagsToStream", StreamName="s", Tags=tags)


def keys(api, **request):
    return [tag["Key"] for tag in api("ListTagsForStream", StreamName="s", **request)["Tags"]]


def test_tags_are_listed_by_key(one_shard):
    add(one_shard, **dict.fromkeys(["a", "_", "\u00ff", "Zb", "@", "=", "0", "/", "+", " "], ""))

    assert keys(one_shard) == [" ", "+", "/", "0", "=", "@", "Zb", "_", "a", "\u00ff"]


def test_a_stream_without_tags_lists_none(one_shard):
    assert one_shard("ListTagsForStream", StreamName="s") == {"Tags": [], "HasMoreTags": False}


def test_equal_keys_are_overwritten_and_unknown_ones_ignored(one_shard):
    add(one_shard, a="1", b="2")
    add(one_shard, a="3")
    one_shard("RemoveTagsFromStream", StreamName="s", TagKeys=["b", "unknown"])

    assert one_shard("ListTagsForStream", StreamName="s")["Tags"] == [{"Key": "a", "Value": "3"}]


def test_tags_are_listed_page_by_page(one_shard):
    add(one_shard, a="", b="", c="")

    page = one_shard("ListTagsForStream", StreamName="s", Limit=1, ExclusiveStartTagKey="a")

    assert page == {"Tags": [{"Key": "b", "Value": ""}], "HasMoreTags": True}


@pytest.mark.parametrize("sign", [";", ",", "\t", "\n"])
def test_a_sign_outside_the_allowed_ones_is_refused(one_shard, sign):
    assert one_shard.refused("AddTagsToStream", StreamName="s", Tags={"a": sign}) == (
        "InvalidArgumentException",
        (
            "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, "
            "_ . / = + - % @."
        ),
    )


@pytest.mark.parametrize(
    ("operation", "request_", "verb"),
    [
        ("AddTagsToStream", {"Tags": {"%": ""}}, "add tags to"),
        ("RemoveTagsFromStream", {"TagKeys": ["%"]}, "remove tags from"),
    ],
)
def test_a_percent_sign_is_refused_in_other_words(one_shard, operation, request_, verb):
    assert one_shard.refused(operation, StreamName="s", **request_) == (
        "InvalidArgumentException",
        (
            f"Failed to {verb} stream s under account 111111111111 because some tags contained illegal characters. "
            "The allowed characters are Unicode letters, white-spaces, '_',',','/','=','+','-','@'."
        ),
    )


def test_a_stream_has_fifty_tags(one_shard):
    add(one_shard, **{str(number): "" for number in range(50)})

    assert one_shard.refused("AddTagsToStream", StreamName="s", Tags={"one more": ""}) == (
        "InvalidArgumentException",
        (
            "Failed to add tags to stream s under account 111111111111 because a given stream cannot have more than "
            "10 tags associated with it."
        ),
    )


def test_a_policy_is_kept_and_deleted(one_shard):
    before = one_shard("GetResourcePolicy", ResourceARN=ARN)
    one_shard("PutResourcePolicy", ResourceARN=ARN, Policy='{"Version": "2012-10-17"}')
    kept = one_shard("GetResourcePolicy", ResourceARN=ARN)
    one_shard("DeleteResourcePolicy", ResourceARN=ARN)

    assert (before, kept) == ({"Policy": "{}"}, {"Policy": '{"Version": "2012-10-17"}'})
    assert one_shard("GetResourcePolicy", ResourceARN=ARN) == {"Policy": "{}"}
    assert one_shard.refused("DeleteResourcePolicy", ResourceARN=ARN) == (
        "ResourceNotFoundException",
        f"No resource policy found for resource ARN {ARN}.",
    )


def test_a_policy_needs_its_stream(api):
    assert api.refused("PutResourcePolicy", ResourceARN=ARN, Policy="{}") == (
        "ResourceNotFoundException",
        f"Stream {ARN} under account 111111111111 not found.",
    )
