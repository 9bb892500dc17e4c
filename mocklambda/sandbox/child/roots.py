"""Which root an environment gets: Lambda's paths where namespaces are granted, else directories of its own.

Decides what of the host must stay in sight; child/namespaces.py does it.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Sequence
from typing import Any

from . import loopback, namespaces


class Roots:
    """The base of all roots, made at first need."""

    def __init__(self) -> None:
        self._base: namespaces.Base | None = None
        self._is_prepared = False
        self._shown: list[str] = []

    def are_granted(self) -> bool:
        """Tell whether environments get roots of their own; finds out once."""
        if not self._is_prepared:
            self._is_prepared = True
            self._base = namespaces.prepare()
            self._shown = loaded_from()
        return self._base is not None

    def decide(self, start: dict[str, Any]) -> None:
        """Fill in where the function's directories will be."""
        directories = start.pop("directories")
        if start["root"] is None or not self.are_granted():
            start["root"] = None
            start["environ"].update(directories.pop("environ"))
            start.update(directories)
        start["code_root"] = start["task_root"]
        if start["root"] is not None and start["root"]["is_source"] and measured_to() is not None:
            start["code_root"] = start["root"]["task"]  # coverage knows files by their real paths

    def enter(self, start: dict[str, Any], held: Sequence[int], door: int) -> None:
        """Put this process there; hands what a later one needs to be there too through the door."""
        if start["root"] is None:
            return
        if held:
            namespaces.enter_again(*held)
        else:
            self._enter_new(start)
            _hand(door, b"n", namespaces.opened(is_offline=start["is_offline"]))
        if start["is_offline"] and start["bridged"]:
            _hand(door, b"l", loopback.listen(start["bridged"]))

    def _enter_new(self, start: dict[str, Any]) -> None:
        assert self._base is not None
        if start["image"] is not None:
            namespaces.enter_image(self._base, start["image"]["root"], start["root"])
        else:
            self._enter_host(self._base, start)

    def _enter_host(self, base: namespaces.Base, start: dict[str, Any]) -> None:
        written = [directory for directory in [measured_to()] if directory is not None]
        interpreter = os.path.dirname(os.path.dirname(os.path.realpath(start["interpreter"])))
        shown = [*self._shown, *map(os.path.realpath, start["site"]), interpreter]
        if start["code_root"] == start["root"]["task"]:
            shown.append(start["code_root"])
        namespaces.enter(base, start["root"], shown, written)


def _hand(door: int, kind: bytes, descriptors: Sequence[int]) -> None:
    """Give descriptors away through the door."""
    with socket.socket(fileno=os.dup(door)) as line:
        socket.send_fds(line, [kind], descriptors)
    for descriptor in descriptors:
        os.close(descriptor)


def loaded_from() -> list[str]:
    """List the directories that this interpreter, and what it has loaded or may load, lies in."""
    own = os.path.dirname(os.path.abspath(__file__))
    paths = [own, sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix, *sys.path]
    return sorted({os.path.realpath(path) for path in paths if path and os.path.isdir(path)})


def measured_to() -> str | None:
    """Return the directory that coverage writes its data to, where it measures this process."""
    coverage = sys.modules.get("coverage")
    current = coverage.Coverage.current() if coverage is not None else None
    if current is None:
        return None
    return os.path.dirname(os.path.realpath(str(current.get_option("run:data_file"))))
