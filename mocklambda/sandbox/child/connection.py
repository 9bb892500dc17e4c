"""A handler's lines to the test's cloud: one socket pair a thread, one request at a time on each.

One end of the pair goes to the supervisor through the *door*, so that no path and no port is needed. A
request is two lengths, a header in JSON and the body; the answer likewise, in pieces where its length is not
known.
"""

from __future__ import annotations

import io
import os
import select
import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any

from .texts import decoded, encoded

HEAD = struct.Struct("<Iq")
"""Length of the header; length of the body, -1 for pieces."""
PIECE = struct.Struct("<I")
CUT_OFF = (1 << 32) - 1
"""In place of a piece's length: the body has been cut off."""
CHUNK = 1 << 18
LOOKS = 200 if hasattr(os, "sched_getaffinity") and len(os.sched_getaffinity(0)) > 1 else 0
"""How often it is looked for an answer before sleeping: a microsecond each; counted, as a handler may stop clocks."""


class CutOffError(ConnectionError):
    """The other side hung up in the middle of an answer's body."""


class Connection:
    """One thread's line to the cloud."""

    def __init__(self, door: socket.socket) -> None:
        mine, theirs = socket.socketpair()
        socket.send_fds(door, [b"c"], [theirs.fileno()])
        theirs.close()
        self._socket = mine
        self._rest = b""
        self._header: dict[str, Any] = {}
        self._text = b""
        self._poll = select.poll()
        self._poll.register(mine.fileno(), select.POLLIN)

    def _look(self) -> None:
        """Look for an answer that is nearly there: to be put to sleep and woken takes as long as most of them."""
        for _ in range(LOOKS):
            if self._poll.poll(0):
                return
            os.sched_yield()  # who answers may be waiting for this very processor

    def close(self) -> None:
        self._socket.close()

    def call(self, header: dict[str, Any], body: Any) -> tuple[dict[str, Any], int]:
        """Send a request; returns the answer's header and the length of its body, to be read next."""
        if header != self._header:  # in a loop, calls of one operation have the same
            self._header, self._text = header, encoded(header)
        text = self._text
        if isinstance(body, bytes):
            self._socket.sendall(HEAD.pack(len(text), len(body)) + text + body[:CHUNK])
            if len(body) > CHUNK:
                self._socket.sendall(memoryview(body)[CHUNK:])
        else:
            self._socket.sendall(HEAD.pack(len(text), -1) + text)
            for piece in body:
                self._socket.sendall(PIECE.pack(len(piece)) + piece)
            self._socket.sendall(PIECE.pack(0))
        self._look()
        size, length = HEAD.unpack(self.read(HEAD.size))
        return decoded(self.read(size)), length

    def read(self, size: int) -> bytes:
        data = self._rest
        if len(data) < size:
            whole = bytearray(data)
            while len(whole) < size:
                whole += self._received()
            data = bytes(whole)
        self._rest = data[size:]
        return data[:size]

    def _received(self) -> bytes:
        data = self._socket.recv(CHUNK)  # all that is there: one answer at a time is on its way
        if not data:
            raise ConnectionError("mocklambda: the test's cloud has gone")
        return data

    def pieces(self, length: int) -> Iterator[bytes]:
        """Read an answer's body as it comes."""
        while length > 0:
            data, self._rest = self._rest or self._received(), b""
            length -= len(data)
            yield data
        while length < 0:
            (size,) = PIECE.unpack(self.read(PIECE.size))
            if not size:
                return
            if size == CUT_OFF:
                raise CutOffError
            yield self.read(size)


class Body(io.RawIOBase):
    """A streaming answer, read from the connection as the handler asks."""

    def __init__(self, pieces: Iterator[bytes], done: Callable[[], None]) -> None:
        super().__init__()
        self._pieces = pieces
        self._rest = b""
        self._done: Callable[[], None] | None = done

    def readable(self) -> bool:
        return True

    def _next(self) -> bytes | None:
        piece = next(self._pieces, None)
        if piece is None and self._done is not None:
            done, self._done = self._done, None
            done()
        return piece

    def read(self, size: int | None = -1, **_: Any) -> bytes:
        parts = [self._rest]
        have = len(self._rest)
        while size is None or size < 0 or have < size:
            piece = self._next()
            if piece is None:
                break
            parts.append(piece)
            have += len(piece)
        data = b"".join(parts)
        end = len(data) if size is None or size < 0 else size
        self._rest = data[end:]
        return data[:end]

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def stream(self, amt: int | None = None, **_: Any) -> Iterator[bytes]:
        """Yield pieces as they arrive, as urllib3 does for a body of unknown length."""
        if self._rest:
            rest, self._rest = self._rest, b""
            yield rest
        while True:
            piece = self._next()
            if piece is None:
                return
            yield piece

    def release_conn(self) -> None:
        """urllib3's name; the connection goes back by itself."""
