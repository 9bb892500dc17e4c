"""The jail: what a process gives up before any code of the function runs, in one fixed order.

directories → descriptors → environment → limits → process group → death signal → namespaces → user code.
The directories are made by the supervisor; the process group comes first here, so that a kill of the group
finds us whatever happens next.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Sequence
from functools import cache
from typing import Any

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
OPEN_FILES = 1024  # R
USER_PROCESSES = 742  # R
ZYGOTE_FILES = 4096
"""What the zygote may have open, however little the test's process may: one for each environment, and its forks'."""


def enter(start: dict[str, Any], parent: int, log_fd: int, kept: Sequence[int]) -> list[int]:
    """Lock this process up; returns the descriptors in ``kept`` under their new numbers."""
    os.setsid()
    numbers = close_descriptors(log_fd, kept)
    set_environment(start["environ"])
    limit(start)
    die_with(parent)
    adopt(orphans=True)
    keep_signals_in()
    os.umask(0o022)
    os.chdir("/" if start["image"] is not None else start["task_root"])
    return numbers


def close_descriptors(log_fd: int, kept: Sequence[int]) -> list[int]:
    """Keep /dev/null, the log twice, and ``kept`` out of the way of what a function opens and closes."""
    import fcntl

    null = os.open(os.devnull, os.O_RDWR)
    high = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, open_files() - 16) for fd in kept]
    os.dup2(null, 0)
    os.dup2(log_fd, 1)
    os.dup2(log_fd, 2)
    os.closerange(3, min(high))
    os.closerange(max(high) + 1, 1 << 16)
    return high


def open_files() -> int:
    """Return how many files a function may have open: as on Lambda, or what this machine allows."""
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return OPEN_FILES if soft == resource.RLIM_INFINITY else min(OPEN_FILES, soft)


def set_environment(environ: dict[str, str]) -> None:
    """Leave exactly these variables."""
    for name in [name for name in os.environ if name not in environ]:
        del os.environ[name]
    os.environ.update(environ)
    time.tzset()


def limit(start: dict[str, Any]) -> None:
    """Set what Lambda limits (R), and a backstop for memory that sampling might see too late."""
    import resource

    def lower(which: int, wanted: int) -> None:
        hard = resource.getrlimit(which)[1]
        value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(which, (value, value))

    lower(resource.RLIMIT_CORE, 0)  # a crash must not leave files in the author's directory
    lower(resource.RLIMIT_NOFILE, OPEN_FILES)
    if start["data_limit"] and sys.platform == "linux":
        lower(resource.RLIMIT_DATA, start["data_limit"])
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL if number != signal.SIGPIPE else signal.SIG_IGN)


def die_with(parent: int) -> None:
    """Have the kernel kill us when the process that forked us dies."""
    if sys.platform == "linux":
        _prctl()(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)


def adopt(*, orphans: bool) -> None:
    """Be the parent of what processes below us leave behind, or no longer: what is below us ends with us."""
    if sys.platform == "linux":
        _prctl()(PR_SET_CHILD_SUBREAPER, int(orphans), 0, 0, 0)


def keep_signals_in() -> None:
    """Let a signal to everybody reach this environment's processes only: the kernel would take the whole machine's."""
    send = os.kill

    def kill(pid: int, number: int) -> None:
        send(0 if pid == -1 else pid, number)

    os.kill = kill


@cache
def _prctl() -> Any:
    return ctypes.CDLL(None, use_errno=True).prctl


def warm() -> None:
    """Load what ``enter`` needs, once, before forks; and become the parent of what their processes orphan."""
    import fcntl  # noqa: F401
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ZYGOTE_FILES if hard == resource.RLIM_INFINITY else min(ZYGOTE_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    adopt(orphans=True)


def trim() -> None:
    """Give freed memory back to the system, so that forks need not copy the tables of its pages."""
    with contextlib.suppress(AttributeError, OSError):  # glibc's alone
        ctypes.CDLL(None).malloc_trim(0)
