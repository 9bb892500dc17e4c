"""What a function's event says of a request to its URL: payload format 2.0. Knows no policy and no reply."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qsl, unquote

from mocklambda.services.lambda_.front_ends.arrival import (
    HOP_BY_HOP,
    Arrival,
    encoded,
    forwarded_for,
    is_text_type,
)

IDENTITY_NULLS = {"cognitoIdentity": None, "principalOrgId": None}


def url_event(arrival: Arrival, *, url_id: str, caller: dict[str, str] | None) -> dict[str, Any]:
    """Return the event; ``caller`` is who signed the request, None for a URL that asks nobody."""
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": arrival.path,
        "rawQueryString": arrival.query,
    }
    cookie = arrival.headers.get("cookie")
    if cookie:
        event["cookies"] = cookie.split("; ")
    event["headers"] = _headers(arrival, is_signed=caller is not None)
    if arrival.query:
        event["queryStringParameters"] = _query(arrival.query)
    event["requestContext"] = _context(arrival, url_id, caller)
    text, is_base64 = _body(arrival)
    if text:
        event["body"] = text
    event["isBase64Encoded"] = is_base64
    return event


def _headers(arrival: Arrival, *, is_signed: bool) -> dict[str, str]:
    dropped = HOP_BY_HOP | {"authorization"} if is_signed else HOP_BY_HOP
    sent = {name: value for name, value in arrival.headers.items() if name not in dropped}
    added = {
        "host": arrival.name,
        "x-amzn-tls-cipher-suite": "TLS_AES_128_GCM_SHA256",
        "x-amzn-tls-version": "TLSv1.3",
        "x-amzn-trace-id": arrival.trace,
        "x-forwarded-for": forwarded_for(arrival),
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
    }
    return dict(sorted({**sent, **added}.items()))


def _query(query: str) -> dict[str, str]:
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        values.setdefault(name, []).append(value)
    return {name: ",".join(each) for name, each in values.items()}


def _context(arrival: Arrival, url_id: str, caller: dict[str, str] | None) -> dict[str, Any]:
    moment = datetime.fromtimestamp(arrival.at // 1000, tz=timezone.utc)
    context: dict[str, Any] = {"accountId": "anonymous" if caller is None else caller["accountId"]}
    context["apiId"] = url_id
    if caller is not None:
        context["authorizer"] = {"iam": dict(sorted({**caller, **IDENTITY_NULLS}.items()))}
    return {
        **context,
        "domainName": arrival.name,
        "domainPrefix": url_id,
        "http": {
            "method": arrival.method,
            "path": unquote(arrival.path),  # R: decoded once
            "protocol": "HTTP/1.1",
            "sourceIp": arrival.source_ip,
            "userAgent": arrival.headers.get("user-agent", ""),
        },
        "requestId": arrival.request_id,
        "routeKey": "$default",
        "stage": "$default",
        "time": f"{moment:%d/%b/%Y:%H:%M:%S} +0000",
        "timeEpoch": arrival.at,
    }


def _body(arrival: Arrival) -> tuple[str, bool]:
    if not arrival.body:
        return "", False
    if is_text_type(arrival.media_type):
        try:
            return arrival.body.decode(), False
        except UnicodeDecodeError:  # I: bytes that are no text after all
            pass
    return encoded(arrival.body), True
