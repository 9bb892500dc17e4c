"""The way of this process to its zygote (child/forkserver.py): started at first need, kept.

It ends with this process, however that ends. Knows nothing of functions.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import socket
import struct
import subprocess
import sys
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

from mocklambda import sockets

LENGTH = struct.Struct("<I")
LAUNCH = str(Path(__file__).parent / "child" / "launch.py")


class Zygote:
    """A process that forks environments for all clouds of this one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mother: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._pid = 0
        self._grants: bool | None = None
        atexit.register(self.close)

    @property
    def is_running(self) -> bool:
        """Whether it was started by this process."""
        return self._mother is not None and self._pid == os.getpid()

    def line(self) -> Line:
        """Open a channel of one supervisor's own."""
        mine, theirs = sockets.pair()
        with self._lock, theirs:
            try:
                socket.send_fds(self._living(), [b"+"], [theirs.fileno()])
            except OSError:  # it has died: another one
                self._end()
                socket.send_fds(self._living(), [b"+"], [theirs.fileno()])
        return Line(mine)

    def grants_namespaces(self) -> bool:
        """Tell whether environments can have Lambda's own paths here; asks once, and waits for the answer."""
        if self._grants is None:
            line = self.line()
            line.ask({"do": "isolate"})
            self._grants = bool((line.wait() or [{"is_granted": False}])[0]["is_granted"])
            line.close()
        return self._grants

    def _living(self) -> socket.socket:
        if not self.is_running:  # a fork of ours must have its own
            self._start()
        assert self._mother is not None
        return self._mother

    def _start(self) -> None:
        if self._mother is not None:
            self._mother.close()
        mine, theirs = sockets.pair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - ourselves
                [
                    sys.executable,
                    "-I",
                    LAUNCH,
                    "forkserver",
                    str(theirs.fileno()),
                    str(os.getpid()),
                    *site_directories(),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                cwd="/",
                start_new_session=True,  # Ctrl-C is for the test's own process
            )
        self._mother = mine
        self._pid = os.getpid()

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        if self._mother is not None:
            self._mother.close()
            self._mother = None
        if self._process is not None:
            if self._pid == os.getpid():
                self._process.wait()
            self._process = None


class Line:
    """A supervisor's channel to the zygote."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._buffer = b""
        self._lock = threading.Lock()
        self.has_spoken = False
        """Whether the zygote was ever heard: one that was not, could not start."""

    def fileno(self) -> int:
        return self._socket.fileno()

    def ask(self, request: dict[str, Any], descriptors: tuple[int, ...] = ()) -> None:
        """Send a request; raises OSError when the zygote has died."""
        text = json.dumps(request).encode()
        data = memoryview(LENGTH.pack(len(text)) + text)
        with self._lock:
            sent = socket.send_fds(self._socket, [data], descriptors)
            if sent < len(data):
                self._socket.sendall(data[sent:])

    def wait(self) -> list[dict[str, Any]] | None:
        """Wait for something to be said; None at the end."""
        found: list[dict[str, Any]] | None = []
        while found == []:
            select.select([self._socket], [], [])
            found = self.news()
        return found

    def news(self) -> list[dict[str, Any]] | None:
        """Read what has arrived, without waiting; None at the end."""
        try:
            data = self._socket.recv(1 << 16, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return []
        except OSError:
            return None
        if not data:
            return None
        self.has_spoken = True
        self._buffer += data
        found = []
        while len(self._buffer) >= LENGTH.size:
            (size,) = LENGTH.unpack_from(self._buffer)
            end = LENGTH.size + size
            if len(self._buffer) < end:
                break
            found.append(json.loads(self._buffer[LENGTH.size : end]))
            self._buffer = self._buffer[end:]
        return found

    def close(self) -> None:
        """Have everything that was started over this channel killed."""
        self._socket.close()


@lru_cache(maxsize=1)
def shared() -> Zygote:
    """Return this process's zygote."""
    return Zygote()


def site_directories() -> list[str]:
    """List where this process has its installed packages."""
    return [entry for entry in sys.path if Path(entry).name in {"site-packages", "dist-packages"}]
