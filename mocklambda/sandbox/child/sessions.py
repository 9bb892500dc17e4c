"""What each of botocore's sessions works out anew though it never changes, worked out once in the zygote.

The first client of a handler makes a session, which registers some 130 functions: for each it looks through 400 names
of services for those in the event's name, and has ``inspect`` read the function's signature.
"""

from __future__ import annotations

from inspect import CO_VARKEYWORDS
from types import FunctionType, MethodType
from typing import Any


def share() -> None:
    """Make sessions of this process and its forks know the names of events, and see at once what functions take."""
    import botocore.hooks

    hooks: Any = botocore.hooks
    names: dict[str, str] = {}
    original_init, original_accepts = hooks.EventAliaser.__init__, hooks.accepts_kwargs

    def init(self: Any, event_emitter: Any, event_aliases: Any = None) -> None:
        original_init(self, event_emitter, event_aliases)
        if event_aliases is None or event_aliases == hooks.EVENT_ALIASES:
            self._alias_name_cache = names

    def accepts_kwargs(func: Any) -> Any:
        plain = func.__func__ if func.__class__ is MethodType else func
        if (
            plain.__class__ is FunctionType and not plain.__dict__
        ):  # nothing there to say otherwise than its code
            return bool(plain.__code__.co_flags & CO_VARKEYWORDS)
        return original_accepts(func)

    hooks.EventAliaser.__init__ = init
    hooks.accepts_kwargs = accepts_kwargs
