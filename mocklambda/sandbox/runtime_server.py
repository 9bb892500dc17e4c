"""The Runtime API's listener: HTTP on loopback for one environment. Decides nothing about what is answered."""

from __future__ import annotations

import io
import socket
from collections.abc import Callable, Generator
from http import HTTPStatus
from http.client import parse_headers
from typing import Any

from mocklambda import sockets
from mocklambda.sandbox.loop import Loop
from mocklambda.sandbox.outcomes import STREAM_LIMIT
from mocklambda.sandbox.runtime_protocol import Call, Reply

CHUNK = 1 << 16
AT_ONCE = 16
"""Reads of a connection before others, and who waits for what it said, have their turn."""
LONGEST_HEAD = 1 << 16
MOST_KEPT = STREAM_LIMIT + 1
"""Of a body in chunks: one byte more than there may be, so that it is seen to be longer."""
LINE, BLANK = b"\r\n", b"\r\n\r\n"

Guard = Callable[[Callable[[], None]], Callable[[], None]]
Answer = Callable[[Call, "HttpLine"], None]
OnChunks = Callable[[Call], None]
"""Hears of a request that is not whole yet, with those of its chunks that are new."""


class RuntimeServer:
    """Takes connections of a runtime; ``guard`` wraps what the loop calls."""

    def __init__(
        self,
        loop: Loop,
        guard: Guard,
        answer: Answer,
        gone: Callable[[HttpLine], None],
        on_chunks: OnChunks = lambda _: None,
    ) -> None:
        self._loop = loop
        self._guard = guard
        self._answer = answer
        self._gone = gone
        self._on_chunks = on_chunks
        self._lines: list[HttpLine] = []
        self._socket = sockets.listening("127.0.0.1", 0)
        self._socket.setblocking(False)
        self.address = "{}:{}".format(*self._socket.getsockname())
        loop.watch(self._socket.fileno(), guard(self._accept))

    def _accept(self) -> None:
        try:
            connection, _ = self._socket.accept()
        except OSError:  # it has gone already
            return
        self._lines = [line for line in self._lines if line.is_open]
        self._lines.append(
            HttpLine(connection, self._loop, self._guard, self._answer, self._gone, self._on_chunks)
        )

    def read(self) -> None:
        """Take in what a program has sent before it ended."""
        self._accept()
        for line in self._lines:
            line.read()

    def begun(self) -> list[Call]:
        """List the requests that are not whole yet."""
        return [call for line in self._lines if (call := line.begun()) is not None]

    def close(self) -> None:
        """Hang up and close."""
        for line in self._lines:
            line.close()
        self._loop.unwatch(self._socket.fileno())
        self._socket.close()


