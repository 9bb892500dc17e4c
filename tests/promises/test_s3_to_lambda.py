"""An upload runs the function that the bucket notifies, by way of asynchronous invocation."""

from __future__ import annotations

import json

import pytest
from s3_support import BUCKET, client, client_with_bucket

SOURCE = """
import json, boto3

def handler(event, context):
    (record,) = event["Records"]
    if record["s3"]["object"]["size"] == 0:
        raise ValueError("empty")
    s3 = boto3.client("s3")
    key = record["s3"]["object"]["key"]
    body = s3.get_object(Bucket=record["s3"]["bucket"]["name"], Key=key)["Body"].read()
    s3.put_object(Bucket="results", Key=key, Body=body.upper())
"""


@pytest.fixture
def s3(mock_lambda):
    return client_with_bucket()


@pytest.fixture
def function(mock_lambda, s3, tmp_path):
    (tmp_path / "app.py").write_text(SOURCE)
    s3.create_bucket(Bucket="results")
    function = mock_lambda.function("shout", handler="app.handler", source=str(tmp_path))
    client("lambda").add_permission(
        FunctionName="shout",
        StatementId="s3",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
        SourceArn=f"arn:aws:s3:::{BUCKET}",
    )
    s3.put_bucket_notification_configuration(
        Bucket=BUCKET,
        NotificationConfiguration={
            "LambdaFunctionConfigurations": [
                {"LambdaFunctionArn": function.arn, "Events": ["s3:ObjectCreated:*"]}
            ]
        },
    )
    return function


def test_when_the_upload_returns_the_function_has_run(s3, function):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"quiet")

    assert s3.get_object(Bucket="results", Key="k")["Body"].read() == b"QUIET"


def test_a_failing_function_is_tried_again_later(mock_lambda, s3, function):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"")
    at_once = len(mock_lambda.invocations("shout"))

    mock_lambda.advance(minutes=4)

    assert (at_once, len(mock_lambda.invocations("shout"))) == (1, 3)


def test_without_permission_a_function_is_refused(mock_lambda, s3, tmp_path):
    (tmp_path / "app.py").write_text(SOURCE)
    function = mock_lambda.function("shut", handler="app.handler", source=str(tmp_path))

    with pytest.raises(s3.exceptions.ClientError) as caught:
        s3.put_bucket_notification_configuration(
            Bucket=BUCKET,
            NotificationConfiguration={
                "LambdaFunctionConfigurations": [
                    {"LambdaFunctionArn": function.arn, "Events": ["s3:ObjectCreated:*"]}
                ]
            },
        )

    assert (
        json.dumps(caught.value.response["Error"]).count(
            f"Not authorized to invoke function [{function.arn}]"
        )
        == 1
    )
