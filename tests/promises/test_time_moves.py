"""How time moves, what ``now`` is, and which time handlers see."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import boto3
import freezegun
import pytest
import time_machine

from mocklambda import NotSettled, UsageError, mock_lambda

NEW_YEAR = datetime(2024, 1, 1, tzinfo=timezone.utc)
FAILS = "def handler(event, context):\n    raise ValueError\n"
ECHO = "def handler(event, context):\n    return event\n"
CLOCKS = """
import time
from datetime import datetime, timezone

def handler(event, context):
    return [time.time(), datetime.now(timezone.utc).timestamp(), datetime.utcnow().isoformat()]
"""
LOOP = "def handler(event, context):\n    while True:\n        pass\n"
SLEEP = """
import asyncio, time

def handler(event, context):
    before = time.time()
    if event.get("asyncio"):
        asyncio.run(asyncio.sleep(event["seconds"]))
    else:
        time.sleep(event["seconds"])
    return [round(time.time() - before), context.get_remaining_time_in_millis()]
"""


def offsets(fn: Any) -> list[int]:
    return [round((one.started_at - NEW_YEAR).total_seconds()) for one in fn.invocations]


# -- advance, run_until_idle -------------------------------------------------------------------------------


@pytest.mark.mock_lambda(clock=NEW_YEAR)
def test_advance_runs_what_falls_due_at_its_own_instant_and_lands_exactly(mock_lambda: Any) -> None:
    fn = mock_lambda.function("fn", source=FAILS)
    fn.send()
    mock_lambda.advance(minutes=30)
    assert (offsets(fn), mock_lambda.now) == ([0, 60, 180], NEW_YEAR + timedelta(minutes=30))


@pytest.mark.mock_lambda(clock=NEW_YEAR)
@pytest.mark.parametrize(
    ("args", "units"),
    [((timedelta(seconds=90),), {}), ((), {"minutes": 1, "seconds": 30}), ((), {"milliseconds": 90000})],
)
def test_advance_takes_a_duration_or_units(mock_lambda: Any, args: Any, units: Any) -> None:
    mock_lambda.advance(*args, **units)
    assert mock_lambda.now == NEW_YEAR + timedelta(seconds=90)


@pytest.mark.mock_lambda(clock=NEW_YEAR)
def test_time_does_not_go_back(mock_lambda: Any) -> None:
    with pytest.raises(UsageError, match="time does not go back"):
        mock_lambda.advance(seconds=-1)
    assert mock_lambda.now == NEW_YEAR


@pytest.mark.mock_lambda(clock=NEW_YEAR)
def test_things_due_at_one_instant_run_in_the_order_in_which_they_were_set(mock_lambda: Any) -> None:
    queue = mock_lambda.queue("q")
    for name in ("first", "second", "third"):
        queue.send(name, delay=10)
    mock_lambda.advance(seconds=10)
    assert [message["Body"] for message in queue.receive()] == ["first", "second", "third"]


@pytest.mark.mock_lambda(clock=NEW_YEAR)
def test_run_until_idle_jumps_until_nothing_is_parked(mock_lambda: Any) -> None:
    fn = mock_lambda.function("fn", source=FAILS)
    fn.send()
    mock_lambda.run_until_idle()
    assert offsets(fn) == [0, 60, 180]
    assert not any("attempt" in item for item in mock_lambda.listing()[1])


@pytest.mark.mock_lambda(clock=NEW_YEAR)
def test_run_until_idle_stops_at_its_limit_and_says_what_is_left(mock_lambda: Any) -> None:
    fn = mock_lambda.function("fn", source=FAILS)
    fn.send()
    with pytest.raises(NotSettled, match="Work is still parked after 30 virtual seconds") as error:
        mock_lambda.run_until_idle(limit=timedelta(seconds=30))
    assert any("attempt 2 of fn" in item for item in error.value.parked)
    assert mock_lambda.now == NEW_YEAR + timedelta(seconds=30)


@pytest.mark.mock_lambda(clock=NEW_YEAR)
def test_recurring_things_are_not_parked_work(mock_lambda: Any) -> None:
    events = boto3.client("events")
    events.put_rule(Name="every", ScheduleExpression="rate(1 minute)")
    mock_lambda.run_until_idle()
    assert mock_lambda.now < NEW_YEAR + timedelta(hours=1)


# -- now ---------------------------------------------------------------------------------------------------


def test_now_is_an_aware_utc_datetime_that_follows_the_process(mock_lambda: Any) -> None:
    assert mock_lambda.now.utcoffset() == timedelta()
    assert abs(mock_lambda.now.timestamp() - time.time()) < 5


@pytest.mark.mock_lambda(clock=NEW_YEAR)
def test_a_clock_that_is_given_moves_only_when_told(mock_lambda: Any) -> None:
    fn = mock_lambda.function("fn", source=ECHO)
    fn.invoke(1)
    assert mock_lambda.now == NEW_YEAR
    sent = mock_lambda.queue("q").send("m")
    (message,) = boto3.client("sqs").receive_message(
        QueueUrl=mock_lambda.api("sqs", "GetQueueUrl", QueueName="q")["QueueUrl"],
        AttributeNames=["SentTimestamp"],
    )["Messages"]
    assert (message["MessageId"], message["Attributes"]["SentTimestamp"]) == (
        sent,
        str(int(NEW_YEAR.timestamp() * 1000)),
    )


def test_real_time_that_passes_is_honoured_at_its_own_instant(mock_lambda: Any) -> None:
    queue = mock_lambda.queue("q")
    queue.send("m", delay=1)
    time.sleep(1.1)
    assert [message["Body"] for message in queue.receive()] == ["m"]


@freezegun.freeze_time("2024-01-01")
def test_frozen_time_stands_still(mock_lambda: Any) -> None:
    mock_lambda.function("fn", source=ECHO).invoke(1)
    assert mock_lambda.now == NEW_YEAR


def test_freeze_time_inside_and_outside_is_followed() -> None:
    with mock_lambda() as cloud:
        with freezegun.freeze_time("2024-01-01"):
            assert cloud.now == NEW_YEAR
        assert cloud.now > NEW_YEAR + timedelta(days=300)


def test_tick_is_seen_at_the_next_turn_which_first_fires_what_has_fallen_due() -> None:
    with freezegun.freeze_time("2024-01-01") as frozen, mock_lambda() as cloud:
        fn = cloud.function("fn", source=FAILS)
        fn.send()
        frozen.tick(60)
        boto3.client("sqs").list_queues()
        assert offsets(fn) == [0, 60]
        frozen.tick(1000)
        boto3.client("sqs").list_queues()
        assert offsets(fn) == [0, 60, 180]


def test_advance_moves_a_frozen_clock_so_that_the_tests_own_now_moves_along() -> None:
    with freezegun.freeze_time("2024-01-01"), mock_lambda() as cloud:
        cloud.advance(hours=3)
        assert datetime.now(timezone.utc) == cloud.now == NEW_YEAR + timedelta(hours=3)


def test_advance_moves_a_standing_travel_so_that_the_tests_own_now_moves_along() -> None:
    with time_machine.travel(NEW_YEAR, tick=False), mock_lambda() as cloud:
        cloud.advance(hours=3)
        assert datetime.now(timezone.utc) == cloud.now == NEW_YEAR + timedelta(hours=3)
        assert cloud.queue("q").receive(wait=20) == []
        assert datetime.now(timezone.utc) == cloud.now == NEW_YEAR + timedelta(hours=3, seconds=20)


def test_advance_skips_over_a_ticking_freeze() -> None:
    with freezegun.freeze_time("2024-01-01", tick=True), mock_lambda() as cloud:
        cloud.advance(hours=3)
        assert timedelta(hours=3) <= cloud.now - NEW_YEAR < timedelta(hours=3, minutes=1)
        assert datetime.now(timezone.utc) < NEW_YEAR + timedelta(minutes=1)


@pytest.mark.parametrize("tick", [False, True])
def test_time_machine_is_followed(tick: bool) -> None:
    with time_machine.travel(NEW_YEAR, tick=tick) as traveller, mock_lambda() as cloud:
        fn = cloud.function("fn", source=FAILS)
        fn.send()
        traveller.shift(timedelta(seconds=61))
        boto3.client("sqs").list_queues()
        assert offsets(fn) == [0, 60]
        cloud.advance(minutes=10)
        assert offsets(fn) == [0, 60, 180]


# -- handlers see the same time ----------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["clock", "freezegun", "time-machine", "advanced"])
def test_handlers_see_the_same_time(form: str) -> None:
    frozen = {
        "freezegun": freezegun.freeze_time("2024-01-01"),
        "time-machine": time_machine.travel(NEW_YEAR, tick=False),
    }
    options = {"clock": NEW_YEAR} if form == "clock" else {}

    def seen() -> tuple[Any, datetime]:
        with mock_lambda(**options) as cloud:
            fn = cloud.function("fn", source=CLOCKS)
            if form == "advanced":
                cloud.advance(days=400)
            return fn.invoke().payload, cloud.now

    if form in frozen:
        with frozen[form]:
            (stamp, aware, naive), now = seen()
    else:
        (stamp, aware, naive), now = seen()
    expected = now.timestamp()
    assert [abs(value - expected) < 5 for value in (stamp, aware)] == [True, True]
    assert abs((datetime.fromisoformat(naive).replace(tzinfo=timezone.utc) - now).total_seconds()) < 5


@pytest.mark.parametrize("clock", [NEW_YEAR, None])
def test_time_that_a_handler_works_counts_between_its_sleeps(clock: datetime | None) -> None:
    source = """
