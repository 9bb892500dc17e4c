"""What lifecycle rules say of a key's versions: what happens to which, and when. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from mocklambda.clock.base import Millis
from mocklambda.services.s3.objects import DeleteMarker, StoredObject, Version

DAY = 86_400_000
SMALL = 128 << 10
"""Objects below this are not moved to another class, unless a rule names sizes itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which objects a rule is for; size bounds are exclusive."""

    prefix: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    larger_than: int | None = None
    smaller_than: int | None = None

    def matches(self, version: StoredObject) -> bool:
        return (
            version.key.startswith(self.prefix)
            and (self.larger_than is None or version.body.size > self.larger_than)
            and (self.smaller_than is None or version.body.size < self.smaller_than)
            and all(version.tags.get(key) == value for key, value in self.tags.items())
        )

    @property
    def names_sizes(self) -> bool:
        return self.larger_than is not None or self.smaller_than is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """After some days, or at a date."""

    days: int | None = None
    at: Millis | None = None

    def due(self, since: Millis) -> Millis:
        """Return the instant for something that is so old as from ``since``."""
        return self.at if self.at is not None else midnight_after(since, self.days or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A move to another storage class."""

    when: When
    storage_class: str
    newer_kept: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One enabled or disabled rule."""

    rule_id: str
    is_enabled: bool
    scope: Filter
    expiration: When | None = None
    removes_markers: bool = False
    """Delete markers with nothing under them are removed."""
    noncurrent_days: int | None = None
    newer_kept: int = 0
    """How many newer noncurrent versions are spared."""
    abort_days: int | None = None
    transitions: tuple[Transition, ...] = ()
    noncurrent_transitions: tuple[Transition, ...] = ()


class Deed(Enum):
    """What a rule does."""

    EXPIRE = auto()
    REMOVE_NONCURRENT = auto()
    REMOVE_MARKER = auto()
    MOVE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that falls due for one version."""

    due: Millis
    deed: Deed
    version: Version
    storage_class: str = ""


def midnight_after(since: Millis, days: int) -> Millis:
    """Return ``since`` plus whole days, rounded up to midnight UTC."""
    return -(-(since + days * DAY) // DAY) * DAY


def expiration_of(rules: Sequence[Rule], version: StoredObject) -> tuple[Millis, str] | None:
    """Return when a current version expires, and by which rule: the earliest, of equals the first."""
    found: tuple[Millis, str] | None = None
    for rule in rules:
        if rule.is_enabled and rule.expiration is not None and rule.scope.matches(version):
            due = rule.expiration.due(version.created_at)
            if found is None or due < found[0]:
                found = due, rule.rule_id
    return found


def plan(rules: Sequence[Rule], history: Sequence[Version], *, moves_small: bool) -> list[Step]:
    """Return everything that the rules will do to a key's versions as they are now, earliest first."""
    steps: list[Step] = []
    for rule in rules:
        if rule.is_enabled and history:
            steps += _of_current(rule, history, moves_small=moves_small)
            steps += _of_noncurrent(rule, history[:-1], moves_small=moves_small)
    steps.sort(key=lambda step: step.due)
    return steps


def abortion_of(rules: Sequence[Rule], key: str, started_at: Millis) -> tuple[Millis, str] | None:
    """Return when an upload that is not completed is aborted, and by which rule."""
    dues = [
        (midnight_after(started_at, rule.abort_days), rule.rule_id)
        for rule in rules
        if rule.is_enabled and rule.abort_days is not None and key.startswith(rule.scope.prefix)
    ]
    return min(dues, key=lambda due: due[0], default=None)


def _of_current(rule: Rule, history: Sequence[Version], *, moves_small: bool) -> Iterator[Step]:
    current = history[-1]
    if isinstance(current, DeleteMarker):
        if rule.removes_markers and len(history) == 1 and current.key.startswith(rule.scope.prefix):
            due = midnight_after(current.created_at, 0)
            yield Step(due=due, deed=Deed.REMOVE_MARKER, version=current)
        return
    if not rule.scope.matches(current):
        return
    if rule.expiration is not None:
        due = rule.expiration.due(current.created_at)
        yield Step(due=due, deed=Deed.EXPIRE, version=current)
    for transition in rule.transitions:
        if _moves(rule, current, transition.storage_class, moves_small=moves_small):
            yield Step(
                due=transition.when.due(current.created_at),
                deed=Deed.MOVE,
                version=current,
                storage_class=transition.storage_class,
            )


def _of_noncurrent(rule: Rule, older: Sequence[Version], *, moves_small: bool) -> Iterator[Step]:
    for newer, version in enumerate(reversed(older)):
        since = version.superseded_at
        if since is None:
            continue
        if isinstance(version, StoredObject):
            if not rule.scope.matches(version):
                continue
            for transition in rule.noncurrent_transitions:
                if newer >= transition.newer_kept and _moves(
                    rule, version, transition.storage_class, moves_small=moves_small
                ):
                    yield Step(
                        due=transition.when.due(since),
                        deed=Deed.MOVE,
                        version=version,
                        storage_class=transition.storage_class,
                    )
        elif not version.key.startswith(rule.scope.prefix):
            continue
        if rule.noncurrent_days is not None and newer >= rule.newer_kept:
            due = midnight_after(since, rule.noncurrent_days)
            yield Step(due=due, deed=Deed.REMOVE_NONCURRENT, version=version)


_COLDNESS = {
    name: rank
    for rank, name in enumerate(
        (
            "STANDARD",
            "REDUCED_REDUNDANCY",
            "STANDARD_IA",
            "INTELLIGENT_TIERING",
            "ONEZONE_IA",
            "GLACIER_IR",
            "GLACIER",
            "DEEP_ARCHIVE",
        )
    )
}


def _moves(rule: Rule, version: StoredObject, to: str, *, moves_small: bool) -> bool:
    """Whether the move is downwards, as all are, and the object large enough for it."""
    if _COLDNESS[to] <= _COLDNESS[version.storage_class]:
        return False
    is_exempt = moves_small and to in {"GLACIER", "DEEP_ARCHIVE"}
    return version.body.size >= SMALL or rule.scope.names_sizes or is_exempt
