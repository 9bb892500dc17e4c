"""What the core asks the control plane at the moment of an attempt: what runs under this ARN, on what terms.

Answers are as of now: queued events and batches run on the code, environment and policies active when they
run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from mocklambda.clock.base import Millis
from mocklambda.execution.values import FunctionSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPolicy:
    """The event-invoke configuration of one qualifier."""

    max_retries: int = 2
    max_age_ms: Millis = 21_600_000
    on_success: str | None = None
    on_failure: str | None = None
    """ARNs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What an ARN stands for now."""

    spec: FunctionSpec
    policy: EventPolicy = field(default_factory=EventPolicy)
    dead_letter_arn: str | None = None
    is_recursion_allowed: bool = False
    """RecursiveLoop ``Allow``."""


class FunctionDirectory(Protocol):
    """The functions of one account and region."""

    def resolve(self, arn: str) -> Target | None:
        """Return what runs under this function ARN, qualified or not; None when there is no such thing.

        For an alias with weights each call chooses anew.
        """

    def check_start(self, spec: FunctionSpec) -> None:
        """Raise Unstartable where no environment can be started for this function now."""

    def has_internet(self, spec: FunctionSpec) -> bool:
        """Tell whether the routes of a function's subnets let it reach more than AWS."""


class Directories:
    """The directories of a session, found by the account and region in an ARN."""

    def __init__(self) -> None:
        self._by_place: dict[tuple[str, str], FunctionDirectory] = {}

    def add(self, account: str, region: str, directory: FunctionDirectory) -> None:
        """Let ``directory`` answer for this account and region."""
        self._by_place[account, region] = directory

    def in_region(self, region: str) -> list[FunctionDirectory]:
        """List the directories of all accounts in a region."""
        return [directory for (_, place), directory in self._by_place.items() if place == region]

    def resolve(self, arn: str) -> Target | None:
        """Return what runs under this function ARN now, or None."""
        _, _, _, region, account, _ = arn.split(":", 5)
        directory = self._by_place.get((account, region))
        return None if directory is None else directory.resolve(arn)

    def check_start(self, spec: FunctionSpec) -> None:
        """Raise Unstartable where no environment can be started for this function now."""
        directory = self._by_place.get((spec.account, spec.region))
        if directory is not None:
            directory.check_start(spec)

    def has_internet(self, spec: FunctionSpec) -> bool:
        """Tell whether the routes of a function's subnets let it reach more than AWS."""
        directory = self._by_place.get((spec.account, spec.region))
        return directory is None or directory.has_internet(spec)
