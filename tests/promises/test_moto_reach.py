"""What moto's services do to services that are mocklambda's own happens there: in buckets and functions of the test."""

from __future__ import annotations

import base64
import gzip
import json

import boto3
import pytest
from botocore.exceptions import ClientError

from mocklambda import NotImplementedInMock, mock_lambda as mocking

pytest.importorskip("moto")

ROLE = "arn:aws:iam::123456789012:role/role"
ECHO = "def handler(event, context):\n    return event\n"
TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "TableName": "things",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    },
}


def deliver(bucket, *records, name="feed", **client):
    firehose = boto3.client("firehose", **client)
    firehose.create_delivery_stream(
        DeliveryStreamName=name,
        ExtendedS3DestinationConfiguration={"RoleARN": ROLE, "BucketARN": f"arn:aws:s3:::{bucket}"},
    )
    firehose.put_record_batch(DeliveryStreamName=name, Records=[{"Data": record} for record in records])


def log_group(name="/app"):
    logs = boto3.client("logs")
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(logGroupName=name, logStreamName="stream")
    return logs


def error_of(call):
    with pytest.raises(ClientError) as caught:
        call()
    return caught.value.response["Error"]["Code"]


def say(cloud, logs, *messages, name="/app"):
    now = int(cloud.now.timestamp() * 1000)
    events = [{"timestamp": now, "message": message} for message in messages]
    logs.put_log_events(logGroupName=name, logStreamName="stream", logEvents=events)


def stack(**resources):
    pytest.importorskip("openapi_spec_validator")  # as moto's CloudFormation needs it
    boto3.client("cloudformation").create_stack(
        StackName="stack", TemplateBody=json.dumps({"Resources": resources})
    )


def test_what_firehose_delivers_lies_in_the_tests_bucket(mock_lambda):
    lake = mock_lambda.bucket("lake")
    deliver("lake", b"one\n", b"two\n")
    (key,) = lake.keys()
    body = boto3.client("s3").get_object(Bucket="lake", Key=key)["Body"].read()
    assert (key.startswith("20"), body) == (True, b"one\ntwo\n")


def test_a_function_runs_when_firehose_delivers_to_a_bucket(mock_lambda):
    lake = mock_lambda.bucket("lake")
    function = mock_lambda.function("load", source=ECHO)
    function.on_upload(lake)
    deliver("lake", b"one")
    (invocation,) = function.invocations
    assert [record["s3"]["object"]["size"] for record in invocation.event["Records"]] == [3]


def test_a_handler_puts_records_through_firehose_into_a_bucket(mock_lambda):
    lake = mock_lambda.bucket("lake")
    deliver("lake", b"one")
    source = (
        "import boto3\n"
        "def handler(event, context):\n"
        "    boto3.client('firehose').put_record(DeliveryStreamName='feed', Record={'Data': b'three'})\n"
    )
    result = mock_lambda.function("feed", source=source).invoke({})
    bodies = [
        boto3.client("s3").get_object(Bucket="lake", Key=key)["Body"].read() for key in sorted(lake.keys())
    ]
    assert (result.error, sorted(bodies)) == (None, [b"one", b"three"])


def test_exported_logs_lie_in_the_tests_bucket_and_need_one(mock_lambda):
    logs = log_group()
    say(mock_lambda, logs, "one")
    asked = {"logGroupName": "/app", "fromTime": 0, "to": 2**42, "destination": "exports"}
    assert error_of(lambda: logs.create_export_task(**asked)) == "InvalidParameterException"

    exports = mock_lambda.bucket("exports")
    logs.create_export_task(**asked)
    assert [key.endswith("000000.gz") for key in sorted(exports.keys()) if "stream" in key] == [True]