import time

def work():
    end = time.clock_gettime(time.CLOCK_MONOTONIC) + 0.1
    while time.clock_gettime(time.CLOCK_MONOTONIC) < end:
        pass

def handler(event, context):
    before = time.time(), time.monotonic()
    for _ in range(3):
        work()
        time.sleep(1)
    return [time.time() - before[0], time.monotonic() - before[1]]
"""
    with mock_lambda(sleep="virtual", clock=clock) as cloud:
        passed = cloud.function("fn", source=source, timeout=10).invoke().payload
    assert [3.29 < seconds < 4 for seconds in passed] == [True, True]


STOPWATCH = """
import time
from queue import Empty, Queue

BEGUN = time.monotonic(), time.perf_counter(), time.monotonic_ns() / 1e9

def handler(event, context):
    try:
        Queue().get(timeout=0.01)
    except Empty:
        return [time.monotonic() - BEGUN[0], time.perf_counter() - BEGUN[1], time.monotonic_ns() / 1e9 - BEGUN[2]]
"""


@pytest.mark.parametrize("clock", [NEW_YEAR, None])
def test_monotonic_time_of_a_warm_handler_goes_on_by_what_time_has_moved(clock: datetime | None) -> None:
    with mock_lambda(clock=clock) as cloud:
        fn = cloud.function("fn", source=STOPWATCH)
        first = fn.invoke().payload
        cloud.advance(minutes=2)
        second = fn.invoke().payload
        cloud.advance(minutes=2)
        third = fn.invoke().payload
    assert [round(seconds / 10) * 10 for seconds in [*first, *second, *third]] == [0] * 3 + [120] * 3 + [
        240
    ] * 3


def test_monotonic_time_of_a_handler_does_not_go_back() -> None:
    with mock_lambda() as cloud:
        fn = cloud.function("fn", source=STOPWATCH)
        seen = [fn.invoke().payload[0]]
        for day in ("2024-01-02", "2024-01-01"):
            with freezegun.freeze_time(day):
                seen.append(fn.invoke().payload[0])
    assert 0 < seen[0] < seen[1] < seen[2] < 10


CLOCKS_OF_THREADS = """
import time as clock
from concurrent.futures import ThreadPoolExecutor
from time import ctime, time

