"""Instants as S3 writes them: in documents, in headers, in error texts."""

from __future__ import annotations

from datetime import datetime, timezone

from mocklambda.clock.base import Millis


def iso_millis(at: Millis) -> str:
    """Return ``2025-01-21T23:21:10.123Z``."""
    return _utc(at // 1000).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at % 1000:03d}Z"


def iso_seconds(at: Millis) -> str:
    return _utc(at // 1000).strftime("%Y-%m-%dT%H:%M:%SZ")


def http_date(at: Millis) -> str:
    """Return ``Mon, 30 Oct 2023 00:00:00 GMT``."""
    return _named(_utc(at // 1000), "{day}, {moment:%d} {month} {moment:%Y %H:%M:%S} GMT")


def log_date(at: Millis) -> str:
    """Return ``06/Feb/2019:00:00:38 +0000``."""
    return _named(_utc(at // 1000), "{moment:%d}/{month}/{moment:%Y:%H:%M:%S} +0000")


def pacific(at: Millis) -> str:
    """Return ``Tue Dec 31 16:00:00 PST 2019``, as S3 shows a lock's date."""
    moment = _utc(at // 1000)
    is_summer = _sunday(moment.year, 3, 14, hour=10) <= moment < _sunday(moment.year, 11, 7, hour=9)
    zone, hours = ("PDT", 7) if is_summer else ("PST", 8)
    local = _utc(at // 1000 - hours * 3600)
    return _named(local, f"{{day}} {{month}} {{moment:%d %H:%M:%S}} {zone} {{moment:%Y}}")


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _named(moment: datetime, form: str) -> str:
    """Fill in English names, whatever the process's locale."""
    return form.format(day=_DAYS[moment.weekday()], month=_MONTHS[moment.month - 1], moment=moment)


def _sunday(year: int, month: int, latest: int, *, hour: int) -> datetime:
    """Return the Sunday of the week that ends on day ``latest``, at which clocks are changed."""
    day = latest - datetime(year, month, latest, tzinfo=timezone.utc).isoweekday() % 7
    return datetime(year, month, day, hour, tzinfo=timezone.utc)


def _utc(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, tz=timezone.utc)
