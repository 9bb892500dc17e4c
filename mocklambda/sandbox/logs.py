"""What an environment writes to its log: its output cut into events, and the platform's own lines.

Knows the pipe's framing (child/records.py) and AWS's forms; knows nothing of where events are stored.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

MARK = b"\x00\xa5\x5a\x00\x03"
FRAME = struct.Struct("<5scI")
EVENT = b"e"
BEGIN = b"b"
EVENT_LIMIT = 1 << 20
"""Bytes of one event; a longer line is cut."""
INVOCATION_LIMIT = 16 << 20
"""Bytes kept of one invocation's output; what is beyond is dropped, and said so."""


class Output:
    """Cuts the bytes of fd 1 and 2 into log events: lines, no empty ones, framed records whole (R)."""

    def __init__(self, on_event: Callable[[str], None], on_begin: Callable[[], None]) -> None:
        self._on_event = on_event
        self._on_begin = on_begin
        self._rest = b""

    def feed(self, data: bytes) -> None:
        """Take in what was read from the pipe."""
        data = self._rest + data if self._rest else data
        while data:
            at = data.find(MARK)
            if at < 0:
                at = _possible_mark(data)
                self._rest = self._lines(data[:at]) + data[at:]
                return
            rest = self._lines(data[:at])
            if rest:  # a line without an end, before a record
                self._line(rest)
            data = data[at:]
            if len(data) < FRAME.size:
                break
            _, kind, size = FRAME.unpack_from(data)
            end = FRAME.size + size
            if len(data) < end:
                break
            if kind == BEGIN:
                self._on_begin()
            else:
                self._on_event(data[FRAME.size : end].decode("utf-8", "replace"))
            data = data[end:]
        self._rest = data

    def flush(self) -> None:
        """Turn what is left, a line without an end, into an event."""
        rest, self._rest = self._rest, b""
        if rest:
            self._line(rest)

    def _lines(self, data: bytes) -> bytes:
        *lines, rest = data.split(b"\n")
        for line in lines:
            if line:
                self._line(line + b"\n")
        while len(rest) > EVENT_LIMIT:
            self._line(rest[:EVENT_LIMIT])
            rest = rest[EVENT_LIMIT:]
        return rest

    def _line(self, line: bytes) -> None:
        for start in range(0, len(line), EVENT_LIMIT):
            self._on_event(line[start : start + EVENT_LIMIT].decode("utf-8", "replace"))


def _possible_mark(data: bytes) -> int:
    """Return where a mark may have been cut off at the end of what was read."""
    for size in range(min(len(MARK) - 1, len(data)), 0, -1):
        if data.endswith(MARK[:size]):
            return len(data) - size
    return len(data)


def concatenated(events: list[str]) -> str:
    """Return events as one text: an event without a final newline is followed by one (R)."""
    return "".join([event if event.endswith("\n") else event + "\n" for event in events])
