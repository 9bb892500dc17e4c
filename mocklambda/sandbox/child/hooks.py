"""SnapStart's runtime hooks: where a function registers them, and in which order they run (S)."""

from __future__ import annotations

import importlib.abc
import importlib.util
import os
import sys
from typing import Any

MODULE = "snapshot_restore_py"
BEFORE, AFTER = "Runtime.BeforeSnapshotError", "Runtime.AfterRestoreError"
BEFORE_STATUS, AFTER_STATUS = 64, 65
"""What the runtime exits with when a hook fails."""


class Bundled(importlib.abc.MetaPathFinder):
    """Finds the runtime's own module, for a function that brings none."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name != MODULE:
            return None
        here = os.path.dirname(os.path.abspath(__file__))
        return importlib.util.spec_from_file_location(name, os.path.join(here, f"{MODULE}.py"))


def offer() -> None:
    """Let the function import the module."""
    sys.meta_path.append(Bundled())


def run_before() -> None:
    """Run what is to be done before the snapshot: registered last, run first."""
    module = sys.modules.get(MODULE)
    hooks = [] if module is None else module.get_before_snapshot()
    while hooks:
        function, positional, named = hooks.pop()
        function(*positional, **named)


def run_after() -> None:
    """Run what is to be done after the restoration, in the order of registration."""
    module = sys.modules.get(MODULE)
    for function, positional, named in [] if module is None else module.get_after_restore():
        function(*positional, **named)
