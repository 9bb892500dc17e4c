"""Which items of moto's tables are over, by the time to live that their tables were given. Keeps nothing of them.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from mocklambda.clock.base import Millis

LATEST: Millis = 48 * 3_600_000
"""How long an item may be there still when its time is over."""
_OLDEST: Millis = 5 * 365 * 86_400_000
"""What is over longer than that is left: such a number is hardly meant as a time."""


def next_sweep(tables: Iterable[Any], now: Millis) -> Millis | None:
    """Return when to look for items that are over: when the next one's time ends, None where none ever does.

    One that was over when it was written stays until the next such instant, or for two days: on AWS, too, it can
    be read for a while.
    """
    ends = (ends_at for table in tables for _, ends_at in _timed(table))
    return min(
        (end if end > now else now + LATEST for end in ends if end > now - _OLDEST),
        default=None,
    )


def sweep(tables: Iterable[Any], now: Millis) -> None:
    """Remove what is over."""
    for table in tables:
        for item, ends_at in list(_timed(table)):
            if now - _OLDEST < ends_at <= now:
                table.delete_item(item.hash_key, item.range_key)


def _timed(table: Any) -> Iterator[tuple[Any, Millis]]:
    """Go through a table's items that have an end, if it heeds such: the attribute is a number of epoch seconds."""
    if table.ttl.get("TimeToLiveStatus") != "ENABLED":
        return
    name = table.ttl["AttributeName"]
    for item in _items(table):
        value = item.attrs.get(name)
        if value is not None and value.type == "N":
            yield item, int(float(value.value) * 1000)


def _items(table: Any) -> Iterator[Any]:
    """Go through all items as they lie there: moto's own way sorts them, which takes longer than all the rest."""
    for found in table.items.values():
        if table.range_key_attr:
            yield from found.values()
        else:
            yield found
