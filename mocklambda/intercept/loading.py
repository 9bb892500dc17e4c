"""Patches of packages that a test may use or not: applied once they are loaded, now or later.

They are never imported from here: a test that does not use one does not pay for it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

from mocklambda.intercept import active


def once_loaded(name: str, patch: Callable[[ModuleType], active.Undo]) -> active.Undo:
    """Patch the module of that name, at once or when it is imported; returns what puts it back."""
    undo: list[active.Undo] = []
    loaded = sys.modules.get(name)
    if loaded is not None:
        undo.append(patch(loaded))
    else:
        awaiting = _Awaiting(name, lambda module: undo.append(patch(module)))
        sys.meta_path.insert(0, awaiting)
        undo.append(awaiting.leave)

    def put_back() -> None:
        while undo:
            undo.pop()()

    return put_back


class _Awaiting(MetaPathFinder):
    """Stands before the other finders until the module is asked for."""

    def __init__(self, name: str, on_loaded: Callable[[ModuleType], None]) -> None:
        self._name = name
        self._on_loaded = on_loaded

    def leave(self) -> None:
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != self._name:
            return None
        self.leave()
        spec = find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = _Telling(spec.loader, self._on_loaded)
        return spec


class _Telling(Loader):
    """Loads as another loader does, and tells."""

    def __init__(self, loader: Loader, on_loaded: Callable[[ModuleType], None]) -> None:
        self._loader = loader
        self._on_loaded = on_loaded

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        self._on_loaded(module)
