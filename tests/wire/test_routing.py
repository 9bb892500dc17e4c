"""Requests reach the operation that they name, or none: no sub-resource falls through to another operation."""

from __future__ import annotations

from typing import Any

import pytest

from mocklambda.wire.errors import NoSuchRoute
from mocklambda.wire.message import Request
from mocklambda.wire.models import legacy_query_model, service_model
from mocklambda.wire.protocols import codec_for
from mocklambda.wire.routing import Target, identify, is_aws_host, protocol_of, route
from tests.wire.oracle import sent
from tests.wire.test_roundtrips import SERVICES

SCOPE = (
    "AWS4-HMAC-SHA256 Credential=AKID/20260221/{region}/{name}/aws4_request, SignedHeaders=host, Signature=0"
)
# Two operations of the deprecated kind share everything with their successors; two of S3 share host-less "/".
TWINS = {
    "GetBucketLifecycle": "GetBucketLifecycleConfiguration",
    "PutBucketLifecycle": "PutBucketLifecycleConfiguration",
    "GetBucketNotification": "GetBucketNotificationConfiguration",
    "PutBucketNotification": "PutBucketNotificationConfiguration",
    "ListDirectoryBuckets": "ListBuckets",
}


def request(
    method: str = "GET", path: str = "/", query: str = "", host: str = "", body: bytes = b"", **headers: str
):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(method=method, scheme="https", host=host, path=path, query=query, headers=named, body=body)


def least(shape: Any) -> dict[str, Any]:
    """The smallest parameters of an operation that say what it needs."""
    if shape is None:
        return {}
    members = shape.members
    needed = {
        *shape.required_members,
        *(n for n, m in members.items() if m.serialization.get("location") == "uri"),
    }
    return {name: value(members[name]) for name in needed if name in members}


def value(shape: Any) -> Any:
    match shape.type_name:
        case "structure":
            return least(shape)
        case "list":
            return [value(shape.member)]
        case "map":
            return {}
        case "integer" | "long" | "float" | "double" | "timestamp":
            return 1
        case "boolean":
            return True
        case "blob":
            return b"x"
    return "a"


def every_operation() -> list[Any]:
    cases = [
        (service, name, service_model(service))
        for service in SERVICES
        for name in service_model(service).operation_names
    ]
    cases += [
        (service, name, legacy_query_model(service))
        for service in ("sqs",)
        for name in service_model(service).operation_names
    ]
    return [pytest.param(s, n, m, id=f"{m.resolved_protocol}-{s}-{n}") for s, n, m in cases]


@pytest.mark.parametrize(("service", "name", "model"), every_operation())
def test_what_botocore_sends_for_an_operation_is_routed_to_it(service, name, model):
    operation = model.operation_model(name)

    found = route(
        service_model(service), sent(operation, least(operation.input_shape), model.resolved_protocol)
    )

    assert found.name == TWINS.get(name, name)


@pytest.mark.parametrize(
    ("method", "path", "query", "operation"),
    [
        ("GET", "/", "", "ListBuckets"),
        ("GET", "/", "x-id=ListDirectoryBuckets", "ListDirectoryBuckets"),
        ("PUT", "/b", "", "CreateBucket"),
        ("PUT", "/b/", "", "CreateBucket"),
        ("GET", "/b/", "prefix=a&delimiter=/", "ListObjects"),
        ("GET", "/b", "list-type=2&prefix=a", "ListObjectsV2"),
        ("GET", "/b", "versions", "ListObjectVersions"),
        ("GET", "/b", "versions=", "ListObjectVersions"),
        ("GET", "/b", "uploads&prefix=x", "ListMultipartUploads"),
        ("GET", "/b", "inventory&id=1", "GetBucketInventoryConfiguration"),
        ("GET", "/b", "inventory", "ListBucketInventoryConfigurations"),
        ("HEAD", "/b/k", "", "HeadObject"),
        ("GET", "/b/a/b/c.txt", "versionId=v&x-id=GetObject", "GetObject"),
        ("GET", "/b//leading", "", "GetObject"),
        ("GET", "/b//", "", "GetObject"),
        ("PUT", "/b/k/", "", "PutObject"),
        ("GET", "/b/k", "partNumber=1", "GetObject"),
        ("GET", "/b/k", "uploadId=u", "ListParts"),
        ("PUT", "/b/k", "partNumber=1&uploadId=u", "UploadPart"),
        ("POST", "/b/k", "uploads", "CreateMultipartUpload"),
        ("POST", "/b/k", "uploadId=u", "CompleteMultipartUpload"),
        ("DELETE", "/b/k", "uploadId=u", "AbortMultipartUpload"),
        ("DELETE", "/b/k", "", "DeleteObject"),
        ("DELETE", "/b/k", "tagging", "DeleteObjectTagging"),
        ("DELETE", "/b", "", "DeleteBucket"),
        ("DELETE", "/b", "lifecycle", "DeleteBucketLifecycle"),
        ("POST", "/b", "delete", "DeleteObjects"),
        ("POST", "/b/k", "select&select-type=2", "SelectObjectContent"),
        ("GET", "/b", "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0", "ListObjects"),
    ],
)
def test_a_path_and_its_sub_resource_name_one_operation_of_s3(method, path, query, operation):
    assert route(service_model("s3"), request(method, path, query)).name == operation


