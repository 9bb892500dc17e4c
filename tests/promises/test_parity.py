"""Both seams give the same answers: every operation of every service, whole, metadata and errors included.

Two clouds of one seed and one instant are told the same things, one at the fast seam, one as signed bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.eventstream import EventStream
from botocore.exceptions import BotoCoreError, ClientError
from botocore.model import Shape
from botocore.response import StreamingBody
from botocore.utils import S3RegionRedirectorv2

from mocklambda import mock_lambda
from mocklambda.services import SERVICES
from mocklambda.services.registry import Registry

NEW_YEAR = datetime(2024, 1, 1, tzinfo=timezone.utc)
ACCOUNT = "123456789012"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:fn"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:queue"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:topic"
STREAM = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/stream"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/role"
ONCE = Config(retries={"total_max_attempts": 1})
NUMBERS = re.compile(rb"\d+(\.\d+)?")


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("index.py"), "def handler(event, context):\n    return event\n")
    return buffer.getvalue()


ZIP = zipped()
KNOWN: dict[str, dict[str, Any]] = {
    "lambda": {
        "FunctionName": "fn",
        "Role": ROLE,
        "Code": {"ZipFile": ZIP},
        "Content": {"ZipFile": ZIP},
        "ZipFile": ZIP,
        "Runtime": "python3.12",
        "Handler": "index.handler",
        "Payload": b"[1]",
        "EventSourceArn": QUEUE,
        "Name": "alias",
        "FunctionVersion": "$LATEST",
        "Resource": FUNCTION,
        "Qualifier": "$LATEST",
        "LayerName": "layer",
        "VersionNumber": 1,
        "StatementId": "sid",
        "Action": "lambda:InvokeFunction",
        "Principal": "s3.amazonaws.com",
        "InvokeArgs": b"[1]",
    },
    "sqs": {
        "QueueUrl": f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/queue",
        "QueueName": "queue",
        "MessageBody": "body",
        "Entries": [{"Id": "a", "MessageBody": "body", "ReceiptHandle": "none", "VisibilityTimeout": 1}],
        "AWSAccountIds": ["111122223333"],
        "Actions": ["SendMessage"],
        "Label": "label",
        "SourceArn": QUEUE,
        "AttributeNames": ["All"],
    },
    "s3": {"Bucket": "bucket", "Key": "key", "Body": b"bytes", "CopySource": "bucket/key"},
    "kinesis": {
        "StreamName": "stream",
        "StreamARN": STREAM,
        "ResourceARN": STREAM,
        "Data": b"data",
        "PartitionKey": "k",
        "ShardCount": 2,
        "ShardId": "shardId-000000000000",
        "ShardIteratorType": "TRIM_HORIZON",
        "ConsumerName": "consumer",
    },
    "sns": {
        "Name": "topic",
        "TopicArn": TOPIC,
        "ResourceArn": TOPIC,
        "Message": "text",
        "Protocol": "sqs",
        "Endpoint": QUEUE,
        "AttributeName": "DisplayName",
        "Label": "label",
        "AWSAccountId": ["111122223333"],
        "ActionName": ["Publish"],
    },
    "events": {
        "Name": "rule",
        "Rule": "rule",
        "EventPattern": '{"source": ["x"]}',
        "Event": '{"id": "1", "account": "1", "source": "x", "time": "2024-01-01T00:00:00Z", "region": "r", "resources": [], "detail-type": "t", "detail": {}}',
        "Targets": [{"Id": "t", "Arn": QUEUE}],
        "Ids": ["t"],
        "TargetArn": QUEUE,
        "ResourceARN": f"arn:aws:events:us-east-1:{ACCOUNT}:rule/rule",
    },
    "application-autoscaling": {
        "ServiceNamespace": "lambda",
        "ScalableDimension": "lambda:function:ProvisionedConcurrency",
        "ResourceId": "function:fn:1",
        "MinCapacity": 1,
        "MaxCapacity": 2,
    },
    "scheduler": {
        "Name": "schedule",
        "ScheduleExpression": "rate(1 hour)",
        "Target": {"Arn": QUEUE, "RoleArn": ROLE},
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "ResourceArn": f"arn:aws:scheduler:us-east-1:{ACCOUNT}:schedule-group/default",
    },
    "dynamodbstreams": {
        "StreamArn": f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/t/stream/2024-01-01T00:00:00.000"
    },
}
MORE: dict[str, tuple[str, ...]] = {
    "CreateFunction": ("Runtime", "Handler"),
    "PutRule": ("EventPattern",),
    "CreateStream": ("ShardCount",),
    "PutObject": ("Body",),
    "UpdateFunctionCode": ("ZipFile",),
    "PublishBatch": ("TopicArn",),
    "Publish": ("TopicArn",),
}
"""Members that the models call optional, but the services do not."""
SETUP: tuple[tuple[str, str], ...] = (
    ("sqs", "CreateQueue"),
    ("lambda", "CreateFunction"),
    ("lambda", "PublishVersion"),
    ("s3", "CreateBucket"),
    ("s3", "PutObject"),
    ("kinesis", "CreateStream"),
    ("sns", "CreateTopic"),
    ("events", "PutRule"),
    ("scheduler", "CreateSchedule"),
)


def value(shape: Shape, name: str, known: dict[str, Any], *, is_full: bool, depth: int = 0) -> Any:
    """Return a value that botocore accepts for a member, a likely one where its name tells."""
    if name in known and depth == 0:
        return known[name]
    kind = shape.type_name
    if kind == "structure":
        return members(shape, known, is_full=is_full and depth < 2, depth=depth + 1)
    if kind == "list":
        return [value(shape.member, name, known, is_full=is_full, depth=depth + 1)]
    if kind == "map":
        key = value(shape.key, "", known, is_full=False, depth=depth + 1)
        return {key: value(shape.value, "", known, is_full=is_full, depth=depth + 1)}
    if kind == "string":
        return (
            shape.enum[0]
            if shape.enum
            else known.get(name) or "x" * max(1, int(shape.metadata.get("min", 1)))
        )
    if kind == "timestamp":
        return NEW_YEAR
    if kind == "blob":
        return b"{}"
    if kind == "boolean":
        return False
    return max(1, int(shape.metadata.get("min", 1)))


def members(shape: Any, known: dict[str, Any], *, is_full: bool, depth: int = 0) -> dict[str, Any]:
    if shape is None:
        return {}
    if getattr(shape, "is_tagged_union", False):
        name, member = next(iter(shape.members.items()))
        return {name: value(member, name, known, is_full=False, depth=depth)}
    wanted = shape.members if is_full else shape.required_members
    return {name: value(shape.members[name], name, known, is_full=is_full, depth=depth) for name in wanted}


def plain(answer: Any) -> Any:
    """Read streams, and mask what measures real time."""
    if isinstance(answer, StreamingBody):
        return answer.read()
    if isinstance(answer, EventStream):
        return "a stream of events"
    if isinstance(answer, dict):
        return {
            name: "a log" if name == "LogResult" else plain(each)
            for name, each in answer.items()
            if name != "MaxAttemptsReached"  # where there is one attempt
        }
    return [plain(each) for each in answer] if isinstance(answer, list) else answer


class Caller:
    """Calls operations by their API names and keeps what came of each."""

    def __init__(self) -> None:
        self._clients: dict[str, Any] = {}
        self.seen: list[tuple[str, str, Any]] = []

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = boto3.client(service, region_name="us-east-1", config=ONCE)
        return self._clients[service]

    def call(self, service: str, operation: str, params: dict[str, Any]) -> None:
        client = self.client(service)
        try:
            answer = plain(client._make_api_call(operation, params))
        except ClientError as error:
            answer = (
                type(error).__name__,
                re.sub(r" \(reached max retries: \d\)", "", str(error)),
                plain(error.response),
            )
        except BotoCoreError as error:
            answer = str(error)
        except Exception as error:
            answer = f"a bug: {error!r}"
        self.seen.append((service, operation, answer))

    def generated(self, service: str, operation: str, *, is_full: bool) -> None:
        shape = self.client(service).meta.service_model.operation_model(operation).input_shape
        more = {name: KNOWN[service][name] for name in MORE.get(operation, ())}
        self.call(service, operation, {**members(shape, KNOWN[service], is_full=is_full), **more})


@pytest.fixture(autouse=True)
def no_redirects(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep botocore from asking once more, on the wire only, in which region a bucket may be."""
    monkeypatch.setattr(S3RegionRedirectorv2, "redirect_from_error", lambda *_, **__: None)


