"""What follows an attempt at a stream's batch."""

from __future__ import annotations

from typing import Any

import pytest

from mocklambda.execution.stream_retry import Done, Exhausted, Resume, RetryAfter, Split, after_attempt

DEFAULTS: dict[str, Any] = {"size": 4, "attempts": 1, "failed_at": 0, "max_retries": -1, "bisects": False}


@pytest.mark.parametrize(
    ("given", "step"),
    [
        ({"failed_at": None}, Done()),
        ({}, RetryAfter(500)),
        ({"attempts": 2}, RetryAfter(1000)),
        ({"attempts": 8}, RetryAfter(60_000)),
        ({"attempts": 10_000}, RetryAfter(60_000)),
        ({"max_retries": 0}, Exhausted()),
        ({"max_retries": 1}, RetryAfter(500)),
        ({"max_retries": 1, "attempts": 2}, Exhausted()),
        ({"failed_at": 3, "max_retries": 0}, Resume(3)),
        ({"failed_at": 3, "bisects": True}, Resume(3)),
        ({"bisects": True, "max_retries": 0}, Split(2)),
        ({"bisects": True, "size": 5}, Split(2)),
        ({"bisects": True, "size": 1, "max_retries": 0}, Exhausted()),
        ({"size": 0, "bisects": True, "max_retries": 0}, Exhausted()),
    ],
)
def test_the_next_step_follows_from_counts(given: dict[str, Any], step: Any) -> None:
    assert after_attempt(**{**DEFAULTS, **given}) == step
