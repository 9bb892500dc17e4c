"""No header is taken and not heeded: documents come to what is said of them, what has no effect is refused."""

from __future__ import annotations

import base64
import hashlib
import zlib
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from s3_support import BUCKET, client_with_bucket

NOON = datetime(2024, 1, 1, 12, tzinfo=timezone.utc)
SENT: dict[str, Any] = {"Bucket": BUCKET, "VersioningConfiguration": {"Status": "Enabled"}}
OTHER = base64.b64encode(hashlib.md5(b"another").digest()).decode()

pytestmark = pytest.mark.mock_lambda(clock=NOON)


@pytest.fixture
def s3(mock_lambda):
    return client_with_bucket()


def refused(call, **request):
    with pytest.raises(ClientError) as refusal:
        call(**request)
    response = refusal.value.response
    return (
        response["Error"]["Code"],
        response["Error"]["Message"],
        response["ResponseMetadata"]["HTTPStatusCode"],
    )


def test_a_document_comes_to_its_content_md5(s3):
    assert refused(s3.put_bucket_versioning, **SENT, ContentMD5=OTHER) == (
        "BadDigest",
        "The Content-MD5 you specified did not match what we received.",
        400,
    )
    assert refused(s3.put_bucket_versioning, **SENT, ContentMD5="none") == (
        "InvalidDigest",
        "The Content-MD5 you specified was invalid.",
        400,
    )
    assert "Status" not in s3.get_bucket_versioning(Bucket=BUCKET)


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "SHA1", "SHA256"])
def test_a_documents_checksum_is_counted(s3, algorithm):
    s3.put_bucket_versioning(**SENT, ChecksumAlgorithm=algorithm)

    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"


def test_a_document_of_another_checksum_deletes_nothing(s3):
    s3.put_object(Bucket=BUCKET, Key="k")
    other = base64.b64encode(zlib.crc32(b"another").to_bytes(4, "big")).decode()
    own = boto3.session.Session().client("s3")
    own.meta.events.register(
        "before-call.s3.DeleteObjects",
        lambda params, **_: params["headers"].update({"x-amz-checksum-crc32": other}),
    )

    assert refused(own.delete_objects, Bucket=BUCKET, Delete={"Objects": [{"Key": "k"}]}) == (
        "BadDigest",
        "The CRC32 you specified did not match the calculated checksum.",
        400,
    )
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 1


@pytest.mark.parametrize(
    ("operation", "request_", "header"),
    [
        ("put_bucket_versioning", {"VersioningConfiguration": {"Status": "Enabled"}, "MFA": "serial 123456"}, "x-amz-mfa"),
        ("delete_object", {"Key": "k", "MFA": "serial 123456"}, "x-amz-mfa"),
        ("delete_objects", {"Delete": {"Objects": [{"Key": "k"}]}, "MFA": "serial 123456"}, "x-amz-mfa"),
        (
            "put_bucket_policy",
            {"Policy": '{"Statement": []}', "ConfirmRemoveSelfBucketAccess": True},
            "x-amz-confirm-remove-self-bucket-access",
        ),
        (
            "put_object_lock_configuration",
            {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}, "Token": "token"},
            "x-amz-bucket-object-lock-token",
        ),
        (
            "abort_multipart_upload",
            {"Key": "k", "UploadId": "u", "IfMatchInitiatedTime": NOON},
            "x-amz-if-match-initiated-time",
        ),
    ],
)  # fmt: skip
def test_a_header_without_effect_here_is_refused_by_name(s3, operation, request_, header):
    with pytest.raises(ClientError) as refusal:
        getattr(s3, operation)(Bucket=BUCKET, **request_)

    error = refusal.value.response["Error"]
    assert (error["Code"], error["Header"]) == ("NotImplemented", header)


@pytest.fixture
def completing(s3):
    upload = {"Bucket": BUCKET, "Key": "k"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    etag = s3.upload_part(**upload, PartNumber=1, Body=b"body")["ETag"]
    return {**upload, "MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": etag}]}}


def test_a_completion_may_be_repeated_for_a_while(mock_lambda, s3, completing):
    def complete():
        answer = s3.complete_multipart_upload(**completing)
        return {name: value for name, value in answer.items() if name != "ResponseMetadata"}

    first = complete()
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"newer")

    assert complete() == first
    assert s3.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"newer"
    mock_lambda.advance(hours=2)
    with pytest.raises(ClientError, match="NoSuchUpload"):
        complete()


@pytest.mark.parametrize(
    "change", [{"Key": "other"}, {"MultipartUpload": {"Parts": [{"PartNumber": 2, "ETag": "e"}]}}]
)
def test_another_completion_is_none(s3, completing, change):
    s3.complete_multipart_upload(**completing)

    with pytest.raises(ClientError, match="NoSuchUpload"):
        s3.complete_multipart_upload(**completing | change)


def test_a_retention_until_an_event_is_refused(mock_lambda):
    s3 = client_with_bucket(ObjectLockEnabledForBucket=True)
    s3.put_object(Bucket=BUCKET, Key="k")
    retention = {"Mode": "GOVERNANCE", "RetainUntilDate": NOON + timedelta(days=1), "EventHold": "ON"}

    with pytest.raises(ClientError, match="mocklambda does not hold objects until an event"):
        s3.put_object_retention(Bucket=BUCKET, Key="k", Retention=retention)