def told(service: str, *, wire: bool, is_full: bool) -> list[tuple[str, str, Any]]:
    caller = Caller()
    with mock_lambda(wire=wire, seed=1, clock=NEW_YEAR):
        for other, operation in SETUP:
            caller.generated(other, operation, is_full=False)
        for operation in in_order(service):
            caller.generated(service, operation, is_full=is_full)
    return caller.seen


def in_order(service: str) -> Iterator[str]:
    """Yield what makes things first and what takes them away last."""
    operations = sorted(Registry(lambda *_: None, ACCOUNT, "us-east-1").plug(service).operations)
    yield from (each for each in operations if each.startswith(("Create", "Put", "Publish", "Send")))
    yield from (
        each
        for each in operations
        if not each.startswith(("Create", "Put", "Publish", "Send", "Delete", "Remove"))
    )
    yield from (each for each in operations if each.startswith(("Delete", "Remove")))


@pytest.mark.parametrize("is_full", [False, True], ids=["required", "all"])
@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_answers_alike_at_both_seams(service: str, is_full: bool) -> None:
    fast, wire = (told(service, wire=each, is_full=is_full) for each in (False, True))
    different = [(one[1], one[2], other[2]) for one, other in zip(fast, wire, strict=True) if one != other]
    assert different == []


@pytest.mark.parametrize("service", SERVICES)
def test_many_generated_calls_succeed_and_none_meets_a_bug(service: str) -> None:
    seen = [
        each[1:]
        for full in (False, True)
        for each in told(service, wire=False, is_full=full)
        if each[0] == service
    ]
    assert sum(isinstance(answer, dict) for _, answer in seen) >= len(seen) * 0.1
    assert [each for each in seen if isinstance(each[1], str) and each[1].startswith("a bug")] == []
