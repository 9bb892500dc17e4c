"""Versioned buckets keep what was overwritten and deleted."""

from __future__ import annotations

import re

import pytest
from s3_support import BUCKET, client_with_bucket, plain, refusal

LOCKED = "Access Denied because object protected by object lock."


@pytest.fixture
def s3(mock_lambda):
    s3 = client_with_bucket()
    set_versioning(s3, "Enabled")
    return s3


def set_versioning(s3, status):
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": status})


def put(s3, body=b"x", key="k"):
    return s3.put_object(Bucket=BUCKET, Key=key, Body=body).get("VersionId")


def listed(s3, **options):
    answer = s3.list_object_versions(Bucket=BUCKET, **options)
    versions = [(entry["Key"], entry["VersionId"]) for entry in answer.get("Versions", ())]
    markers = [(entry["Key"], entry["VersionId"]) for entry in answer.get("DeleteMarkers", ())]
    return versions, markers


def test_every_put_gets_a_new_id(s3):
    ids = [put(s3), put(s3)]

    assert len(set(ids)) == 2
    assert all(re.fullmatch(r"[A-Za-z0-9._]{32}", version_id) for version_id in ids)


def test_older_versions_are_read_by_id(s3):
    old = put(s3, b"old")
    new = put(s3, b"new")

    by_id = s3.get_object(Bucket=BUCKET, Key="k", VersionId=old)
    current = s3.get_object(Bucket=BUCKET, Key="k")

    assert (by_id["Body"].read(), by_id["VersionId"]) == (b"old", old)
    assert (current["Body"].read(), current["VersionId"]) == (b"new", new)


def test_a_delete_puts_a_marker(s3):
    put(s3)

    answer = plain(s3.delete_object(Bucket=BUCKET, Key="k"))

    assert answer == {"DeleteMarker": True, "VersionId": answer["VersionId"]}
    with pytest.raises(s3.exceptions.NoSuchKey) as caught:
        s3.get_object(Bucket=BUCKET, Key="k")
    headers = caught.value.response["ResponseMetadata"]["HTTPHeaders"]
    assert (headers["x-amz-delete-marker"], headers["x-amz-version-id"]) == ("true", answer["VersionId"])


def test_removing_the_marker_brings_the_object_back(s3):
    put(s3)
    marker = s3.delete_object(Bucket=BUCKET, Key="k")["VersionId"]

    answer = plain(s3.delete_object(Bucket=BUCKET, Key="k", VersionId=marker))

    assert answer == {"DeleteMarker": True, "VersionId": marker}
    assert s3.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"x"


def test_a_marker_can_not_be_read_by_id(s3):
    put(s3)
    marker = s3.delete_object(Bucket=BUCKET, Key="k")["VersionId"]

    assert refusal(s3.get_object, Bucket=BUCKET, Key="k", VersionId=marker) == {
        "Status": 405,
        "Code": "MethodNotAllowed",
        "Message": "The specified method is not allowed against this resource.",
        "Method": "GET",
        "ResourceType": "DeleteMarker",
    }


def test_a_deleted_id_is_no_version_any_more(s3):
    old = put(s3)
    put(s3)

    answer = plain(s3.delete_object(Bucket=BUCKET, Key="k", VersionId=old))

    assert answer == {"VersionId": old}
    assert refusal(s3.get_object, Bucket=BUCKET, Key="k", VersionId=old) == {
        "Status": 404,
        "Code": "NoSuchVersion",
        "Message": "The specified version does not exist.",
        "Key": "k",
        "VersionId": old,
    }


def test_a_malformed_id_is_refused(s3):
    assert refusal(s3.get_object, Bucket=BUCKET, Key="k", VersionId="nonsense") == {
        "Status": 400,
        "Code": "InvalidArgument",
        "Message": "Invalid version id specified",
        "ArgumentName": "versionId",
        "ArgumentValue": "nonsense",
    }


def test_while_suspended_there_is_one_null_version(s3):
    kept = put(s3, b"kept")
    set_versioning(s3, "Suspended")
    first = put(s3, b"null 1")
    put(s3, b"null 2")

    assert first is None
    assert s3.get_object(Bucket=BUCKET, Key="k", VersionId="null")["Body"].read() == b"null 2"
    assert listed(s3)[0] == [("k", "null"), ("k", kept)]


def test_a_delete_while_suspended_replaces_the_null_version(s3):
    kept = put(s3)
    set_versioning(s3, "Suspended")
    put(s3)

    answer = plain(s3.delete_object(Bucket=BUCKET, Key="k"))

    assert answer == {"DeleteMarker": True, "VersionId": "null"}
    assert listed(s3) == ([("k", kept)], [("k", "null")])


def test_versions_are_listed_newest_first_in_pages(s3):
    ids = [put(s3) for _ in range(5)][::-1]

    first = s3.list_object_versions(Bucket=BUCKET, MaxKeys=3)
    second = s3.list_object_versions(
        Bucket=BUCKET, KeyMarker=first["NextKeyMarker"], VersionIdMarker=first["NextVersionIdMarker"]
    )

    assert [entry["VersionId"] for entry in first["Versions"]] == ids[:3]
    assert [entry["VersionId"] for entry in second["Versions"]] == ids[3:]
    assert [entry["IsLatest"] for entry in first["Versions"]] == [True, False, False]
    assert listed(s3, KeyMarker="k") == ([], [])


def test_a_page_goes_on_after_a_version_that_is_gone(s3):
    ids = [put(s3) for _ in range(5)][::-1]
    for version_id in ids[:3]:
        s3.delete_object(Bucket=BUCKET, Key="k", VersionId=version_id)

    assert listed(s3, KeyMarker="k", VersionIdMarker=ids[2])[0] == [("k", ids[3]), ("k", ids[4])]


