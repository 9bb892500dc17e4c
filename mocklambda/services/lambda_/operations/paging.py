"""Pages of lists: an opaque marker, a size, and a cost per page that does not grow with the list."""

from __future__ import annotations

import base64
import binascii
import json
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, TypeVar

from mocklambda.services.lambda_ import errors
from mocklambda.services.service import AwsError, Request

K = TypeVar("K", str, int)
PAGE = 50
"""The most that a page of functions, versions or aliases holds, whatever MaxItems says (D)."""


def read_marker(request: Request) -> Any:
    """Return what the marker stands for, None without one; whether it is of this list, the list must see."""
    text = request.get("Marker")
    if text is None:
        return None
    try:
        found = json.loads(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        raise invalid_marker() from None
    if found is None:
        raise invalid_marker()
    return found


def invalid_marker() -> AwsError:
    return errors.invalid_parameter("Invalid Marker")  # I: the text


def write_marker(value: Any) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


def size(request: Request, largest: int = PAGE) -> int:
    return min(request.get("MaxItems") or largest, largest)


def page(keys: Sequence[K], request: Request, largest: int = PAGE) -> tuple[Sequence[K], dict[str, str]]:
    """Return the page of ascending ``keys`` that a request asks for, and ``NextMarker`` where more follow."""
    last = read_marker(request)
    if last is not None and type(last) not in ({type(keys[0])} if keys else {str, int}):
        raise invalid_marker()
    start = 0 if last is None else bisect_right(keys, last)
    end = start + size(request, largest)
    found = keys[start:end]
    return found, {"NextMarker": write_marker(found[-1])} if end < len(keys) else {}
