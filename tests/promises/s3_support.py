"""What the promise tests of S3 share."""

from __future__ import annotations

from functools import cache

import boto3
import pytest
from botocore.exceptions import ClientError

BUCKET = "a-bucket"


@cache
def client(service="s3", region="us-east-1"):
    """Return a client: one for all tests, as making it takes longer than a test."""
    return boto3.client(service, region_name=region)


def client_with_bucket(**bucket):
    """Return a client whose account has the bucket ``a-bucket``."""
    s3 = client()
    s3.create_bucket(Bucket=BUCKET, **bucket)
    return s3


def refusal(operation, **request):
    """Return the error that a call is refused with, its status beside code, message and members."""
    with pytest.raises(ClientError) as caught:
        operation(**request)
    answer = caught.value.response
    return {"Status": answer["ResponseMetadata"]["HTTPStatusCode"], **answer["Error"]}


def plain(answer):
    """Return an answer without what every answer has."""
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}
