"""What a function's event says of a request to its load balancer. Knows no rule and no reply."""

from __future__ import annotations

from typing import Any

from mocklambda.services.lambda_.front_ends.arrival import (
    HOP_BY_HOP,
    Arrival,
    encoded,
    forwarded_for,
    is_text_type,
)

HEALTH_CHECKER = "ELB-HealthChecker/2.0"


class NotText(Exception):
    """A header or a body that is to travel as text is not UTF-8."""


def balancer_event(
    arrival: Arrival, *, target_group_arn: str, is_multi_value: bool, port: int, protocol: str
) -> dict[str, Any]:
    """Return the event, in single-value or multi-value form; raises NotText."""
    added = {
        "host": arrival.host,
        "x-amzn-trace-id": arrival.trace,
        "x-forwarded-for": forwarded_for(arrival),
        "x-forwarded-port": str(port),
        "x-forwarded-proto": protocol.lower(),
    }
    sent = {name: value for name, value in arrival.headers.items() if name not in HOP_BY_HOP}
    body, is_base64 = _body(arrival)
    return _event(
        arrival.method,
        arrival.path,
        _pairs(arrival.query),
        _as_utf8(dict(sorted({**sent, **added}.items()))),
        target_group_arn=target_group_arn,
        is_multi_value=is_multi_value,
        body=body,
        is_base64=is_base64,
    )


def health_event(*, target_group_arn: str, is_multi_value: bool, path: str) -> dict[str, Any]:
    """Return the event of a health check."""
    return _event(
        "GET",
        path,
        [],
        {"user-agent": HEALTH_CHECKER},
        target_group_arn=target_group_arn,
        is_multi_value=is_multi_value,
        body="",
        is_base64=False,
    )


def _event(
    method: str,
    path: str,
    query: list[tuple[str, str]],
    headers: dict[str, str],
    *,
    target_group_arn: str,
    is_multi_value: bool,
    body: str,
    is_base64: bool,
) -> dict[str, Any]:
    return {
        "requestContext": {"elb": {"targetGroupArn": target_group_arn}},
        "httpMethod": method,
        "path": path,
        **(_lists(query, headers) if is_multi_value else _singles(query, headers)),
        "body": body,
        "isBase64Encoded": is_base64,
    }


def _singles(query: list[tuple[str, str]], headers: dict[str, str]) -> dict[str, Any]:
    return {"queryStringParameters": dict(query), "headers": headers}  # D: of repeats the last one wins


def _lists(query: list[tuple[str, str]], headers: dict[str, str]) -> dict[str, Any]:
    values: dict[str, list[str]] = {}
    for name, value in query:
        values.setdefault(name, []).append(value)
    return {
        "multiValueQueryStringParameters": values,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
    }


def _pairs(query: str) -> list[tuple[str, str]]:
    """Split a query, and decode nothing (D)."""
    parts = (part.partition("=") for part in query.split("&") if part)
    return [(name, value) for name, _, value in parts]


def _as_utf8(headers: dict[str, str]) -> dict[str, str]:
    """Read header bytes, which came as Latin-1, as the text that they are; raises NotText."""
    return {name: value if value.isascii() else _utf8(value) for name, value in headers.items()}


def _utf8(value: str) -> str:
    try:
        return value.encode("latin-1").decode()
    except UnicodeDecodeError:
        raise NotText from None
    except UnicodeEncodeError:  # it came as text
        return value


def _body(arrival: Arrival) -> tuple[str, bool]:
    is_text = is_text_type(arrival.media_type) and "content-encoding" not in arrival.headers
    if not arrival.body:
        return "", bool(arrival.media_type) and not is_text  # I
    if not is_text:
        return encoded(arrival.body), True
    try:
        return arrival.body.decode(), False
    except UnicodeDecodeError:
        raise NotText from None
