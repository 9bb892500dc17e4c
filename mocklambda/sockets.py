"""Sockets of our own, which suites that forbid sockets (pytest-socket) do not mean: none leaves the machine.

Such suites put a class of theirs in place of ``socket.socket``, by which the standard library's own functions, and
``accept``, then make sockets; so both are done here.
"""

from __future__ import annotations

import _socket
import contextlib
import os
import socket
from collections.abc import Iterator
from typing import Any


def _true_class() -> type[socket.socket]:
    return next(kind for kind in socket.socket.__mro__ if kind.__module__ == "socket")


class Socket(_true_class()):  # type: ignore[misc]
    """A socket as the standard library has it."""

    def accept(self) -> tuple[Socket, Any]:
        """Return the next connection as one, and the address of who made it."""
        descriptor, address = self._accept()
        return type(self)(self.family, self.type, self.proto, fileno=descriptor), address


@contextlib.contextmanager
def permitted() -> Iterator[None]:
    """Let others make sockets inside, for us and for numeric addresses: plain ones, even if somebody forbids them."""
    module: Any = socket
    before = module.socket, module.getaddrinfo
    module.socket, module.getaddrinfo = _true_class(), _socket.getaddrinfo
    try:
        yield
    finally:
        module.socket, module.getaddrinfo = before


def pair() -> tuple[Socket, Socket]:
    """Return two connected sockets, as ``socket.socketpair``."""
    make: Any = getattr(_socket, "socketpair", socket.socketpair)  # Windows has only the library's own way
    mine, theirs = make()
    return Socket(fileno=mine.detach()), Socket(fileno=theirs.detach())


def listening(host: str, port: int, *, backlog: int = 128) -> Socket:
    """Return a socket that listens at a local address, as ``socket.create_server``; raises OSError."""
    is_v6 = ":" in host
    made = Socket(socket.AF_INET6 if is_v6 else socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere it would let others take the address
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if is_v6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind((host, port))
        made.listen(backlog)
    except OSError:
        made.close()
        raise
    return made


def connected(address: tuple[str, int]) -> Socket:
    """Return a connection to a local IPv4 address; raises OSError."""
    made = Socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.connect(address)
    except OSError:
        made.close()
        raise
    return made
