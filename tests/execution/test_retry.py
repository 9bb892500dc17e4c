from __future__ import annotations

import pytest

from mocklambda.execution.retry import Condition, End, RetryAt, after_attempt, after_throttle

from .world import policy

SECOND = 1000


@pytest.mark.parametrize(
    ("settings", "attempts", "elapsed", "step"),
    [
        ({}, 1, 0, RetryAt(60 * SECOND)),
        ({}, 2, 60, RetryAt(180 * SECOND)),
        ({}, 3, 180, End(Condition.RETRIES_EXHAUSTED)),
        ({"max_retries": 0}, 1, 0, End(Condition.RETRIES_EXHAUSTED)),
        ({"max_retries": 1}, 2, 60, End(Condition.RETRIES_EXHAUSTED)),
        ({"max_age_ms": 60 * SECOND}, 1, 0, End(Condition.AGE_EXCEEDED)),
        ({"max_age_ms": 90 * SECOND}, 1, 0, RetryAt(60 * SECOND)),
        ({"max_age_ms": 90 * SECOND}, 2, 60, End(Condition.AGE_EXCEEDED)),
        ({"max_age_ms": 90 * SECOND, "max_retries": 1}, 2, 60, End(Condition.RETRIES_EXHAUSTED)),
    ],
)
def test_a_failed_attempt_is_followed_as_recorded(settings, attempts, elapsed, step) -> None:
    now = elapsed * SECOND
    assert after_attempt(policy(**settings), attempts=attempts, is_error=True, accepted_at=0, now=now) == step


def test_a_success_ends_an_event_however_late_it_comes() -> None:
    step = after_attempt(policy(max_age_ms=60_000), attempts=9, is_error=False, accepted_at=0, now=10**9)
    assert step == End(Condition.SUCCESS)


@pytest.mark.parametrize(
    ("throttles", "delay"), [(1, 1), (2, 2), (3, 4), (8, 128), (9, 256), (10, 300), (11, 300), (500, 300)]
)
def test_a_throttled_event_waits_from_one_second_doubling_to_five_minutes(throttles, delay) -> None:
    step = after_throttle(policy(), throttles=throttles, accepted_at=0, now=0)
    assert step == RetryAt(delay * SECOND)


def test_a_throttled_event_ends_when_its_wait_would_outlast_its_age() -> None:
    step = after_throttle(policy(max_age_ms=60_000), throttles=6, accepted_at=0, now=31_000)
    assert step == End(Condition.AGE_EXCEEDED)
