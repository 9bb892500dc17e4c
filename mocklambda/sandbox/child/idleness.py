"""Whether anything in this environment could run between two invocations: only that has to be stopped by signals.

Where there is any doubt, it could.
"""

from __future__ import annotations

import os
import resource
import signal
import threading

ONE_THREAD = 3
"""Links of a directory with one subdirectory, as /proc has it for a process with one thread."""


def is_idle() -> bool:
    """Tell that this process has no thread but its main one, no alarm set, and never had a process below it.

    A process below it that it did not wait for is still there, ended or not; what such a process left behind when it
    was waited for, nobody can know.
    """
    return (
        threading.active_count() == 1
        and _threads() == ONE_THREAD
        and not _has_children()
        and not resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt
        and signal.getitimer(signal.ITIMER_REAL)[0] == 0.0
    )


def _threads() -> int:
    """Count also those that Python did not start."""
    try:
        return os.stat("/proc/self/task").st_nlink
    except OSError:
        return 0


def _has_children() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True
