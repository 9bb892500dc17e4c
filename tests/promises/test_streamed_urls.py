"""Function URLs in invoke mode RESPONSE_STREAM: the status, the headers and the chunks are the function's own."""

from __future__ import annotations

import json
import socket
from typing import Any

import httpx
import pytest
import requests
import urllib3
from streaming_support import bootstrap

WITH_METADATA = "application/vnd.awslambda.http-integration-response"
JSON = "application/json"
CHUNKS = ["one", "two\n", "three"]


def prelude(**metadata: Any) -> str:
    return json.dumps(metadata) + "\0" * 8


def deployed(cloud: Any) -> Any:
    return cloud.function("fn", "any", source=bootstrap(), runtime="provided.al2023")


@pytest.fixture
def url(mock_lambda: Any) -> Any:
    return deployed(mock_lambda).url(stream=True)


def streamed(url: Any, **event: Any) -> requests.Response:
    return requests.post(url.url, json=event, stream=True, timeout=5)


def test_a_stream_without_metadata_is_the_body(url: Any) -> None:
    answer = streamed(url, chunks=CHUNKS)
    assert list(answer.iter_content(None)) == [chunk.encode() for chunk in CHUNKS]
    assert (answer.status_code, answer.headers["Content-Type"], answer.headers["Transfer-Encoding"]) == (
        200,
        "application/octet-stream",
        "chunked",
    )


def test_a_stream_has_the_type_that_its_runtime_says(url: Any) -> None:
    assert streamed(url, chunks=["<p>"], type="text/html").headers["Content-Type"] == "text/html"


def test_metadata_are_status_headers_and_cookies_and_not_in_the_body(url: Any) -> None:
    metadata = prelude(
        statusCode=201, headers={"Content-Type": "text/plain", "X-Own": "1"}, cookies=["a=b", "c=d"]
    )
    answer = streamed(url, chunks=[metadata, *CHUNKS], type=WITH_METADATA)
    assert (answer.status_code, answer.headers["Content-Type"], answer.headers["X-Own"]) == (
        201,
        "text/plain",
        "1",
    )
    assert (dict(answer.cookies), list(answer.iter_content(None))) == (
        {"a": "b", "c": "d"},
        [chunk.encode() for chunk in CHUNKS],
    )


def test_metadata_may_come_in_pieces_and_with_the_first_of_the_body(url: Any) -> None:
    metadata = prelude(status=200, headers={"Cache-Control": "no-cache"})
    chunks = [metadata[:10], metadata[10:-3], metadata[-3:] + "Hello,", " world!"]
    answer = streamed(url, chunks=chunks, type=WITH_METADATA)
    assert (answer.status_code, answer.headers["Cache-Control"], answer.text) == (
        200,
        "no-cache",
        "Hello, world!",
    )


@pytest.mark.parametrize(
    "chunks",
    [["{}"], ["no json" + "\0" * 8], ["[]" + "\0" * 8], [prelude(statusCode="odd")], [prelude(cookies="a")]],
)
def test_metadata_that_say_nothing_are_an_internal_server_error(url: Any, chunks: list[str]) -> None:
    answer = streamed(url, chunks=chunks, type=WITH_METADATA)
    assert (answer.status_code, answer.text) == (502, "Internal Server Error")


def test_a_failure_before_the_first_byte_is_an_internal_server_error(url: Any) -> None:
    answer = streamed(url, chunks=[], end="error")
    assert (answer.status_code, answer.text) == (502, "Internal Server Error")


def test_a_failure_in_the_middle_cuts_the_body_off_for_requests(url: Any) -> None:
    answer = streamed(url, chunks=CHUNKS, end="error")
    pieces = answer.iter_content(None)
    assert (answer.status_code, [next(pieces) for _ in CHUNKS]) == (200, [c.encode() for c in CHUNKS])
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        next(pieces)


