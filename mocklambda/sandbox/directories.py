"""The session's own directory: made at first need, holding all that a session writes, removed at its end."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
import threading
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


class SessionDirectory:
    """Hands out directories below one temporary root."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._root: str | None = None
        self._numbers = count(1)

    @property
    def root(self) -> str:
        """The root's real path; made now if it is not there."""
        with self._lock:
            if self._root is None:
                self._root = str(Path(tempfile.mkdtemp(prefix="mocklambda-")).resolve())
            return self._root

    def fresh(self, kind: str) -> str:
        """Make a new directory."""
        path = f"{self.root}/{kind}-{next(self._numbers)}"
        Path(path).mkdir()
        return path

    def filled(self, kind: str, fill: Callable[[str], T]) -> T:
        """Make a new directory and have ``fill`` put something in; if it raises, nothing stays."""
        path = self.fresh(kind)
        try:
            return fill(path)
        except BaseException:
            remove(path)
            raise

    def close(self) -> None:
        """Remove everything."""
        with self._lock:
            root, self._root = self._root, None
        if root is not None:
            remove(root)


def remove(path: str) -> None:
    """Remove a directory, what is read-only in it included."""
    for directory, _, _ in os.walk(path):
        with contextlib.suppress(OSError):
            Path(directory).chmod(stat.S_IRWXU)
    shutil.rmtree(path, ignore_errors=True)
