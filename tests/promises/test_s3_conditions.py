"""Conditional reads and writes happen when their condition holds, and else say which did not."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from botocore.exceptions import ClientError
from s3_support import BUCKET, client_with_bucket, refusal

from mocklambda import mock_lambda

ETAG = '"9dd4e461268c8034f5c8564e155c67a6"'  # of "x"


@pytest.fixture
def s3(mock_lambda):
    s3 = client_with_bucket()
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"x")
    return s3


def not_held(condition):
    return {
        "Status": 412,
        "Code": "PreconditionFailed",
        "Message": "At least one of the pre-conditions you specified did not hold",
        "Condition": condition,
    }


@pytest.mark.parametrize("etag", [ETAG, ETAG.strip('"')])
def test_a_read_if_match_is_answered(s3, etag):
    assert s3.get_object(Bucket=BUCKET, Key="k", IfMatch=etag)["Body"].read() == b"x"


def test_a_read_of_another_etag_is_refused(s3):
    assert refusal(s3.get_object, Bucket=BUCKET, Key="k", IfMatch="other") == not_held("If-Match")


def test_a_read_if_none_match_is_not_modified(s3):
    assert refusal(s3.get_object, Bucket=BUCKET, Key="k", IfNoneMatch=ETAG) == {
        "Status": 304,
        "Code": "304",
        "Message": "Not Modified",
    }


@pytest.mark.parametrize("operation", ["get_object", "head_object"])
@pytest.mark.parametrize("wire", [False, True])
def test_what_is_not_modified_comes_with_what_a_cache_goes_on_with(operation, wire):
    with mock_lambda(wire=wire, clock=datetime(2024, 2, 29, 12, tzinfo=timezone.utc)):
        s3 = client_with_bucket()
        dated = {"CacheControl": "max-age=60", "Expires": datetime(2024, 3, 1, tzinfo=timezone.utc)}
        s3.put_object(Bucket=BUCKET, Key="k", Body=b"x", ContentType="text/plain", **dated)

        with pytest.raises(ClientError) as refused:
            getattr(s3, operation)(Bucket=BUCKET, Key="k", IfNoneMatch=ETAG)

    headers = refused.value.response["ResponseMetadata"]["HTTPHeaders"]
    shown = ("etag", "last-modified", "cache-control", "expires", "content-length", "content-type")
    assert {name: headers.get(name) for name in shown} == {
        "etag": ETAG,
        "last-modified": "Thu, 29 Feb 2024 12:00:00 GMT",
        "cache-control": "max-age=60",
        "expires": "Fri, 01 Mar 2024 00:00:00 GMT",
        "content-length": None,
        "content-type": None,
    }


def test_a_read_if_modified_since_its_instant_is_not_modified(mock_lambda, s3):
    at = s3.head_object(Bucket=BUCKET, Key="k")["LastModified"]
    mock_lambda.advance(seconds=1)

    assert refusal(s3.get_object, Bucket=BUCKET, Key="k", IfModifiedSince=at)["Status"] == 304
    assert (
        s3.get_object(Bucket=BUCKET, Key="k", IfModifiedSince=at - timedelta(seconds=1))["ContentLength"] == 1
    )
    assert (
        s3.get_object(Bucket=BUCKET, Key="k", IfModifiedSince=at + timedelta(hours=1))["ContentLength"] == 1
    )


def test_a_read_if_unmodified_since_an_earlier_instant_is_refused(s3):
    at = s3.head_object(Bucket=BUCKET, Key="k")["LastModified"]

    assert s3.get_object(Bucket=BUCKET, Key="k", IfUnmodifiedSince=at)["ContentLength"] == 1
    error = refusal(s3.get_object, Bucket=BUCKET, Key="k", IfUnmodifiedSince=at - timedelta(seconds=1))
    assert error == not_held("If-Unmodified-Since")


def test_a_put_if_nothing_is_there_is_refused_when_something_is(s3):
    s3.put_object(Bucket=BUCKET, Key="new", IfNoneMatch="*")

    assert refusal(s3.put_object, Bucket=BUCKET, Key="new", IfNoneMatch="*") == not_held("If-None-Match")


def test_a_put_if_match_needs_that_etag(s3):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"y", IfMatch=ETAG)

    assert refusal(s3.put_object, Bucket=BUCKET, Key="k", Body=b"z", IfMatch=ETAG) == not_held("If-Match")


def test_a_put_if_match_needs_the_key(s3):
    assert refusal(s3.put_object, Bucket=BUCKET, Key="new", IfMatch=ETAG)["Code"] == "NoSuchKey"


@pytest.mark.parametrize(
    ("condition", "header", "text"),
    [
        (
            {"IfNoneMatch": ETAG},
            "If-None-Match",
            "We don't accept the provided value of If-None-Match header for this API",
        ),
        ({"IfMatch": "*"}, "If-Match", "We don't accept the provided value of If-Match header for this API"),
        (
            {"IfMatch": ETAG, "IfNoneMatch": "*"},
            "If-Match,If-None-Match",
            "Multiple conditional request headers present in the request",
        ),
    ],
)
def test_what_a_put_can_not_be_made_conditional_on_is_refused(s3, condition, header, text):
    assert refusal(s3.put_object, Bucket=BUCKET, Key="k", **condition) == {
        "Status": 501,
        "Code": "NotImplemented",
        "Message": "A header you provided implies functionality that is not implemented",
        "Header": header,
        "additionalMessage": text,
    }


def test_a_delete_if_match_needs_that_etag(s3):
    assert refusal(s3.delete_object, Bucket=BUCKET, Key="k", IfMatch="other") == not_held("If-Match")
    s3.delete_object(Bucket=BUCKET, Key="k", IfMatch=ETAG)
    assert refusal(s3.get_object, Bucket=BUCKET, Key="k")["Code"] == "NoSuchKey"


def test_a_copy_names_the_sources_condition(s3):
    copy = {"Bucket": BUCKET, "Key": "to", "CopySource": f"{BUCKET}/k"}

    assert refusal(s3.copy_object, **copy, CopySourceIfNoneMatch=ETAG) == not_held(
        "x-amz-copy-source-If-None-Match"
    )
    assert refusal(s3.copy_object, **copy, CopySourceIfMatch="other") == not_held(
        "x-amz-copy-source-If-Match"
    )


@pytest.mark.parametrize(
    ("condition", "meanwhile", "expected"),
    [
        ({"IfNoneMatch": "*"}, "nothing", 412),
        ({"IfNoneMatch": "*"}, "delete", 409),
        ({"IfMatch": ETAG}, "nothing", 200),
        ({"IfMatch": ETAG}, "put", 409),
        ({"IfMatch": ETAG}, "delete", 404),
        ({"IfMatch": ETAG}, "put another", 412),
    ],
)
def test_completion_looks_at_what_happened_since_the_upload_began(s3, condition, meanwhile, expected):
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="k")["UploadId"]
    which = {"Bucket": BUCKET, "Key": "k", "UploadId": upload}
    part = s3.upload_part(**which, PartNumber=1, Body=b"part")
    if meanwhile == "delete":
        s3.delete_object(Bucket=BUCKET, Key="k")
    elif meanwhile != "nothing":
        s3.put_object(Bucket=BUCKET, Key="k", Body=b"x" if meanwhile == "put" else b"y")
    request = {**which, "MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}, **condition}

    if expected == 200:
        assert s3.complete_multipart_upload(**request)["ETag"].endswith('-1"')
    else:
        assert refusal(s3.complete_multipart_upload, **request)["Status"] == expected
