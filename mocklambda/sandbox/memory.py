"""How much memory an environment holds: its process and the ones below it, and what the limit allows."""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from pathlib import Path

MB = 1 << 20
FIRST_LOOK_S = 0.01
"""How soon after an invocation's start memory is looked at; then at twice the distance, up to the last."""
LAST_LOOK_S = 0.1
STACKS = 1 << 30
"""Room in the backstop for thread stacks, which count as data though they are hardly touched."""


def data_limit(memory_mb: int) -> int:
    """Return the backstop for writable memory: what sampling cannot catch is refused by the kernel."""
    return 2 * memory_mb * MB + STACKS


def used_mb(peak: int) -> int:
    """Return bytes as the whole megabytes of a REPORT."""
    return -(-peak // MB)


@lru_cache(maxsize=1)
def page_size() -> int:
    return os.sysconf("SC_PAGE_SIZE")


def resident(pid: int) -> int:
    """Return what a process and its descendants hold now, in bytes; 0 where there is no /proc.

    Of a descendant, what is its own: what it shares with the process that forked it is held once.
    """
    if sys.platform != "linux":
        return 0
    total = 0
    waiting = [pid]
    while waiting:
        current = waiting.pop()
        process = Path(f"/proc/{current}")
        try:
            if current == pid:
                total += int((process / "statm").read_bytes().split()[1]) * page_size()
            else:
                total += _private(process)
            for thread in (process / "task").iterdir():
                waiting.extend(map(int, (thread / "children").read_bytes().split()))
        except (OSError, ValueError, IndexError):  # ended meanwhile
            continue
    return total


def _private(process: Path) -> int:
    lines = (process / "smaps_rollup").read_bytes().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(b"Private_")) * 1024
