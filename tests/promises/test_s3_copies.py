"""Copies take the bytes and, unless told otherwise, what is said of them."""

from __future__ import annotations

import pytest
from s3_support import BUCKET, client_with_bucket, plain, refusal

SOURCE = f"{BUCKET}/from"
ITSELF = (
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's "
    "metadata, storage class, website redirect location or encryption attributes."
)


@pytest.fixture
def s3(mock_lambda):
    s3 = client_with_bucket()
    s3.put_object(
        Bucket=BUCKET,
        Key="from",
        Body=b"abcd",
        ContentType="text/plain",
        Metadata={"a": "b"},
        Tagging="t=1",
        StorageClass="STANDARD_IA",
    )
    return s3


def test_a_copy_answers_what_it_made(s3):
    answer = plain(s3.copy_object(Bucket=BUCKET, Key="to", CopySource=SOURCE))

    answer["CopyObjectResult"].pop("LastModified")
    assert answer == {
        "CopyObjectResult": {
            "ETag": '"e2fc714c4727ee9395f324cd2e7f331f"',
            "ChecksumCRC32": "7YLNEQ==",
            "ChecksumType": "FULL_OBJECT",
        },
        "ServerSideEncryption": "AES256",
    }


def test_a_copy_keeps_description_and_tags_but_not_the_class(s3):
    s3.copy_object(
        Bucket=BUCKET, Key="to", CopySource=SOURCE, ContentType="ignored/type", Tagging="ignored=1"
    )

    answer = s3.get_object(Bucket=BUCKET, Key="to")
    shown = (answer["Body"].read(), answer["ContentType"], answer["Metadata"], "StorageClass" in answer)
    assert shown == (b"abcd", "text/plain", {"a": "b"}, False)
    assert s3.get_object_tagging(Bucket=BUCKET, Key="to")["TagSet"] == [{"Key": "t", "Value": "1"}]


def test_replace_takes_only_what_the_request_says(s3):
    s3.copy_object(
        Bucket=BUCKET,
        Key="to",
        CopySource=SOURCE,
        MetadataDirective="REPLACE",
        Metadata={"c": "d"},
        TaggingDirective="REPLACE",
    )

    answer = s3.head_object(Bucket=BUCKET, Key="to")
    assert (answer["ContentType"], answer["Metadata"]) == ("binary/octet-stream", {"c": "d"})
    assert s3.get_object_tagging(Bucket=BUCKET, Key="to")["TagSet"] == []


def test_another_checksum_is_computed_when_asked(s3):
    answer = s3.copy_object(Bucket=BUCKET, Key="to", CopySource=SOURCE, ChecksumAlgorithm="SHA1")

    assert answer["CopyObjectResult"]["ChecksumSHA1"] == "gf6L/odXbD7LIkJvjleEc4KRes8="


@pytest.mark.parametrize("source", [f"/{SOURCE}", f"https://s3.amazonaws.com/{SOURCE}"])
def test_a_source_may_be_spelled_in_several_ways(s3, source):
    assert s3.copy_object(Bucket=BUCKET, Key="to", CopySource=source)["CopyObjectResult"]["ETag"]


def test_a_source_key_is_decoded(s3):
    s3.put_object(Bucket=BUCKET, Key="a b+ä", Body=b"odd")

    s3.copy_object(Bucket=BUCKET, Key="to", CopySource={"Bucket": BUCKET, "Key": "a b+ä"})

    assert s3.get_object(Bucket=BUCKET, Key="to")["Body"].read() == b"odd"


def test_a_source_without_a_key_is_refused(s3):
    assert refusal(s3.copy_object, Bucket=BUCKET, Key="to", CopySource=BUCKET) == {
        "Status": 400,
        "Code": "InvalidArgument",
        "Message": "Invalid copy source object key",
        "ArgumentName": "x-amz-copy-source",
        "ArgumentValue": "x-amz-copy-source",
    }


def test_a_missing_source_is_named(s3):
    assert refusal(s3.copy_object, Bucket=BUCKET, Key="to", CopySource=f"{BUCKET}/none")["Key"] == "none"
    assert refusal(s3.copy_object, Bucket=BUCKET, Key="to", CopySource="none/none")["BucketName"] == "none"


@pytest.mark.parametrize("options", [{}, {"Metadata": {"x": "y"}}])
def test_a_copy_onto_itself_must_change_something(s3, options):
    error = refusal(s3.copy_object, Bucket=BUCKET, Key="from", CopySource=SOURCE, **options)

    assert error == {"Status": 400, "Code": "InvalidRequest", "Message": ITSELF}


@pytest.mark.parametrize(
    "options",
    [
        {"MetadataDirective": "REPLACE"},
        {"StorageClass": "STANDARD_IA"},
        {"WebsiteRedirectLocation": "/x"},
        {"ServerSideEncryption": "AES256"},
    ],
)
def test_a_copy_onto_itself_that_changes_something_is_done(s3, options):
    assert s3.copy_object(Bucket=BUCKET, Key="from", CopySource=SOURCE, **options)["CopyObjectResult"]


def test_a_copy_of_a_multipart_object_has_a_plain_etag(s3):
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="multi")
    which = {name: upload[name] for name in ("Bucket", "Key", "UploadId")}
    part = s3.upload_part(**which, PartNumber=1, Body=b"abcd")
    s3.complete_multipart_upload(
        **which, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    )

    answer = s3.copy_object(Bucket=BUCKET, Key="to", CopySource=f"{BUCKET}/multi")

    assert answer["CopyObjectResult"]["ETag"] == '"e2fc714c4727ee9395f324cd2e7f331f"'


def test_a_copy_with_a_checksum_of_an_unknown_algorithm_is_refused(s3):
    error = refusal(s3.copy_object, Bucket=BUCKET, Key="to", CopySource=SOURCE, ChecksumAlgorithm="TEST")

    assert error["Message"].startswith("Checksum algorithm provided is unsupported.")
