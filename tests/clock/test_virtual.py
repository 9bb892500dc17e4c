"""The virtual clock: what is due when, in which order, and what ``now`` says."""

from __future__ import annotations

from datetime import datetime, timezone

import freezegun
import pytest
import time_machine

from mocklambda.clock import sources
from mocklambda.clock.real import RealClock
from mocklambda.clock.virtual import VirtualClock


class HandSource:
    def __init__(self) -> None:
        self.at = 1_000_000

    def __call__(self) -> int:
        return self.at


@pytest.fixture
def source() -> HandSource:
    return HandSource()


@pytest.fixture
def clock(source: HandSource) -> VirtualClock:
    return VirtualClock(source)


def fire_all(clock: VirtualClock, until: int) -> None:
    while (action := clock.take_due(until)) is not None:
        action()


def test_now_is_what_the_source_says_and_what_was_skipped(clock: VirtualClock, source: HandSource) -> None:
    clock.land(1_060_000)
    source.at += 5
    assert clock.now() == 1_060_005


def test_time_held_at_an_instant_does_not_follow_its_source(clock: VirtualClock, source: HandSource) -> None:
    clock.pin(1_000_500)
    source.at += 7
    assert clock.now() == 1_000_500


def test_timers_fire_by_instant_and_ties_in_the_order_in_which_they_were_set(clock: VirtualClock) -> None:
    fired: list[str] = []
    for name, when in (("c", 30), ("a", 10), ("b1", 20), ("b2", 20)):
        clock.call_at(when, lambda name=name: fired.append(name))
    fire_all(clock, 100)
    assert fired == ["a", "b1", "b2", "c"]


def test_a_cancelled_timer_does_not_fire_and_is_not_parked(clock: VirtualClock) -> None:
    timer = clock.call_at(10, lambda: pytest.fail("fired"))
    timer.cancel()
    fire_all(clock, 100)
    assert (clock.parked(), clock.next_due()) == ([], None)


def test_cancelling_a_timer_that_has_fired_changes_nothing(clock: VirtualClock) -> None:
    timer = clock.call_at(10, lambda: None)
    fire_all(clock, 10)
    timer.cancel()
    assert clock.next_due(lasting=True) is None


def test_many_cancelled_timers_leave_the_heap(clock: VirtualClock) -> None:
    for timer in [clock.call_at(10 + n, lambda: None) for n in range(1000)]:
        timer.cancel()
    assert len(clock._heap) < 100


def test_recurring_timers_are_not_lasting_work(clock: VirtualClock) -> None:
    clock.call_at(10, lambda: None, recurring=True)
    assert (clock.next_due(), clock.next_due(lasting=True)) == (10, None)


def test_the_source_follows_freezegun() -> None:
    with freezegun.freeze_time("2024-01-01"):
        assert sources.process_time() == 1_704_067_200_000


def test_the_source_follows_time_machine() -> None:
    with time_machine.travel(datetime(2024, 1, 1, tzinfo=timezone.utc), tick=False):
        assert sources.process_time() == 1_704_067_200_000


def test_a_standing_freeze_is_moved_along() -> None:
    with freezegun.freeze_time("2024-01-01"):
        moved = sources.move_standing_time(60_000)
        assert (moved, datetime.now(timezone.utc)) == (True, datetime(2024, 1, 1, 0, 1, tzinfo=timezone.utc))


@pytest.mark.parametrize("tick", [True])
def test_a_ticking_freeze_is_left_alone(tick: bool) -> None:
    with freezegun.freeze_time("2024-01-01", tick=tick):
        assert sources.move_standing_time(60_000) is False


def test_a_standing_travel_is_moved_along() -> None:
    with time_machine.travel(datetime(2024, 1, 1, tzinfo=timezone.utc), tick=False):
        moved = sources.move_standing_time(60_000)
        assert (moved, datetime.now(timezone.utc)) == (True, datetime(2024, 1, 1, 0, 1, tzinfo=timezone.utc))


def test_a_ticking_travel_is_left_alone() -> None:
    with time_machine.travel(datetime(2024, 1, 1, tzinfo=timezone.utc)):
        assert sources.move_standing_time(60_000) is False


def test_without_freezegun_there_is_nothing_to_move() -> None:
    assert sources.move_standing_time(60_000) is False


def test_the_real_clock_runs_on_under_a_freeze() -> None:
    with freezegun.freeze_time("2024-01-01"):
        before = RealClock.monotonic()
        while RealClock.monotonic() == before:
            pass
        assert RealClock.monotonic() > before


@pytest.mark.parametrize(
    "freeze",
    [
        lambda: freezegun.freeze_time("2024-01-01"),
        lambda: time_machine.travel(datetime(2024, 1, 1, tzinfo=timezone.utc)),
    ],
    ids=["freezegun", "time-machine"],
)
def test_frozen_time_is_not_taken_for_the_machines(freeze) -> None:
    with freeze():
        assert sources.is_wall_time(sources.process_time()) is False


def test_the_processes_own_time_is_the_machines() -> None:
    assert sources.is_wall_time(sources.process_time()) is True
