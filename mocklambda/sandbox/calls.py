"""The other end of a handler's SDK calls: whole requests off a connection, answers back onto it.

Knows the framing (child/connection.py) and wire messages; who answers is the port ``Calls``.
"""

from __future__ import annotations

import socket
import struct
import tempfile
from collections.abc import Callable, Generator, Iterator
from typing import Any, BinaryIO, Protocol, cast
from urllib.parse import urlsplit

from mocklambda.sandbox.child.texts import decoded, encoded
from mocklambda.sandbox.loop import Loop
from mocklambda.wire.message import CutOffError, Request, Response

HEAD = struct.Struct("<Iq")
PIECE = struct.Struct("<I")
CUT_OFF = (1 << 32) - 1
CHUNK = 1 << 18
SPOOL = 8 << 20
"""Bytes of a request's body that are kept in memory; a longer one goes to a temporary file."""


class Calls(Protocol):
    """Who answers a handler's calls."""

    def submit(
        self,
        environment_id: str,
        service: str,
        operation: str,
        request: Request,
        access_key: str | None,
        region: str | None,
        reply: Callable[[Response], None],
        patience_ms: float | None = None,
    ) -> None:
        """Answer by calling ``reply`` once, now or later, from any thread; must not block.

        ``service`` and ``operation`` are empty for a request that only its bytes tell. ``patience_ms`` is for how
        long the caller would wait.
        """


class CallLine:
    """One connection: reads a request, waits for its answer, writes that, and so on."""

    def __init__(
        self,
        connection: socket.socket,
        loop: Loop,
        submit: Callable[[dict[str, Any], Request, Callable[[Response], None]], None],
    ) -> None:
        self._socket = connection
        self._loop = loop
        self._submit = submit
        self._buffer = bytearray()
        self._parser: Generator[int, None, None] = self._requests()
        self._wants = next(self._parser)
        self._out: Iterator[bytes] = iter(())
        self._unsent: memoryview = memoryview(b"")
        self._is_writing = False
        self.is_open = True
        self._is_parsing = False
        connection.setblocking(False)
        loop.watch(connection.fileno(), self._on_ready)

    def close(self) -> None:
        """Hang up; an answer that comes later is dropped. For the loop's thread, or after it has ended."""
        if self.is_open:
            self.is_open = False
            if not self._is_parsing:
                self._parser.close()
            self._loop.unwatch(self._socket.fileno())
            self._socket.close()

    # -- reading -----------------------------------------------------------------------------------------

    def _on_ready(self) -> None:
        if not self.is_open:
            return
        if self._is_writing:
            self._write()
        try:
            while True:
                data = self._socket.recv(CHUNK)
                if not data:
                    self.close()
                    return
                self._buffer += data
                while self.is_open and len(self._buffer) >= self._wants:
                    self._is_parsing = True
                    self._wants = next(self._parser)
                    self._is_parsing = False
                if len(data) < CHUNK:
                    return
        except BlockingIOError:
            return
        except OSError:
            self.close()

    def _take(self, size: int) -> bytes:
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def _requests(self) -> Generator[int, None, None]:
        """Yield how many bytes must be there before going on."""
        last, header = b"", dict[str, Any]()
        while True:
            yield HEAD.size
            size, length = HEAD.unpack(self._take(HEAD.size))
            yield size
            text = self._take(size)
            if text != last:  # in a loop, calls of one operation have the same
                last, header = text, decoded(text)
            if 0 <= length <= SPOOL:
                yield length
                body: bytes | BinaryIO = self._take(length)
            else:
                body = yield from self._spooled(length)
            self._submit(header, request_of(header, body), self._reply)

    def _spooled(self, length: int) -> Generator[int, None, bytes | BinaryIO]:
        file = tempfile.SpooledTemporaryFile(max_size=SPOOL)  # noqa: SIM115 - the operation closes it
        try:
            yield from self._fill(file, length)
        except GeneratorExit:
            file.close()
            raise
        size = file.tell()
        file.seek(0)
        if size <= SPOOL:
            with file:
                return file.read()
        return cast("BinaryIO", file)

    def _fill(self, file: Any, length: int) -> Generator[int, None, None]:
        while length > 0:
            part = min(length, CHUNK)
            yield part
            file.write(self._take(part))
            length -= part
        while length < 0:
            yield PIECE.size
            (size,) = PIECE.unpack(self._take(PIECE.size))
            if not size:
                break
            yield size
            file.write(self._take(size))

    # -- writing -----------------------------------------------------------------------------------------

    def _reply(self, response: Response) -> None:
        """Send an answer, from any thread."""
        if self._loop.is_own_thread:
            self._send(response)
        else:
            self._loop.post(lambda: self._send(response))

    def _send(self, response: Response) -> None:
        if not self.is_open:
            return
        body = response.body
        told: dict[str, Any] = {"status": response.status, "headers": response.headers}
        if response.repeated:
            told["repeated"] = response.repeated
        if response.delay_ms:
            told["delay_ms"] = response.delay_ms
        header = encoded(told)
        if isinstance(body, bytes):
            self._unsent = memoryview(HEAD.pack(len(header), len(body)) + header + body)
        else:
            self._unsent = memoryview(HEAD.pack(len(header), -1) + header)
            self._out = pieces_of(body)
        self._write()

    def _write(self) -> None:
        try:
            while True:
                while self._unsent:
                    self._unsent = self._unsent[self._socket.send(self._unsent) :]
                piece = next(self._out, None)
                if piece is None:
                    break
                self._unsent = memoryview(piece)
            self._set_writing(False)
        except BlockingIOError:
            self._set_writing(True)
        except OSError:
            self.close()

    def _set_writing(self, wanted: bool) -> None:
        if wanted != self._is_writing:
            self._is_writing = wanted
            self._loop.watch_writing(self._socket.fileno(), self._on_ready, also=wanted)


def request_of(header: dict[str, Any], body: bytes | BinaryIO) -> Request:
    """Build the wire request that a handler's SDK would have sent."""
    parts = urlsplit(header["url"])
    return Request(
        method=header["method"],
        scheme=parts.scheme,
        host=parts.netloc,
        path=parts.path or "/",
        query=parts.query,
        headers=header["headers"],
        body=body,
    )


def pieces_of(body: BinaryIO | Iterator[bytes]) -> Iterator[bytes]:
    """Frame a body of unknown length."""
    if hasattr(body, "read"):
        while True:
            data = body.read(CHUNK)
            if not data:
                break
            yield PIECE.pack(len(data)) + data
    else:
        try:
            for data in body:
                if data:
                    yield PIECE.pack(len(data)) + data
        except CutOffError:
            yield PIECE.pack(CUT_OFF)
            return
    yield PIECE.pack(0)
