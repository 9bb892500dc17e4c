"""What an SDK's parser makes of single values: the leaves of ``parsed``. Instants become aware datetimes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

from botocore.model import Shape

from mocklambda.wire.scalars import Convert, millis, moment, to_float


def epoch_view() -> Convert:
    """Return how botocore shows a timestamp that travelled as a number: in the machine's own zone."""
    from botocore.utils import get_tzinfo_options

    zone = get_tzinfo_options()[0]

    def view(value: Any) -> datetime:
        second = millis(value) / 1000
        # the system's zone, as it takes a third of the time of botocore's, which knows the current rules only
        at = datetime.fromtimestamp(second).replace(tzinfo=zone())  # noqa: DTZ006 - it is given one at once
        return at if at.timestamp() == second else datetime.fromtimestamp(second, zone())

    return view


def text_view(*, whole_seconds: bool = False) -> Convert:
    """Return how botocore shows a timestamp that travelled as ISO 8601 or RFC 822 text: in UTC."""
    from botocore.utils import parse_timestamp

    zone = parse_timestamp("1970-01-01T00:00:00Z").tzinfo

    @lru_cache(maxsize=1024)  # one a view: what is listed together was often made together
    def view(value: Any) -> datetime:
        at = moment(value).replace(tzinfo=zone)
        return at.replace(microsecond=0) if whole_seconds else at

    return view


def timestamp_view(wire_format: str) -> Convert:
    """Return the view of a timestamp that travels in the given format."""
    if wire_format == "unixtimestamp":
        return epoch_view()
    return text_view(whole_seconds=wire_format == "rfc822")


def leaf_views(timestamp_format: str, *, are_numbers_coerced: bool) -> Callable[[Shape], Convert | None]:
    """Return the leaves for one protocol; some parsers coerce numbers, JSON's RPC parser leaves them."""

    def leaf(shape: Shape) -> Convert | None:
        kind = shape.type_name
        if kind == "timestamp":
            return timestamp_view(shape.serialization.get("timestampFormat", timestamp_format).lower())
        if kind == "blob":
            return bytes
        if kind in ("float", "double"):
            return float if are_numbers_coerced else to_float
        if kind in ("integer", "long") and are_numbers_coerced:
            return int
        return None

    return leaf