def test_a_version_marker_needs_a_key_marker(s3):
    error = refusal(s3.list_object_versions, Bucket=BUCKET, VersionIdMarker="x")

    assert error["Message"] == "A version-id marker cannot be specified without a key marker."


def test_delete_objects_tells_markers_from_versions(s3):
    version = put(s3)
    marker = s3.delete_object(Bucket=BUCKET, Key="k")["VersionId"]
    gone = {"Key": "k", "VersionId": version[:-1] + ("A" if version[-1] != "A" else "B")}

    answer = s3.delete_objects(
        Bucket=BUCKET,
        Delete={
            "Objects": [
                {"Key": "new"},
                {"Key": "k", "VersionId": version},
                {"Key": "k", "VersionId": marker},
                gone,
            ]
        },
    )

    (made,) = (entry["DeleteMarkerVersionId"] for entry in answer["Deleted"] if entry["Key"] == "new")
    assert answer["Deleted"] == [
        {"Key": "new", "DeleteMarker": True, "DeleteMarkerVersionId": made},
        {"Key": "k", "VersionId": version},
        {"Key": "k", "VersionId": marker, "DeleteMarker": True, "DeleteMarkerVersionId": marker},
    ]
    assert answer["Errors"] == [
        {**gone, "Code": "NoSuchVersion", "Message": "The specified version does not exist."}
    ]


def test_an_older_version_can_be_copied(s3):
    old = put(s3, b"old")
    put(s3, b"new")

    answer = s3.copy_object(
        Bucket=BUCKET, Key="to", CopySource={"Bucket": BUCKET, "Key": "k", "VersionId": old}
    )

    assert answer["CopySourceVersionId"] == old
    assert s3.get_object(Bucket=BUCKET, Key="to")["Body"].read() == b"old"


def test_a_versioned_bucket_is_deleted_without_versions_only(s3):
    put(s3)
    s3.delete_object(Bucket=BUCKET, Key="k")

    assert refusal(s3.delete_bucket, Bucket=BUCKET) == {
        "Status": 409,
        "Code": "BucketNotEmpty",
        "Message": "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
        "BucketName": BUCKET,
    }


@pytest.mark.parametrize("status", ["enabled", "Disabled"])
def test_another_status_is_refused(s3, status):
    error = refusal(s3.put_bucket_versioning, Bucket=BUCKET, VersioningConfiguration={"Status": status})

    assert error["Code"] == "MalformedXML"


class TestLocks:
    """Locked versions stay until their time has come."""

    @pytest.fixture
    def s3(self, mock_lambda):
        return client_with_bucket(ObjectLockEnabledForBucket=True)

    @pytest.fixture
    def lock(self, mock_lambda, s3):
        def lock(mode, **options):
            until = mock_lambda.now.replace(microsecond=0)
            until = until.replace(year=until.year + 1)
            version = s3.put_object(
                Bucket=BUCKET, Key="k", ObjectLockMode=mode, ObjectLockRetainUntilDate=until, **options
            )["VersionId"]
            return {"Bucket": BUCKET, "Key": "k", "VersionId": version}

        return lock

    def test_a_locked_version_is_not_deleted(self, s3, lock):
        which = lock("GOVERNANCE")

        assert refusal(s3.delete_object, **which) == {
            "Status": 403,
            "Code": "AccessDenied",
            "Message": LOCKED,
        }
        assert plain(s3.delete_object(**which, BypassGovernanceRetention=True)) == {
            "VersionId": which["VersionId"]
        }

    def test_compliance_can_not_be_bypassed(self, s3, lock):
        which = lock("COMPLIANCE")

        assert refusal(s3.delete_object, **which, BypassGovernanceRetention=True)["Message"] == LOCKED

    def test_a_lock_ends_with_time(self, mock_lambda, s3, lock):
        which = lock("COMPLIANCE")

        mock_lambda.advance(days=366)

        assert plain(s3.delete_object(**which)) == {"VersionId": which["VersionId"]}

    def test_a_plain_delete_puts_a_marker_on_top(self, s3, lock):
        lock("COMPLIANCE")

        assert s3.delete_object(Bucket=BUCKET, Key="k")["DeleteMarker"] is True

    def test_a_legal_hold_holds_until_lifted(self, s3):
        version = put(s3)
        which = {"Bucket": BUCKET, "Key": "k", "VersionId": version}
        s3.put_object_legal_hold(**which, LegalHold={"Status": "ON"})

        assert refusal(s3.delete_object, **which)["Message"] == LOCKED
        s3.put_object_legal_hold(**which, LegalHold={"Status": "OFF"})
        assert s3.head_object(**which)["ObjectLockLegalHoldStatus"] == "OFF"
        s3.delete_object(**which)

    def test_the_buckets_default_applies(self, mock_lambda, s3):
        rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 2}}
        s3.put_object_lock_configuration(
            Bucket=BUCKET, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
        )
        put(s3)

        retention = s3.get_object_retention(Bucket=BUCKET, Key="k")["Retention"]

        assert retention["Mode"] == "GOVERNANCE"
        assert 1.99 < (retention["RetainUntilDate"] - mock_lambda.now).total_seconds() / 86_400 <= 2

    def test_what_was_never_set_is_not_found(self, s3):
        put(s3)

        error = refusal(s3.get_object_retention, Bucket=BUCKET, Key="k")

        assert error == {
            "Status": 404,
            "Code": "NoSuchObjectLockConfiguration",
            "Message": "The specified object does not have a ObjectLock configuration",
        }

    def test_versioning_can_not_be_suspended(self, s3):
        error = refusal(
            s3.put_bucket_versioning, Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"}
        )

        assert (error["Status"], error["Code"]) == (409, "InvalidBucketState")
