"""What is to be reached: limits for our figures, absolute or as a multiple of another one of the same run.

Absolute times and rates were set on a quiet machine where botocore's floor for one call takes 130 us. A run notes
its own pace beside each of them: how much longer that same floor took just then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stages import AT_THE_WIRE, BEFORE_SIGNING, OURS

Figures = Mapping[tuple[str, str], float]
"""Measure and stage → figure."""

SEND = "SQS send_message"
SET_AT_FLOOR_US = 130.0
LISTS = ("Lambda list_functions, 50 of many", "Lambda list_versions_by_function, 50")
CONTROL_PLANE = (
    "Lambda get_function",
    "Lambda get_function_configuration",
    "Lambda update_function_configuration",
    "Lambda update_function_code",
    "Lambda publish_version",
    "Lambda create_alias",
    "Lambda add_permission",
    "Lambda create_function",
    "Lambda delete_function",
    "Lambda create_event_source_mapping",
    "Lambda invoke, an event",
)
PACE = "pace"
"""In place of a stage: how many times slower than there the machine was while a measure was taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A limit for one of our figures."""

    measure: str
    limit: float
    of: tuple[str, str] | None = None
    """The figure that ``limit`` multiplies; None for an absolute limit."""
    is_floor: bool = False
    """Whether at least the limit is wanted, not at most."""
    follows_pace: bool = False
    """Whether it is a time or a rate, which a slower machine can not reach."""

    def text(self, figures: Figures) -> str:
        """Say the target, and whether it is met."""
        ours = figures.get((self.measure, OURS))
        word = ">=" if self.is_floor else "<="
        if self.of is None:
            return f"{word} {self.limit:,g}{self._verdict(ours)}{self._at_pace(ours, figures)}"
        base = self._base(figures)
        what = f"own {self.of[1]}" if self.of[0] == self.measure else f"{self.of[1]} {self.of[0]}"
        if ours is None or base is None:
            return f"{word} {self.limit:g} x {what}"
        return f"{word} {self.limit:g} x {what}{self._verdict(ours / base)} ({ours / base:.2f})"

    def is_met(self, figures: Figures) -> bool | None:
        """Tell whether it is met; None when something was not measured."""
        ours = figures.get((self.measure, OURS))
        base = self._base(figures)
        return None if ours is None or base is None else self._holds(ours / base)

    @property
    def is_of_floor(self) -> bool:
        """Whether it is a multiple of another measure's floor, which then is taken once more beside this one."""
        return self.of == (SEND, BEFORE_SIGNING) and self.measure != SEND

    def _base(self, figures: Figures) -> float | None:
        if self.of is None:
            return 1.0
        pace = figures.get((self.measure, PACE)) if self.is_of_floor else None
        return figures.get(self.of) if pace is None else pace * SET_AT_FLOOR_US

    def _at_pace(self, ours: float | None, figures: Figures) -> str:
        pace = figures.get((self.measure, PACE))
        if ours is None or pace is None or self._holds(ours):
            return ""
        at_that_pace = self._holds(ours * pace if self.is_floor else ours / pace)
        return f" (machine x{pace:.1f} slower now: {'met' if at_that_pace else 'not met'} at the pace it was set at)"

    def _verdict(self, value: float | None) -> str:
        if value is None:
            return ""
        return ": met" if self._holds(value) else ": NOT MET"

    def _holds(self, value: float) -> bool:
        return value >= self.limit if self.is_floor else value <= self.limit


TARGETS = (
    Target(measure=SEND, limit=2, of=(SEND, BEFORE_SIGNING)),
    Target(measure="SQS send_message, many stored", limit=1.25, of=(SEND, OURS)),
    Target(measure="SQS receive + delete", limit=5, of=(SEND, BEFORE_SIGNING)),
    Target(measure="SQS receive + delete, many stored", limit=5, of=(SEND, BEFORE_SIGNING)),
    Target(measure="SQS memory beyond the body, a message", limit=1024),
    Target(measure="SQS to Lambda, batches of 10", limit=5_000, is_floor=True, follows_pace=True),
    Target(measure="Lambda warm invocation", limit=5, of=(SEND, BEFORE_SIGNING)),
    Target(measure="Lambda warm invocation, 1 MB", limit=15_000, follows_pace=True),
    Target(measure="Lambda cold invocation", limit=15_000, follows_pace=True),
    Target(measure="Lambda cold, boto3 client in module", limit=40_000, follows_pace=True),
    Target(measure="SQS get_queue_url in a handler", limit=2.5, of=("SQS get_queue_url in the test", OURS)),
    Target(measure="S3 put 1 KB", limit=2, of=("S3 put 1 KB", BEFORE_SIGNING)),
    Target(measure="S3 get 1 KB", limit=2, of=("S3 get 1 KB", BEFORE_SIGNING)),
    Target(measure="S3 list 100 of many keys", limit=2_000, follows_pace=True),
    Target(measure="S3 memory of a big multipart object", limit=1.2),
    Target(measure="Kinesis put_record, many stored", limit=1.25, of=("Kinesis put_record", OURS)),
    Target(measure="Kinesis to Lambda, batches of 100", limit=10_000, is_floor=True, follows_pace=True),
    *(Target(measure=name, limit=3, of=(name, BEFORE_SIGNING)) for name in CONTROL_PLANE),
    # before signing nothing is parsed yet, and a page is fifty functions
    *(Target(measure=name, limit=3, of=(name, AT_THE_WIRE)) for name in LISTS),
    Target(measure="Lambda list of all versions, late / early page", limit=1.5),
    Target(measure="Lambda 10,000 invocations by weight", limit=15, follows_pace=True),
    Target(measure="start + stop", limit=2_000, follows_pace=True),
    Target(measure="import", limit=20_000, follows_pace=True),
    Target(measure="a day with 1,000 parked retries", limit=1, follows_pace=True),
)
