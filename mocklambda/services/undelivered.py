"""What services could not deliver, and why: for the report of a failed test, where AWS would say nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from mocklambda.execution.ports import Undeliverable

LIMIT = 100


class Undelivered:
    """The last deliveries of one service that came to nothing, as lines of text."""

    __slots__ = ("_lines",)

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=LIMIT)

    def note(self, sender: str, target: str, refusal: Undeliverable, *, kept_in: str | None) -> None:
        """Remember a delivery that was given up; ``kept_in`` is the dead-letter queue that has it."""
        end = "lost" if kept_in is None else f"kept in {kept_in}"
        self._lines.append(f"{sender} -> {target}: {refusal.message} ({refusal.code}); {end}")

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)
