"""How things are timed: the median of several rounds, each long enough to mean something."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

PAGE_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much a run does: rounds of calls, and how many things lie around while it calls."""

    rounds: int
    calls: int
    stored: int
    """Messages in a queue or keys in a bucket, for us."""
    stored_by_peers: int
    """The same for libraries whose calls grow with it."""
    delivered: int
    """Messages and records through a mapping."""
    big_mb: int
    """The big object of the multipart measure; 0 leaves it out."""


FULL = Scale(rounds=7, calls=300, stored=100_000, stored_by_peers=1_000, delivered=10_000, big_mb=1024)
QUICK = Scale(rounds=3, calls=60, stored=2_000, stored_by_peers=200, delivered=500, big_mb=16)


def micros(call: Callable[[], Any], scale: Scale, *, calls: int | None = None) -> float:
    """Return what one call takes in microseconds: the median of the rounds' means, after a warm-up."""
    number = calls or scale.calls
    for _ in range(max(3, number // 10)):
        call()
    means = []
    for _ in range(scale.rounds):
        started = time.perf_counter()
        for _ in range(number):
            call()
        means.append((time.perf_counter() - started) / number)
    return median(means) * 1e6


def micros_of_each(call: Callable[[int], Any], times: int) -> float:
    """Return the median of single calls in microseconds, for what can be done only once a thing."""
    taken = []
    for number in range(times):
        started = time.perf_counter()
        call(number)
        taken.append(time.perf_counter() - started)
    return median(taken) * 1e6


def seconds(call: Callable[[], Any]) -> float:
    """Return what one long call takes."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def resident_bytes() -> int:
    """Return the memory that this process holds, with garbage collected first."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE_BYTES


def has_memory_figures() -> bool:
    """Tell whether this system says what a process holds."""
    return Path("/proc/self/statm").exists()
