"""A snapshot as a process: past its init it runs nothing any more, but forks copies of itself.

All state of the function is in each copy as it was. What has to be another's is put in its place: descriptors,
/tmp, what tells the environment's name. Threads are not copied.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import socket
import struct
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from . import jail

SIZE = struct.Struct("<I")
CHUNK = 1 << 16
DESCRIPTORS = 5
"""Of a copy: its orders, answers, log, door, and the host's /proc."""


class Template:
    """``kept`` are the numbers under which this process has its orders, answers, log and door."""

    def __init__(
        self, door: socket.socket, kept: Sequence[int], tell: Callable[[dict[str, Any]], None]
    ) -> None:
        self._door = door
        self._kept = kept
        self._tell = tell
        self._zygote = os.getppid()
        self._buffer = b""
        self._descriptors: list[int] = []

    def serve(self) -> tuple[dict[str, Any], int] | None:
        """Fork when asked to. Returns in each copy what it was asked with, and the host's /proc; None at the end."""
        jail.adopt(orphans=False)  # copies are to be the zygote's
        poller = select.poll()
        orders, *_ = self._kept
        poller.register(orders, select.POLLIN)
        poller.register(self._door, select.POLLIN)
        while True:
            if any(number == orders for number, _ in poller.poll()):
                return None  # nothing is ever ordered: it is the end
            data, descriptors, _, _ = socket.recv_fds(self._door, CHUNK, 64)
            if not data:
                return None
            self._buffer += data
            self._descriptors += descriptors
            copied = self._fork_all()
            if copied is not None:
                return copied

    def _fork_all(self) -> tuple[dict[str, Any], int] | None:
        while len(self._buffer) >= SIZE.size:
            (size,) = SIZE.unpack_from(self._buffer)
            end = SIZE.size + size
            if len(self._buffer) < end:
                break
            text, self._buffer = self._buffer[SIZE.size : end], self._buffer[end:]
            theirs, self._descriptors = self._descriptors[:DESCRIPTORS], self._descriptors[DESCRIPTORS:]
            request = json.loads(text)
            pid = self._fork(theirs)
            if not pid:
                return request, theirs[-1]
            for descriptor in theirs:
                os.close(descriptor)
            self._tell({"key": request["key"], "pid": pid})
        return None

    def _fork(self, theirs: Sequence[int]) -> int:
        """Fork a process that is the zygote's child; returns its number, 0 in it."""
        reader, writer = os.pipe()
        chance = _state_of_chance()
        between = _fork()
        if between == 0:
            between = os.getpid()
            if _fork():
                os._exit(0)
            os.setsid()  # before anybody knows of it: a kill of the template's group must not end it unknown
            os.write(writer, SIZE.pack(os.getpid()))
            os.close(reader)
            os.close(writer)
            self._become_copy(between, theirs)
            _restore_chance(chance)
            return 0
        os.close(writer)
        os.waitpid(between, 0)
        (pid,) = SIZE.unpack(os.read(reader, SIZE.size))
        os.close(reader)
        return int(pid)

    def _become_copy(self, between: int, theirs: Sequence[int]) -> None:
        while os.getppid() == between:
            os.sched_yield()
        jail.die_with(self._zygote)
        jail.adopt(orphans=True)
        for new, old in zip(theirs, self._kept, strict=False):
            os.dup2(new, old, inheritable=False)
            os.close(new)
        log = self._kept[2]
        os.dup2(log, 1)
        os.dup2(log, 2)
        for descriptor in self._descriptors:  # of copies still to be made
            os.close(descriptor)


def _fork() -> int:
    with warnings.catch_warnings():  # newer Pythons warn where there are threads
        warnings.simplefilter("ignore")
        return os.fork()


def _state_of_chance() -> Any:
    random = sys.modules.get("random")
    return None if random is None else random.getstate()


def _restore_chance(state: Any) -> None:
    """Have the copy draw what the others draw, as from a snapshot: Python seeds anew when it forks."""
    if state is not None:
        sys.modules["random"].setstate(state)


def give_own_tmp(
    proc: int, before: dict[str, str], environ: dict[str, str], tmp_mb: int, *, is_isolated: bool
) -> None:
    """Give a copy a /tmp of its own, in which is what the template has in its."""
    if is_isolated:
        from . import namespaces

        namespaces.enter_copy(proc, tmp_mb)
    elif before.get("TMPDIR") and environ.get("TMPDIR"):
        shutil.copytree(before["TMPDIR"], environ["TMPDIR"], symlinks=True, dirs_exist_ok=True)
        tempfile = sys.modules.get("tempfile")
        if tempfile is not None:
            vars(tempfile)["tempdir"] = None
