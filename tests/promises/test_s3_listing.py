"""Listings come in pages, in the order of keys, grouped by a delimiter."""

from __future__ import annotations

import pytest
from s3_support import BUCKET, client_with_bucket, plain, refusal


@pytest.fixture
def s3(mock_lambda):
    return client_with_bucket()


def put(s3, *keys):
    for key in keys:
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"x")


def keys_of(answer):
    return [entry["Key"] for entry in answer.get("Contents", ())]


def groups_of(answer):
    return [entry["Prefix"] for entry in answer.get("CommonPrefixes", ())]


def test_an_entry_says_what_the_object_is(s3):
    put(s3, "k")

    (entry,) = s3.list_objects_v2(Bucket=BUCKET)["Contents"]

    entry.pop("LastModified")
    assert entry == {
        "Key": "k",
        "ETag": '"9dd4e461268c8034f5c8564e155c67a6"',
        "ChecksumAlgorithm": ["CRC32"],
        "ChecksumType": "FULL_OBJECT",
        "Size": 1,
        "StorageClass": "STANDARD",
    }


def test_an_empty_bucket_lists_nothing(s3):
    answer = plain(s3.list_objects_v2(Bucket=BUCKET))

    assert answer == {
        "Name": BUCKET,
        "Prefix": "",
        "MaxKeys": 1000,
        "KeyCount": 0,
        "IsTruncated": False,
        "EncodingType": "url",
    }


def test_keys_are_in_the_order_of_their_bytes(s3):
    put(s3, "b", "a", "ä", "B", "𝄞", "\uffee", "a/b", "a0")

    assert keys_of(s3.list_objects_v2(Bucket=BUCKET)) == ["B", "a", "a/b", "a0", "b", "ä", "\uffee", "𝄞"]


@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2"])
def test_a_prefix_and_a_delimiter_make_groups(s3, operation):
    put(s3, "a/1", "a/2", "a/b/3", "a/c/4", "b/5", "top")

    answer = getattr(s3, operation)(Bucket=BUCKET, Prefix="a/", Delimiter="/")
    top = getattr(s3, operation)(Bucket=BUCKET, Delimiter="/")

    assert (keys_of(answer), groups_of(answer)) == (["a/1", "a/2"], ["a/b/", "a/c/"])
    assert (keys_of(top), groups_of(top)) == (["top"], ["a/", "b/"])


def test_pages_of_v2_are_joined_by_tokens(s3):
    put(s3, *(f"k{number}" for number in range(5)))

    pages = list(
        s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, PaginationConfig={"PageSize": 2})
    )

    assert [keys_of(page) for page in pages] == [["k0", "k1"], ["k2", "k3"], ["k4"]]
    assert [page["KeyCount"] for page in pages] == [2, 2, 1]


def test_pages_of_groups_count_each_group_once(s3):
    put(s3, "a/1", "a/2", "b/1", "b/2", "c/1", "d")

    pages = list(
        s3.get_paginator("list_objects_v2").paginate(
            Bucket=BUCKET, Delimiter="/", PaginationConfig={"PageSize": 2}
        )
    )

    assert [(groups_of(page), keys_of(page)) for page in pages] == [(["a/", "b/"], []), (["c/"], ["d"])]


def test_v1_has_a_next_marker_with_a_delimiter_only(s3):
    put(s3, "a/1", "b/1", "c")

    grouped = s3.list_objects(Bucket=BUCKET, Delimiter="/", MaxKeys=1)
    flat = s3.list_objects(Bucket=BUCKET, MaxKeys=1)

    assert (grouped["NextMarker"], grouped["IsTruncated"]) == ("a/", True)
    assert ("NextMarker" in flat, flat["IsTruncated"]) == (False, True)


def test_a_marker_inside_a_group_skips_the_group(s3):
    put(s3, "folder/aSub/file1", "folder/aSub/file2", "folder/file1", "folder/file2")

    answer = s3.list_objects(Bucket=BUCKET, Prefix="folder/", Delimiter="/", Marker="folder/aSub/file1")

    assert (keys_of(answer), groups_of(answer)) == (["folder/file1", "folder/file2"], [])


def test_start_after_is_echoed_without_a_token_only(s3):
    put(s3, "a", "b", "c", "d")

    first = s3.list_objects_v2(Bucket=BUCKET, StartAfter="a", MaxKeys=1)
    second = s3.list_objects_v2(
        Bucket=BUCKET, StartAfter="a", ContinuationToken=first["NextContinuationToken"]
    )

    assert (first["StartAfter"], keys_of(first)) == ("a", ["b"])
    assert ("StartAfter" in second, keys_of(second)) == (False, ["c", "d"])


def test_a_token_that_is_none_is_refused(s3):
    assert refusal(s3.list_objects_v2, Bucket=BUCKET, ContinuationToken="") == {
        "Status": 400,
        "Code": "InvalidArgument",
        "Message": "The continuation token provided is incorrect",
        "ArgumentName": "continuation-token",
    }


def test_another_encoding_is_refused(s3):
    assert refusal(s3.list_objects_v2, Bucket=BUCKET, EncodingType="other") == {
        "Status": 400,
        "Code": "InvalidArgument",
        "Message": "Invalid Encoding Method specified in Request",
        "ArgumentName": "encoding-type",
        "ArgumentValue": "other",
    }


def test_asked_encoding_is_left_encoded(s3):
    put(s3, "a b/+=%(é)*~")

    answer = s3.list_objects_v2(Bucket=BUCKET, EncodingType="url")

    assert keys_of(answer) == ["a+b/%2B%3D%25%28%C3%A9%29*%7E"]


def test_no_keys_are_listed_when_none_are_asked_for(s3):
    put(s3, "a")

    answer = s3.list_objects_v2(Bucket=BUCKET, MaxKeys=0)

    assert (answer["KeyCount"], answer["IsTruncated"], "Contents" in answer) == (0, False, False)


def test_owners_are_shown_when_fetched(s3):
    put(s3, "a")

    (entry,) = s3.list_objects_v2(Bucket=BUCKET, FetchOwner=True)["Contents"]

    assert list(entry["Owner"]) == ["ID"]


def test_uploads_are_listed_by_key_and_time(s3):
    ids = [
        s3.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]
        for key in ("b", "a", "b", "d/1", "d/2")
    ]

    answer = s3.list_multipart_uploads(Bucket=BUCKET, Delimiter="/")

    assert [upload["UploadId"] for upload in answer["Uploads"]] == [ids[1], ids[0], ids[2]]
    assert (groups_of(answer), answer["NextKeyMarker"], answer["IsTruncated"]) == (["d/"], "b", False)


def test_uploads_go_on_after_both_markers(s3):
    ids = [s3.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"] for key in ("b", "b", "c")]

    answer = s3.list_multipart_uploads(Bucket=BUCKET, KeyMarker="b", UploadIdMarker=ids[0])

    assert [upload["UploadId"] for upload in answer["Uploads"]] == ids[1:]
