"""Whether anything in this environment could run between two invocations: only that has to be stopped by signals.

Where there is any doubt, it could.
"""

from __future__ import annotations

import fcntl
import os
import resource
import signal
import threading

from .jail import open_files

BELOW_TOP = 124
ONE_THREAD = 3
"""Links of a directory with one subdirectory, as /proc has it for a process with one thread."""


class Idleness:
    """Looks at this process; made in it, after it was forked."""

    def __init__(self) -> None:
        try:
            low = os.open("/proc/self/task", os.O_RDONLY | os.O_DIRECTORY)
        except OSError:
            self._threads = -1
        else:  # out of the way of the handler's own
            self._threads = fcntl.fcntl(low, fcntl.F_DUPFD_CLOEXEC, open_files() - BELOW_TOP)
            os.close(low)

    def holds(self) -> bool:
        """Tell that this process has no thread but its main one, no alarm set, and never had a process below it.

        A process below it that it did not wait for is still there, ended or not; what such a process left behind when
        it was waited for, nobody can know.
        """
        return (
            threading.active_count() == 1
            and self._has_one_thread()
            and not resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt
            and signal.getitimer(signal.ITIMER_REAL)[0] == 0.0
            and not _has_children()
        )

    def _has_one_thread(self) -> bool:
        """Count also those that Python did not start."""
        try:
            return os.fstat(self._threads).st_nlink == ONE_THREAD
        except OSError:  # there is no such directory, or the handler has closed what it did not open
            return False


def _has_children() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True
