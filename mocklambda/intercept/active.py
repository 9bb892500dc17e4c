"""The stack of started sessions: the package's only mutable global.

The patches of this folder are applied when the first session starts and undone when the last one stops;
whoever is on top of the stack answers.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from mocklambda.errors import NotStarted
from mocklambda.wire.message import Request, Response


class Answering(Protocol):
    """A session as the patches see it."""

    @property
    def is_wire_only(self) -> bool:
        """Whether every call has to travel as bytes (``mock_lambda(wire=True)``)."""

    @property
    def region(self) -> str:
        """The region of clients that have none."""

    @property
    def now(self) -> datetime:
        """Virtual time: an aware UTC datetime."""

    def fast(self, model: Any, request: Request, *, access_key: str | None, region: str | None) -> Any:
        """Answer a call whose operation is known: an object with ``response`` and ``parsed``."""

    def rest(self, duration_ms: int) -> None:
        """Wait, on the virtual clock, as an SDK does before it tries again."""

    def wire(self, request: Request) -> Response:
        """Answer a request to an AWS host, or raise."""

    def refuse(self, host: str) -> Exception:
        """Note that a connection to an AWS host was tried, and return the error that says so."""


METADATA = frozenset(
    {"169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254", "[fd00:ec2::254]"}
)
"""Where EC2, ECS and EKS tell programs who they are."""
_stack: list[Answering] = []


def push(session: Answering) -> None:
    """Make ``session`` the one that answers."""
    _stack.append(session)


def remove(session: Answering) -> None:
    """Take ``session`` off the stack, wherever it stands."""
    for index in range(len(_stack) - 1, -1, -1):
        if _stack[index] is session:
            del _stack[index]
            return


def top() -> Answering | None:
    """Return the session that answers now, or None."""
    return _stack[-1] if _stack else None


def current() -> Answering:
    """Return the session that answers now; raises NotStarted when there is none."""
    if not _stack:
        raise NotStarted(
            "no mock_lambda is active here; use it as a decorator, a fixture or a `with` block first"
        )
    return _stack[-1]


def is_aws(host: str) -> bool:
    """Tell whether requests to ``host`` are requests to AWS, its metadata services included."""
    from mocklambda.wire.routing import is_aws_host

    return is_aws_host(host) or host in METADATA or host.split(":", 1)[0] in METADATA


Undo = Callable[[], None]
"""Puts one patch back."""