def look():
    return [time(), clock.time(), ctime(), clock.asctime()]

def handler(event, context):
    with ThreadPoolExecutor() as pool:
        return [look(), pool.submit(look).result()]
"""


@pytest.mark.parametrize("name", ["orders", "queue_consumer", "github"])
@pytest.mark.parametrize("is_warm", [False, True])
def test_handlers_see_it_in_threads_too_and_in_modules_of_any_name(
    tmp_path: Path, name: str, is_warm: bool
) -> None:
    (tmp_path / f"{name}.py").write_text(CLOCKS_OF_THREADS)
    with mock_lambda() as cloud:
        fn = cloud.function("fn", source=tmp_path, handler=f"{name}.handler")
        if is_warm:
            fn.invoke()
        cloud.advance(days=400)
        expected = cloud.now
        seen = fn.invoke().payload
    assert [abs(stamp - expected.timestamp()) < 5 for stamps in seen for stamp in stamps[:2]] == [True] * 4
    assert {text[-4:] for texts in seen for text in texts[2:]} == {str(expected.year)}


def test_a_warm_handler_sees_time_move_with_each_invocation() -> None:
    with mock_lambda(clock=NEW_YEAR) as cloud:
        fn = cloud.function("fn", source=CLOCKS)
        first = fn.invoke().payload[0]
        cloud.advance(minutes=5)
        assert 299 < fn.invoke().payload[0] - first < 305
        assert [one.cold for one in fn.invocations] == [True, False]


@freezegun.freeze_time("2024-01-01")
def test_remaining_time_and_billing_count_real_time_under_a_freeze(mock_lambda: Any) -> None:
    source = """
