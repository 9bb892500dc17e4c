"""Which names a page of a listing holds: prefix, delimiter, marker and limit. Costs the page, not the bucket."""

from __future__ import annotations

from dataclasses import dataclass, field

from mocklambda.services.s3.keys import SortedNames, after_all_with


@dataclass(slots=True)
class Page:
    """Keys and groups in order; ``last`` is the last of either, ``is_last_group`` says which."""

    keys: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    is_truncated: bool = False
    last: str | None = None
    is_last_group: bool = False


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


def page(names: SortedNames, *, prefix: str, delimiter: str, marker: str, limit: int) -> Page:
    """List up to ``limit`` keys and groups after ``marker``."""
    found = Page()
    start = start_of(prefix, delimiter, marker)
    if limit <= 0 or start is None:
        return found
    if delimiter:
        _fill_grouped(found, names, start, prefix, delimiter, limit)
    else:
        _fill(found, names, start, prefix, limit)
    return found


def _fill(found: Page, names: SortedNames, start: str, prefix: str, limit: int) -> None:
    keys = found.keys
    for name in names.starting_at(start):
        if not name.startswith(prefix):
            break
        if len(keys) == limit:
            found.is_truncated = True
            break
        keys.append(name)
    if keys:
        found.last = keys[-1]


def _fill_grouped(
    found: Page, names: SortedNames, start: str, prefix: str, delimiter: str, limit: int
) -> None:
    begin: str | None = start
    while begin is not None:
        begin = _fill_to_group(found, names, begin, prefix, delimiter, limit)


def _fill_to_group(
    found: Page, names: SortedNames, start: str, prefix: str, delimiter: str, limit: int
) -> str | None:
    """Add keys up to and with the next group; return where to go on behind it."""
    for name in names.starting_at(start):
        if not name.startswith(prefix):
            return None
        if len(found.keys) + len(found.groups) == limit:
            found.is_truncated = True
            return None
        group = group_of(name, prefix, delimiter)
        if group is not None:
            found.groups.append(group)
            found.last, found.is_last_group = group, True
            return after_all_with(group)
        found.keys.append(name)
        found.last, found.is_last_group = name, False
    return None
