"""The module of this name that Lambda's Python runtimes bring: functions to be called around a snapshot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
Hook = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]


class _Registered:
    """The hooks of the one function that this process runs."""

    def __init__(self) -> None:
        self.before: list[Hook] = []
        self.after: list[Hook] = []


_registered = _Registered()


def register_before_snapshot(func: F, *args: Any, **kwargs: Any) -> F:
    """Have ``func`` called before the snapshot is taken, those registered last first."""
    _registered.before.append((func, args, kwargs))
    return func


def register_after_restore(func: F, *args: Any, **kwargs: Any) -> F:
    """Have ``func`` called after the snapshot has been restored, in the order of registration."""
    _registered.after.append((func, args, kwargs))
    return func


def get_before_snapshot() -> list[Hook]:
    return _registered.before


def get_after_restore() -> list[Hook]:
    return _registered.after
