"""What an inline handler takes of the test's process for an invocation, and gives back exactly."""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, TextIO

from mocklambda.sandbox.child.records import formatter
from mocklambda.sandbox.descent import running
from mocklambda.sandbox.logs import Output


class Stream:
    """Standard output or error: one environment's goes to its log, all others' where it went before."""

    def __init__(self, original: TextIO, environment: str, output: Output) -> None:
        self._original = original
        self._environment = environment
        self._output = output

    def write(self, text: str) -> int:
        if running.get() != self._environment:
            return self._original.write(text)
        self._output.feed(text.encode("utf-8", "replace"))
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)


class Records(logging.Handler):
    """One environment's log records, in the form that the runtime's own handler gives them."""

    def __init__(
        self, environment: str, output: Output, on_event: Callable[[str], None], request_id: str
    ) -> None:
        super().__init__()
        self._environment = environment
        self._output = output
        self._on_event = on_event
        self._request_id = request_id

    def emit(self, record: logging.LogRecord) -> None:
        if running.get() == self._environment:
            record.aws_request_id = self._request_id
            self._output.flush()
            self._on_event(self.format(record))


@contextmanager
def captured(
    on_event: Callable[[str], None], request_id: str, environment: str, *, is_json: bool
) -> Iterator[None]:
    """Send what an environment's threads print and log to its function's log."""
    output = Output(on_event, lambda: None)
    out, err = sys.stdout, sys.stderr
    mine = Stream(out, environment, output), Stream(err, environment, output)
    handler = Records(environment, output, on_event, request_id)
    handler.setFormatter(formatter(is_json=is_json))
    root = logging.getLogger()
    root.addHandler(handler)
    sys.stdout, sys.stderr = mine
    try:
        yield
    finally:
        if sys.stdout is mine[0]:
            sys.stdout = out
        if sys.stderr is mine[1]:
            sys.stderr = err
        root.removeHandler(handler)
        output.flush()


class Modules:
    """A function's own modules: in ``sys.modules`` while it runs, kept aside between its invocations.

    A module of its directory that the test has imported itself is used as it is, so that what the test
    patched in it is patched.
    """

    def __init__(self, root: str) -> None:
        self._root = root.rstrip("/") + "/"
        self._kept: dict[str, ModuleType] = {}
        self._paths: tuple[list[str], list[str]] = [self._root.rstrip("/")], []
        """What it looks through before and after the test's own search path."""

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Let imports find the function's directory first."""
        before = {name: module for name, module in sys.modules.items() if self._is_ours(module)}
        hidden = {
            name: sys.modules[name] for name in self._kept if name in sys.modules and name not in before
        }
        sys.modules.update({name: module for name, module in self._kept.items() if name not in before})
        path = list(sys.path)
        before_path, after_path = self._paths
        sys.path[:] = [*before_path, *path, *after_path]
        importlib.invalidate_caches()
        try:
            yield
        finally:
            self._paths = _around(path, sys.path)
            sys.path[:] = path
            for name, module in list(sys.modules.items()):
                if name not in before and self._is_ours(module):
                    self._kept[name] = sys.modules.pop(name)
            sys.modules.update(hidden)

    def _is_ours(self, module: ModuleType) -> bool:
        return (getattr(module, "__file__", None) or "").startswith(self._root)


def _around(path: list[str], found: list[str]) -> tuple[list[str], list[str]]:
    """Return what was put in front of a search path and behind it."""
    start = next((place for place, entry in enumerate(found) if path and entry == path[0]), len(found))
    return found[:start], [entry for entry in found[start:] if entry not in path]
