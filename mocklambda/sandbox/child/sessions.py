"""What each of botocore's sessions works out anew though it never changes, worked out once for all of them.

A session registers some 130 handlers; for each it looks through 400 names of services for those in the event's name,
and has ``inspect`` read the handler's signature: nine tenths of what a session takes, and half of the first client with
it. Nearly every test makes a session, and each cold environment makes one more.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import CO_VARKEYWORDS
from types import FunctionType, MethodType
from typing import Any

_NAMES: dict[str, str] = {}
"""An event's name → that with its service's present name, as botocore's EventAliaser keeps them for itself."""


def share(hooks: Any) -> Callable[[], None]:
    """Patch the ways in which sessions take handlers, in ``botocore.hooks``; returns what puts them back."""
    aliaser = hooks.EventAliaser
    original_init, original_accepts = aliaser.__init__, hooks.accepts_kwargs

    def init(self: Any, event_emitter: Any, event_aliases: Any = None) -> None:
        original_init(self, event_emitter, event_aliases)
        if event_aliases is None or event_aliases == hooks.EVENT_ALIASES:
            self._alias_name_cache = _NAMES

    def accepts_kwargs(func: Any) -> Any:
        plain = func.__func__ if func.__class__ is MethodType else func
        if (
            plain.__class__ is FunctionType and not plain.__dict__
        ):  # nothing there to say otherwise than its code
            return bool(plain.__code__.co_flags & CO_VARKEYWORDS)
        return original_accepts(func)

    aliaser.__init__ = init
    hooks.accepts_kwargs = accepts_kwargs

    def undo() -> None:
        aliaser.__init__ = original_init
        hooks.accepts_kwargs = original_accepts

    return undo
