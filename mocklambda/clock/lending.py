"""Lends the session's time to a module of somebody else's that asks its own name ``datetime``.

Only inside ``at``, in its thread: everybody else gets what time it is to the process.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from mocklambda.clock.base import Millis

_EPOCH = (1970, 1, 1)
_lent: ContextVar[Millis | None] = ContextVar("the instant that is lent", default=None)


@contextmanager
def at(now: Millis) -> Iterator[None]:
    """Let it be ``now`` for modules that ``lend`` was called for."""
    token = _lent.set(now)
    try:
        yield
    finally:
        _lent.reset(token)


def lend(module: Any) -> Callable[[], None]:
    """Put a clock in place of the module's ``datetime``; returns what takes it back."""
    original = module.datetime
    lent = _Module()
    module.datetime = lent

    def undo() -> None:
        if module.datetime is lent:
            module.datetime = original

    return undo


class _Module:
    """The module ``datetime``, but for what time it is."""

    def __init__(self) -> None:
        self.datetime = _Class()

    def __getattr__(self, name: str) -> Any:
        return getattr(dt, name)


class _Class:
    """The class ``datetime.datetime``, but for what time it is."""

    def now(self, tz: dt.tzinfo | None = None) -> dt.datetime:
        instant = _instant()
        return dt.datetime.now(tz) if instant is None else instant.astimezone(tz)

    def utcnow(self) -> dt.datetime:
        return self.now(dt.timezone.utc).replace(tzinfo=None)

    def __getattr__(self, name: str) -> Any:
        return getattr(dt.datetime, name)


def _instant() -> dt.datetime | None:
    now = _lent.get()
    if now is None:
        return None
    return dt.datetime(*_EPOCH, tzinfo=dt.timezone.utc) + dt.timedelta(milliseconds=now)