@pytest.mark.parametrize(
    ("headers", "query", "operation"),
    [
        ({"x_amz_copy_source": "b/k"}, "", "CopyObject"),
        ({"x_amz_copy_source": "b/k"}, "partNumber=1&uploadId=u", "UploadPartCopy"),
        ({}, "", "PutObject"),
    ],
)
def test_a_copy_source_makes_a_copy_of_a_put(headers, query, operation):
    assert route(service_model("s3"), request("PUT", "/b/k", query, **headers)).name == operation


@pytest.mark.parametrize(
    ("method", "path", "query"),
    [
        ("DELETE", "/b", "acl"),
        ("DELETE", "/b", "versioning"),
        ("DELETE", "/b/k", "acl"),
        ("PUT", "/b", "uploads"),
        ("PUT", "/b/k", "uploadId=u"),
        ("PUT", "/b/k", "partNumber=1"),
        ("POST", "/b", "tagging"),
        ("PATCH", "/b/k", ""),
        ("GET", "/b", "list-type=3"),
    ],
)
def test_a_sub_resource_without_an_operation_never_falls_through(method, path, query):
    with pytest.raises(NoSuchRoute, match=f"s3 has no {method} {path}"):
        route(service_model("s3"), request(method, path, query))


@pytest.mark.parametrize(
    "host", ["b.s3.amazonaws.com", "b.s3.eu-west-1.amazonaws.com", "b.s3.dualstack.us-east-1.amazonaws.com"]
)
def test_a_bucket_in_the_host_is_the_bucket_of_the_operation(host):
    asked = request("GET", "/dir/key", host=host)
    operation = route(service_model("s3"), asked)

    assert (operation.name, codec_for(operation.service_model).decode(operation, asked)) == (
        "GetObject",
        {"Bucket": "b", "Key": "dir/key"},
    )


@pytest.mark.parametrize(
    ("method", "path", "query", "operation"),
    [
        ("GET", "/2015-03-31/functions", "", "ListFunctions"),
        ("GET", "/2015-03-31/functions/", "", "ListFunctions"),
        ("GET", "/2018-10-31/layers", "find=LayerVersion&Arn=a", "GetLayerVersionByArn"),
        ("GET", "/2018-10-31/layers", "", "ListLayers"),
        (
            "GET",
            "/2019-09-30/functions/f/provisioned-concurrency",
            "List=ALL",
            "ListProvisionedConcurrencyConfigs",
        ),
        (
            "GET",
            "/2019-09-30/functions/f/provisioned-concurrency",
            "Qualifier=1",
            "GetProvisionedConcurrencyConfig",
        ),
        (
            "POST",
            "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A1%3Afunction%3Af/invocations",
            "",
            "Invoke",
        ),
    ],
)
def test_lambda_paths_name_one_operation(method, path, query, operation):
    assert route(service_model("lambda"), request(method, path, query)).name == operation


def test_an_unknown_operation_is_named_in_the_refusal():
    asked = request("POST", x_amz_target="AmazonSQS.DoNothing", content_type="application/x-amz-json-1.0")

    with pytest.raises(NoSuchRoute, match="sqs has no operation DoNothing"):
        route(service_model("sqs"), asked)


@pytest.mark.parametrize(
    ("service", "headers", "query", "protocol"),
    [
        (
            "sqs",
            {"x_amz_target": "AmazonSQS.ListQueues", "content_type": "application/x-amz-json-1.0"},
            "",
            "json",
        ),
        ("sqs", {"content_type": "application/x-www-form-urlencoded; charset=utf-8"}, "", "query"),
        ("sqs", {}, "Action=ListQueues", "query"),
        (
            "kinesis",
            {"x_amz_target": "Kinesis_20131202.X", "content_type": "application/x-amz-cbor-1.1"},
            "",
            "json-cbor",
        ),
        (
            "cloudwatch",
            {"smithy_protocol": "rpc-v2-cbor", "content_type": "application/cbor"},
            "",
            "smithy-rpc-v2-cbor",
        ),
        (
            "cloudwatch",
            {"x_amz_target": "GraniteServiceVersion20100801.X", "content_type": "x-amz-json-1.0"},
            "",
            "json",
        ),
        ("cloudwatch", {"content_type": "application/x-www-form-urlencoded"}, "", "query"),
        ("s3", {"content_type": "application/x-www-form-urlencoded"}, "", "rest-xml"),
        ("sns", {"content_type": "application/x-www-form-urlencoded"}, "", "query"),
    ],
)
def test_a_request_tells_the_protocol_it_speaks(service, headers, query, protocol):
    assert protocol_of(service_model(service), request("POST", query=query, **headers)) == protocol


