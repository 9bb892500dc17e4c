"""Schedule expressions, as recorded from AWS and documented."""

from datetime import datetime, timezone
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from mocklambda.services.schedules import InvalidSchedule, read_cron, read_once, read_rate

UTC = timezone.utc


def millis(text, zone=UTC):
    return round(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


def runs(schedule, since, zone=UTC, count=3):
    def instants():
        instant = millis(since, zone)
        while (instant := schedule.after(instant)) is not None:
            yield datetime.fromtimestamp(instant / 1000, tz=zone).strftime("%Y-%m-%dT%H:%M")

    return list(islice(instants(), count))


@pytest.mark.parametrize(
    "text",
    [
        "rate(10 seconds)",
        "rate(10 years)",
        "rate(1 minutes)",
        "rate(1 hours)",
        "rate(1 days)",
        "rate(10 minute)",
        "rate(10 hour)",
        "rate(10 day)",
        "rate()",
        "rate(10)",
        "rate(10 minutess)",
        "rate(foo minutes)",
        "rate(0 minutes)",
        "rate(-10 minutes)",
        "rate(10 MINUTES)",
        "rate( 10 minutes )",
        " rate(10 minutes)",
    ],
)
def test_a_bad_rate_is_refused(text):
    with pytest.raises(InvalidSchedule):
        read_rate(text, 0)


@pytest.mark.parametrize(
    ("text", "period"),
    [("rate(1 minute)", 60_000), ("rate(10 minutes)", 600_000), ("rate(1 day)", 86_400_000)],
)
def test_a_rate_runs_a_period_after_its_start(text, period):
    assert read_rate(text, 1_000).after(1_000) == 1_000 + period


@pytest.mark.parametrize(
    "text",
    [
        "cron(0 1 * * * *)",
        "cron(7 20 * * NOT *)",
        "cron(INVALID)",
        "cron(0 dummy ? * MON-FRI *)",
        "cron(71 8 1 * ? *)",
        "cron()",
        "cron(0 0 ? * ? *)",
        "cron(0 0 1 * ?)",
    ],
)
def test_a_bad_cron_is_refused(text):
    with pytest.raises(InvalidSchedule):
        read_cron(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cron(0 2 ? * SAT *)", ["2024-01-06T02:00", "2024-01-13T02:00", "2024-01-20T02:00"]),
        ("cron(5,35 14 * * ? *)", ["2024-01-01T14:05", "2024-01-01T14:35", "2024-01-02T14:05"]),
        ("cron(15 10 ? * 6L 2002-2005)", []),
        ("cron(15 10 ? * 6L *)", ["2024-01-26T10:15", "2024-02-23T10:15", "2024-03-29T10:15"]),
        ("cron(0 2 ? * SAT#3 *)", ["2024-01-20T02:00", "2024-02-17T02:00", "2024-03-16T02:00"]),
        ("cron(* * ? * SAT#3 *)", ["2024-01-20T00:00", "2024-01-20T00:01", "2024-01-20T00:02"]),
        ("cron(0/5 5 ? JAN 1-5 2022)", []),
        ("cron(0/5 5 ? JAN 1-5 2024)", ["2024-01-01T05:00", "2024-01-01T05:05", "2024-01-01T05:10"]),
        ("cron(0 8 1 * ? *)", ["2024-01-01T08:00", "2024-02-01T08:00", "2024-03-01T08:00"]),
        ("cron(0/15 * * * ? *)", ["2024-01-01T00:15", "2024-01-01T00:30", "2024-01-01T00:45"]),
        ("cron(0/30 20-23 ? * MON-FRI *)", ["2024-01-01T20:00", "2024-01-01T20:30", "2024-01-01T21:00"]),
        ("cron(0-15/1 8-8 ? * 2,3,4,5,6,7 *)", ["2024-01-01T08:00", "2024-01-01T08:01", "2024-01-01T08:02"]),
        ("cron(1-31/30 1-1 ? * 1,7 *)", ["2024-01-06T01:01", "2024-01-06T01:31", "2024-01-07T01:01"]),
        ("cron(0-59/10 0-23/2 ? * * *)", ["2024-01-01T00:10", "2024-01-01T00:20", "2024-01-01T00:30"]),
        ("cron(0 0 L * ? *)", ["2024-01-31T00:00", "2024-02-29T00:00", "2024-03-31T00:00"]),
        ("cron(0 0 LW * ? *)", ["2024-01-31T00:00", "2024-02-29T00:00", "2024-03-29T00:00"]),
        ("cron(0 0 13W * ? *)", ["2024-01-12T00:00", "2024-02-13T00:00", "2024-03-13T00:00"]),
        ("cron(0 0 31 * ? *)", ["2024-01-31T00:00", "2024-03-31T00:00", "2024-05-31T00:00"]),
        ("cron(0 0 ? * FRI-MON *)", ["2024-01-05T00:00", "2024-01-06T00:00", "2024-01-07T00:00"]),
    ],
)
def test_a_cron_runs_at_its_times(text, expected):
    assert runs(read_cron(text), "2024-01-01T00:00:00") == expected


def test_a_time_zone_moves_the_runs():
    schedule = read_cron("cron(0 9 * * ? *)", ZoneInfo("America/New_York"))
    assert runs(schedule, "2024-07-01T00:00:00", count=1) == ["2024-07-01T13:00"]


def test_a_time_that_summer_time_leaves_out_is_left_out():
    zone = ZoneInfo("America/New_York")
    schedule = read_cron("cron(30 2 * * ? *)", zone)
    assert runs(schedule, "2024-03-09T00:00:00", zone, 2) == ["2024-03-09T02:30", "2024-03-11T02:30"]


def test_a_time_that_comes_twice_runs_once():
    zone = ZoneInfo("America/New_York")
    schedule = read_cron("cron(30 1 * * ? *)", zone)
    assert runs(schedule, "2024-11-02T12:00:00", zone, 2) == ["2024-11-03T01:30", "2024-11-04T01:30"]


@pytest.mark.parametrize("text", ["at(2021-12-31T23:59:59Z)", "at(2021-12-31)", "at(2021-13-31T00:00:00)"])
def test_a_bad_instant_is_refused(text):
    with pytest.raises(InvalidSchedule):
        read_once(text, UTC)


def test_an_instant_comes_once():
    schedule = read_once("at(2024-01-01T12:00:00)", UTC)
    at = millis("2024-01-01T12:00:00")
    assert (schedule.after(at - 1), schedule.after(at)) == (at, None)
