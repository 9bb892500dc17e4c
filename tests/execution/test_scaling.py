from __future__ import annotations

import pytest

from mocklambda.execution.scaling import Scaling

MINUTE = 60_000


@pytest.mark.parametrize(
    ("minutes", "allowed"), [(0, 5), (0.99, 5), (1, 305), (2, 605), (4, 1205), (5, 1250), (100, 1250)]
)
def test_pressure_adds_pollers_every_minute_up_to_the_ceiling(minutes: float, allowed: int) -> None:
    scaling = Scaling()
    scaling.press(1000)
    assert scaling.allowed(1000 + int(minutes * MINUTE)) == allowed


def test_without_pressure_the_number_falls_back() -> None:
    scaling = Scaling()
    scaling.press(0)
    scaling.relax()
    scaling.press(10 * MINUTE)
    assert scaling.allowed(10 * MINUTE) == 5


def test_pollers_of_its_own_run_ten_batches_each() -> None:
    scaling = Scaling.provisioned(2, 200)
    scaling.press(0)
    assert [scaling.allowed(minutes * MINUTE) for minutes in (0, 1, 2, 9)] == [20, 1020, 2000, 2000]


def test_the_next_step_is_told_until_the_ceiling_is_reached() -> None:
    scaling = Scaling()
    assert scaling.next_step_at(7) is None
    scaling.press(7)
    assert scaling.next_step_at(7) == 7 + MINUTE
    assert scaling.next_step_at(7 + 90_000) == 7 + 2 * MINUTE
    assert scaling.next_step_at(7 + 5 * MINUTE) is None
