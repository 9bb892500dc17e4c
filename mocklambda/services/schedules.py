"""When a schedule runs: ``rate(…)``, ``cron(…)`` and ``at(…)`` read once, and the instants that follow.

Knows calendars and time zones, but neither clocks nor what is run. Instants are epoch milliseconds.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone, tzinfo
from types import MappingProxyType
from typing import Protocol

from mocklambda.clock.base import Millis

MINUTE_MS = 60_000
_UNITS: Mapping[str, Millis] = MappingProxyType(
    {"minute": MINUTE_MS, "hour": 60 * MINUTE_MS, "day": 24 * 60 * MINUTE_MS}
)
_RATE = re.compile(r"rate\(([1-9][0-9]*) (minute|hour|day)(s?)\)")
_CRON = re.compile(r"cron\(([^()]*)\)")
_AT = re.compile(r"at\(([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})\)")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_YEARS = (1970, 2199)


class InvalidSchedule(Exception):
    """An expression is no schedule."""


class Schedule(Protocol):
    """A row of instants."""

    def after(self, instant: Millis) -> Millis | None:
        """Return the first instant later than ``instant``, or None when there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Every so often, counted from a start, which is no run itself."""

    period_ms: Millis
    start: Millis

    def after(self, instant: Millis) -> Millis:
        """Return the first multiple of the period, counted from the start, that is later."""
        passed = max(0, instant - self.start) // self.period_ms
        return self.start + (passed + 1) * self.period_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """One instant."""

    at: Millis

    def after(self, instant: Millis) -> Millis | None:
        """Return the instant while it is still to come."""
        return self.at if self.at > instant else None


def read_rate(text: str, start: Millis) -> Rate:
    """Read ``rate(5 minutes)``; raises InvalidSchedule. One takes the singular, others the plural."""
    found = _RATE.fullmatch(text)
    if found is None or (found[1] == "1") == bool(found[3]):
        raise InvalidSchedule(text)
    return Rate(period_ms=int(found[1]) * _UNITS[found[2]], start=start)


def read_once(text: str, zone: tzinfo) -> Once:
    """Read ``at(2024-01-31T12:00:00)`` in a time zone; raises InvalidSchedule."""
    found = _AT.fullmatch(text)
    if found is None:
        raise InvalidSchedule(text)
    try:
        moment = datetime.fromisoformat(found[1])
    except ValueError:
        raise InvalidSchedule(text) from None
    return Once(at=_millis(moment.replace(tzinfo=zone)))


def read_cron(text: str, zone: tzinfo = timezone.utc) -> Cron:
    """Read ``cron(minutes hours day-of-month month day-of-week year)``; raises InvalidSchedule."""
    found = _CRON.fullmatch(text)
    fields = found[1].split() if found is not None else []
    if len(fields) != 6:
        raise InvalidSchedule(text)
    minute, hour, day, month, weekday, year = fields
    if (day == "?") == (weekday == "?"):
        raise InvalidSchedule(text)
    try:
        return Cron(
            zone=zone,
            minutes=_values(minute, 0, 59),
            hours=_values(hour, 0, 23),
            days=_month_days(day) if weekday == "?" else _weekdays(weekday),
            months=_values(month, 1, 12, _MONTHS),
            years=_values(year, *_YEARS),
        )
    except ValueError:
        raise InvalidSchedule(text) from None


class Days(Protocol):
    """Which days of a month."""

    def of(self, first: date, length: int) -> Sequence[int]:
        """Return the days, ascending, of the month that begins with ``first``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cron:
    """Times of the calendar in a time zone."""

    zone: tzinfo
    minutes: Sequence[int]
    hours: Sequence[int]
    days: Days
    months: Sequence[int]
    years: Sequence[int]

    def after(self, instant: Millis) -> Millis | None:
        """Return the next time of the calendar.

        A time that a change to summer time leaves out is left out; one that comes twice runs once.
        """
        local = datetime.fromtimestamp(instant // 1000, tz=self.zone).replace(tzinfo=None)
        for moment in self._moments(local - timedelta(hours=2)):
            aware = moment.replace(tzinfo=self.zone)
            at = _millis(aware)
            if at > instant and _exists(aware):
                return at
        return None

    def _moments(self, since: datetime) -> Iterator[datetime]:
        start = since.replace(second=0, microsecond=0)
        for first in self._month_starts(start):
            following = (first + timedelta(days=31)).replace(day=1)
            for day in self.days.of(first, (following - first).days):
                midnight = datetime(first.year, first.month, day)  # noqa: DTZ001 - local time, zone added later
                if midnight + timedelta(days=1) <= start:
                    continue
                for hour in self.hours:
                    for minute in self.minutes:
                        moment = midnight.replace(hour=hour, minute=minute)
                        if moment >= start:
                            yield moment

    def _month_starts(self, start: datetime) -> Iterator[date]:
        for year in self.years[bisect_left(self.years, start.year) :]:
            for month in self.months:
                if (year, month) >= (start.year, start.month):
                    yield date(year, month, 1)


def _millis(moment: datetime) -> Millis:
    return round(moment.timestamp() * 1000)


def _exists(aware: datetime) -> bool:
    there_and_back = aware.astimezone(timezone.utc).astimezone(aware.tzinfo)
    return there_and_back.replace(tzinfo=None) == aware.replace(tzinfo=None)


# -- fields ----------------------------------------------------------------------------------------------


def _values(text: str, low: int, high: int, names: Sequence[str] = ()) -> Sequence[int]:
    """Read a list of ``*``, values, ranges and steps; raises ValueError."""
    found: set[int] = set()
    for part in text.split(","):
        found.update(_span(part, low, high, names))
    return tuple(sorted(found))


def _span(text: str, low: int, high: int, names: Sequence[str]) -> Iterator[int]:
    body, slash, step_text = text.partition("/")
    step = _natural(step_text) if slash else 1
    if step < 1:
        raise ValueError(text)
    first_text, dash, last_text = body.partition("-")
    if body == "*":
        first, last = low, high
    else:
        first = _value(first_text, low, high, names)
        last = _value(last_text, low, high, names) if dash else (high if slash else first)
    if last < first:  # over the end and on from the beginning, as FRI-MON
        last += high - low + 1
    return (low + (value - low) % (high - low + 1) for value in range(first, last + 1, step))


def _value(text: str, low: int, high: int, names: Sequence[str]) -> int:
    value = names.index(text.upper()) + low if text.upper() in names else _natural(text)
    if not low <= value <= high:
        raise ValueError(text)
    return value


def _natural(text: str) -> int:
    if not re.fullmatch("[0-9]+", text):
        raise ValueError(text)
    return int(text)


# -- days ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _MonthDays:
    """Days by their number."""

    numbers: Sequence[int]

    def of(self, _first: date, length: int) -> Sequence[int]:
        return [day for day in self.numbers if day <= length]


@dataclass(frozen=True, slots=True)
class _LastDay:
    """The last day of the month (``L``), or the working day at or before it (``LW``)."""

    is_working: bool

    def of(self, first: date, length: int) -> Sequence[int]:
        return [_working_day(first, length, length) if self.is_working else length]


@dataclass(frozen=True, slots=True)
class _NearestWorkingDay:
    """The working day nearest to a day, within the month (``15W``)."""

    number: int

    def of(self, first: date, length: int) -> Sequence[int]:
        return [_working_day(first, length, self.number)] if self.number <= length else []


@dataclass(frozen=True, slots=True)
class _Weekdays:
    """Every such day of the week; 0 is Sunday."""

    numbers: Sequence[int]

    def of(self, first: date, length: int) -> Sequence[int]:
        return [day for day in range(1, length + 1) if _weekday(first, day) in self.numbers]


@dataclass(frozen=True, slots=True)
class _NthWeekday:
    """The nth such day of the month (``SAT#3``), or with 0 the last (``6L``)."""

    number: int
    nth: int

    def of(self, first: date, length: int) -> Sequence[int]:
        days = _Weekdays((self.number,)).of(first, length)
        if self.nth == 0:
            return days[-1:]
        return days[self.nth - 1 : self.nth]


def _month_days(text: str) -> Days:
    if text in {"L", "LW"}:
        return _LastDay(text == "LW")
    if text.endswith("W"):
        return _NearestWorkingDay(_value(text[:-1], 1, 31, ()))
    return _MonthDays(_values(text, 1, 31))


def _weekdays(text: str) -> Days:
    if text == "L":
        return _Weekdays((6,))
    if text.endswith("L"):
        return _NthWeekday(_value(text[:-1], 1, 7, _WEEKDAYS) - 1, 0)
    day, hash_, nth = text.partition("#")
    if hash_:
        return _NthWeekday(_value(day, 1, 7, _WEEKDAYS) - 1, _value(nth, 1, 5, ()))
    return _Weekdays(tuple(number - 1 for number in _values(text, 1, 7, _WEEKDAYS)))


def _weekday(first: date, day: int) -> int:
    return (first.isoweekday() + day - 1) % 7


def _working_day(first: date, length: int, day: int) -> int:
    weekday = _weekday(first, day)
    if weekday == 6:
        return day - 1 if day > 1 else day + 2
    if weekday == 0:
        return day + 1 if day < length else day - 2
    return day
