"""Leads connections to an address on an environment's own loopback to the same address on ours. Looks at no byte."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable

from mocklambda import sockets
from mocklambda.sandbox.loop import Loop

CHUNK = 1 << 18


class Bridge:
    """What leads from one listening socket of an environment to our server. For the loop's thread."""

    def __init__(self, listening: socket.socket, address: str, loop: Loop) -> None:
        self._listening = listening
        host, _, port = address.rpartition(":")
        self._address = (host, int(port))
        self._loop = loop
        self._lanes: set[_Lane] = set()
        listening.setblocking(False)
        loop.watch(listening.fileno(), self._accept)

    def close(self) -> None:
        """Lead nothing any more."""
        self._loop.unwatch(self._listening.fileno())
        self._listening.close()
        for lane in list(self._lanes):
            lane.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # it has hung up already, or our server has
            near, _ = self._listening.accept()
            try:
                far = sockets.connected(self._address)
            except OSError:
                near.close()
                raise
            self._lanes.add(_Lane(near, far, self._loop, self._lanes.discard))


class _Lane:
    """Two connections, of which each gets what the other sends."""

    def __init__(
        self, near: socket.socket, far: socket.socket, loop: Loop, forget: Callable[[_Lane], None]
    ) -> None:
        self._loop = loop
        self._forget = forget
        self._ends = (_End(near), _End(far))
        for end in self._ends:
            end.socket.setblocking(False)
        self._watch()

    def close(self) -> None:
        for end in self._ends:
            self._loop.unwatch(end.socket.fileno())
            end.socket.close()
        self._forget(self)

    def _pump(self) -> None:
        try:
            for source, sink in (self._ends, self._ends[::-1]):
                sink.fill(source)
        except OSError:
            self.close()
            return
        if all(end.is_done for end in self._ends):
            self.close()
        else:
            self._watch()

    def _watch(self) -> None:
        """Wait for what each has to say, as long as the other takes it, and for room for what is left."""
        for end, other in (self._ends, self._ends[::-1]):
            descriptor = end.socket.fileno()
            self._loop.unwatch(descriptor)
            reads = not end.is_silent and not other.unsent
            if reads:
                self._loop.watch(descriptor, self._pump)
                self._loop.watch_writing(descriptor, self._pump, also=bool(end.unsent))
            elif end.unsent:
                self._loop.watch_room(descriptor, self._pump)


class _End:
    """One of a lane's connections, and what it has not taken yet."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.unsent = b""
        self.is_silent = False
        self.is_done = False
        """Whether it has been told that no more will come."""

    def fill(self, source: _End) -> None:
        """Send what the source has said, as far as it goes."""
        with contextlib.suppress(BlockingIOError):
            if not self.unsent and not source.is_silent:
                self.unsent = source.socket.recv(CHUNK)
                source.is_silent = not self.unsent
        with contextlib.suppress(BlockingIOError):
            if self.unsent:
                self.unsent = self.unsent[self.socket.send(self.unsent) :]
        if source.is_silent and not self.unsent and not self.is_done:
            self.is_done = True
            self.socket.shutdown(socket.SHUT_WR)