def test_a_failure_in_the_middle_cuts_the_body_off_for_urllib3(url: Any) -> None:
    event = {"chunks": CHUNKS, "end": "error"}
    with urllib3.PoolManager() as pool:
        answer = pool.request("POST", url.url, json=event, preload_content=False)
        with pytest.raises(urllib3.exceptions.ProtocolError):
            answer.read()


def test_httpx_gets_the_chunks_and_the_end(url: Any) -> None:
    with httpx.stream("POST", url.url, json={"chunks": CHUNKS}) as answer:
        assert list(answer.iter_raw()) == [chunk.encode() for chunk in CHUNKS]
    with (
        httpx.stream("POST", url.url, json={"chunks": CHUNKS, "end": "exit"}) as answer,
        pytest.raises(httpx.RemoteProtocolError),
    ):
        answer.read()


def test_the_handle_of_the_url_reads_a_stream_to_its_end(url: Any) -> None:
    assert url.post(json={"chunks": CHUNKS}).body == b"onetwo\nthree"
    with pytest.raises(ConnectionError):
        url.post(json={"chunks": CHUNKS, "end": "error"})


async def _read_async(url: str, event: dict[str, Any]) -> list[bytes]:
    async with httpx.AsyncClient() as web, web.stream("POST", url, json=event) as answer:
        return [chunk async for chunk in answer.aiter_raw()]


def test_httpx_gets_the_chunks_in_coroutines_too(url: Any) -> None:
    import asyncio

    chunks = asyncio.run(_read_async(url.url, {"chunks": CHUNKS}))
    assert chunks == [chunk.encode() for chunk in CHUNKS]


def over_loopback(url: Any, **event: Any) -> bytes:
    """Return what travels, head and all."""
    host = url.local_url.split("/")[2]
    body = json.dumps(event)
    head = f"POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: {JSON}\r\nConnection: close\r\n"
    with socket.create_connection(("127.0.0.1", int(host.split(":")[1])), timeout=5) as line:
        line.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        with line.makefile("rb") as answer:
            return answer.read()


@pytest.mark.parametrize(("more", "end"), [({}, b"0\r\n\r\n"), ({"end": "error"}, b"")])
def test_over_loopback_the_chunks_are_those_of_http(url: Any, more: dict[str, str], end: bytes) -> None:
    head, _, body = over_loopback(url, chunks=CHUNKS, **more).partition(b"\r\n\r\n")
    assert (head.split(b"\r\n")[0], body) == (
        b"HTTP/1.1 200 OK",
        b"3\r\none\r\n4\r\ntwo\n\r\n5\r\nthree\r\n" + end,
    )


def test_a_handler_meets_the_same(url: Any, mock_lambda: Any) -> None:
    source = (
        "import urllib3\n\n"
        "def handler(event, context):\n"
        "    pool = urllib3.PoolManager()\n"
        "    try:\n"
        f"        return pool.request('POST', {url.url!r}, json=event).data.decode()\n"
        "    except urllib3.exceptions.ProtocolError as error:\n"
        "        return type(error).__name__\n"
    )
    caller = mock_lambda.function("caller", "index.handler", source=source)
    whole = caller.invoke({"chunks": CHUNKS}).payload
    cut = caller.invoke({"chunks": CHUNKS, "end": "error"}).payload
    assert (whole, cut) == ("onetwo\nthree", "ProtocolError")


def test_a_stream_is_collected_where_the_url_does_not_stream(mock_lambda: Any) -> None:
    url = deployed(mock_lambda).url()
    answer = streamed(url, chunks=['{"statusCode": 201,', ' "body": "x"}'])
    assert (answer.status_code, answer.text, answer.headers.get("Transfer-Encoding")) == (201, "x", None)


def test_a_managed_runtime_does_not_stream_to_its_url(mock_lambda: Any) -> None:
    source = "def handler(event, context):\n    yield 'one'\n"
    function = mock_lambda.function("fn", "index.handler", source=source)
    answer = requests.get(function.url(stream=True).url, timeout=5)
    assert (answer.status_code, answer.text) == (502, "Internal Server Error")
