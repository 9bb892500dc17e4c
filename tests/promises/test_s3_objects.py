"""S3 keeps what is put and gives it back, with what the writer said of it."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from datetime import datetime, timezone
from io import BytesIO

import pytest
from s3_support import BUCKET, client_with_bucket, plain, refusal


@pytest.fixture
def s3(mock_lambda):
    return client_with_bucket()


def test_put_answers_etag_checksum_and_encryption(s3):
    answer = plain(s3.put_object(Bucket=BUCKET, Key="k", Body=b"test data.."))

    assert answer == {
        "ETag": f'"{hashlib.md5(b"test data..").hexdigest()}"',
        "ChecksumCRC32": "cZWHwQ==",
        "ChecksumType": "FULL_OBJECT",
        "ServerSideEncryption": "AES256",
    }


def test_get_answers_what_was_put(s3):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"abcd")

    answer = plain(s3.get_object(Bucket=BUCKET, Key="k"))

    assert answer.pop("Body").read() == b"abcd"
    assert isinstance(answer.pop("LastModified"), datetime)
    assert answer == {
        "AcceptRanges": "bytes",
        "ChecksumCRC32": "7YLNEQ==",
        "ChecksumType": "FULL_OBJECT",
        "ContentLength": 4,
        "ContentType": "binary/octet-stream",
        "ETag": '"e2fc714c4727ee9395f324cd2e7f331f"',
        "Metadata": {},
        "ServerSideEncryption": "AES256",
    }


def test_head_shows_no_checksum_unless_asked(s3):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"abcd")

    assert "ChecksumCRC32" not in s3.head_object(Bucket=BUCKET, Key="k")
    assert s3.head_object(Bucket=BUCKET, Key="k", ChecksumMode="enabled")["ChecksumCRC32"] == "7YLNEQ=="


def test_a_file_is_read_to_its_end(s3):
    s3.put_object(Bucket=BUCKET, Key="k", Body=BytesIO(b"x" * 3_000_000))

    assert s3.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"x" * 3_000_000


def test_a_file_is_stored_from_where_it_stands_and_left_at_its_end(s3):
    file = BytesIO(b"heading,body")
    file.seek(8)

    s3.put_object(Bucket=BUCKET, Key="k", Body=file)

    assert s3.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"body"
    assert file.read() == b""


def test_an_object_s_own_encoding_is_kept_beside_the_transfer_s(s3):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"packed", ContentEncoding="gzip")
    s3.put_object(Bucket=BUCKET, Key="plain", Body=b"plain")

    assert s3.get_object(Bucket=BUCKET, Key="k")["ContentEncoding"] == "gzip"
    assert "ContentEncoding" not in s3.get_object(Bucket=BUCKET, Key="plain")


@pytest.mark.parametrize("body", [b"abcd", bytearray(b"abcd"), BytesIO(b"abcd")])
def test_a_body_in_memory_is_told_by_the_checksum_its_sender_chose(s3, body):
    answer = s3.put_object(Bucket=BUCKET, Key="k", Body=body, ChecksumAlgorithm="SHA1")

    assert answer["ChecksumSHA1"] == "gf6L/odXbD7LIkJvjleEc4KRes8="
    assert answer["ETag"] == '"e2fc714c4727ee9395f324cd2e7f331f"'


def test_an_empty_body_is_an_object(s3):
    s3.put_object(Bucket=BUCKET, Key="k")

    answer = s3.get_object(Bucket=BUCKET, Key="k")

    assert (answer["ContentLength"], answer["Body"].read()) == (0, b"")


@pytest.mark.parametrize(
    "key", ["k", "/k", "//k", "k/", "a b", "a+b", "a%2Fb", "ä/ß", "q?a=b&c", "日本.txt", "a//b"]
)
def test_a_key_comes_back_as_it_was_sent(s3, key):
    s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode())

    assert s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == key.encode()
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET)["Contents"]] == [key]


def test_headers_and_metadata_come_back(s3):
    said = {
        "CacheControl": "no-cache",
        "ContentDisposition": "attachment",
        "ContentEncoding": "gzip",
        "ContentLanguage": "de",
        "ContentType": "text/plain",
        "Expires": datetime(2030, 1, 1, tzinfo=timezone.utc),
        "WebsiteRedirectLocation": "/elsewhere",
        "Metadata": {"TEST_META_1": " foo ", "__meta_2": "bar"},
    }
    s3.put_object(Bucket=BUCKET, Key="k", **said)

    answer = s3.head_object(Bucket=BUCKET, Key="k")

    shown = {name: answer[name] for name in said if name != "Metadata"}
    assert shown == {name: value for name, value in said.items() if name != "Metadata"}
    assert answer["Metadata"] == {"test_meta_1": "foo", "__meta_2": "bar"}


def test_aws_chunked_is_of_the_transfer_and_not_stored(s3):
    s3.put_object(Bucket=BUCKET, Key="k", ContentEncoding="aws-chunked,gzip", Body=b"x")

    assert s3.head_object(Bucket=BUCKET, Key="k")["ContentEncoding"] == "gzip"


def test_response_overrides_replace_headers_of_one_get(s3):
    s3.put_object(Bucket=BUCKET, Key="k", ContentType="text/plain")

    answer = s3.get_object(
        Bucket=BUCKET, Key="k", ResponseContentType="a/b", ResponseCacheControl="max-age=1"
    )

    assert (answer["ContentType"], answer["CacheControl"]) == ("a/b", "max-age=1")
    assert s3.head_object(Bucket=BUCKET, Key="k")["ContentType"] == "text/plain"


@pytest.mark.parametrize(
    ("asked", "shown", "content"),
    [
        ("bytes=0-8", "bytes 0-8/10", b"012345678"),
        ("bytes=1-", "bytes 1-9/10", b"123456789"),
        ("bytes=-2", "bytes 8-9/10", b"89"),
        ("bytes=0-0", "bytes 0-0/10", b"0"),
        ("bytes=0-100", "bytes 0-9/10", b"0123456789"),
        ("bytes=-15", "bytes 0-9/10", b"0123456789"),
    ],
)
def test_a_range_is_answered_with_206(s3, asked, shown, content):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"0123456789")

    answer = s3.get_object(Bucket=BUCKET, Key="k", Range=asked)

    status = answer["ResponseMetadata"]["HTTPStatusCode"]
    assert (status, answer["ContentRange"], answer["Body"].read()) == (206, shown, content)
    assert ("ChecksumCRC32" in answer) is (content == b"0123456789")


@pytest.mark.parametrize("asked", ["bytes=1-0", "bytes=-1-", "bytes=0--1", "bytes=-", "bytes=0-1,3-4", "0-1"])
def test_a_range_that_makes_no_sense_is_ignored(s3, asked):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"0123456789")

    answer = s3.get_object(Bucket=BUCKET, Key="k", Range=asked)

    status = answer["ResponseMetadata"]["HTTPStatusCode"]
    assert (status, "ContentRange" in answer, answer["Body"].read()) == (200, False, b"0123456789")


@pytest.mark.parametrize("asked", ["bytes=-0", "bytes=100-200"])
def test_a_range_outside_is_refused(s3, asked):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"0123456789")

    assert refusal(s3.get_object, Bucket=BUCKET, Key="k", Range=asked) == {
        "Status": 416,
        "Code": "InvalidRange",
        "Message": "The requested range is not satisfiable",
        "RangeRequested": asked,
        "ActualObjectSize": "10",
    }


def test_a_missing_key_is_named(s3):
    assert refusal(s3.get_object, Bucket=BUCKET, Key="k") == {
        "Status": 404,
        "Code": "NoSuchKey",
        "Message": "The specified key does not exist.",
        "Key": "k",
    }


def test_a_missing_bucket_is_named(s3):
    assert refusal(s3.put_object, Bucket="nowhere", Key="k") == {
        "Status": 404,
        "Code": "NoSuchBucket",
        "Message": "The specified bucket does not exist",
        "BucketName": "nowhere",
    }


def test_head_errors_say_their_status_only(s3):
    assert refusal(s3.head_object, Bucket=BUCKET, Key="k") == {
        "Status": 404,
        "Code": "404",
        "Message": "Not Found",
    }


def test_the_expected_owner_must_be_the_buckets(s3):
    assert refusal(s3.get_object, Bucket=BUCKET, Key="k", ExpectedBucketOwner="111111111111") == {
        "Status": 403,
        "Code": "AccessDenied",
        "Message": "Access Denied",
    }


def test_delete_is_done_whether_the_key_is_there_or_not(s3):
    s3.put_object(Bucket=BUCKET, Key="k")

    answers = [s3.delete_object(Bucket=BUCKET, Key=key) for key in ("k", "k", "never")]

    assert [(plain(answer), answer["ResponseMetadata"]["HTTPStatusCode"]) for answer in answers] == [
        ({}, 204)
    ] * 3


def test_delete_objects_names_every_key(s3):
    s3.put_object(Bucket=BUCKET, Key="k")

    answer = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "k"}, {"Key": "never"}]})

    assert plain(answer) == {"Deleted": [{"Key": "k"}, {"Key": "never"}]}
    assert "Contents" not in s3.list_objects_v2(Bucket=BUCKET)


def test_delete_objects_is_quiet_when_asked(s3):
    answer = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "k"}], "Quiet": True})

    assert plain(answer) == {}


def test_a_failed_put_leaves_the_old_object(s3):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"old")

    error = refusal(
        s3.put_object, Bucket=BUCKET, Key="k", Body=b"new", ChecksumSHA256=b64encode(b"0" * 32).decode()
    )

    assert error == {
        "Status": 400,
        "Code": "BadDigest",
        "Message": "The SHA256 you specified did not match the calculated checksum.",
    }
    assert s3.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"old"


def test_a_wrong_content_md5_is_shown_in_hex(s3):
    wrong = hashlib.md5(b"other").digest()

    error = refusal(s3.put_object, Bucket=BUCKET, Key="k", Body=b"x", ContentMD5=b64encode(wrong).decode())

    assert error == {
        "Status": 400,
        "Code": "BadDigest",
        "Message": "The Content-MD5 you specified did not match what we received.",
        "ExpectedDigest": wrong.hex(),
        "CalculatedDigest": b64encode(hashlib.md5(b"x").digest()).decode(),
    }


@pytest.mark.parametrize(
    ("algorithm", "value"),
    [
        ("CRC32", "cZWHwQ=="),
        ("CRC32C", "Pf4upw=="),
        ("CRC64NVME", "qUVrWYOrIAM="),
        ("SHA1", "B++3uSfJMSHWToQMQ1g6lIJY5Eo="),
        ("SHA256", "2l26x0trnT0r2AvakoFk2MB7eKVKzYESLMxSAKAzoik="),
    ],
)
def test_each_checksum_is_verified_and_kept(s3, algorithm, value):
    member = f"Checksum{algorithm}"

    put = s3.put_object(Bucket=BUCKET, Key="k", Body=b"test data..", **{member: value})

    assert put[member] == value
    assert s3.head_object(Bucket=BUCKET, Key="k", ChecksumMode="ENABLED")[member] == value


def test_attributes_are_those_asked_for(s3):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"abcd")

    answer = plain(
        s3.get_object_attributes(
            Bucket=BUCKET,
            Key="k",
            ObjectAttributes=["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"],
        )
    )

    answer.pop("LastModified")
    assert answer == {
        "ETag": "e2fc714c4727ee9395f324cd2e7f331f",
        "Checksum": {"ChecksumCRC32": "7YLNEQ==", "ChecksumType": "FULL_OBJECT"},
        "StorageClass": "STANDARD",
        "ObjectSize": 4,
    }


def test_an_archived_object_is_listed_but_not_read(s3):
    s3.put_object(Bucket=BUCKET, Key="k", StorageClass="GLACIER")

    assert s3.head_object(Bucket=BUCKET, Key="k")["StorageClass"] == "GLACIER"
    assert refusal(s3.get_object, Bucket=BUCKET, Key="k") == {
        "Status": 403,
        "Code": "InvalidObjectState",
        "Message": "The operation is not valid for the object's storage class",
        "StorageClass": "GLACIER",
    }


def test_an_archived_object_is_restored_after_hours(mock_lambda, s3):
    s3.put_object(Bucket=BUCKET, Key="k", StorageClass="GLACIER", Body=b"x")
    s3.restore_object(Bucket=BUCKET, Key="k", RestoreRequest={"Days": 1})
    before = s3.head_object(Bucket=BUCKET, Key="k")["Restore"]

    mock_lambda.advance(hours=5)

    (entry,) = s3.list_objects_v2(Bucket=BUCKET, OptionalObjectAttributes=["RestoreStatus"])["Contents"]
    assert before == 'ongoing-request="true"'
    assert entry["RestoreStatus"]["IsRestoreInProgress"] is False
    assert s3.head_object(Bucket=BUCKET, Key="k")["Restore"].startswith(
        'ongoing-request="false", expiry-date="'
    )
    assert s3.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"x"


def test_a_restored_copy_goes_after_its_days(mock_lambda, s3):
    s3.put_object(Bucket=BUCKET, Key="k", StorageClass="GLACIER", Body=b"x")
    s3.restore_object(Bucket=BUCKET, Key="k", RestoreRequest={"Days": 1})

    mock_lambda.advance(days=3)

    assert "Restore" not in s3.head_object(Bucket=BUCKET, Key="k")
    assert refusal(s3.get_object, Bucket=BUCKET, Key="k")["Code"] == "InvalidObjectState"


def test_an_unknown_storage_class_is_refused(s3):
    assert refusal(s3.put_object, Bucket=BUCKET, Key="k", StorageClass="OUTPOSTS") == {
        "Status": 400,
        "Code": "InvalidStorageClass",
        "Message": "The storage class you specified is not valid",
        "StorageClassRequested": "OUTPOSTS",
    }


def test_kms_shows_the_key_as_an_arn(s3):
    key_id = "6e551f00-8a97-4e3b-b620-1a59080bd1be"

    s3.put_object(
        Bucket=BUCKET, Key="k", ServerSideEncryption="aws:kms", SSEKMSKeyId=key_id, BucketKeyEnabled=True
    )

    answer = s3.head_object(Bucket=BUCKET, Key="k")
    shown = {name: answer[name] for name in ("ServerSideEncryption", "SSEKMSKeyId", "BucketKeyEnabled")}
    assert shown == {
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": f"arn:aws:kms:us-east-1:123456789012:key/{key_id}",
        "BucketKeyEnabled": True,
    }


def test_a_customers_key_is_needed_again(s3):
    key = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "1234567890abcdef1234567890abcdef"}

    put = plain(s3.put_object(Bucket=BUCKET, Key="k", Body=b"x", **key))

    assert (put["SSECustomerKeyMD5"], "ServerSideEncryption" in put) == ("JMwgiexXqwuPqIPjYFmIZQ==", False)
    assert s3.get_object(Bucket=BUCKET, Key="k", **key)["Body"].read() == b"x"
    assert refusal(s3.get_object, Bucket=BUCKET, Key="k") == {
        "Status": 400,
        "Code": "InvalidRequest",
        "Message": "The object was stored using a form of Server Side Encryption. The correct parameters must be "
        "provided to retrieve the object.",
    }
    other = key | {"SSECustomerKey": "0" * 32}
    assert refusal(s3.get_object, Bucket=BUCKET, Key="k", **other)["Status"] == 403


def test_tags_are_put_counted_and_deleted(s3):
    s3.put_object(Bucket=BUCKET, Key="k", Tagging="a=1&b=&c")

    tags = s3.get_object_tagging(Bucket=BUCKET, Key="k")["TagSet"]
    count = s3.head_object(Bucket=BUCKET, Key="k").get(
        "TagCount", s3.get_object(Bucket=BUCKET, Key="k").get("TagCount")
    )
    s3.delete_object_tagging(Bucket=BUCKET, Key="k")

    assert tags == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}, {"Key": "c", "Value": ""}]
    assert count == 3
    assert plain(s3.get_object_tagging(Bucket=BUCKET, Key="k")) == {"TagSet": []}


def test_a_tag_key_given_twice_is_refused(s3):
    s3.put_object(Bucket=BUCKET, Key="k")

    tags = [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]

    assert refusal(s3.put_object_tagging, Bucket=BUCKET, Key="k", Tagging={"TagSet": tags}) == {
        "Status": 400,
        "Code": "InvalidTag",
        "Message": "Cannot provide multiple Tags with the same key",
        "TagKey": "a",
    }