class HttpLine:
    """One connection: a request, its reply, and so on."""

    def __init__(
        self,
        connection: socket.socket,
        loop: Loop,
        guard: Guard,
        answer: Answer,
        gone: Callable[[HttpLine], None],
        on_chunks: OnChunks,
    ) -> None:
        self._socket = connection
        self._loop = loop
        self._guard = guard
        self._answer = answer
        self._gone = gone
        self._on_chunks = on_chunks
        self._buffer = bytearray()
        self._searched = 0
        self._unsent = memoryview(b"")
        self._is_writing = False
        self._is_last = False
        self._is_answered = False
        self._begun: dict[str, Any] | None = None  # a request of which the body is being read
        self._chunks: list[bytes] = []
        self._told = 0  # of them
        self.is_open = True
        self._parser = self._requests()
        self._wants = next(self._parser)
        connection.setblocking(False)
        loop.watch(connection.fileno(), guard(self._on_ready))

    def close(self) -> None:
        if self.is_open:
            self.is_open = False
            self._loop.unwatch(self._socket.fileno())
            self._socket.close()
            self._gone(self)

    # -- reading -----------------------------------------------------------------------------------------

    def begun(self) -> Call | None:
        """Return the request of which the body is being read, as far as it has come."""
        if self._begun is None:
            return None
        chunks = tuple(self._chunks)
        body = b"".join(chunks) if chunks else bytes(self._buffer)
        return Call(**self._begun, body=body, chunks=chunks, is_whole=False)

    def _on_ready(self) -> None:
        if self._is_writing:
            self._write()
        self._read(AT_ONCE)

    def read(self) -> None:
        """Take in what has arrived."""
        while self._read(AT_ONCE):
            pass

    def _read(self, times: int) -> bool:
        """Take in some of it; whether there may be more."""
        for _ in range(times):
            if not self.is_open:
                return False
            try:
                data = self._socket.recv(CHUNK)
            except BlockingIOError:
                return False
            except OSError:
                data = b""
            if not data:
                self._end()
                return False
            self._buffer += data
            self._parse()
            if self._begun is not None and len(self._chunks) > self._told:
                new = tuple(self._chunks[self._told :])
                self._told += len(new)
                self._on_chunks(Call(**self._begun, chunks=new, is_whole=False))
        return self.is_open

    def _end(self) -> None:
        """Act on the end of what is sent: a body that is not whole is refused."""
        call = self.begun()
        if call is not None:
            self._begun = None
            self._answer(call, self)
        self.close()

    def _parse(self) -> None:
        while self.is_open and self._is_there():
            try:
                self._wants = next(self._parser)
            except (ValueError, StopIteration):  # no HTTP
                self.close()

    def _is_there(self) -> bool:
        if isinstance(self._wants, int):
            return len(self._buffer) >= self._wants
        found = self._buffer.find(self._wants) >= 0
        if not found and len(self._buffer) > LONGEST_HEAD:
            self.close()
        return found

    def _take(self, size: int) -> bytes:
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def _take_to(self, end: bytes) -> bytes:
        return self._take(self._buffer.index(end) + len(end))

    def _requests(self) -> Generator[int | bytes, None, None]:
        """Yield what must be there before going on: a number of bytes, or a mark."""
        while True:
            yield BLANK
            first, _, rest = self._take_to(BLANK).partition(LINE)
            method, path, version = first.decode("latin-1").split(" ")
            headers = _headers(rest)
            if headers.get("expect", "").lower() == "100-continue":
                self._send(b"HTTP/1.1 100 Continue\r\n\r\n")
            self._begun = {"method": method, "path": path, "headers": headers}
            self._chunks, self._told = [], 0
            if headers.get("transfer-encoding", "").lower() == "chunked":
                yield from self._read_chunks(headers)
                body = b"".join(self._chunks)
            else:
                size = int(headers.get("content-length", "0"))
                yield size
                body = self._take(size)
            self._is_last = version == "HTTP/1.0" or headers.get("connection", "").lower() == "close"
            self._begun = None
            chunks, self._chunks = tuple(self._chunks), []
            self._answer(Call(method=method, path=path, headers=headers, body=body, chunks=chunks), self)

    def _read_chunks(self, headers: dict[str, str]) -> Generator[int | bytes, None, None]:
        left = MOST_KEPT
        while True:
            yield LINE
            size = int(self._take_to(LINE).partition(b";")[0], 16)
            if not size:
                break
            yield size + len(LINE)
            self._chunks.append(self._take(size + len(LINE))[: min(size, left)])
            left -= len(self._chunks[-1])
        while True:
            yield LINE
            trailer = self._take_to(LINE)
            if trailer == LINE:
                return
            headers.update(_headers(trailer + LINE))

    # -- writing -----------------------------------------------------------------------------------------

    def reply(self, reply: Reply) -> None:
        """Send a reply."""
        headers = {
            "Content-Type": "application/json",
            **reply.headers,
            "Content-Length": str(len(reply.body)),
        }
        head = f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._is_answered = True
        self._send(head.encode("utf-8") + LINE + reply.body)

    def _send(self, data: bytes) -> None:
        if self.is_open:
            self._unsent = memoryview(bytes(self._unsent) + data)
            self._write()

    def _write(self) -> None:
        try:
            while self._unsent:
                self._unsent = self._unsent[self._socket.send(self._unsent) :]
        except BlockingIOError:
            self._set_writing(True)
            return
        except OSError:
            self.close()
            return
        self._set_writing(False)
        if self._is_last and self._is_answered:
            self.close()

    def _set_writing(self, wanted: bool) -> None:
        if wanted != self._is_writing:
            self._is_writing = wanted
            self._loop.watch_writing(self._socket.fileno(), self._guard(self._on_ready), also=wanted)


def _headers(text: bytes) -> dict[str, str]:
    return {name.lower(): value for name, value in parse_headers(io.BytesIO(text)).items()}
