"""A network of an environment's own: nothing but a loopback, on which our own servers are found all the same.

A listening socket belongs to the network that it was made in, whoever holds it: ours accepts what connects there.
"""

from __future__ import annotations

import fcntl
import socket
import struct
from collections.abc import Sequence

SET_FLAGS = 0x8914
UP_AND_RUNNING = 0x41


def switch_on() -> None:
    """Have the loopback of a new network work."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SET_FLAGS, struct.pack("16sh14x", b"lo", UP_AND_RUNNING))


def listen(addresses: Sequence[str]) -> list[int]:
    """Listen at these addresses, ``host:port``; earlier processes of this environment may do so still."""
    found = []
    for address in addresses:
        host, _, port = address.rpartition(":")
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listening.bind((host, int(port)))
        listening.listen()
        found.append(listening.detach())
    return found
