"""Who is measured: each stage gives boto3 clients whose calls something answers, and knows no subject.

``ours`` and ``moto`` patch this process; ``ministack`` is a server that the command started; the two floors
answer with canned bytes or values, which is the least that botocore's own work around a call can cost.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import canned_lambda

OURS, BEFORE_SIGNING, AT_THE_WIRE, MOTO, MINISTACK = "ours", "floor", "wire floor", "moto", "ministack"
STAGES = (OURS, BEFORE_SIGNING, AT_THE_WIRE, MOTO, MINISTACK)
FLOORS = frozenset({BEFORE_SIGNING, AT_THE_WIRE})

QUEUE_URL = "https://sqs.us-east-1.amazonaws.com/123456789012/q"
MESSAGE_ID = "5fea7756-0ea4-451a-a703-a558b933e274"
HANDLE = "MbZj6wDWli+JvwwJaBV+3dcjk2YW2vA3+STFFljTM8tJJg6HRG6PYSasuWXPJB+Cw"
CANNED: dict[str, tuple[dict[str, Any], dict[str, str], bytes]] = {
    "CreateQueue": ({"QueueUrl": QUEUE_URL}, {}, b'{"QueueUrl":"%s"}' % QUEUE_URL.encode()),
    "SendMessage": (
        {"MessageId": MESSAGE_ID, "MD5OfMessageBody": "5d41402abc4b2a76b9719d911017c592"},
        {},
        b'{"MessageId":"%s","MD5OfMessageBody":"5d41402abc4b2a76b9719d911017c592"}' % MESSAGE_ID.encode(),
    ),
    "ReceiveMessage": (
        {"Messages": [{"MessageId": MESSAGE_ID, "ReceiptHandle": HANDLE, "Body": "hello"}]},
        {},
        b'{"Messages":[{"MessageId":"%s","ReceiptHandle":"%s","Body":"hello"}]}'
        % (MESSAGE_ID.encode(), HANDLE.encode()),
    ),
    "DeleteMessage": ({}, {}, b"{}"),
    "CreateBucket": ({"Location": "/b"}, {"location": "/b"}, b""),
    "PutObject": ({"ETag": '"x"'}, {"etag": '"x"'}, b""),
    "GetObject": (
        {"ETag": '"x"', "ContentLength": 1024},
        {"etag": '"x"', "content-length": "1024"},
        b"x" * 1024,
    ),
    "CreateStream": ({}, {}, b""),
    "PutRecord": (
        {"ShardId": "shardId-000000000000", "SequenceNumber": "1"},
        {},
        b'{"ShardId":"shardId-000000000000","SequenceNumber":"1"}',
    ),
    **canned_lambda.CANNED,
}


class Stage:
    """One that answers, while it is open."""

    def __init__(self, name: str, cloud: Any = None, endpoint: str | None = None) -> None:
        self.name = name
        self.cloud = cloud
        """Our own session; None on other stages."""
        self._endpoint = endpoint

    @property
    def is_ours(self) -> bool:
        return self.name == OURS

    def client(self, service: str) -> Any:
        """Return a new client of the service."""
        import boto3

        return boto3.client(
            service,
            region_name="us-east-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
            endpoint_url=self._endpoint,
        )


@contextmanager
def opened(name: str, options: Mapping[str, Any] | None = None) -> Iterator[Stage]:
    """Open a stage by name; ``options`` are for ours alone."""
    if name == OURS:
        from mocklambda import mock_lambda

        with mock_lambda(**(options or {})) as cloud:
            yield Stage(name, cloud)
    elif name == MOTO:
        from moto import mock_aws

        with mock_aws():
            yield Stage(name)
    elif name == MINISTACK:
        yield Stage(name, endpoint=os.environ["MINISTACK_URL"])
    elif name == BEFORE_SIGNING:
        with _canned_before_signing():
            yield Stage(name)
    else:
        with _canned_at_the_wire():
            yield Stage(name)


@contextmanager
def _canned_before_signing() -> Iterator[None]:
    from botocore.client import BaseClient
    from botocore.response import StreamingBody

    class Http:
        status_code = 200
        headers: Mapping[str, str] = {}

    def make_request(_client: Any, operation: Any, _request: Any, _context: Any) -> Any:
        parsed, _, body = CANNED[operation.name]
        parsed = {
            **parsed,
            "ResponseMetadata": {"HTTPStatusCode": 200, "HTTPHeaders": {}, "RetryAttempts": 0},
        }
        if operation.has_streaming_output:
            parsed["Body"] = StreamingBody(BytesIO(body), len(body))
        return Http, parsed

    original = BaseClient._make_request  # noqa: SLF001 - the least of botocore that can be left out
    BaseClient._make_request = make_request  # noqa: SLF001
    try:
        yield
    finally:
        BaseClient._make_request = original  # noqa: SLF001


@contextmanager
def _canned_at_the_wire() -> Iterator[None]:
    from botocore.awsrequest import AWSResponse
    from botocore.httpsession import URLLib3Session

    class Raw(BytesIO):
        def stream(self, _amount: int = 65536, _decode: object = None) -> Iterator[bytes]:
            yield self.read()

    def send(_session: Any, request: Any) -> Any:
        operation = request.headers.get("X-Amz-Target", b"").decode().rpartition(".")[2]
        if not operation and "/operation/" in request.url:
            operation = request.url.rpartition("/")[2]
        if "://lambda." in request.url:
            operation = canned_lambda.operation_of(request.method, request.url)
        operation = operation or ("GetObject" if request.method == "GET" else "PutObject")
        _, headers, body = CANNED[operation]
        answer = AWSResponse(request.url, 200, headers, Raw(body))
        if not request.stream_output:
            _ = answer.content
        return answer

    original = URLLib3Session.send
    URLLib3Session.send = send
    try:
        yield
    finally:
        URLLib3Session.send = original
