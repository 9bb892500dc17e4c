"""S3 looks the KMS keys of objects up where moto keeps them: missing, disabled and deleted ones refuse puts and gets."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError

from mocklambda import mock_lambda as mocking

pytest.importorskip("moto")
from moto import mock_aws

REGION = "us-east-1"
BUCKET = "a-bucket"
UNKNOWN = "6e551f00-8a97-4e3b-b620-1a59080bd1be"
SSE = {"ServerSideEncryption": "aws:kms"}


@pytest.fixture(params=[False, True], ids=["fast", "wire"])
def s3(request):
    with mocking(wire=request.param):
        client = boto3.client("s3", region_name=REGION)
        client.create_bucket(Bucket=BUCKET)
        yield client


@pytest.fixture
def kms(s3):
    return boto3.client("kms", region_name=REGION)


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]["Arn"]


def id_of(key):
    return key.rpartition("/")[2]  # moto's DisableKey takes no ARN


def refusal(call, **request):
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"]


def test_an_unknown_kms_key_is_refused(s3, key):
    assert refusal(s3.put_object, Bucket=BUCKET, Key="k", **SSE, SSEKMSKeyId=UNKNOWN) == (
        "KMS.NotFoundException",
        f"Key 'arn:aws:kms:{REGION}:123456789012:key/{UNKNOWN}' does not exist",
        400,
    )
    assert "Contents" not in s3.list_objects_v2(Bucket=BUCKET)


def test_a_key_of_another_region_is_not_found(s3, key):
    elsewhere = boto3.client("kms", region_name="us-west-2").create_key()["KeyMetadata"]["KeyId"]

    code, message, _ = refusal(s3.put_object, Bucket=BUCKET, Key="k", **SSE, SSEKMSKeyId=elsewhere)

    assert code == "KMS.NotFoundException"
    assert message == f"Key 'arn:aws:kms:{REGION}:123456789012:key/{elsewhere}' does not exist"


def test_as_long_as_kms_was_asked_nothing_any_key_is_taken_as_existing(s3):
    named = s3.put_object(Bucket=BUCKET, Key="k", **SSE, SSEKMSKeyId=UNKNOWN)["SSEKMSKeyId"]

    boto3.client("kms", region_name=REGION).create_key()

    assert s3.get_object(Bucket=BUCKET, Key="k")["SSEKMSKeyId"] == named


def test_keys_that_mock_aws_has_already_are_known():
    with mock_aws():
        known = boto3.client("kms", region_name=REGION).create_key()["KeyMetadata"]["Arn"]
        with mocking():
            s3 = boto3.client("s3", region_name=REGION)
            s3.create_bucket(Bucket=BUCKET)

            assert s3.put_object(Bucket=BUCKET, Key="k", **SSE, SSEKMSKeyId=known)["SSEKMSKeyId"] == known
            assert (
                refusal(s3.put_object, Bucket=BUCKET, Key="k", **SSE, SSEKMSKeyId=UNKNOWN)[0]
                == "KMS.NotFoundException"
            )


def test_id_arn_and_alias_of_a_key_are_answered_with_its_arn(s3, kms, key):
    kms.create_alias(AliasName="alias/mine", TargetKeyId=key)
    names = (key, key.rpartition("/")[2], "alias/mine")

    answered = {
        s3.put_object(Bucket=BUCKET, Key="k", **SSE, SSEKMSKeyId=name)["SSEKMSKeyId"] for name in names
    }

    assert answered == {key}


def test_a_disabled_key_refuses_put_get_copy_and_upload(s3, kms, key):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"x", **SSE, SSEKMSKeyId=key)
    kms.disable_key(KeyId=id_of(key))
    disabled = ("KMS.DisabledException", f"{key} is disabled.", 400)

    assert refusal(s3.put_object, Bucket=BUCKET, Key="l", **SSE, SSEKMSKeyId=key) == disabled
    assert refusal(s3.get_object, Bucket=BUCKET, Key="k") == disabled
    assert refusal(s3.copy_object, Bucket=BUCKET, Key="l", CopySource=f"{BUCKET}/k") == disabled
    assert refusal(s3.create_multipart_upload, Bucket=BUCKET, Key="l", **SSE, SSEKMSKeyId=key) == disabled

    kms.enable_key(KeyId=id_of(key))
    assert s3.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"x"


def test_a_key_that_is_to_be_deleted_refuses_a_get(s3, kms, key):
    s3.put_object(Bucket=BUCKET, Key="k", **SSE, SSEKMSKeyId=key)
    kms.schedule_key_deletion(KeyId=id_of(key), PendingWindowInDays=7)

    assert refusal(s3.get_object, Bucket=BUCKET, Key="k") == (
        "KMS.KMSInvalidStateException",
        f"{key} is pending deletion.",
        400,
    )


def test_the_key_of_a_bucket_rule_is_looked_up_when_it_is_used(s3, kms, key):
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert s3.put_object(Bucket=BUCKET, Key="k")["SSEKMSKeyId"] == key

    kms.disable_key(KeyId=id_of(key))

    assert refusal(s3.put_object, Bucket=BUCKET, Key="k")[0] == "KMS.DisabledException"


def test_the_account_s_own_key_needs_nobody_to_make_it(s3, key):
    arn = s3.put_object(Bucket=BUCKET, Key="k", **SSE)["SSEKMSKeyId"]

    assert arn != key
    assert s3.get_object(Bucket=BUCKET, Key="k")["SSEKMSKeyId"] == arn
