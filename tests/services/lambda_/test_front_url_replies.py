"""What a function's result becomes at its URL: the table of results, row by row."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mocklambda.execution.values import Outcome, OutcomeKind
from mocklambda.services.lambda_.front_ends.url_reply import (
    INTERNAL_SERVER_ERROR,
    HttpReply,
    buffered,
)
from mocklambda.services.lambda_.front_ends.url_stream import streamed

JSON = "application/json"


def said(value: Any) -> HttpReply:
    return buffered(json.dumps(value).encode())


@pytest.mark.parametrize(
    ("result", "body"),
    [
        ({"hello": "world"}, b'{"hello":"world"}'),
        ("hello", b"hello"),
        (["hello", 3, True], b'["hello",3,true]'),
        (3, b"3"),
        (3.1, b"3.1"),
        (True, b"true"),
        (None, b"null"),
        ("é", "é".encode()),
        ({"a": "é"}, '{"a":"é"}'.encode()),
        ({"body": "no status"}, b'{"body":"no status"}'),
    ],
)
def test_a_result_without_a_status_code_is_the_body(result: Any, body: bytes) -> None:
    assert said(result) == HttpReply(status=200, content_type=JSON, body=body)


@pytest.mark.parametrize(
    ("result", "reply"),
    [
        ({"statusCode": 200, "body": "body123"}, HttpReply(status=200, content_type=JSON, body=b"body123")),
        (
            {"statusCode": 200, "body": '{"hello": "world"}'},
            HttpReply(status=200, content_type=JSON, body=b'{"hello": "world"}'),
        ),
        (
            {
                "statusCode": 201,
                "headers": {"Content-Type": "text/html", "My-Custom-Header": "v"},
                "body": "b",
            },
            HttpReply(status=201, content_type="text/html", headers=(("My-Custom-Header", "v"),), body=b"b"),
        ),
        (
            {"statusCode": "418", "body": "i'm a teapot", "isBase64Encoded": False},
            HttpReply(status=418, content_type=JSON, body=b"i'm a teapot"),
        ),
        (
            {"statusCode": 200, "headers": {"Content-Type": JSON}, "body": {"a": 1}},
            HttpReply(status=200, content_type=JSON, body=b'{"a":1}'),
        ),
        ({"statusCode": 204}, HttpReply(status=204, content_type=JSON)),
        ({"statusCode": 200, "body": None, "headers": None}, HttpReply(status=200, content_type=JSON)),
        (
            {
                "statusCode": 200,
                "body": "AAEC",
                "isBase64Encoded": True,
                "headers": {"content-type": "image/png"},
            },
            HttpReply(status=200, content_type="image/png", body=b"\x00\x01\x02"),
        ),
        (
            {"statusCode": 200, "cookies": ["a=1; Path=/", "b=2"], "headers": {"set-cookie": "c=3"}},
            HttpReply(
                status=200,
                content_type=JSON,
                headers=(("set-cookie", "c=3"), ("set-cookie", "a=1; Path=/"), ("set-cookie", "b=2")),
            ),
        ),
        (
            {"statusCode": 200, "headers": {"x-number": 3, "Content-Length": "99", "Connection": "close"}},
            HttpReply(status=200, content_type=JSON, headers=(("x-number", "3"),)),
        ),
        (
            {"statusCode": 200, "multiValueHeaders": {"x-a": ["1"]}},
            HttpReply(status=200, content_type=JSON),
        ),
    ],
)
def test_a_result_with_a_status_code_says_how_to_answer(result: Any, reply: HttpReply) -> None:
    assert said(result) == reply


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": "abc"},
        {"statusCode": None},
        {"statusCode": True},
        {"statusCode": 99},
        {"statusCode": 600},
        {"statusCode": 200.5},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "headers": {"a": ["b"]}},
        {"statusCode": 200, "cookies": "a=1"},
        {"statusCode": 200, "cookies": [1]},
        {"statusCode": 200, "body": "not base64!", "isBase64Encoded": True},
    ],
)
def test_a_result_that_says_it_wrongly_is_an_internal_server_error(result: Any) -> None:
    assert said(result) == INTERNAL_SERVER_ERROR


def test_a_result_that_was_not_streamed_goes_out_as_it_is_where_streams_do() -> None:
    text = b'{"statusCode": 200, "body": "x"}'
    reply = streamed(Outcome(kind=OutcomeKind.SUCCEEDED, payload=text))
    assert reply == HttpReply(status=200, content_type="application/octet-stream", chunks=(text,))
