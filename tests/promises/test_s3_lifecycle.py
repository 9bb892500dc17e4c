"""Lifecycle rules act when their time has come, on the session's clock."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from s3_support import BUCKET, client_with_bucket, refusal

pytestmark = pytest.mark.mock_lambda(clock=datetime(2024, 1, 15, 10, 30, tzinfo=timezone.utc))


@pytest.fixture
def s3(mock_lambda):
    return client_with_bucket()


def rule(s3, **members):
    members = {"Status": "Enabled", "Filter": {}, "ID": "rule", **members}
    return s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [members]})


def keys_of(s3):
    return [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ())]


def test_an_object_expires_at_midnight_after_its_days(mock_lambda, s3):
    rule(s3, Expiration={"Days": 3}, Filter={"Prefix": "logs/"})
    s3.put_object(Bucket=BUCKET, Key="logs/1")
    s3.put_object(Bucket=BUCKET, Key="kept")

    mock_lambda.advance(days=3, hours=13)
    before = keys_of(s3)
    mock_lambda.advance(minutes=30)

    assert (before, keys_of(s3)) == (["kept", "logs/1"], ["kept"])


def test_an_object_older_than_the_rule_expires_too(mock_lambda, s3):
    s3.put_object(Bucket=BUCKET, Key="k")
    mock_lambda.advance(days=10)
    rule(s3, Expiration={"Days": 3})

    mock_lambda.advance(days=1)

    assert keys_of(s3) == []


def test_a_disabled_rule_does_nothing(mock_lambda, s3):
    rule(s3, Expiration={"Days": 1}, Status="Disabled")
    s3.put_object(Bucket=BUCKET, Key="k")

    mock_lambda.advance(days=5)

    assert keys_of(s3) == ["k"]


def test_a_deleted_rule_does_nothing(mock_lambda, s3):
    rule(s3, Expiration={"Days": 1})
    s3.put_object(Bucket=BUCKET, Key="k")
    s3.delete_bucket_lifecycle(Bucket=BUCKET)

    mock_lambda.advance(days=5)

    assert keys_of(s3) == ["k"]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"Tag": {"Key": "a", "Value": "1"}}, ["big"]),
        ({"ObjectSizeGreaterThan": 5}, ["tagged"]),
        ({"And": {"Prefix": "t", "Tags": [{"Key": "a", "Value": "1"}]}}, ["big"]),
        ({"ObjectSizeLessThan": 10}, ["big"]),
    ],
)
def test_a_filter_chooses_by_tags_and_size(mock_lambda, s3, chosen, expected):
    rule(s3, Expiration={"Days": 1}, Filter=chosen)
    s3.put_object(Bucket=BUCKET, Key="tagged", Tagging="a=1", Body=b"x")
    s3.put_object(Bucket=BUCKET, Key="big", Body=b"x" * 10)

    mock_lambda.advance(days=3)

    assert keys_of(s3) == expected


def test_expiration_is_announced_by_put_get_and_head(s3):
    rule(s3, Expiration={"Days": 3})

    answers = [
        s3.put_object(Bucket=BUCKET, Key="k"),
        s3.get_object(Bucket=BUCKET, Key="k"),
        s3.head_object(Bucket=BUCKET, Key="k"),
    ]

    expected = 'expiry-date="Fri, 19 Jan 2024 00:00:00 GMT", rule-id="rule"'
    assert [answer["Expiration"] for answer in answers] == [expected] * 3


def test_a_versioned_object_expires_under_a_marker_and_then_for_good(mock_lambda, s3):
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    rule(s3, Expiration={"Days": 1}, NoncurrentVersionExpiration={"NoncurrentDays": 1})
    s3.put_object(Bucket=BUCKET, Key="k")

    mock_lambda.advance(days=2)
    first = s3.list_object_versions(Bucket=BUCKET)
    mock_lambda.advance(days=2)
    second = s3.list_object_versions(Bucket=BUCKET)

    assert (len(first["Versions"]), len(first["DeleteMarkers"])) == (1, 1)
    assert ("Versions" in second, len(second["DeleteMarkers"])) == (False, 1)


def test_a_lone_marker_is_removed_when_asked(mock_lambda, s3):
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    rule(s3, Expiration={"ExpiredObjectDeleteMarker": True})
    s3.delete_object(Bucket=BUCKET, Key="k")

    mock_lambda.advance(days=1)

    assert "DeleteMarkers" not in s3.list_object_versions(Bucket=BUCKET)


def test_newer_noncurrent_versions_are_spared(mock_lambda, s3):
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    rule(s3, NoncurrentVersionExpiration={"NoncurrentDays": 1, "NewerNoncurrentVersions": 1})
    ids = [s3.put_object(Bucket=BUCKET, Key="k")["VersionId"] for _ in range(4)]

    mock_lambda.advance(days=3)

    versions = s3.list_object_versions(Bucket=BUCKET)["Versions"]
    assert [entry["VersionId"] for entry in versions] == [ids[3], ids[2]]


def test_an_upload_is_aborted_after_its_days(mock_lambda, s3):
    rule(s3, AbortIncompleteMultipartUpload={"DaysAfterInitiation": 2})
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="k")

    mock_lambda.advance(days=3)

    assert (upload["AbortDate"], upload["AbortRuleId"]) == (
        datetime(2024, 1, 18, tzinfo=timezone.utc),
        "rule",
    )
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=BUCKET)


def test_an_object_moves_to_another_class(mock_lambda, s3):
    rule(s3, Transitions=[{"Days": 30, "StorageClass": "GLACIER"}])
    s3.put_object(Bucket=BUCKET, Key="large", Body=b"x" * (128 << 10))
    s3.put_object(Bucket=BUCKET, Key="small", Body=b"x")

    mock_lambda.advance(days=31)

    classes = {entry["Key"]: entry["StorageClass"] for entry in s3.list_objects_v2(Bucket=BUCKET)["Contents"]}
    assert classes == {"large": "GLACIER", "small": "STANDARD"}


def test_rules_come_back_as_put(s3):
    rules = [{"Status": "Enabled", "Filter": {"Prefix": ""}, "ID": "a", "Expiration": {"Days": 1}}]

    put = s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": rules})

    answer = s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)
    assert put["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"
    assert (answer["Rules"], answer["TransitionDefaultMinimumObjectSize"]) == (
        rules,
        "all_storage_classes_128K",
    )


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"Expiration": {"Days": 0}}, "InvalidArgument"),
        ({"Expiration": {"Days": 1, "ExpiredObjectDeleteMarker": True}}, "MalformedXML"),
        ({"NoncurrentVersionExpiration": {}}, "MalformedXML"),
        ({"Expiration": {"Days": 1}, "Status": "enabled"}, "MalformedXML"),
        ({"Expiration": {"Date": datetime(2024, 2, 1, 1, tzinfo=timezone.utc)}}, "InvalidArgument"),
        (
            {
                "Expiration": {"Days": 1},
                "Filter": {"And": {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}},
            },
            "InvalidRequest",
        ),
        ({"Expiration": {"Days": 1}, "Filter": {"Prefix": "a", "ObjectSizeLessThan": 1}}, "MalformedXML"),
    ],
)
def test_a_faulty_rule_is_refused(s3, members, code):
    with_id = {"Status": "Enabled", "Filter": {}, "ID": "rule", **members}

    error = refusal(
        s3.put_bucket_lifecycle_configuration, Bucket=BUCKET, LifecycleConfiguration={"Rules": [with_id]}
    )

    assert error["Code"] == code
    assert (
        refusal(s3.get_bucket_lifecycle_configuration, Bucket=BUCKET)["Code"]
        == "NoSuchLifecycleConfiguration"
    )
