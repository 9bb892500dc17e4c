"""A bucket with logging on tells every request, in objects that arrive at each full hour."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from s3_support import BUCKET, client_with_bucket, plain, refusal

pytestmark = pytest.mark.mock_lambda(clock=datetime(2024, 1, 15, 10, 30, tzinfo=timezone.utc))


@pytest.fixture
def s3(mock_lambda):
    s3 = client_with_bucket()
    s3.create_bucket(Bucket="log-bucket")
    return s3


def turn_on(s3, **members):
    enabled = {"TargetBucket": "log-bucket", "TargetPrefix": "logs/", **members}
    s3.put_bucket_logging(Bucket=BUCKET, BucketLoggingStatus={"LoggingEnabled": enabled})


def delivered(s3):
    return [entry["Key"] for entry in s3.list_objects_v2(Bucket="log-bucket").get("Contents", ())]


def test_requests_are_logged_with_their_outcome(mock_lambda, s3):
    turn_on(s3)
    s3.put_object(Bucket=BUCKET, Key="a b", Body=b"x")
    refusal(s3.get_object, Bucket=BUCKET, Key="none")
    before = delivered(s3)

    mock_lambda.advance(minutes=30)

    (key,) = delivered(s3)
    lines = s3.get_object(Bucket="log-bucket", Key=key)["Body"].read().decode().splitlines()
    fields = [line.split(" ") for line in lines]
    assert (before, key.startswith("logs/2024-01-15-11-00-00-")) == ([], True)
    assert [(line[1], line[2], line[7], line[8]) for line in fields] == [
        (BUCKET, "[15/Jan/2024:10:30:00", "REST.PUT.OBJECT", "a%20b"),
        (BUCKET, "[15/Jan/2024:10:30:00", "REST.GET.OBJECT", "none"),
    ]
    assert [line.split('" ')[1].split(" ")[:2] for line in lines] == [["200", "-"], ["404", "NoSuchKey"]]


def test_keys_may_be_partitioned(mock_lambda, s3):
    turn_on(s3, TargetObjectKeyFormat={"PartitionedPrefix": {"PartitionDateSource": "EventTime"}})
    s3.put_object(Bucket=BUCKET, Key="k")

    mock_lambda.advance(hours=1)

    assert delivered(s3)[0].startswith(
        f"logs/123456789012/us-east-1/{BUCKET}/2024/01/15/2024-01-15-11-00-00-"
    )


def test_logging_comes_back_as_put_and_goes_when_empty(s3):
    before = plain(s3.get_bucket_logging(Bucket=BUCKET))
    turn_on(s3)
    shown = s3.get_bucket_logging(Bucket=BUCKET)["LoggingEnabled"]
    s3.put_bucket_logging(Bucket=BUCKET, BucketLoggingStatus={})

    assert (before, shown) == ({}, {"TargetBucket": "log-bucket", "TargetPrefix": "logs/"})
    assert plain(s3.get_bucket_logging(Bucket=BUCKET)) == {}


def test_a_missing_target_is_refused(s3):
    enabled = {"TargetBucket": "nowhere", "TargetPrefix": ""}

    assert refusal(s3.put_bucket_logging, Bucket=BUCKET, BucketLoggingStatus={"LoggingEnabled": enabled}) == {
        "Status": 400,
        "Code": "InvalidTargetBucketForLogging",
        "Message": "The target bucket for logging does not exist",
        "TargetBucket": "nowhere",
    }
