"""What the core wants done to the world: imperatives, performed after the lock is released.

The supervisor that performs them answers with reports (``execution/invoker.py``), each in a turn of its own:
``environment_started``, ``environment_failed``, ``invocation_finished``, ``environment_lost``.
"""

from __future__ import annotations

from dataclasses import dataclass

from mocklambda.clock.base import Millis
from mocklambda.execution.ports import Work
from mocklambda.execution.values import Credentials, FunctionSpec, Invocation, LogStream, Mishap


@dataclass(frozen=True, slots=True, kw_only=True)
class StartEnvironment:
    """Start a process for this function and run its init; report when it is ready, or why not."""

    environment_id: str
    spec: FunctionSpec
    log_stream: LogStream
    credentials: Credentials
    instant: Millis
    """Virtual time now, for a handler whose clock is not simply real time."""
    has_internet: bool = True
    """Whether it reaches more than AWS."""
    template_id: str | None = None
    """The environment, past its init, of which this one is to be a copy."""
    lag_ms: Millis = 0
    """How much longer than in real time it is to take until it is ready: nobody waits for that."""


@dataclass(slots=True, kw_only=True)
class SendInvocation:
    """Hand an invocation to an environment, which may still be starting: then once it is ready."""

    environment_id: str
    invocation: Invocation
    work: Work
    """In flight until its outcome is in state; the handler's own calls happen on its account."""
    instant: Millis
    mishap: Mishap | None = None
    """What is to happen in place of the handler's run, as if it had happened in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopEnvironment:
    """End an environment's process group and remove its directories."""

    environment_id: str
    reason: str
    """``spindown``, ``timeout`` or ``failure``, as the shutdown reason."""


Effect = StartEnvironment | SendInvocation | StopEnvironment
