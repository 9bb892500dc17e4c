"""Decides what follows an attempt at a stream's batch. Pure: knows counts, no records and no clock."""

from __future__ import annotations

from dataclasses import dataclass

from mocklambda.clock.base import Millis

FOREVER = -1
_FIRST_MS: Millis = 500
_CAP_MS: Millis = 60_000
"""AWS publishes no figures; with these an endless retry of a minute makes the recorded number of attempts."""


@dataclass(frozen=True, slots=True)
class Done:
    """The batch is over."""


@dataclass(frozen=True, slots=True)
class Resume:
    """The first so many records are done; what is left is a batch of its own, with a new count."""

    done: int


@dataclass(frozen=True, slots=True)
class Split:
    """Try the first so many records and the others one after the other, each with a new count."""

    first: int


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """The same batch again."""

    delay_ms: Millis


@dataclass(frozen=True, slots=True)
class Exhausted:
    """No retry is left."""


Step = Done | Resume | Split | RetryAfter | Exhausted


def after_attempt(
    *, size: int, attempts: int, failed_at: int | None, max_retries: int, bisects: bool
) -> Step:
    """Decide after the ``attempts``-th attempt; ``failed_at`` is the index of the first failed record."""
    if failed_at is None:
        return Done()
    if failed_at > 0:
        return Resume(failed_at)  # R: what is left starts a new count
    if bisects and size > 1:
        return Split(size // 2)  # D: it does not use the retry quota
    if max_retries != FOREVER and attempts > max_retries:
        return Exhausted()
    return RetryAfter(delay_ms(attempts))


def delay_ms(tries: int) -> Millis:
    """Return the wait after the ``tries``-th failure or refusal in a row."""
    return min(_FIRST_MS << min(tries - 1, 20), _CAP_MS)
