"""One HTTP request as it arrives at a front end, and how its body travels in an event. Knows no front end."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from mocklambda.clock.base import Millis
from mocklambda.execution.tracing import new_root, read
from mocklambda.services.service import Context

TEXT_TYPES = frozenset({"application/json", "application/javascript", "application/xml"})
"""Media types beside ``text/*`` whose bodies travel as text."""
HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A request. Header names are lower-case; path and query are as sent."""

    method: str
    scheme: str
    host: str
    """With its port, if that is none of the two usual ones."""
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    source_ip: str
    request_id: str
    trace: str
    """``Root=...``, as sent or made on arrival."""
    at: Millis

    @property
    def media_type(self) -> str:
        """What the body is said to be, in small letters and without parameters; empty where nothing is."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def name(self) -> str:
        """The host without its port."""
        return self.host.partition(":")[0]


def arrival_of(ctx: Context[Any], method: str, body: bytes | BinaryIO) -> Arrival:
    """Take a request from the door it came in by."""
    sent = ctx.headers.get("x-amzn-trace-id")
    has_root = "Root" in read(sent)
    return Arrival(
        method=method,
        scheme=ctx.scheme,
        host=ctx.host,
        path=ctx.path or "/",
        query=ctx.query,
        headers=ctx.headers,
        body=body if isinstance(body, bytes) else body.read(),
        source_ip=ctx.source_ip,
        request_id=ctx.request_id,
        trace=sent if has_root and sent is not None else f"Root={new_root(ctx.scope.ids, ctx.now)}",
        at=ctx.now,
    )


def is_text_type(media_type: str) -> bool:
    """Whether bodies of this type travel as text."""
    return media_type.startswith("text/") or media_type in TEXT_TYPES


def encoded(body: bytes) -> str:
    return base64.b64encode(body).decode()


def forwarded_for(arrival: Arrival) -> str:
    """Return the client's own ``X-Forwarded-For`` with its address appended (I)."""
    before = arrival.headers.get("x-forwarded-for")
    return arrival.source_ip if not before else f"{before}, {arrival.source_ip}"
