"""Buckets are made, found, listed, configured and deleted."""

from __future__ import annotations

import json

import boto3
import pytest
from s3_support import BUCKET, client, client_with_bucket, plain, refusal


@pytest.fixture
def s3(mock_lambda):
    return client_with_bucket()


def test_create_answers_where_the_bucket_is(mock_lambda):
    s3 = client()

    home = s3.create_bucket(Bucket="here")
    away = s3.create_bucket(Bucket="there", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})

    assert plain(home) == {"Location": "/here", "BucketArn": "arn:aws:s3:::here"}
    assert plain(away) == {"Location": "http://there.s3.amazonaws.com/", "BucketArn": "arn:aws:s3:::there"}
    assert s3.get_bucket_location(Bucket="here")["LocationConstraint"] is None
    assert s3.get_bucket_location(Bucket="there")["LocationConstraint"] == "eu-west-1"


@pytest.mark.parametrize("name", ["ab", "Upper", "a..b", "192.168.1.1", "-a-b", "a_b", "x" * 64])
def test_a_name_that_no_bucket_can_have_is_refused(mock_lambda, name):
    s3 = client()
    s3.meta.events.register("before-parameter-build.s3", lambda **_: None)

    error = refusal(s3.create_bucket, Bucket=name)

    assert (error["Status"], error["Code"]) == (400, "InvalidBucketName")


@pytest.mark.parametrize(
    ("region", "constraint", "code"),
    [
        ("us-east-1", "us-east-1", "InvalidLocationConstraint"),
        ("us-east-1", "foo", "InvalidLocationConstraint"),
        ("eu-west-1", None, "IllegalLocationConstraintException"),
        ("eu-west-1", "us-west-2", "IllegalLocationConstraintException"),
    ],
)
def test_a_constraint_must_fit_the_endpoint(mock_lambda, region, constraint, code):
    s3 = client(region=region)
    options = {} if constraint is None else {"CreateBucketConfiguration": {"LocationConstraint": constraint}}

    assert refusal(s3.create_bucket, Bucket=BUCKET, **options)["Code"] == code


def test_creating_again_in_us_east_1_changes_nothing(s3):
    s3.put_object(Bucket=BUCKET, Key="k")

    assert s3.create_bucket(Bucket=BUCKET)["Location"] == f"/{BUCKET}"
    assert s3.head_object(Bucket=BUCKET, Key="k")


def test_creating_again_elsewhere_is_refused(mock_lambda):
    s3 = client(region="eu-west-1")
    where = {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
    s3.create_bucket(Bucket=BUCKET, **where)

    assert refusal(s3.create_bucket, Bucket=BUCKET, **where)["Code"] == "BucketAlreadyOwnedByYou"


def test_anothers_name_is_taken(s3):
    other = boto3.client(
        "s3", region_name="us-east-1", aws_access_key_id="111111111111", aws_secret_access_key="x"
    )

    assert refusal(other.create_bucket, Bucket=BUCKET)["Code"] == "BucketAlreadyExists"
    assert other.list_buckets()["Buckets"] == []


def test_head_says_where(s3):
    assert plain(s3.head_bucket(Bucket=BUCKET)) == {
        "BucketRegion": "us-east-1",
        "BucketArn": f"arn:aws:s3:::{BUCKET}",
        "AccessPointAlias": False,
    }
    assert refusal(s3.head_bucket, Bucket="nowhere")["Code"] == "404"


def test_buckets_are_listed_in_pages(s3):
    for name in ("b-1", "b-3", "b-2"):
        s3.create_bucket(Bucket=name)

    first = s3.list_buckets(MaxBuckets=2, Prefix="b-")
    second = s3.list_buckets(MaxBuckets=2, Prefix="b-", ContinuationToken=first["ContinuationToken"])

    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == [BUCKET, "b-1", "b-2", "b-3"]
    assert [bucket["Name"] for bucket in first["Buckets"]] == ["b-1", "b-2"]
    assert [bucket["Name"] for bucket in second["Buckets"]] == ["b-3"]
    assert (first["Buckets"][0]["BucketRegion"], "ContinuationToken" in second) == ("us-east-1", False)


def test_a_bucket_with_objects_is_not_deleted(s3):
    s3.put_object(Bucket=BUCKET, Key="k")

    assert refusal(s3.delete_bucket, Bucket=BUCKET) == {
        "Status": 409,
        "Code": "BucketNotEmpty",
        "Message": "The bucket you tried to delete is not empty",
        "BucketName": BUCKET,
    }


def test_configuration_dies_with_the_bucket(s3):
    s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    s3.delete_bucket(Bucket=BUCKET)
    s3.create_bucket(Bucket=BUCKET)

    assert refusal(s3.get_bucket_tagging, Bucket=BUCKET)["Code"] == "NoSuchTagSet"


def test_the_same_bucket_is_seen_from_every_region(s3):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"x")

    assert client(region="eu-west-1").get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"x"