import time
def handler(event, context):
    first = context.get_remaining_time_in_millis()
    end = time.clock_gettime(time.CLOCK_MONOTONIC) + 0.05
    while time.clock_gettime(time.CLOCK_MONOTONIC) < end:
        pass
    return [first, context.get_remaining_time_in_millis()]
"""
    fn = mock_lambda.function("fn", source=source, timeout=3)
    first, second = fn.invoke().payload
    assert 3000 >= first > second + 40
    assert fn.invocations[0].billed_ms >= 50


@freezegun.freeze_time("2024-01-01")
def test_a_looping_handler_is_killed_at_its_deadline_under_a_freeze(mock_lambda: Any) -> None:
    fn = mock_lambda.function("fn", source=LOOP, timeout=1)
    error = fn.invoke().error
    assert error is not None
    assert error["errorMessage"].endswith("Task timed out after 1.00 seconds")
    assert [one.error is not None for one in fn.invocations] == [True]


# -- sleep in handlers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("clock", [None, NEW_YEAR])
@pytest.mark.parametrize("way", ["time", "asyncio"])
def test_virtual_sleep_takes_no_real_time_but_counts(way: str, clock: datetime | None) -> None:
    with mock_lambda(sleep="virtual", clock=clock) as cloud:
        fn = cloud.function("fn", source=SLEEP, timeout=900)
        started = time.monotonic()
        slept, left = fn.invoke({"seconds": 600, "asyncio": way == "asyncio"}).payload
        assert time.monotonic() - started < 10
        assert (slept, 295_000 < left <= 300_000) == (600, True)
        assert 600_000 <= fn.invocations[0].billed_ms < 605_000


def test_a_fifteen_minute_timeout_is_over_in_no_time() -> None:
    with mock_lambda(sleep="virtual") as cloud:
        fn = cloud.function("fn", source=SLEEP, timeout=900)
        started = time.monotonic()
        error = fn.invoke({"seconds": 1000}).error
        assert time.monotonic() - started < 10
        assert error is not None
        assert error["errorMessage"].endswith("Task timed out after 900.00 seconds")


def test_sleep_is_real_by_default(mock_lambda: Any) -> None:
    fn = mock_lambda.function("fn", source=SLEEP)
    started = time.monotonic()
    fn.invoke({"seconds": 0.2})
    assert time.monotonic() - started >= 0.2


# -- seed and ticks ----------------------------------------------------------------------------------------


def ids(seed: int | None) -> list[Any]:
    with mock_lambda(seed=seed, clock=NEW_YEAR) as cloud:
        queue = cloud.queue("q")
        message = queue.send("m")
        fn = cloud.function("fn", source=ECHO)
        answer = boto3.client("lambda").invoke(FunctionName="fn", Payload=json.dumps(1))
        (received,) = queue.receive()
        return [
            message,
            received["ReceiptHandle"],
            answer["ResponseMetadata"]["RequestId"],
            fn.invocations[0].trace_id,
        ]


def test_a_seed_repeats_every_id() -> None:
    assert ids(7) == ids(7) != ids(8)


def test_without_a_seed_ids_differ() -> None:
    assert ids(None) != ids(None)


def test_a_seed_that_was_not_given_can_be_read_and_repeated() -> None:
    with mock_lambda(clock=NEW_YEAR) as cloud:
        seed, first = cloud.seed, cloud.queue("q").send("m")
    with mock_lambda(clock=NEW_YEAR, seed=seed) as cloud:
        assert cloud.queue("q").send("m") == first
