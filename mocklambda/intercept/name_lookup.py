"""The last guard: ``socket.getaddrinfo``, through which every connection to a host by name goes.

Clients that nothing here answers in process (http.client, aiohttp and what is built on them) come this
far with an AWS host: they are refused, so that no request reaches AWS whatever sent it.
"""

from __future__ import annotations

import socket
from typing import Any

from mocklambda.intercept import active


def install() -> active.Undo:
    """Patch the resolver; returns what puts it back."""
    owner: Any = socket
    original = owner.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        session = active.top()
        if session is not None and active.is_aws(_text(host)):
            raise session.refuse(_text(host))
        return original(host, *args, **kwargs)

    owner.getaddrinfo = getaddrinfo

    def undo() -> None:
        owner.getaddrinfo = original

    return undo


def _text(host: Any) -> str:
    return host.decode("ascii", "replace") if isinstance(host, bytes) else host or ""