@pytest.mark.parametrize(
    ("asked", "target"),
    [
        (
            request(authorization=SCOPE.format(region="eu-west-1", name="lambda")),
            ("lambda", "eu-west-1", "AKID"),
        ),
        (
            request(authorization=SCOPE.format(region="us-east-1", name="monitoring")),
            ("cloudwatch", "us-east-1", "AKID"),
        ),
        (
            request(
                authorization=SCOPE.format(region="us-east-1", name="dynamodb"),
                x_amz_target="DynamoDBStreams_20120810.X",
            ),
            ("dynamodbstreams", "us-east-1", "AKID"),
        ),
        (
            request(
                authorization=SCOPE.format(region="us-east-1", name="elasticloadbalancing"),
                body=b"Version=2012-06-01",
            ),
            ("elb", "us-east-1", "AKID"),
        ),
        (
            request(
                authorization=SCOPE.format(region="us-east-1", name="elasticloadbalancing"),
                body=b"Version=2015-12-01",
            ),
            ("elbv2", "us-east-1", "AKID"),
        ),
        (
            request(query="X-Amz-Credential=AKID%2F20260221%2Feu-west-1%2Fs3%2Faws4_request"),
            ("s3", "eu-west-1", "AKID"),
        ),
        (request(query="AWSAccessKeyId=AKID&Signature=s&Expires=1", host="localhost"), ("s3", None, "AKID")),
        (request(authorization="AWS AKID:sig", host="b.s3.amazonaws.com"), ("s3", None, "AKID")),
        (request(x_amz_target="AmazonSQS.SendMessage", host="localhost:5000"), ("sqs", None, None)),
        (request(host="sqs.us-east-1.amazonaws.com"), ("sqs", "us-east-1", None)),
        (request(host="SQS.us-east-1.amazonaws.com:443"), ("sqs", "us-east-1", None)),
        (request(host="us-east-2.queue.amazonaws.com"), ("sqs", "us-east-2", None)),
        (request(host="queue.amazonaws.com"), ("sqs", None, None)),
        (request(host="sqs.us-east-1.api.aws"), ("sqs", "us-east-1", None)),
        (request(host="sqs-fips.us-gov-west-1.amazonaws.com"), ("sqs", "us-gov-west-1", None)),
        (request(host="lambda.us-east-1.api.aws"), ("lambda", "us-east-1", None)),
        (request(host="lambda.cn-north-1.amazonaws.com.cn"), ("lambda", "cn-north-1", None)),
        (request(host="monitoring.eu-central-1.amazonaws.com"), ("cloudwatch", "eu-central-1", None)),
        (request(host="111111111111.data-kinesis.us-east-1.amazonaws.com"), ("kinesis", "us-east-1", None)),
        (request(host="streams.dynamodb.us-east-1.amazonaws.com"), ("dynamodbstreams", "us-east-1", None)),
        (request(host="sts.amazonaws.com"), ("sts", None, None)),
        (request(host="s3.amazonaws.com"), ("s3", None, None)),
        (request(host="s3-us-west-2.amazonaws.com"), ("s3", "us-west-2", None)),
        (request(host="my.bucket.s3.us-west-2.amazonaws.com"), ("s3", "us-west-2", None)),
        (request(host="s3.dualstack.eu-west-1.amazonaws.com"), ("s3", "eu-west-1", None)),
        (request(host="example.com"), ("", None, None)),
    ],
)
def test_a_request_tells_service_region_and_key(asked, target):
    service, region, key = target
    assert identify(asked) == Target(service=service, region=region, access_key=key)


@pytest.mark.parametrize(
    ("host", "is_aws"),
    [
        ("lambda.us-east-1.amazonaws.com", True),
        ("lambda.us-east-1.amazonaws.com:443", True),
        ("abc.lambda-url.us-east-1.on.aws", True),
        ("sqs.cn-north-1.amazonaws.com.cn", True),
        ("lambda.eusc-de-east-1.amazonaws.eu", True),
        ("sqs.us-east-1.api.aws", True),
        ("console.aws.amazon.com", False),
        ("docs.aws.amazon.com", False),
        ("notamazonaws.com", False),
        ("amazonaws.com.example.org", False),
        ("localhost:5000", False),
    ],
)
def test_api_hosts_of_aws_are_told_from_others(host, is_aws):
    assert is_aws_host(host) is is_aws
