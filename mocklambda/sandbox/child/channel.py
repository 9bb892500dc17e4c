"""Frames between an environment and its supervisor: a kind, a JSON header and raw bytes."""

from __future__ import annotations

import os
import struct
from typing import Any, NamedTuple

from .attention import Attention
from .texts import decoded, encoded

HEAD = struct.Struct("<cIQ")
"""Kind, length of the header, length of the payload."""

INVOKE = b"V"
READY = b"R"
RESULT = b"S"
FAILED = b"E"
INIT_FAILED = b"I"
TIMED_OUT = b"T"
COPIED = b"c"

CHUNK = 1 << 16


class Frame(NamedTuple):
    kind: bytes
    header: dict[str, Any]
    payload: bytes


def pack(kind: bytes, header: dict[str, Any], payload: bytes = b"") -> bytes:
    """Return the bytes of one frame."""
    text = encoded(header)
    return HEAD.pack(kind, len(text), len(payload)) + text + payload


def write(descriptor: int, data: bytes) -> None:
    """Write all of it."""
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


class Channel:
    """The environment's end of the control channel: two pipes.

    A pair of sockets would do, but takes twice as long: whoever reads from one wakes whoever waits at the other end.
    """

    def __init__(self, orders: int, answers: int) -> None:
        self._orders = orders
        self._answers = answers
        self._rest = b""
        self._attention = Attention(orders)

    def send(self, kind: bytes, header: dict[str, Any], payload: bytes = b"") -> None:
        write(self._answers, pack(kind, header, payload))

    def receive(self, *, looks_out: bool = False) -> Frame | None:
        """Wait for one frame, perhaps awake at first; None when the supervisor has gone."""
        if looks_out and not self._rest:
            self._attention.look_out()
        data = self._rest or os.read(self._orders, CHUNK)
        while len(data) < HEAD.size:
            more = os.read(self._orders, CHUNK)
            if not more:
                return None
            data += more
        kind, header_size, payload_size = HEAD.unpack_from(data)
        body = HEAD.size + header_size
        end = body + payload_size
        if len(data) < end:
            data = self._read_to(data, end)
            if data is None:
                return None
        self._rest = data[end:]
        return Frame(kind, decoded(data[HEAD.size : body]), data[body:end])

    def _read_to(self, data: bytes, end: int) -> Any:
        whole = bytearray(end)
        whole[: len(data)] = data
        view = memoryview(whole)
        have = len(data)
        while have < end:
            got = os.readv(self._orders, [view[have:]])
            if not got:
                return None
            have += got
        return bytes(whole)
