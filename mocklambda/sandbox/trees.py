"""Unpacked code that outlives the session it was uploaded in: each test uploads the same zip again.

To unpack a function with its libraries, thousands of files, takes longer than all the rest of a test, and to remove
them as long again. They are read-only and told apart by their content, so sessions of one process share them. The
zygote removes them when the process has ended, however it ended.
"""

from __future__ import annotations

import atexit
import os
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from pathlib import Path

from mocklambda.execution.values import CodeRef
from mocklambda.sandbox import zygote
from mocklambda.sandbox.directories import remove

LIMIT = 512 << 20
"""Bytes that trees which no session uses any more may take."""


@dataclass(slots=True)
class _Tree:
    code: CodeRef
    look: int
    """Of what is in it, as it was unpacked."""
    users: int = 1


class Trees:
    """What this process has unpacked, by content."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._trees: OrderedDict[str, _Tree] = OrderedDict()  # the one given back last at the end
        self._numbers = count(1)
        self._line: zygote.Line | None = None
        self._root = ""
        self._pid = 0

    def take(self, digest: str) -> CodeRef | None:
        """Return the tree of that content, if it is here, for a session that is to give it back."""
        with self._lock:
            return self._take(digest)

    def make(self, digest: str, unpack: Callable[[str], CodeRef]) -> CodeRef | None:
        """Take a tree that ``unpack`` makes in a new directory, unless somebody has made it meanwhile.

        None where nobody would remove it in the end: there is no zygote.
        """
        with self._lock:
            code = self._take(digest)
            if code is None:
                try:
                    place = self._place()
                except OSError:
                    return None
                path = f"{place}/{next(self._numbers)}"
                Path(path).mkdir()
                try:
                    code = unpack(path)
                except BaseException:
                    remove(path)
                    raise
                self._trees[digest] = _Tree(code, look_of(path))
            return code

    def give_back(self, digests: Iterable[str], *, is_read_only: bool) -> None:
        """Take note that a session has ended; what is used least is removed where too much lies around.

        Without ``is_read_only``, the session's handlers may have written where Lambda's can not: what they have
        changed nobody else gets.
        """
        with self._lock:
            if self._pid != os.getpid():  # a fork's copy of what is its parent's
                return
            for digest in digests:
                tree = self._trees.get(digest)
                if tree is None:
                    continue
                tree.users -= 1
                self._trees.move_to_end(digest)
                if not is_read_only and look_of(tree.code.root) != tree.look:
                    del self._trees[digest]
                    if not tree.users:
                        remove(tree.code.root)
            idle = {digest: tree.code for digest, tree in self._trees.items() if not tree.users}
            size = sum(code.unzipped_size for code in idle.values())
            for digest, code in idle.items():
                if size <= self._limit:
                    break
                size -= code.unzipped_size
                del self._trees[digest]
                remove(code.root)

    def close(self) -> None:
        """Have everything removed; for when no session is open."""
        with self._lock:
            self._forget()

    def _take(self, digest: str) -> CodeRef | None:
        tree = self._trees.get(digest) if self._pid == os.getpid() else None
        if tree is None:
            return None
        if not Path(tree.code.root).is_dir():  # a test that had a TMPDIR of its own has removed that
            del self._trees[digest]
            return None
        tree.users += 1
        return tree.code

    def _place(self) -> str:
        """Return the directory of all; a fork of the process has another."""
        if self._line is None or self._pid != os.getpid() or not Path(self._root).is_dir():
            self._forget()
            root = str(Path(tempfile.mkdtemp(prefix="mocklambda-code-")).resolve())
            try:
                line = zygote.shared().line()
                line.ask({"do": "root", "root": root})
            except BaseException:
                remove(root)
                raise
            self._line, self._root, self._pid = line, root, os.getpid()
            atexit.register(self.close)  # after the zygote's own, and so before it
        return self._root

    def _forget(self) -> None:
        self._trees.clear()
        if self._line is not None:
            self._line.close()  # and the zygote removes the directory, if ours is the last copy of it
            self._line = None


def look_of(root: str) -> int:
    """Return a number that is another one when something in a tree was added, removed, renamed or written."""
    entries = []
    for directory, names, files in os.walk(root):
        for name in (*names, *files):
            found = os.lstat(f"{directory}/{name}")
            entries.append((directory, name, found.st_mode, found.st_size, found.st_mtime_ns, found.st_ino))
    return hash(frozenset(entries))


@lru_cache(maxsize=1)
def shared() -> Trees:
    """Return this process's trees."""
    return Trees()
