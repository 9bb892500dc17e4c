"""freezegun as handlers need it: in any thread, for modules of any name, with monotonic time that goes on."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

NAMES_OF_HANDLERS = frozenset({"gi", "queue", "selenium"})
"""Modules of others that freezegun passes by, and with them a ``queue_consumer`` and a ``github``."""


def freezer(when: dt.datetime, monotonic: Callable[[], float]) -> Any:
    """Return freezegun's freezer, ticking from ``when``; monotonic clocks and counters tell ``monotonic``."""
    import freezegun
    from freezegun import api

    api.call_stack_inspection_limit = (
        0  # it told the real time beneath a caller in ``threading``: to all threads
    )
    passed_by = [name for name in freezegun.config.DEFAULT_IGNORE_LIST if name not in NAMES_OF_HANDLERS]
    freezegun.configure(default_ignore_list=passed_by)
    api._get_fake_monotonic = monotonic  # it tells the calendar's seconds by itself
    api._get_fake_monotonic_ns = lambda: int(monotonic() * 1e9)
    _have_texts_follow(api)
    return freezegun.freeze_time(when, tick=True)


def look_through_modules() -> None:
    """Have freezegun find once what it will replace in the modules that are loaded now."""
    freezes = freezer(dt.datetime(2024, 1, 1), time.monotonic)  # noqa: DTZ001 - freezegun's form
    freezes.start()
    freezes.stop()


def _have_texts_follow(api: Any) -> None:
    """Replace what freezegun leaves alone: ``ctime`` and ``asctime`` of now."""
    if time.ctime.__module__ != "time":
        return
    real_ctime, real_asctime = time.ctime, time.asctime

    def ctime(seconds: Any = None, /) -> str:
        return real_ctime(api.fake_time() if seconds is None and api.freeze_factories else seconds)

    def asctime(fields: Any = None, /) -> str:
        return real_asctime(time.localtime() if fields is None else fields)

    time.ctime, time.asctime = ctime, asctime
