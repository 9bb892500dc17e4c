"""Decides what follows an attempt at a queued event: another try, or the end. Arithmetic on instants."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from mocklambda.clock.base import Millis
from mocklambda.execution.directory import EventPolicy

RETRY_STEP_MS: Millis = 60_000
"""60 s after the first failure, 120 s after the second (D)."""
THROTTLE_FIRST_MS: Millis = 1_000
THROTTLE_CAP_MS: Millis = 300_000


class Condition(Enum):
    """Why an event ended, as destination records say it."""

    SUCCESS = "Success"
    RETRIES_EXHAUSTED = "RetriesExhausted"
    AGE_EXCEEDED = "EventAgeExceeded"
    ZERO_CONCURRENCY = "ZeroReservedConcurrency"
    RECURSION = "RecursiveInvocation"


@dataclass(frozen=True, slots=True)
class RetryAt:
    """Try again then."""

    at: Millis


@dataclass(frozen=True, slots=True)
class End:
    """It is over."""

    condition: Condition


Step = RetryAt | End


def after_attempt(
    policy: EventPolicy, *, attempts: int, is_error: bool, accepted_at: Millis, now: Millis
) -> Step:
    """Decide after the function ran for the ``attempts``-th time."""
    if not is_error:
        return End(Condition.SUCCESS)
    if attempts > policy.max_retries:
        return End(Condition.RETRIES_EXHAUSTED)
    return _wait(policy, RETRY_STEP_MS * attempts, accepted_at, now)


def after_throttle(policy: EventPolicy, *, throttles: int, accepted_at: Millis, now: Millis) -> Step:
    """Decide after the function could not be run, for the ``throttles``-th time: 1 s, doubling to 5 min."""
    return _wait(policy, min(THROTTLE_FIRST_MS << min(throttles - 1, 20), THROTTLE_CAP_MS), accepted_at, now)


def _wait(policy: EventPolicy, delay_ms: Millis, accepted_at: Millis, now: Millis) -> Step:
    # R: the age is checked ahead of the wait. An attempt takes time on AWS, none here: hence equal is too old
    # (recorded: age 60 s → one attempt).
    if now - accepted_at + delay_ms >= policy.max_age_ms:
        return End(Condition.AGE_EXCEEDED)
    return RetryAt(now + delay_ms)
