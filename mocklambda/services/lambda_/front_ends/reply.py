"""The last step of every front end's reply: the headers that are always there, and none that may not be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timezone

from mocklambda.clock.base import Millis
from mocklambda.services.service import RawReply, never


def raw_reply(
    status: int,
    headers: Iterable[tuple[str, str]],
    body: bytes,
    *,
    method: str,
    at: Millis,
    chunks: Iterable[bytes] | None = None,
    is_cut_off: Callable[[], bool] = never,
) -> RawReply:
    """Return a reply to be sent. Earlier headers come first; a name that comes again is kept as repeated."""
    length = ("Content-Length", str(len(body))) if chunks is None else ("Transfer-Encoding", "chunked")
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
    repetition = tuple(repeated)
    if method == "HEAD":
        return RawReply(status=status, headers=first, repeated=repetition)
    return RawReply(
        status=status, headers=first, body=body, repeated=repetition, chunks=chunks, is_cut_off=is_cut_off
    )
