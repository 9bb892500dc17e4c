"""The zygote: one single-threaded process that has imported what every handler pays for, and forks.

It serves the supervisors of one process. Each has a channel of its own here; when that closes, everything
started over it is killed. When the process that started us is gone, so are all channels, and we end.
Holds no user code, no threads, no state of any test.
"""

from __future__ import annotations

import gc
import json
import os
import selectors
import shutil
import signal
import socket
import struct
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from . import bootstrap, jail, programs
from .roots import Roots

LENGTH = struct.Struct("<I")


class Child:
    """One environment's process."""

    def __init__(self, key: int, pid: int, line: Line) -> None:
        self.key = key
        self.pid = pid
        self.line = line
        self.watch: int | None = None
        self.is_fork = True
        self.is_template = False


class Line:
    """A supervisor's channel: requests with descriptors in, news of children out."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.buffer = b""
        self.descriptors: list[int] = []
        self.children: dict[int, Child] = {}
        self.root = ""

    def read(self) -> bool:
        """Take in what has arrived; False at the end."""
        data, descriptors, _, _ = socket.recv_fds(self.socket, 1 << 16, 64)
        self.buffer += data
        self.descriptors += descriptors
        return bool(data)

    def requests(self) -> Any:
        """Yield the whole requests read so far."""
        while len(self.buffer) >= LENGTH.size:
            (size,) = LENGTH.unpack_from(self.buffer)
            end = LENGTH.size + size
            if len(self.buffer) < end:
                return
            text, self.buffer = self.buffer[LENGTH.size : end], self.buffer[end:]
            yield json.loads(text)

    def tell(self, news: dict[str, Any]) -> None:
        text = json.dumps(news).encode()
        try:
            self.socket.sendall(LENGTH.pack(len(text)) + text)
        except OSError:  # it is going; its end of file is next
            pass


class Forkserver:
    """Forks, watches, reaps."""

    def __init__(self, mother: socket.socket, owner: int) -> None:
        self._mother = mother
        self._selector = selectors.DefaultSelector()
        self._lines: list[Line] = []
        self._children: dict[int, Child] = {}
        self._is_running = True
        self._bare = 0
        self._roots = Roots()
        self._pid = os.getpid()
        self._watch_owner(owner)
        self._watch(mother, self._on_mother)
        self._watch_children()

    def serve(self) -> None:
        while self._is_running:
            for key, _ in self._selector.select():
                key.data()
        self._hear_out()
        for line in list(self._lines):
            self._hang_up(line)

    def _hear_out(self) -> None:
        """Take in what the owner had said before it was killed: which directories have to go with it."""
        self._mother.setblocking(False)
        while self._accept():
            pass
        for line in self._lines:
            line.socket.setblocking(False)
            try:
                while line.read():
                    pass
            except OSError:  # that was all
                pass
            for request in line.requests():
                line.root = request.get("root", line.root)

    # -- what we watch -----------------------------------------------------------------------------------

    def _watch(self, thing: Any, action: Callable[[], None]) -> None:
        self._selector.register(thing, selectors.EVENT_READ, action)

    def _watch_owner(self, owner: int) -> None:
        """End with the owner even where a stray copy of our socket outlives it."""
        if hasattr(os, "pidfd_open"):
            try:
                self._watch(os.pidfd_open(owner), self._stop)
            except OSError:
                self._is_running = False

    def _watch_children(self) -> None:
        """Be woken by SIGCHLD where there is no pidfd."""
        if hasattr(os, "pidfd_open"):
            return
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        os.set_blocking(writer, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)

        def on_signal() -> None:
            os.read(reader, 4096)
            for pid in list(self._children):
                if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                    self._reap(pid)

        self._watch(reader, on_signal)

    def _stop(self) -> None:
        self._is_running = False

    def _on_mother(self) -> None:
        if not self._accept():
            self._stop()

    def _accept(self) -> bool:
        """Take in a new line; False when there is nobody any more who could open one."""
        try:
            data, descriptors, _, _ = socket.recv_fds(self._mother, 1, 16)
        except OSError:
            return False
        for descriptor in descriptors:
            line = Line(socket.socket(fileno=descriptor))
            self._lines.append(line)
            self._watch(line.socket, partial(self._on_line, line))
        return bool(data)

    # -- a supervisor's requests -------------------------------------------------------------------------

    def _on_line(self, line: Line) -> None:
        try:
            is_open = line.read()
        except OSError:
            is_open = False
        for request in line.requests():
            self._do(line, request)
        if not is_open:
            self._hang_up(line)

    def _do(self, line: Line, request: dict[str, Any]) -> None:
        verb = request["do"]
        if verb == "start":
            count = request["descriptors"]
            descriptors = line.descriptors[:count]
            del line.descriptors[:count]
            self._start(line, request["key"], request["start"], descriptors)
        elif verb == "kill":
            child = line.children.get(request["key"])
            if child is not None:
                kill_group(child.pid)
        elif verb == "adopt":
            self._adopt(line, request["key"], request["pid"])
        elif verb == "root":
            line.root = request["root"]
        elif verb == "warm":
            self._warm()
        elif verb == "isolate":
            line.tell({"news": "isolation", "key": 0, "is_granted": self._roots.are_granted()})

    def _warm(self) -> None:
        if not self._bare:
            self._bare = preload()
            gc.collect()
            jail.trim()
            gc.freeze()

    def _start(self, line: Line, key: int, start: dict[str, Any], descriptors: list[int]) -> None:
        if start["mode"] == "fork":
            self._warm()
            if start["instant"] is not None:
                warm_freezegun()
        self._roots.decide(start)
        try:
            start["unused"] = self._unused(start)
            pid = os.fork()
        except OSError as error:
            line.tell({"news": "failed", "key": key, "reason": str(error)})
            pid = -1
        if pid == 0:
            self._become_child(start, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        if pid < 0:
            return
        child = self._keep(Child(key, pid, line))
        child.is_fork = start["mode"] == "fork"
        child.is_template = start["is_template"]
        line.tell({"news": "started", "key": key, "pid": pid, "unused": start["unused"]})

    def _adopt(self, line: Line, key: int, pid: int) -> None:
        """Be told of a process that one of ours has forked, and that is our child since."""
        try:
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            line.tell({"news": "failed", "key": key, "reason": "it is no child of ours"})
        else:
            self._keep(Child(key, pid, line))

    def _keep(self, child: Child) -> Child:
        child.line.children[child.key] = child
        self._children[child.pid] = child
        if hasattr(os, "pidfd_open"):
            child.watch = os.pidfd_open(child.pid)
            self._watch(child.watch, lambda: self._reap(child.pid))
        return child

    def _unused(self, start: dict[str, Any]) -> int:
        """Return what preloading put into a fork's memory that Lambda would not, until the SDK is used."""
        return max(0, resident() - self._bare) if start["mode"] == "fork" else 0

    def _become_child(self, start: dict[str, Any], descriptors: list[int]) -> None:
        try:
            orders, answers, log, door, *held = descriptors
            kept = [orders, answers, door, log]
            if start["is_offline"] and start["root"] is None:
                programs.refuse(answers, programs.OFFLINE_REFUSED, "Runtime.Unsupported")
                os._exit(1)
            if start["mode"] == "spawn":
                script = script_of(start, self._pid)
                self._roots.enter(start, held, door)
                spawn(start, script, [orders, answers, log, door])
            if start["mode"] == "fork":
                bootstrap.restart_coverage()
            self._roots.enter(start, held, door)
            if start["mode"] == "program":
                (answers,) = jail.enter(start, self._pid, log, [answers])
                programs.run(start, answers)
                os._exit(1)
            bootstrap.main(start, jail.enter(start, self._pid, log, kept))
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            os._exit(1)

    def _reap(self, pid: int) -> None:
        child = self._children.pop(pid)
        kill_group(pid)  # before reaping, while nobody else can have its number
        _, status, usage = os.wait4(pid, 0)
        reap_group(pid)
        if not any(other.is_template for other in self._children.values()):  # its copies may be unknown yet
            self._end_orphans()
        if child.watch is not None:
            self._selector.unregister(child.watch)
            os.close(child.watch)
        del child.line.children[child.key]
        unit = 1 if sys.platform == "darwin" else 1024
        peak = usage.ru_maxrss * unit if child.is_fork else 0
        child.line.tell({"news": "ended", "key": child.key, "status": status, "rss": peak})

    def _end_orphans(self) -> None:
        """Kill what an environment left behind in process groups of its own: it was that one's, and is ours now."""
        while orphans := [pid for pid in children() if pid not in self._children]:
            for pid in orphans:
                os.kill(pid, signal.SIGKILL)
            for pid in orphans:
                os.waitpid(pid, 0)

    def _hang_up(self, line: Line) -> None:
        """Kill and reap everything of a supervisor that has gone, and remove its directories."""
        for child in list(line.children.values()):
            kill_group(child.pid)
        for child in list(line.children.values()):
            self._reap(child.pid)
        self._selector.unregister(line.socket)
        self._lines.remove(line)
        for descriptor in line.descriptors:
            os.close(descriptor)
        if line.root:
            remove(line.root)
        line.socket.close()


