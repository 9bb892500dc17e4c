"""The last guard in a handler's process: ``socket.getaddrinfo``, through which connections to hosts by name go.

Clients that nothing answers in process (http.client, aiohttp and what is built on them) come this far with an AWS
host; they are refused. The metadata services of other machines are as out of reach as from Lambda.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from typing import Any


def guard(is_aws: Callable[[str], bool], metadata: frozenset[str], tell: Callable[[str], str]) -> None:
    """Refuse connections to AWS hosts; ``tell`` lets the test know of one, and returns what to say."""
    original = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **options: Any) -> Any:
        text = host.decode("ascii", "replace") if isinstance(host, bytes) else host or ""
        name = text.lower().rstrip(".")
        if name in metadata:
            raise OSError(errno.EHOSTUNREACH, os.strerror(errno.EHOSTUNREACH))
        if is_aws(name):
            raise socket.gaierror(socket.EAI_FAIL, tell(name))
        return original(host, *args, **options)

    socket.getaddrinfo = getaddrinfo
