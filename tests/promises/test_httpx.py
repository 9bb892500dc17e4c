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


IN_A_HANDLER = """
import asyncio
import boto3, httpx

async def concurrently(url):
    async with httpx.AsyncClient() as client:
        answers = await asyncio.gather(*(client.post(f"{url}{n}", json=n) for n in range(3)))
    return [(one.status_code, one.json()["rawPath"], dict(one.cookies)) for one in answers]

def handler(event, context):
    s3 = boto3.client("s3")
    put, get = (
        s3.generate_presigned_url(call, Params={"Bucket": "notes", "Key": "a note"})
        for call in ("put_object", "get_object")
    )
    with httpx.Client() as client:
        client.put(put, content=b"hello").raise_for_status()
        with client.stream("GET", get) as answer:
            text = answer.read().decode()
    return text, asyncio.run(concurrently(event)), httpx.get(event + "x").status_code
"""


def test_a_handlers_clients_are_answered_too(mock_lambda: Any, url: str) -> None:
    mock_lambda.bucket("notes")
    told = mock_lambda.function("asks", source=IN_A_HANDLER, timeout=20, memory=512).invoke(url)
    cookies = {"a": "1", "b": "2"}
    assert told.error is None
    assert told.payload == ["hello", [[201, f"/{n}", cookies] for n in range(3)], 201]


def test_a_handlers_client_reaches_other_hosts_as_ever(mock_lambda: Any) -> None:
    source = """
import httpx

def handler(event, context):
    try:
        httpx.get("http://127.0.0.1:9/")
    except httpx.ConnectError as error:
        return "nobody is there"
"""
    assert mock_lambda.function("asks", source=source).invoke().payload == "nobody is there"
