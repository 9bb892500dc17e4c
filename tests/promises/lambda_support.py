"""What the tests of Lambda's API share: packages, clients, and how errors are read."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::123456789012:role/r"
FARN = "arn:aws:lambda:us-east-1:123456789012:function:fn"
P_NAME = (
    r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?"
    r"([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?"
)
P_NSNAME = (
    r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?"
    r"([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?"
)
P_QUAL = r"\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+"
ECHO = "def handler(event, context):\n    return event\n"


def zipped(text: str = ECHO, name: str = "index.py") -> bytes:
    """Return a zip with one file, the same bytes for the same text."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), text)
    return buffer.getvalue()


ZIP = zipped()


def client(region: str = "us-east-1", account: str = "123456789012") -> Any:
    """Return a client that leaves all checks to the other side."""
    return boto3.client(
        "lambda",
        region_name=region,
        aws_access_key_id=account,
        aws_secret_access_key="x",
        config=Config(parameter_validation=False),
    )


def create(lam: Any, name: str = "fn", **members: Any) -> dict[str, Any]:
    wanted: dict[str, Any] = {
        "FunctionName": name,
        "Runtime": "python3.12",
        "Role": ROLE,
        "Handler": "index.handler",
        "Code": {"ZipFile": ZIP},
    }
    return plain(lam.create_function(**(wanted | members)))


def plain(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def status(answer: Mapping[str, Any]) -> int:
    return answer["ResponseMetadata"]["HTTPStatusCode"]


def refused(call: Callable[..., Any], **members: Any) -> tuple[int, str, str]:
    """Return status, code and message of the error that a call meets."""
    with pytest.raises(ClientError) as caught:
        call(**members)
    answer = caught.value.response
    return status(answer), answer["Error"]["Code"], answer["Error"]["Message"]


def violation(value: str, path: str, constraint: str) -> str:
    return (
        f"1 validation error detected: Value '{value}' at '{path}' failed to satisfy constraint: {constraint}"
    )


def pattern_violation(value: str, path: str, pattern: str) -> str:
    return violation(value, path, f"Member must satisfy regular expression pattern: {pattern}")
