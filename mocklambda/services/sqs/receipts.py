"""Receipt handles: each says by itself which message and which receive it means, so none is stored."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from struct import Struct
from zlib import crc32

_HEAD = b"\x01\x01\x01"  # reads AQEB, as AWS's handles begin
_BODY = Struct(">3s8sQI")
_SIZE = _BODY.size + 4


def write(queue_tag: bytes, number: int, receive_count: int) -> str:
    """Return the handle of a message's ``receive_count``-th receive."""
    body = _BODY.pack(_HEAD, queue_tag, number, receive_count)
    return b64encode(body + crc32(body).to_bytes(4, "big")).decode("ascii")


def read(handle: str, queue_tag: bytes) -> tuple[int, int] | None:
    """Return message number and receive count, or None when the handle is not one of this queue's."""
    try:
        raw = b64decode(handle, validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) != _SIZE or crc32(raw[:-4]).to_bytes(4, "big") != raw[-4:]:
        return None
    head, tag, number, receive_count = _BODY.unpack(raw[:-4])
    return (number, receive_count) if head == _HEAD and tag == queue_tag else None
