"""The headers of frames, as JSON: for what both sides of a line write and nobody else does, and so with no frills."""

from __future__ import annotations

import json
from collections.abc import Callable
from json import encoder
from typing import Any

_scan: Callable[[str, int], tuple[Any, int]] = getattr(json.JSONDecoder(), "scan_once")  # noqa: B009 - not in its stub


def _make_pieces() -> Callable[[Any, int], Any]:
    """Return what JSONEncoder.encode would make anew for each text."""
    plain = json.JSONEncoder()
    make: Any = getattr(encoder, "c_make_encoder", None)
    if make is None:  # an interpreter without it
        return lambda value, _: plain.iterencode(value)
    text = encoder.encode_basestring_ascii
    pieces: Callable[[Any, int], Any] = make(None, plain.default, text, None, ": ", ", ", False, False, True)
    return pieces


_pieces = _make_pieces()


def encoded(header: dict[str, Any]) -> bytes:
    """Return what ``json.dumps`` does, as bytes."""
    return "".join(_pieces(header, 0)).encode()


def decoded(text: bytes | bytearray) -> Any:
    """Return what ``json.loads`` does, without a look for blanks, which nobody writes here."""
    return _scan(text.decode(), 0)[0]
