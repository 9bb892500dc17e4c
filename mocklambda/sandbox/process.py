"""One process of an environment as its supervisor holds it: the descriptors, the number, what it says.

Knows the control channel's frames (child/channel.py); decides nothing about invocations.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import struct
import sys
from collections.abc import Callable, Sequence
from typing import Any

from mocklambda import sockets
from mocklambda.execution.values import Streamed
from mocklambda.sandbox.bridge import Bridge
from mocklambda.sandbox.calls import CallLine
from mocklambda.sandbox.child.channel import HEAD, Frame, pack
from mocklambda.sandbox.child.texts import decoded, encoded
from mocklambda.sandbox.loop import Loop
from mocklambda.sandbox.zygote import Line
from mocklambda.wire.message import Request, Response

SIZE = struct.Struct("<I")
CHUNK = 1 << 16
"""Also what a pipe holds by itself."""
ROOM = 1 << 20

Submit = Callable[[dict[str, Any], Request, Callable[[Response], None]], None]


class Process:
    """A started process. Its methods may be called under a lock: none of them calls back."""

    def __init__(self, key: int) -> None:
        self.key = key
        self.pid: int | None = None
        """Known once the zygote has forked it; its process group has the same number."""
        self.unused = 0
        """Bytes of its memory that preloading took and it has not used."""
        self.copied_from: Process | None = None
        self.is_told_of = False
        """Whether that one has done with forking it."""
        self.is_unwanted = False
        """Whether it is to be killed as soon as it can be: see copies.py."""
        self.is_ready = False
        """Whether it is past its init."""
        self.is_ended = False
        self.is_covered = False
        self.is_lent = False
        """Whether a waiting thread listens to its control channel, not the loop."""
        self.is_watched = False
        """Whether the loop does."""
        self.is_silent = False
        """Whether that has come to its end."""
        self.is_closed = False
        self.on_control: Callable[[], None] = lambda: None
        """What the loop calls when there is something to read or room to write."""
        self.is_idle = False
        """Whether nothing in it runs while it waits for an invocation, so that nothing needs to be stopped."""
        self._is_frozen = False
        self._their_orders, self.orders = os.pipe()
        self.answers, self._their_answers = os.pipe()
        self.log, self._their_log = os.pipe()
        self.door, self._their_door = sockets.pair()
        self.door.setblocking(False)
        for ours in (self.orders, self.answers, self.log):
            os.set_blocking(ours, False)
        self._has_room = False
        self.lines: list[CallLine] = []
        self.bridged: list[str] = []
        """Addresses on our loopback that are on its own, too, where it has one of its own."""
        self._bridges: list[Bridge] = []
        self.namespaces: list[int] = []
        """Open, and ours to close: where this process is, for one that comes after it."""
        self._buffer = bytearray()
        self._unsent: memoryview = memoryview(b"")

    def start(self, line: Line, start: dict[str, Any], namespaces: Sequence[int]) -> None:
        """Have the zygote fork it, into namespaces that there are; raises OSError when there is no zygote."""
        theirs = (*self._theirs(), *namespaces)
        request = {"do": "start", "key": self.key, "start": start, "descriptors": len(theirs)}
        try:
            line.ask(request, theirs)
        finally:
            self._close_theirs()

    def start_as_copy(self, template: Process, start: dict[str, Any]) -> None:
        """Have a template fork it, once that is past its init; that it has died is told by others."""
        self.copied_from = template
        template.thaw()
        text = encoded(start)
        try:
            with contextlib.suppress(OSError):
                proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
                try:
                    orders, answers, log, door = self._theirs()
                    given = (orders, answers, log, door, proc)
                    socket.send_fds(template.door, [SIZE.pack(len(text)) + text], given)
                finally:
                    os.close(proc)
        finally:
            self._close_theirs()

    def _theirs(self) -> tuple[int, ...]:
        return (self._their_orders, self._their_answers, self._their_log, self._their_door.fileno())

    def _close_theirs(self) -> None:
        self._their_door.close()
        for pipe in (self._their_orders, self._their_answers, self._their_log):
            os.close(pipe)

    # -- talking -----------------------------------------------------------------------------------------

    def send(self, kind: bytes, header: dict[str, Any], payload: bytes) -> bool:
        """Send a frame without waiting; False when the rest has to go when the pipe has room."""
        if len(payload) > CHUNK:
            self._make_room()
        self._unsent = memoryview(pack(kind, header, payload))
        return self.send_rest()

    def _make_room(self) -> None:
        """Let both pipes hold more, for functions whose events are large: fewer turns back and forth."""
        if self._has_room or sys.platform != "linux":
            return
        import fcntl

        self._has_room = True
        for pipe in (self.orders, self.answers):
            with contextlib.suppress(OSError):  # there is a limit to what a user may have
                fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, ROOM)

    def send_rest(self) -> bool:
        """Send what is left, as far as it goes; what a dead process does not take is dropped."""
        try:
            while self._unsent:
                self._unsent = self._unsent[os.write(self.orders, self._unsent) :]
        except BlockingIOError:
            return False
        except OSError:
            self._unsent = memoryview(b"")
        return True

    def frames(self) -> list[Frame]:
        """Read what has arrived, without waiting."""
        arrived = self._arrived()
        if self._buffer:
            self._buffer += arrived
        source = self._buffer or arrived
        found, at = [], 0
        while len(source) - at >= HEAD.size:
            kind, header_size, payload_size = HEAD.unpack_from(source, at)
            body = at + HEAD.size + header_size
            end = body + payload_size
            if len(source) < end:
                break
            header = decoded(source[at + HEAD.size : body])
            found.append(Frame(kind, header, bytes(source[body:end])))
            at = end
        if source is self._buffer:
            del self._buffer[:at]
        else:
            self._buffer += arrived[at:]
        return found

    def _arrived(self) -> bytes:
        pieces = []
        try:
            while len(piece := os.read(self.answers, CHUNK)) == CHUNK:
                pieces.append(piece)
            self.is_silent = not piece
            if not pieces:
                return piece
            pieces.append(piece)
        except BlockingIOError:
            pass
        except OSError:
            self.is_silent = True
        return b"".join(pieces)

    def streamed(self) -> Streamed | None:
        """Return what has come of a streamed response; our own channel has none."""
        return None

    def output(self) -> bytes | None:
        """Read some of what it has printed, without waiting; None for nothing now, empty at the end."""
        try:
            return os.read(self.log, CHUNK)
        except BlockingIOError:
            return None

    def accept(self, loop: Loop, submit: Submit) -> bool:
        """Take the connections that the process has opened; False when it has gone."""
        while True:
            try:
                data, descriptors, _, _ = socket.recv_fds(self.door, 1, 8)
            except BlockingIOError:
                return True
            except OSError:
                return False
            if data == b"n":
                self.namespaces = descriptors
                continue
            if data == b"l":
                self._bridges = [
                    Bridge(sockets.Socket(fileno=number), address, loop)
                    for number, address in zip(descriptors, self.bridged, strict=True)
                ]
                continue
            self.lines.extend(CallLine(sockets.Socket(fileno=number), loop, submit) for number in descriptors)
            if not data:
                return False

    # -- the process group -------------------------------------------------------------------------------

    def freeze(self) -> None:
        """Stop the whole group, as the service does between invocations, unless nothing of it could run anyway."""
        if self.is_idle:
            return
        self._signal(signal.SIGSTOP)
        self._is_frozen = True

    def thaw(self) -> None:
        """Let it run on."""
        if self._is_frozen:
            self._is_frozen = False
            self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        if self.pid is not None and not self.is_ended:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, number)

    def finish(self) -> None:
        """Ask it to end by itself: by the end of its channel."""
        self.thaw()
        if self.orders >= 0:
            os.close(self.orders)
            self.orders = -1

    def close(self, loop: Loop) -> None:
        """Close our ends. For the loop's thread, or after it has ended."""
        self.is_closed = True
        self.is_watched = False
        for line in self.lines:
            line.close()
        self.lines.clear()
        for bridge in self._bridges:
            bridge.close()
        self._bridges.clear()
        for descriptor in (self.orders, self.answers, self.log, self.door.fileno()):
            loop.unwatch(descriptor)
        self.door.close()
        for descriptor in (self.orders, self.answers, self.log, *self.namespaces):
            if descriptor >= 0:
                os.close(descriptor)
