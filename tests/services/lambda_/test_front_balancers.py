"""What a load balancer makes of requests and results, and which rule a request meets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mocklambda.services.balancers import Balancer, Condition, FixedResponse, Listener, Rule
from mocklambda.services.lambda_.front_ends.arrival import Arrival
from mocklambda.services.lambda_.front_ends.balancer_event import NotText, balancer_event, health_event
from mocklambda.services.lambda_.front_ends.balancer_reply import (
    BadResult,
    BalancerReply,
    own_reply,
    target_reply,
)
from mocklambda.services.lambda_.front_ends.balancer_rules import choose, listener_for

GROUP = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/my-tg/6d0ecf831eec9f09"
HOST = "my-alb-846800462.us-east-2.elb.amazonaws.com"
BINARY = ("Content-Type", "application/octet-stream")


def arrival(**members: Any) -> Arrival:
    wanted: dict[str, Any] = {
        "method": "GET",
        "scheme": "https",
        "host": HOST,
        "path": "/",
        "query": "",
        "headers": {},
        "body": b"",
        "source_ip": "72.21.198.66",
        "request_id": "1",
        "trace": "Root=1-5bdb40ca-556d8b0c50dc66f0511bf520",
        "at": 0,
    }
    return Arrival(**(wanted | members))


def event(*, is_multi_value: bool = False, **members: Any) -> dict[str, Any]:
    return balancer_event(
        arrival(**members), target_group_arn=GROUP, is_multi_value=is_multi_value, port=443, protocol="HTTPS"
    )


def test_the_event_has_single_values_and_the_last_of_repeats() -> None:
    headers = {"accept": "*/*", "content-type": "application/json", "user-agent": "curl/8.5.0"}
    found = event(
        method="POST", path="/a/b", query="myKey=val1&myKey=val2&q=a%20b", headers=headers, body=b'{"k": 1}'
    )
    assert found == {
        "requestContext": {"elb": {"targetGroupArn": GROUP}},
        "httpMethod": "POST",
        "path": "/a/b",
        "queryStringParameters": {"myKey": "val2", "q": "a%20b"},
        "headers": {
            **headers,
            "host": HOST,
            "x-amzn-trace-id": "Root=1-5bdb40ca-556d8b0c50dc66f0511bf520",
            "x-forwarded-for": "72.21.198.66",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        },
        "body": '{"k": 1}',
        "isBase64Encoded": False,
    }


def test_the_event_has_lists_where_multi_value_headers_are_enabled() -> None:
    found = event(is_multi_value=True, query="myKey=val1&myKey=val2", headers={"accept": "*/*"})
    assert found == {
        "requestContext": {"elb": {"targetGroupArn": GROUP}},
        "httpMethod": "GET",
        "path": "/",
        "multiValueQueryStringParameters": {"myKey": ["val1", "val2"]},
        "multiValueHeaders": {
            "accept": ["*/*"],
            "host": [HOST],
            "x-amzn-trace-id": ["Root=1-5bdb40ca-556d8b0c50dc66f0511bf520"],
            "x-forwarded-for": ["72.21.198.66"],
            "x-forwarded-port": ["443"],
            "x-forwarded-proto": ["https"],
        },
        "body": "",
        "isBase64Encoded": False,
    }


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ({"content-type": "text/html"}, b"x", ("x", False)),
        ({"content-type": "application/json"}, "é".encode(), ("é", False)),
        ({"content-type": "application/json", "content-encoding": "gzip"}, b"x", ("eA==", True)),
        ({"content-type": "application/x-www-form-urlencoded"}, b"x", ("eA==", True)),
        ({}, b"x", ("eA==", True)),
        ({}, b"", ("", False)),
    ],
)
def test_a_body_is_text_or_base64_by_its_type_and_encoding(headers: Any, body: bytes, expected: Any) -> None:
    found = event(headers=headers, body=body)
    assert (found["body"], found["isBase64Encoded"]) == expected


@pytest.mark.parametrize(
    "members",
    [{"headers": {"content-type": "text/plain"}, "body": b"\xff"}, {"headers": {"x-a": "\xff"}}],
)
def test_text_that_is_not_utf_8_is_no_event(members: Any) -> None:
    with pytest.raises(NotText):
        event(**members)


def test_a_health_check_has_one_header() -> None:
    assert health_event(target_group_arn=GROUP, is_multi_value=False, path="/") == {
        "requestContext": {"elb": {"targetGroupArn": GROUP}},
        "httpMethod": "GET",
        "path": "/",
        "queryStringParameters": {},
        "headers": {"user-agent": "ELB-HealthChecker/2.0"},
        "body": "",
        "isBase64Encoded": False,
    }


@pytest.mark.parametrize(
    ("result", "is_multi_value", "reply"),
    [
        ({"statusCode": 200}, False, BalancerReply(status=200, headers=(BINARY,))),
        (
            {
                "statusCode": 200,
                "statusDescription": "200 OK",
                "isBase64Encoded": False,
                "headers": {"Content-Type": "application/json", "Set-Cookie": "a=1", "Connection": "close"},
                "body": "hello",
            },
            False,
            BalancerReply(
                status=200,
                headers=(("Content-Type", "application/json"), ("Set-Cookie", "a=1")),
                body=b"hello",
            ),
        ),
        (
            {"statusCode": 200, "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]}},
            True,
            BalancerReply(status=200, headers=(("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), BINARY)),
        ),
        ({"statusCode": 200, "headers": {"x-a": "b"}}, True, BalancerReply(status=200, headers=(BINARY,))),
        (
            {"statusCode": 200, "multiValueHeaders": {"x-a": ["b"]}},
            False,
            BalancerReply(status=200, headers=(BINARY,)),
        ),
        (
            {"statusCode": 502, "body": "AAE=", "isBase64Encoded": True},
            False,
            BalancerReply(status=502, headers=(BINARY,), body=b"\x00\x01"),
        ),
    ],
)
def test_a_result_becomes_a_reply(result: Any, is_multi_value: bool, reply: BalancerReply) -> None:
    assert target_reply(json.dumps(result).encode(), is_multi_value=is_multi_value) == reply


@pytest.mark.parametrize(
    "result",
    [
        "hello",
        None,
        {"body": "no status"},
        {"statusCode": 199},
        {"statusCode": True},
        {"statusCode": "abc"},
        {"statusCode": 200, "statusDescription": "OK"},
        {"statusCode": 200, "statusDescription": None},
        {"statusCode": 200, "headers": None},
        {"statusCode": 200, "headers": {"x-a": 1}},
        {"statusCode": 200, "body": None},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "body": "?", "isBase64Encoded": True},
        {"statusCode": 200, "body": "x" * (1 << 20)},
    ],
)
def test_a_malformed_or_too_large_result_is_none(result: Any) -> None:
    with pytest.raises(BadResult):
        target_reply(json.dumps(result).encode(), is_multi_value=False)


def test_lists_are_wanted_where_multi_value_headers_are_enabled() -> None:
    with pytest.raises(BadResult):
        target_reply(b'{"statusCode": 200, "multiValueHeaders": {"x-a": "b"}}', is_multi_value=True)


def test_its_own_error_is_a_page() -> None:
    assert own_reply(502) == BalancerReply(
        status=502,
        headers=(("Server", "awselb/2.0"), ("Content-Type", "text/html")),
        body=b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
        b"<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n",
    )


@pytest.mark.parametrize(
    ("condition", "request_members", "expected"),
    [
        (Condition(field="path-pattern", values=["/a/*"]), {"path": "/a/b/c"}, True),
        (Condition(field="path-pattern", values=["/a/*"]), {"path": "/A/b"}, False),
        (Condition(field="path-pattern", values=["/?.html", "/x"]), {"path": "/x"}, True),
        (Condition(field="host-header", values=["MY-alb-*.amazonaws.com"]), {}, True),
        (Condition(field="host-header", values=["example.com"]), {}, False),
        (Condition(field="http-request-method", values=["POST"]), {"method": "POST"}, True),
        (Condition(field="http-request-method", values=["POST"]), {}, False),
        (Condition(field="http-header", values=["*Chrome*"], header="User-Agent"), {}, False),
        (
            Condition(field="http-header", values=["*chrome*"], header="User-Agent"),
            {"headers": {"user-agent": "x Chrome y"}},
            True,
        ),
        (Condition(field="query-string", values=(), pairs=[("v", "1")]), {"query": "a=1&v=1"}, True),
        (Condition(field="query-string", values=(), pairs=[("", "1")]), {"query": "a=1"}, True),
        (Condition(field="query-string", values=(), pairs=[("v", "1")]), {"query": "a=1"}, False),
        (Condition(field="source-ip", values=["72.21.0.0/16"]), {}, True),
        (Condition(field="source-ip", values=["10.0.0.0/8"]), {}, False),
    ],
)
def test_a_rule_takes_what_its_condition_matches(
    condition: Condition, request_members: Any, expected: bool
) -> None:
    special, usual = FixedResponse(status=201), FixedResponse(status=202)
    listener = Listener(
        port=443, protocol="HTTPS", rules=[Rule(action=special, conditions=[condition]), Rule(action=usual)]
    )
    assert choose(listener, arrival(**request_members)) == (special if expected else usual)


@pytest.mark.parametrize(
    ("members", "port"),
    [
        ({"scheme": "http"}, 80),
        ({"scheme": "https"}, 443),
        ({"scheme": "http", "host": f"{HOST}:8080"}, 8080),
        ({"scheme": "http", "host": f"{HOST}:81"}, None),
    ],
)
def test_the_port_finds_the_listener(members: Any, port: int | None) -> None:
    listeners = [Listener(port=each, protocol="HTTP", rules=[]) for each in (80, 443, 8080)]
    found = listener_for(Balancer(arn="", dns_name=HOST, listeners=listeners), arrival(**members))
    assert (found and found.port) == port
