from __future__ import annotations

import pytest

from mocklambda.execution.concurrency import (
    AboveReserved,
    BelowProvisioned,
    BelowUnreservedMinimum,
    Concurrency,
    Throttled,
    ThrottleReason,
)

from .world import ACCOUNT, REGION, arn_of

A, B = arn_of("a"), arn_of("b")


def admit(concurrency: Concurrency, arn: str, times: int, now: int = 1) -> list:
    return [concurrency.admit(arn, now) for _ in range(times)]


def test_the_account_limit_is_shared_by_functions_without_a_reservation() -> None:
    concurrency = Concurrency(3)
    slots = admit(concurrency, A, 2) + admit(concurrency, B, 1)
    with pytest.raises(Throttled) as refusal:
        concurrency.admit(B, 1)
    assert refusal.value.reason is ThrottleReason.ACCOUNT
    concurrency.release(slots[0])
    concurrency.admit(B, 1)


def test_another_account_has_a_limit_of_its_own() -> None:
    concurrency = Concurrency(1)
    admit(concurrency, A, 1)
    concurrency.admit(A.replace(ACCOUNT, "111111111111"), 1)


@pytest.mark.parametrize("limit", [0, 1, 2])
def test_a_reservation_is_all_that_a_function_can_use(limit: int) -> None:
    concurrency = Concurrency()
    concurrency.reserve(A, limit)
    admit(concurrency, A, limit)
    with pytest.raises(Throttled) as refusal:
        concurrency.admit(A, 1)
    assert refusal.value.reason is ThrottleReason.RESERVED


def test_a_reservation_is_taken_from_all_others() -> None:
    concurrency = Concurrency(102)
    concurrency.reserve(A, 2)
    admit(concurrency, B, 100)
    with pytest.raises(Throttled):
        concurrency.admit(B, 1)
    admit(concurrency, A, 2)


def test_a_raised_reservation_lets_invocations_in_while_earlier_ones_run() -> None:
    concurrency = Concurrency()
    concurrency.reserve(A, 1)
    admit(concurrency, A, 1)
    concurrency.reserve(A, 2)
    admit(concurrency, A, 1)


def test_taking_a_reservation_off_counts_what_runs_for_the_account() -> None:
    concurrency = Concurrency(101)
    concurrency.reserve(A, 1)
    slots = admit(concurrency, A, 1)
    concurrency.reserve(A, None)
    admit(concurrency, B, 100)
    with pytest.raises(Throttled):
        concurrency.admit(B, 1)
    concurrency.release(slots[0])
    concurrency.admit(B, 1)


@pytest.mark.parametrize("limit", [901, 1000, 5000])
def test_a_reservation_must_leave_a_hundred_unreserved(limit: int) -> None:
    concurrency = Concurrency()
    with pytest.raises(BelowUnreservedMinimum):
        concurrency.reserve(A, limit)
    assert concurrency.reserved(A) is None


def test_a_reservation_may_be_replaced_by_one_as_large() -> None:
    concurrency = Concurrency()
    concurrency.reserve(A, 900)
    concurrency.reserve(A, 900)
    assert concurrency.unreserved(ACCOUNT, REGION) == 100


def test_reserved_equal_to_provisioned_leaves_nothing_on_demand() -> None:
    concurrency = Concurrency()
    concurrency.reserve(A, 1)
    concurrency.provision(A, "1", 1)
    with pytest.raises(Throttled) as refusal:
        concurrency.admit(A, 1)
    assert refusal.value.reason is ThrottleReason.RESERVED


def test_a_reservation_below_what_is_provisioned_is_refused_with_that_number() -> None:
    concurrency = Concurrency()
    concurrency.provision(A, "1", 2)
    with pytest.raises(BelowProvisioned) as refusal:
        concurrency.reserve(A, 1)
    assert refusal.value.provisioned == 2


def test_provisioned_beyond_the_reservation_is_refused() -> None:
    concurrency = Concurrency()
    concurrency.reserve(A, 3)
    concurrency.provision(A, "1", 2)
    with pytest.raises(AboveReserved):
        concurrency.provision(A, "2", 2)
    concurrency.provision(A, "1", 3)


def test_provisioned_must_leave_a_hundred_unreserved() -> None:
    concurrency = Concurrency()
    concurrency.provision(A, "1", 900)
    with pytest.raises(BelowUnreservedMinimum):
        concurrency.provision(B, "1", 1)
    assert concurrency.unreserved_left(A, "1") == 1000


def test_a_deleted_function_gives_its_share_back() -> None:
    concurrency = Concurrency()
    concurrency.reserve(A, 900)
    concurrency.forget(A)
    concurrency.reserve(B, 900)
    assert concurrency.reserved(A) is None


def test_a_function_grows_by_a_thousand_in_ten_seconds_at_most() -> None:
    concurrency = Concurrency(10_000)
    slots = admit(concurrency, A, 1000)
    with pytest.raises(Throttled) as refusal:
        concurrency.admit(A, 1)
    assert refusal.value.reason is ThrottleReason.ACCOUNT
    slots += admit(concurrency, A, 500, now=5_001)
    with pytest.raises(Throttled):
        concurrency.admit(A, 5_001)
    for slot in slots:
        concurrency.release(slot)
    admit(concurrency, A, 1500, now=5_001)