def remove(path: str) -> None:
    """Remove a directory, what is read-only in it included."""
    for directory, _, _ in os.walk(path):
        try:
            os.chmod(directory, 0o700)
        except OSError:
            continue
    shutil.rmtree(path, ignore_errors=True)


def kill_group(pid: int) -> None:
    """Kill a process and everything in its group."""
    for kill in (os.killpg, os.kill):
        try:
            kill(pid, signal.SIGKILL)
        except OSError:
            continue


def reap_group(pid: int) -> None:
    """Wait until nothing of a killed group is left: what its leader had started is ours now."""
    try:
        while True:
            os.waitpid(-pid, 0)
    except ChildProcessError:
        pass


def children() -> list[int]:
    """Return the processes whose parent this single-threaded one is, ended ones that are not reaped included."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", "rb") as file:
            return [int(word) for word in file.read().split()]
    except OSError:  # not every kernel tells
        return []


def script_of(start: dict[str, Any], parent: int) -> int:
    """Write down what to start; returns a descriptor to read it from."""
    import tempfile

    with tempfile.TemporaryFile() as file:
        file.write(json.dumps([start, parent]).encode())
        file.seek(0)
        return os.dup(file.fileno())


def spawn(start: dict[str, Any], script: int, descriptors: list[int]) -> None:
    """Replace this fork by a fresh interpreter that goes the same way."""
    orders, answers, log, door = descriptors
    for descriptor in (script, *descriptors):
        os.set_inheritable(descriptor, True)
    launch = os.path.join(os.path.dirname(os.path.abspath(__file__)), "launch.py")
    numbers = [str(number) for number in (script, orders, answers, log, door)]
    command = [start["interpreter"], "-I", launch, "spawned", *numbers]
    if start["wrapper"]:  # gets the runtime's command line, and what it exports stays (R)
        command.insert(0, start["wrapper"])
    measured = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}
    os.chdir(start["task_root"])
    os.dup2(log, 1)
    os.dup2(log, 2)
    try:
        os.execve(  # noqa: S606 - a program of the function's, in its jail
            command[0], command, {**start["environ"], **measured}
        )
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode())
        os._exit(127)


def warm_freezegun() -> None:
    """Load freezegun and let it look through all modules once, for a function whose time is not real."""
    if "freezegun" not in sys.modules:
        from .freezing import look_through_modules

        look_through_modules()
        gc.freeze()


def preload() -> int:
    """Import what handlers share; returns the bytes of memory that a runtime takes without it."""
    import contextlib
    import ctypes  # noqa: F401
    import decimal  # noqa: F401
    import logging  # noqa: F401
    import traceback  # noqa: F401

    from . import connection, faults, handlers, hooks, imports, models, records, sdk  # noqa: F401

    faults.libraries()
    bare = resident()
    with contextlib.suppress(ImportError):  # a Python without boto3
        models.warm()
    return bare


def resident() -> int:
    """Return what this process holds now, in bytes."""
    if sys.platform != "linux":
        return bootstrap.peak_rss()
    with open("/proc/self/statm", "rb") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main(arguments: Sequence[str]) -> int:
    """Serve until the owner is gone."""
    number, owner, *site = arguments
    gc.disable()
    for entry in site:
        if entry not in sys.path:
            sys.path.append(entry)
    for name in list(os.environ):  # a fork has less to scrub; what coverage is told by stays until then
        if not name.startswith("COVERAGE"):
            del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    jail.warm()
    Forkserver(socket.socket(fileno=int(number)), int(owner)).serve()
    return 0
