"""What time botocore goes by: the session's.

A URL presigned after ``advance`` were born expired else; and waiters, which sleep between their looks, would have a
test wait in real time for what virtual time brings.
"""

from __future__ import annotations

import sys
from typing import Any

from mocklambda.intercept import active


def install() -> active.Undo:
    """Patch the ways in which botocore's signers and waiters go by time; returns what puts them back."""
    from botocore import auth, signers, waiter

    native = sys.modules.get("botocore.crt.auth")  # loaded with ``auth`` where awscrt is installed
    places = ((auth, _DATE), (signers, _DATE), (native, _DATE), (auth, "time"), (waiter, "time"))
    patched = [(module, name) for module, name in places if hasattr(module, name)]
    before = [(module, name, getattr(module, name)) for module, name in patched]
    for module, name, original in before:
        setattr(module, name, _Time(original) if name == "time" else _current(original))

    def undo() -> None:
        for module, name, original in before:
            setattr(module, name, original)

    return undo


_DATE = "get_current_datetime"


def _current(original: Any) -> Any:
    def current(remove_tzinfo: bool = True) -> Any:
        session = active.top()
        if session is None:
            return original(remove_tzinfo)
        moment = session.now
        return moment.replace(tzinfo=None) if remove_tzinfo else moment

    return current


class _Time:
    """The module ``time`` as signatures of the older kind and waiters use it."""

    def __init__(self, original: Any) -> None:
        self._original = original

    def time(self) -> float:
        session = active.top()
        now: float = self._original.time() if session is None else session.now.timestamp()
        return now

    def sleep(self, seconds: float) -> None:
        session = active.top()
        if session is None:
            self._original.sleep(seconds)
        else:
            session.rest(round(seconds * 1000))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)