@pytest.mark.mock_lambda(guard=False)
def test_an_operation_that_is_not_served_touches_nothing(mock_lambda, s3):
    with pytest.raises(Exception, match="DeleteBucketInventoryConfiguration") as caught:
        s3.delete_bucket_inventory_configuration(Bucket=BUCKET, Id="i")

    assert type(caught.value).__name__ == "NotImplementedInMock"
    assert s3.head_bucket(Bucket=BUCKET)


class TestSettings:
    """Each setting comes back as it was put, with AWS's defaults before and after."""

    def test_versioning(self, s3):
        before = plain(s3.get_bucket_versioning(Bucket=BUCKET))
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})

        assert (before, plain(s3.get_bucket_versioning(Bucket=BUCKET))) == ({}, {"Status": "Enabled"})

    def test_tags(self, s3):
        tags = [{"Key": "a", "Value": "b"}]
        answer = s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": tags})

        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
        assert s3.get_bucket_tagging(Bucket=BUCKET)["TagSet"] == tags
        s3.delete_bucket_tagging(Bucket=BUCKET)
        assert refusal(s3.get_bucket_tagging, Bucket=BUCKET)["Code"] == "NoSuchTagSet"

    def test_encryption_is_the_default_of_later_puts(self, s3):
        default = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}
        s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})

        put = s3.put_object(Bucket=BUCKET, Key="k")

        assert default == {
            "Rules": [
                {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}
            ]
        }
        assert s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"] == {
            "Rules": [rule]
        }
        assert (put["ServerSideEncryption"], put["BucketKeyEnabled"]) == ("aws:kms", True)
        s3.delete_bucket_encryption(Bucket=BUCKET)
        assert s3.put_object(Bucket=BUCKET, Key="k")["ServerSideEncryption"] == "AES256"

    def test_public_access_block(self, s3):
        everything = dict.fromkeys(
            ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"], True
        )

        assert s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"] == everything
        s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration={"BlockPublicAcls": True})
        shown = s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
        assert shown == {**dict.fromkeys(everything, False), "BlockPublicAcls": True}
        s3.delete_public_access_block(Bucket=BUCKET)
        error = refusal(s3.get_public_access_block, Bucket=BUCKET)
        assert error["Code"] == "NoSuchPublicAccessBlockConfiguration"

    def test_ownership(self, s3):
        def owned(name):
            return {"Rules": [{"ObjectOwnership": name}]}

        assert s3.get_bucket_ownership_controls(Bucket=BUCKET)["OwnershipControls"] == owned(
            "BucketOwnerEnforced"
        )
        s3.put_bucket_ownership_controls(Bucket=BUCKET, OwnershipControls=owned("ObjectWriter"))
        assert s3.get_bucket_ownership_controls(Bucket=BUCKET)["OwnershipControls"] == owned("ObjectWriter")
        s3.delete_bucket_ownership_controls(Bucket=BUCKET)
        error = refusal(s3.get_bucket_ownership_controls, Bucket=BUCKET)
        assert error["Code"] == "OwnershipControlsNotFoundError"

    def test_policy(self, s3):
        statement = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "s3:GetObject", "Resource": "*"}
        text = json.dumps({"Statement": [{**statement, "Sid": "s"}], "Version": "2012-10-17"}, indent=2)

        answer = s3.put_bucket_policy(Bucket=BUCKET, Policy=text)

        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
        assert s3.get_bucket_policy(Bucket=BUCKET)["Policy"] == (
            '{"Version":"2012-10-17","Statement":[{"Sid":"s","Effect":"Deny","Principal":{"AWS":"*"},'
            '"Action":"s3:GetObject","Resource":"*"}]}'
        )
        s3.delete_bucket_policy(Bucket=BUCKET)
        assert refusal(s3.get_bucket_policy, Bucket=BUCKET)["Code"] == "NoSuchBucketPolicy"

    def test_a_public_policy_needs_the_block_gone(self, s3):
        statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
        text = json.dumps({"Statement": [statement]})

        assert refusal(s3.put_bucket_policy, Bucket=BUCKET, Policy=text)["Code"] == "AccessDenied"
        s3.delete_public_access_block(Bucket=BUCKET)
        s3.put_bucket_policy(Bucket=BUCKET, Policy=text)
        assert s3.get_bucket_policy_status(Bucket=BUCKET)["PolicyStatus"] == {"IsPublic": True}

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("no", "Policies must be valid JSON and the first byte must be '{'"),
            ("{}", "Missing required field Statement"),
        ],
    )
    def test_a_malformed_policy_is_refused(self, s3, text, message):
        error = refusal(s3.put_bucket_policy, Bucket=BUCKET, Policy=text)

        assert error == {"Status": 400, "Code": "MalformedPolicy", "Message": message}

    def test_cors(self, s3):
        rules = [
            {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "MaxAgeSeconds": 5, "AllowedHeaders": ["X"]}
        ]

        s3.put_bucket_cors(Bucket=BUCKET, CORSConfiguration={"CORSRules": rules})

        assert s3.get_bucket_cors(Bucket=BUCKET)["CORSRules"] == rules
        s3.delete_bucket_cors(Bucket=BUCKET)
        assert refusal(s3.get_bucket_cors, Bucket=BUCKET)["Code"] == "NoSuchCORSConfiguration"

    def test_request_payment(self, s3):
        before = s3.get_bucket_request_payment(Bucket=BUCKET)["Payer"]
        s3.put_bucket_request_payment(Bucket=BUCKET, RequestPaymentConfiguration={"Payer": "Requester"})

        assert (before, s3.get_bucket_request_payment(Bucket=BUCKET)["Payer"]) == ("BucketOwner", "Requester")
        assert (
            s3.put_object(Bucket=BUCKET, Key="k", RequestPayer="requester")["RequestCharged"] == "requester"
        )


