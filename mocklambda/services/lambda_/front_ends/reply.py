"""The last step of every front end's reply: the headers that are always there, and none that may not be."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone

from mocklambda.clock.base import Millis
from mocklambda.services.service import RawReply


def raw_reply(
    status: int,
    headers: Iterable[tuple[str, str]],
    body: bytes,
    *,
    method: str,
    at: Millis,
    is_chunked: bool = False,
) -> RawReply:
    """Return a reply to be sent. Earlier headers come first; a name that comes again is kept as repeated."""
    length = ("Transfer-Encoding", "chunked") if is_chunked else ("Content-Length", str(len(body)))
    moment = datetime.fromtimestamp(at // 1000, tz=timezone.utc)
    first: dict[str, str] = {}
    seen: set[str] = set()
    repeated = []
    always = (("Date", f"{moment:%a, %d %b %Y %H:%M:%S} GMT"), length, ("Connection", "keep-alive"))
    for name, value in (*always, *headers):
        if name.lower() in seen:
            repeated.append((name, value))
        else:
            seen.add(name.lower())
            first[name] = value
    content = b"" if method == "HEAD" else body
    return RawReply(status=status, headers=first, body=content, repeated=tuple(repeated))
