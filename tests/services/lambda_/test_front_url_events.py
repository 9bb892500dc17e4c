"""What an event says of a request to a function URL: payload format 2.0."""

from __future__ import annotations

from typing import Any

import pytest

from mocklambda.services.lambda_.front_ends.arrival import Arrival
from mocklambda.services.lambda_.front_ends.url_event import url_event

HOST = "abc.lambda-url.us-west-2.on.aws"
ROOT = "Root=1-643ec28d-5503dc7274559e68706dae64"


def arrival(**members: Any) -> Arrival:
    wanted: dict[str, Any] = {
        "method": "GET",
        "scheme": "https",
        "host": HOST,
        "path": "/",
        "query": "",
        "headers": {},
        "body": b"",
        "source_ip": "203.0.113.10",
        "request_id": "28d04d7e-7f0b-4521-9484-f7012b07cb68",
        "trace": ROOT,
        "at": 1681834637081,
    }
    return Arrival(**(wanted | members))


def event(**members: Any) -> dict[str, Any]:
    return url_event(arrival(**members), url_id="abc", caller=None)


def test_the_whole_event_of_a_post_is_as_aws_sends_it() -> None:
    headers = {
        "accept": "*/*",
        "connection": "keep-alive",
        "content-length": "18",
        "content-type": "application/json",
        "cookie": "foo=bar; hello=hello",
        "header2": "h1,h2",
        "user-agent": "python-requests/2.28.2",
    }
    found = event(
        method="POST",
        path="/my/path",
        query="p=value1&p=value2&q=a%20b",
        headers=headers,
        body=b'{"hello": "world"}',
    )
    del headers["connection"]
    assert found == {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/my/path",
        "rawQueryString": "p=value1&p=value2&q=a%20b",
        "cookies": ["foo=bar", "hello=hello"],
        "headers": {
            **headers,
            "host": HOST,
            "x-amzn-tls-cipher-suite": "TLS_AES_128_GCM_SHA256",
            "x-amzn-tls-version": "TLSv1.3",
            "x-amzn-trace-id": ROOT,
            "x-forwarded-for": "203.0.113.10",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        },
        "queryStringParameters": {"p": "value1,value2", "q": "a b"},
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "abc",
            "domainName": HOST,
            "domainPrefix": "abc",
            "http": {
                "method": "POST",
                "path": "/my/path",
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.10",
                "userAgent": "python-requests/2.28.2",
            },
            "requestId": "28d04d7e-7f0b-4521-9484-f7012b07cb68",
            "routeKey": "$default",
            "stage": "$default",
            "time": "18/Apr/2023:16:17:17 +0000",
            "timeEpoch": 1681834637081,
        },
        "body": '{"hello": "world"}',
        "isBase64Encoded": False,
    }


def test_an_event_without_query_cookies_or_body_has_no_such_keys() -> None:
    assert list(event()) == [
        "version",
        "routeKey",
        "rawPath",
        "rawQueryString",
        "headers",
        "requestContext",
        "isBase64Encoded",
    ]


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ("q=query&multiQuery=foo&multiQuery=%2Fbar", {"q": "query", "multiQuery": "foo,/bar"}),
        ("flag", {"flag": ""}),
        ("a=1+2", {"a": "1 2"}),
    ],
)
def test_query_values_are_decoded_and_repeats_joined(query: str, parameters: dict[str, str]) -> None:
    assert event(query=query)["queryStringParameters"] == parameters


@pytest.mark.parametrize(
    ("sent", "decoded"), [("/pa2%25Fth/1", "/pa2%Fth/1"), ("/a%20b", "/a b"), ("/%Ft", "/%Ft"), ("/x", "/x")]
)
def test_the_path_is_decoded_once_in_the_context_and_raw_beside_it(sent: str, decoded: str) -> None:
    found = event(path=sent)
    assert (found["rawPath"], found["requestContext"]["http"]["path"]) == (sent, decoded)


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("application/json", b"{}", ("{}", False)),
        ("text/plain; charset=utf-8", "é".encode(), ("é", False)),
        ("application/xml", b"<a/>", ("<a/>", False)),
        ("application/javascript", b"1", ("1", False)),
        ("application/x-www-form-urlencoded", b"a=b", ("YT1i", True)),
        ("multipart/form-data; boundary=x", b"--x", ("LS14", True)),
        ("image/png", b"\x89", ("iQ==", True)),
        (None, b"abc", ("YWJj", True)),
        ("text/plain", b"\xff", ("/w==", True)),
    ],
)
def test_a_body_travels_as_text_or_as_base64_by_its_type(
    content_type: str | None, body: bytes, expected: tuple[str, bool]
) -> None:
    headers = {} if content_type is None else {"content-type": content_type}
    found = event(method="POST", headers=headers, body=body)
    assert (found["body"], found["isBase64Encoded"]) == expected


def test_the_clients_forwarded_for_is_appended_to() -> None:
    found = event(headers={"x-forwarded-for": "198.51.100.1"})
    assert found["headers"]["x-forwarded-for"] == "198.51.100.1, 203.0.113.10"


def test_a_signed_request_tells_who_signed_and_keeps_the_signature_back() -> None:
    caller = {
        "accessKey": "AKIA",
        "accountId": "111122223333",
        "callerId": "111122223333",
        "userArn": "arn:aws:iam::111122223333:root",
        "userId": "111122223333",
    }
    sent = {"authorization": "AWS4-HMAC-SHA256 ...", "x-amz-date": "20230418T161717Z"}
    found = url_event(arrival(headers=sent), url_id="abc", caller=caller)
    assert found["requestContext"]["accountId"] == "111122223333"
    assert found["requestContext"]["authorizer"] == {
        "iam": {**caller, "cognitoIdentity": None, "principalOrgId": None}
    }
    assert {"authorization", "x-amz-date"} & found["headers"].keys() == {"x-amz-date"}
