"""What CORS settings of a function URL answer and add."""

from __future__ import annotations

from typing import Any

import pytest

from mocklambda.services.lambda_.front_ends.cors import added, is_preflight, preflight

SITE = "https://www.example.com"
FULL = {
    "AllowOrigins": [SITE],
    "AllowMethods": ["GET", "POST"],
    "AllowHeaders": ["x-a", "content-type"],
    "ExposeHeaders": ["date", "x-b"],
    "MaxAge": 300,
    "AllowCredentials": True,
}
ASKS = {"origin": SITE, "access-control-request-method": "POST"}


@pytest.mark.parametrize(
    ("method", "headers", "expected"),
    [
        ("OPTIONS", ASKS, True),
        ("GET", ASKS, False),
        ("OPTIONS", {"origin": SITE}, False),
        ("OPTIONS", {"access-control-request-method": "POST"}, False),
    ],
)
def test_a_preflight_is_options_with_an_origin_and_a_method(
    method: str, headers: dict[str, str], expected: bool
) -> None:
    assert is_preflight(method, headers) is expected


@pytest.mark.parametrize(
    ("cors", "headers"),
    [
        (
            FULL,
            (
                ("Access-Control-Allow-Origin", SITE),
                ("Vary", "Origin"),
                ("Access-Control-Allow-Credentials", "true"),
                ("Access-Control-Allow-Methods", "GET,POST"),
                ("Access-Control-Allow-Headers", "x-a,content-type"),
                ("Access-Control-Max-Age", "300"),
            ),
        ),
        (
            {"AllowOrigins": ["*"], "AllowMethods": ["*"]},
            (("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Methods", "*")),
        ),
        ({"AllowOrigins": ["https://other.example.com"], "AllowMethods": ["*"]}, ()),
        ({"AllowMethods": ["*"]}, ()),
    ],
)
def test_a_preflight_learns_what_its_origin_may(cors: dict[str, Any], headers: Any) -> None:
    assert preflight(cors, ASKS) == headers


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (
            {"origin": SITE},
            (
                ("Access-Control-Allow-Origin", SITE),
                ("Vary", "Origin"),
                ("Access-Control-Allow-Credentials", "true"),
                ("Access-Control-Expose-Headers", "date,x-b"),
            ),
        ),
        ({"origin": "https://other.example.com"}, ()),
        ({}, ()),
    ],
)
def test_an_ordinary_reply_tells_a_listed_origin_what_it_may_read(
    headers: dict[str, str], expected: Any
) -> None:
    assert added(FULL, headers) == expected
