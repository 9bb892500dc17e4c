"""Which names a page of a listing holds, by prefix, delimiter, marker, limit. Costs the page only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from mocklambda.services.s3.keys import SortedNames, after_all_with


@dataclass(slots=True)
class Page:
    """Keys and groups in order; ``last`` is the last of either."""

    keys: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    is_truncated: bool = False
    last: str | None = None


def group_of(name: str, prefix: str, delimiter: str) -> str | None:
    """Return the group that ``name`` collapses into, if any."""
    if not delimiter:
        return None
    found = name.find(delimiter, len(prefix))
    return None if found < 0 else name[: found + len(delimiter)]


def start_of(prefix: str, delimiter: str, marker: str) -> str | None:
    """Return where a page after ``marker`` starts; None when nothing can follow.

    A group is skipped if the marker lies in it or equals it.
    """
    if not marker or marker < prefix:
        return prefix
    if marker.startswith(prefix):
        group = group_of(marker, prefix, delimiter)
        if group is not None:
            return after_all_with(group)
    return marker + "\0"


def walk(names: SortedNames, *, prefix: str, delimiter: str, marker: str) -> Iterator[tuple[str, bool]]:
    """Yield the keys after ``marker``, and in place of those that collapse their group, which is True of."""
    start = start_of(prefix, delimiter, marker)
    while start is not None:
        key = names.first_at(start)
        if key is None or not key.startswith(prefix):
            return
        group = group_of(key, prefix, delimiter)
        if group is not None:
            yield group, True
            start = after_all_with(group)
        else:
            yield key, False
            start = key + "\0"


def page(names: SortedNames, *, prefix: str, delimiter: str, marker: str, limit: int) -> Page:
    """List up to ``limit`` keys and groups after ``marker``."""
    found = Page()
    start = start_of(prefix, delimiter, marker)
    if limit > 0:
        while start is not None:
            start = _fill(found, names.starting_at(start), prefix=prefix, delimiter=delimiter, limit=limit)
    return found


def _fill(found: Page, names: Iterator[str], *, prefix: str, delimiter: str, limit: int) -> str | None:
    """Add keys up to and with the next group; return where to go on behind that, or None at the end."""
    keys, groups = found.keys, found.groups
    room = limit - len(keys) - len(groups)
    for name in names:
        if not name.startswith(prefix):
            return None
        if not room:
            found.is_truncated = True
            return None
        room -= 1
        found.last = name
        group = group_of(name, prefix, delimiter)
        if group is not None:
            groups.append(group)
            found.last = group
            return after_all_with(group)
        keys.append(name)
    return None
