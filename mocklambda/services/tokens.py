"""Opaque texts that callers hand back: what was sealed into one, and whether it is one of ours."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import Any

from mocklambda.ids import Ids

_HEAD = bytes(7) + b"\x01"
_DIGEST = 16
_LEAST = 112


def seal(ids: Ids, *parts: Any) -> str:
    """Return a text of AWS's form, unlike any before, that holds ``parts``."""
    text = json.dumps([ids.hex(16), *parts], separators=(",", ":")).encode()
    length = max(_LEAST, -(-(len(text) + _DIGEST) // 16) * 16)
    text = text.ljust(length - _DIGEST)
    return base64.b64encode(_HEAD + _digest(text) + text).decode()


def unseal(token: str) -> list[Any] | None:
    """Return the parts of a text that ``seal`` made, or None."""
    try:
        raw = base64.b64decode(token, validate=True)
    except (binascii.Error, ValueError):
        return None
    digest, text = raw[len(_HEAD) : len(_HEAD) + _DIGEST], raw[len(_HEAD) + _DIGEST :]
    if not raw.startswith(_HEAD) or digest != _digest(text):
        return None
    parts: list[Any] = json.loads(text)
    return parts[1:]


def _digest(text: bytes) -> bytes:
    return hashlib.md5(text, usedforsecurity=False).digest()
