"""Target tracking's alarms and cooldowns, minute by minute."""

from __future__ import annotations

import pytest

from mocklambda.services.autoscaling.tracking import Meter, Minute, Side, Tracking


def minute(number: int, utilization: float, allocated: int = 10) -> Minute:
    return Minute(number=number, utilization=utilization, allocated=allocated)


def test_a_minute_is_the_average_of_its_values():
    meter = Meter(7)
    meter.add(1, 4)
    meter.add(2, 4)
    assert meter.minute() == minute(7, 0.375, 4)


def test_the_high_alarm_needs_three_minutes_in_a_row_and_stays():
    tracking = Tracking(target=0.7)
    assert [tracking.take(minute(number, 0.8)) for number in (1, 2, 4, 5, 6, 7)] == [
        None, None, None, None, Side.HIGH, Side.HIGH,
    ]  # fmt: skip


def test_between_nine_tenths_of_the_target_and_the_target_nothing_is_on():
    tracking = Tracking(target=0.7)
    assert {tracking.take(minute(number, 0.65)) for number in range(1, 40)} == {None}


@pytest.mark.parametrize(("utilization", "wanted"), [(0.7, 10), (0.71, 11), (0.35, 5), (1.0, 15)])
def test_the_wanted_capacity_would_meet_the_target(utilization: float, wanted: int):
    assert Tracking(target=0.7).wanted(minute(1, utilization)) == wanted


def test_only_a_larger_scale_out_does_not_wait_for_the_cooldown():
    tracking = Tracking(target=0.7, out_cooldown_ms=1000)
    tracking.went_out(2, 5000)
    assert [tracking.lets_out(added, 5999) for added in (2, 3)] == [False, True]
    assert tracking.lets_out(1, 6000)


def test_a_scale_out_ends_the_cooldown_of_a_scale_in():
    tracking = Tracking(target=0.7, in_cooldown_ms=1000)
    tracking.went_in(5000)
    assert not tracking.lets_in(5500)
    tracking.went_out(1, 5400)
    assert tracking.lets_in(5500)
