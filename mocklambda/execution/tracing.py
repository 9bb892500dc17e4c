"""Decides the X-Ray header of an invocation, and by its Lineage whether functions call one another in a loop.

``Lineage=1:<hash>:<count>``: how often a function ran in this chain, carried from service to service (F, 2025
form).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from functools import lru_cache

from mocklambda.clock.base import Millis
from mocklambda.execution.ports import IdSource

LOOP_LIMIT = 16
"""So many invocations of one function in one chain run; the next is stopped (D)."""
LINEAGE_VERSION = "1"
Lineage = dict[str, int]


class RecursionStopped(Exception):
    """The function already ran 16 times in this chain."""


def read(header: str | None) -> dict[str, str]:
    """Split a trace header into its fields; what is no field is left out."""
    fields: dict[str, str] = {}
    for part in (header or "").split(";"):
        name, found, value = part.strip().partition("=")
        if found:
            fields[name] = value
    return fields


def read_lineage(text: str | None) -> Lineage:
    """Read hashes and counts, in the form with a leading version and in the older one without."""
    counts: Lineage = {}
    for entry in (text or "").split("|"):
        name, _, count = entry.rpartition(":")
        if name and count.isdigit():
            counts[name.rpartition(":")[2]] = int(count)
    return counts


def write_lineage(counts: Lineage) -> str:
    """Write hashes and counts as a header field's value."""
    return f"{LINEAGE_VERSION}:" + "|".join(f"{name}:{count}" for name, count in counts.items())


def merge(headers: Iterable[str | None]) -> str | None:
    """Return a header for what several chains led to: a new trace, each function's longest lineage."""
    merged: Lineage = {}
    for header in headers:
        for name, count in read_lineage(read(header).get("Lineage")).items():
            merged[name] = max(count, merged.get(name, 0))
    return f"Lineage={write_lineage(merged)}" if merged else None


def new_root(ids: IdSource, now: Millis) -> str:
    """Return a trace id."""
    return f"1-{now // 1000:08x}-{ids.hex(24)}"


@lru_cache(maxsize=1024)
def _hashed(arn: str) -> str:
    return f"{zlib.crc32(arn.encode()):08x}"


class Tracer:
    """Writes the header of each invocation of a session."""

    def __init__(self, ids: IdSource) -> None:
        self._ids = ids
        self._sampled_second: dict[str, int] = {}

    def header(self, incoming: str | None, arn: str, now: Millis, *, is_traced: bool, may_loop: bool) -> str:
        """Return what the handler finds as ``_X_AMZN_TRACE_ID``; raises RecursionStopped."""
        if not incoming:  # as most are: the first of its chain
            choice = "1" if is_traced and self._samples(arn, now) else "0"
            lineage = f"{LINEAGE_VERSION}:{_hashed(arn)}:0"
            return f"Root={new_root(self._ids, now)};Parent={self._ids.hex(16)};Sampled={choice};Lineage={lineage}"
        fields = read(incoming)
        counts = read_lineage(fields.get("Lineage"))
        name = _hashed(arn)
        count = counts.get(name, -1) + 1
        if count >= LOOP_LIMIT and not may_loop:
            raise RecursionStopped
        counts[name] = count
        root = fields.get("Root") or new_root(self._ids, now)
        sampled = fields.get("Sampled")
        if sampled not in {"0", "1"}:
            sampled = "1" if is_traced and self._samples(arn, now) else "0"
        return f"Root={root};Parent={self._ids.hex(16)};Sampled={sampled};Lineage={write_lineage(counts)}"

    def _samples(self, arn: str, now: Millis) -> bool:
        """Take the first request of each second and 5 % of the others (D)."""
        second = now // 1000
        if self._sampled_second.get(arn) != second:
            self._sampled_second[arn] = second
            return True
        return int(self._ids.hex(4), 16) < 0x10000 // 20
