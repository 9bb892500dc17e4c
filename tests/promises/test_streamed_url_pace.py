"""A function URL that streams sends each chunk when the function has made it, to whoever reads it as it comes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import requests
import urllib3
from streaming_support import bootstrap

import mocklambda

WITH_METADATA = "application/vnd.awslambda.http-integration-response"


@pytest.fixture
def queue(mock_lambda: Any) -> Any:
    return mock_lambda.queue("go-on")


@pytest.fixture
def url(mock_lambda: Any) -> Any:
    function = mock_lambda.function("fn", "any", source=bootstrap(), runtime="provided.al2023", timeout=10)
    return function.url(stream=True)


def read_one_by_one(chunks: Iterator[bytes], queue: Any) -> None:
    """Have the function send each chunk only once the one before was read."""
    assert next(chunks) == b"a\n"
    for text in ("b\n", "c\n"):
        queue.send(text)
        assert next(chunks) == text.encode()
    queue.send("end")
    assert list(chunks) == []


def test_requests_reads_chunks_as_they_are_made(url: Any, queue: Any) -> None:
    answer = requests.post(url.url, json={"chunks": ["a\n"], "queue": queue.url}, stream=True, timeout=5)
    read_one_by_one(answer.iter_content(None), queue)


def test_requests_reads_lines_once_the_next_one_is_begun(url: Any, queue: Any) -> None:
    answer = requests.post(url.url, json={"chunks": ["a\nb"], "queue": queue.url}, stream=True, timeout=5)
    lines = answer.iter_lines()
    assert next(lines) == b"a"
    queue.send("\nc")
    assert next(lines) == b"b"
    queue.send("end")
    assert list(lines) == [b"c"]


def test_urllib3_reads_chunks_as_they_are_made(url: Any, queue: Any) -> None:
    event = {"chunks": ["a\n"], "queue": queue.url}
    with urllib3.PoolManager() as pool:
        answer = pool.request("POST", url.url, json=event, preload_content=False)
        read_one_by_one(answer.stream(), queue)


def test_httpx_reads_chunks_as_they_are_made(url: Any, queue: Any) -> None:
    event = {"chunks": ["a\n"], "queue": queue.url}
    with httpx.stream("POST", url.url, json=event) as answer:
        read_one_by_one(answer.iter_raw(), queue)


async def _read_async(url: str, bucket: Any) -> list[bytes]:
    event = {"chunks": ["a"], "bucket": bucket.name}
    async with httpx.AsyncClient() as web, web.stream("POST", url, json=event) as answer:
        chunks = answer.aiter_raw()
        found = [await anext(chunks)]
        reading = asyncio.ensure_future(anext(chunks))
        await asyncio.sleep(0)  # the reading has begun, and holds nothing up
        bucket.put("b", b"")
        found.append(await reading)
        return [*found, *[chunk async for chunk in chunks]]


def test_httpx_waits_for_a_chunk_while_other_coroutines_go_on(url: Any, mock_lambda: Any) -> None:
    assert asyncio.run(_read_async(url.url, mock_lambda.bucket("polled"))) == [b"a", b"b"]


def test_metadata_are_there_before_the_body_is_made(url: Any, queue: Any) -> None:
    prelude = json.dumps({"statusCode": 201, "headers": {"X-Own": "1"}}) + "\0" * 8
    event = {"chunks": [prelude[:9], prelude[9:] + "a\n"], "type": WITH_METADATA, "queue": queue.url}
    answer = requests.post(url.url, json=event, stream=True, timeout=5)
    assert (answer.status_code, answer.headers["X-Own"]) == (201, "1")
    read_one_by_one(answer.iter_content(None), queue)


def over_loopback(url: Any, **event: Any) -> Iterator[bytes]:
    """Yield what travels, as it comes."""
    host = url.local_url.split("/")[2]
    body = json.dumps(event)
    head = f"POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nConnection: close\r\n"
    with socket.create_connection(("127.0.0.1", int(host.split(":")[1])), timeout=5) as line:
        line.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        with line.makefile("rb") as answer:
            while text := answer.readline():
                yield text


def test_over_loopback_a_stream_that_is_being_made_when_the_session_ends_is_cut_off(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with mocklambda.mock_lambda() as cloud:
        function = cloud.function("fn", "any", source=bootstrap(), runtime="provided.al2023", timeout=60)
        lines = over_loopback(function.url(stream=True), chunks=["a"], end="hang")
        while next(lines) != b"\r\n":
            pass
        assert [next(lines), next(lines)] == [b"1\r\n", b"a\r\n"]
    with contextlib.suppress(ConnectionError):  # or simply no more
        assert list(lines) == []
    assert capfd.readouterr().err == ""


def test_over_loopback_chunks_travel_as_they_are_made(url: Any, queue: Any) -> None:
    lines = over_loopback(url, chunks=["a"], queue=queue.url)
    while next(lines) != b"\r\n":
        pass
    assert [next(lines), next(lines)] == [b"1\r\n", b"a\r\n"]
    queue.send("bb")
    assert [next(lines), next(lines)] == [b"2\r\n", b"bb\r\n"]
    queue.send("end")
    assert list(lines) == [b"0\r\n", b"\r\n"]
