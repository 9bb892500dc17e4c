"""What promise tests of asynchronous events and queues' mappings share."""

from __future__ import annotations

import io
import json
import textwrap
import zipfile
from typing import Any

import boto3

ROLE = "arn:aws:iam::123456789012:role/role"


def zipped(source: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", textwrap.dedent(source))
    return buffer.getvalue()


def function(source: str, name: str = "fn", **options: Any) -> str:
    """Create a function and return its ARN."""
    values = {"Runtime": "python3.12", "Role": ROLE, "Handler": "app.handler", "Timeout": 5, **options}
    made = boto3.client("lambda").create_function(
        FunctionName=name, Code={"ZipFile": zipped(source)}, **values
    )
    return made["FunctionArn"]


def queue(name: str = "q", **attributes: str) -> tuple[str, str]:
    """Create a queue and return its URL and ARN."""
    url = boto3.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url, f"arn:aws:sqs:us-east-1:123456789012:{name}"


def bodies(url: str) -> list[Any]:
    """Receive what is visible, as parsed JSON."""
    found = boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in found.get("Messages", [])]


def depth(url: str) -> tuple[int, int]:
    """How many messages are visible, and how many are in flight."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = boto3.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    visible, hidden = (int(found[name]) for name in names)
    return visible, hidden