class TestAcls:
    """Grants, where the bucket allows them."""

    def test_everything_is_the_owners_by_default(self, s3):
        s3.put_object(Bucket=BUCKET, Key="k")

        bucket, key = (
            plain(s3.get_bucket_acl(Bucket=BUCKET)),
            plain(s3.get_object_acl(Bucket=BUCKET, Key="k")),
        )

        owner = {"ID": bucket["Owner"]["ID"]}
        grant = {"Grantee": {**owner, "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}
        assert bucket == key == {"Owner": owner, "Grants": [grant]}

    def test_an_enforced_owner_allows_none(self, s3):
        assert refusal(s3.put_object, Bucket=BUCKET, Key="k", ACL="public-read") == {
            "Status": 400,
            "Code": "AccessControlListNotSupported",
            "Message": "The bucket does not allow ACLs",
        }

    def test_public_read_adds_a_grant_to_all(self, mock_lambda):
        s3 = client_with_bucket(ObjectOwnership="ObjectWriter")
        s3.delete_public_access_block(Bucket=BUCKET)

        s3.put_object(Bucket=BUCKET, Key="k", ACL="public-read")

        grants = s3.get_object_acl(Bucket=BUCKET, Key="k")["Grants"]
        everybody = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}
        assert grants[1:] == [{"Grantee": everybody, "Permission": "READ"}]

    @pytest.mark.parametrize(
        ("request_", "error"),
        [
            (
                {"ACL": "nonsense"},
                {"Code": "InvalidArgument", "ArgumentName": "x-amz-acl", "ArgumentValue": "nonsense"},
            ),
            (
                {"GrantRead": 'uri="http://nowhere"'},
                {
                    "Code": "InvalidArgument",
                    "Message": "Invalid group uri",
                    "ArgumentName": "uri",
                    "ArgumentValue": "http://nowhere",
                },
            ),
            (
                {"GrantRead": "nonsense"},
                {
                    "Code": "InvalidArgument",
                    "Message": "Argument format not recognized",
                    "ArgumentName": "x-amz-grant-read",
                    "ArgumentValue": "nonsense",
                },
            ),
            (
                {},
                {
                    "Code": "MissingSecurityHeader",
                    "Message": "Your request was missing a required header",
                    "MissingHeaderName": "x-amz-acl",
                },
            ),
            (
                {"ACL": "private", "GrantRead": 'id="x"'},
                {
                    "Code": "InvalidRequest",
                    "Message": "Specifying both Canned ACLs and Header Grants is not allowed",
                },
            ),
        ],
    )
    def test_a_faulty_acl_is_refused(self, s3, request_, error):
        found = refusal(s3.put_bucket_acl, Bucket=BUCKET, **request_)

        assert found.pop("Status") == 400
        assert {name: value for name, value in found.items() if value} == error
