"""Listeners of the code under test to what the SDK says are called, those to signing, sending and retrying included."""

from __future__ import annotations

import io
from typing import Any

import boto3
import pytest
import requests
from botocore import UNSIGNED
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.handlers import disable_signing

from mocklambda import mock_lambda

SEAMS = pytest.mark.parametrize("wire", [False, True], ids=["fast", "wire"])
EVENTS = (
    "provide-client-params",
    "before-parameter-build",
    "before-call",
    "request-created",
    "choose-signer",
    "before-sign",
    "before-send",
    "response-received",
    "before-parse",
    "needs-retry",
    "after-call",
)
TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


def client_of(service: str, **options: Any) -> Any:
    return boto3.client(service, region_name="us-east-1", **options)


@SEAMS
@pytest.mark.parametrize("event", EVENTS)
def test_a_listener_to_any_of_the_sdks_events_is_called_once_a_call(wire: bool, event: str) -> None:
    seen: list[str] = []
    with mock_lambda(wire=wire):
        client = client_of("sqs")
        client.list_queues()
        client.meta.events.register(f"{event}.sqs", lambda event_name, **_: seen.append(event_name))
        client.list_queues()
    assert seen == [f"{event}.sqs.ListQueues"]


@SEAMS
def test_a_listener_of_the_session_is_called_and_not_any_more_when_it_was_taken_away(wire: bool) -> None:
    seen: list[str] = []

    def listen(event_name: str, **_: Any) -> None:
        seen.append(event_name)

    with mock_lambda(wire=wire):
        session = boto3.Session(region_name="us-east-1")
        session.events.register("before-send", listen)
        client = session.client("sqs")
        client.list_queues()
        client.meta.events.unregister("before-send", listen)
        client.list_queues()
    assert seen == ["before-send.sqs.ListQueues"]


@SEAMS
def test_a_header_that_a_listener_adds_before_signing_reaches_the_service(wire: bool) -> None:
    def add(request: Any, **_: Any) -> None:
        request.headers["X-Amzn-Trace-Id"] = TRACE

    with mock_lambda(wire=wire) as cloud:
        source = "import os\n\ndef handler(event, context):\n    return os.environ['_X_AMZN_TRACE_ID']\n"
        cloud.function("traced", source=source)
        client = client_of("lambda")
        client.meta.events.register("before-sign.lambda.Invoke", add)
        assert TRACE.partition(";")[0] in client.invoke(FunctionName="traced")["Payload"].read().decode()


@SEAMS
def test_a_listener_may_answer_in_the_clouds_place(wire: bool) -> None:
    class Raw(io.BytesIO):
        def stream(self, **_: Any) -> Any:
            yield self.read()

    def answer(request: Any, **_: Any) -> AWSResponse:
        return AWSResponse(request.url, 200, {}, Raw(b'{"QueueUrls": ["its own"]}'))

    with mock_lambda(wire=wire):
        client = client_of("sqs")
        client.meta.events.register("before-send.sqs.ListQueues", answer)
        assert client.list_queues()["QueueUrls"] == ["its own"]


def test_a_listener_in_a_handler_is_called_too(mock_lambda: Any) -> None:
    source = """
import boto3

seen = []
sqs = boto3.client("sqs")
for event in ("before-sign", "before-send", "after-call"):
    sqs.meta.events.register(f"{event}.sqs", lambda event_name, **_: seen.append(event_name))

def handler(name, context):
    sqs.create_queue(QueueName=name)
    return seen
"""
    function = mock_lambda.function("listening", source=source)
    assert function.invoke("made").payload == [
        "before-sign.sqs.CreateQueue",
        "before-send.sqs.CreateQueue",
        "after-call.sqs.CreateQueue",
    ]
    assert client_of("sqs").get_queue_url(QueueName="made")["QueueUrl"].endswith("/made")


def unsigned_by_config() -> Any:
    return client_of("s3", config=Config(signature_version=UNSIGNED))


def unsigned_by_listener() -> Any:
    client = client_of("s3")
    client.meta.events.register("choose-signer.s3.*", disable_signing)
    return client


@SEAMS
@pytest.mark.parametrize("make", [unsigned_by_config, unsigned_by_listener])
def test_an_unsigned_client_sees_of_s3_what_is_public(wire: bool, make: Any) -> None:
    with mock_lambda(wire=wire):
        client_of("s3").create_bucket(Bucket="open-data")
        client_of("s3").put_object(Bucket="open-data", Key="a", Body=b"bytes")
        anybody = make()
        with pytest.raises(ClientError, match="AccessDenied"):
            anybody.get_object(Bucket="open-data", Key="a")
        client_of("s3").delete_public_access_block(Bucket="open-data")
        client_of("s3").put_bucket_policy(
            Bucket="open-data",
            Policy="""{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*",
            "Action": "s3:GetObject", "Resource": "arn:aws:s3:::open-data/*"}]}""",
        )
        assert anybody.get_object(Bucket="open-data", Key="a")["Body"].read() == b"bytes"
        assert requests.get("https://open-data.s3.amazonaws.com/a", timeout=5).content == b"bytes"
