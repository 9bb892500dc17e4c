"""Function URLs asked through ``httpx``, where that is installed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

import pytest

httpx = pytest.importorskip("httpx", reason="httpx is not installed")

ECHO = (
    "def handler(event, context):\n    return {'statusCode': 201, 'cookies': ['a=1', 'b=2'], 'body': event}\n"
)
IMPORTED_LATE = """
import sys
from mocklambda import mock_lambda

with mock_lambda() as cloud:
    url = cloud.stub("fn", returns={"statusCode": 204}).url().url
    assert "httpx" not in sys.modules
    import httpx

    print(httpx.get(url).status_code)
patched = httpx.HTTPTransport.handle_request.__module__
print(patched.startswith("mocklambda"), [type(one) for one in sys.meta_path if "mocklambda" in str(type(one))])
"""


@pytest.fixture
def url(mock_lambda: Any) -> str:
    return mock_lambda.function("fn", "index.handler", source=ECHO).url().url  # type: ignore[no-any-return]


def test_a_client_is_answered_in_process(url: str) -> None:
    with httpx.Client() as client:
        answer = client.post(f"{url}a%20b?x=1", json={"a": 1})
        cookies = dict(client.cookies)
    event = answer.json()
    assert (answer.status_code, cookies, event["rawPath"], event["rawQueryString"], event["body"]) == (
        201,
        {"a": "1", "b": "2"},
        "/a%20b",
        "x=1",
        '{"a":1}',
    )


def test_an_asynchronous_client_is_answered_in_process(url: str) -> None:
    async def ask() -> Any:
        async with httpx.AsyncClient() as client:
            return await client.get(url)

    assert asyncio.run(ask()).status_code == 201


def test_a_client_imported_after_the_start_is_answered_and_left_as_it_was() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED_LATE], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.split("\n") == ["204", "False []", ""], done.stderr
