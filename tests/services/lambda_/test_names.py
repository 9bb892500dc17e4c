"""How functions are named."""

from __future__ import annotations

import pytest

from mocklambda.services.lambda_.names import FunctionName, is_version, parse

ARN = "arn:aws:lambda:us-east-1:123456789012:function"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fn", (None, None, "fn", None)),
        ("fn:live", (None, None, "fn", "live")),
        ("function:fn", (None, None, "fn", None)),
        ("123456789012:function:fn", (None, "123456789012", "fn", None)),
        ("us-east-1:123456789012:function:fn", ("us-east-1", "123456789012", "fn", None)),
        (f"{ARN}:fn", ("us-east-1", "123456789012", "fn", None)),
        (f"{ARN}:fn:$LATEST", ("us-east-1", "123456789012", "fn", "$LATEST")),
        (f"{ARN}:fn:7", ("us-east-1", "123456789012", "fn", "7")),
        (ARN, ("us-east-1", "123456789012", "function", None)),
        (
            "arn:aws:lambda:us-gov-west-1:123456789012:function:fn",
            ("us-gov-west-1", "123456789012", "fn", None),
        ),
    ],
)
def test_every_form_of_a_name_is_read(text: str, expected: tuple[str | None, ...]) -> None:
    assert parse(text) == FunctionName(*expected)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("qualifier", "expected"),
    [
        ("1", True),
        ("$LATEST", True),
        ("$latest", True),
        ("a-$-b", True),
        ("live", False),
        ("2024-01-02", False),
    ],
)
def test_what_no_alias_may_be_called_is_a_version(qualifier: str, expected: bool) -> None:
    assert is_version(qualifier) is expected
