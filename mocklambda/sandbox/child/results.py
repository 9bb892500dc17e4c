"""What events and handlers' return values are as JSON bytes (S: the Python runtime client)."""

from __future__ import annotations

import decimal
import json
import os
from typing import Any

from .faults import Fault

_ASCII = json.JSONEncoder()
_PLAIN = json.JSONEncoder(ensure_ascii=False)


def unmarshal(payload: bytes) -> Any:
    """Read an event. Raises Fault for what is not JSON."""
    try:
        return json.loads(payload)
    except ValueError as error:
        raise Fault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from None


def marshal(value: Any, *, is_ascii: bool) -> bytes:
    """Serialise a result; ``bytes`` are posted as they are. Raises Fault for what is not serialisable."""
    if isinstance(value, bytes):
        return value
    try:
        return (_ASCII if is_ascii else _PLAIN).encode(value).encode("utf-8", "surrogatepass")
    except TypeError as error:
        if "Decimal" not in str(error):
            raise _unable(error) from None
    except (ValueError, RecursionError) as error:
        raise _unable(error) from None
    return _marshal_decimals(value, is_ascii)


def _marshal_decimals(value: Any, is_ascii: bool) -> bytes:
    """Write decimals as bare numbers, all their digits kept: via marks that are replaced in the text."""
    mark = os.urandom(16).hex()
    numbers: list[str] = []

    def default(item: Any) -> str:
        if not isinstance(item, decimal.Decimal):
            raise TypeError(f"Object of type {type(item).__name__} is not JSON serializable")
        numbers.append("NaN" if item.is_nan() else str(item))
        return f"{mark}{len(numbers) - 1};"

    try:
        text = json.JSONEncoder(ensure_ascii=is_ascii, default=default).encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise _unable(error) from None
    head, *rest = text.split('"' + mark)
    parts = [head]
    for part in rest:
        index, _, after = part.partition(';"')
        parts += [numbers[int(index)], after]
    return "".join(parts).encode("utf-8", "surrogatepass")


def _unable(error: Exception) -> Fault:
    return Fault("Runtime.MarshalError", f"Unable to marshal response: {error}")