def test_logs_that_somebody_subscribed_to_reach_the_function_together(mock_lambda):
    function = mock_lambda.function("watch", source=ECHO)
    logs = log_group()
    logs.put_subscription_filter(
        logGroupName="/app", filterName="all", filterPattern="", destinationArn=function.arn
    )
    say(mock_lambda, logs, "one", "two")
    (invocation,) = function.invocations
    message = json.loads(gzip.decompress(base64.b64decode(invocation.event["awslogs"]["data"])))
    events = message.pop("logEvents")
    assert message == {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "/app",
        "logStream": "stream",
        "subscriptionFilters": ["all"],
    }
    assert [(event["message"], len(event["id"]), sorted(event)) for event in events] == [
        (text, 56, ["id", "message", "timestamp"]) for text in ("one", "two")
    ]


def test_logs_that_a_stream_is_subscribed_to_are_its_records(mock_lambda):
    stream = mock_lambda.stream("log-stream")
    logs = log_group()
    logs.put_subscription_filter(
        logGroupName="/app", filterName="all", filterPattern="", destinationArn=stream.arn, roleArn=ROLE
    )
    say(mock_lambda, logs, "one")
    (record,) = stream.records
    message = json.loads(gzip.decompress(record.data))
    assert [event["message"] for event in message["logEvents"]] == ["one"]


def test_a_function_that_is_not_there_is_not_subscribed(mock_lambda):
    logs = log_group()
    asked = {"logGroupName": "/app", "filterName": "all", "filterPattern": ""}
    nobody = "arn:aws:lambda:us-east-1:123456789012:function:nobody"
    with pytest.raises(ClientError, match="Could not execute the lambda function"):
        logs.put_subscription_filter(**asked, destinationArn=nobody)
    assert logs.describe_subscription_filters(logGroupName="/app")["subscriptionFilters"] == []


def test_cloudformation_reads_templates_from_the_tests_bucket(mock_lambda):
    pytest.importorskip("openapi_spec_validator")
    mock_lambda.bucket("templates").put("stack.json", json.dumps({"Resources": {"Things": TABLE}}))
    boto3.client("cloudformation").create_stack(
        StackName="stack", TemplateURL="https://templates.s3.amazonaws.com/stack.json"
    )
    assert boto3.client("dynamodb").list_tables()["TableNames"] == ["things"]


@pytest.mark.mock_lambda(guard=False)
@pytest.mark.parametrize(
    "kind", ["AWS::SQS::Queue", "AWS::S3::Bucket", "AWS::Lambda::Function", "AWS::Serverless::Function"]
)
def test_cloudformation_refuses_what_it_would_make_where_nobody_looks_and_makes_nothing(kind, mock_lambda):
    with pytest.raises(NotImplementedInMock, match=f"would make Ours \\({kind}\\)"):
        stack(Things=TABLE, Ours={"Type": kind, "Properties": {}})
    assert boto3.client("dynamodb").list_tables()["TableNames"] == []
    assert boto3.client("cloudformation").describe_stacks()["Stacks"] == []


@pytest.mark.mock_lambda(guard=False)
def test_a_stack_that_is_changed_gets_nothing_of_ours_either(mock_lambda):
    stack(Things=TABLE)
    template = json.dumps({"Resources": {"Things": TABLE, "Ours": {"Type": "AWS::SNS::Topic"}}})
    with pytest.raises(NotImplementedInMock, match="would make Ours"):
        boto3.client("cloudformation").update_stack(StackName="stack", TemplateBody=template)


@pytest.mark.mock_lambda(guard=False)
def test_functions_that_rotate_secrets_are_not_run_and_an_error_says_so(mock_lambda):
    function = mock_lambda.function("rotate", source=ECHO)
    secrets = boto3.client("secretsmanager")
    secrets.create_secret(Name="password", SecretString="x")
    with pytest.raises(NotImplementedInMock, match="Invoke the function from the test"):
        secrets.rotate_secret(SecretId="password", RotationLambdaARN=function.arn)
    assert function.invocations == []


def test_without_a_cloud_firehose_delivers_to_motos_bucket():
    from moto import mock_aws

    with mocking() as cloud:
        cloud.bucket("lake")
        deliver("lake", b"one")
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="lake")
        deliver("lake", b"two", region_name="us-east-1")
        assert s3.list_objects_v2(Bucket="lake")["KeyCount"] == 1
