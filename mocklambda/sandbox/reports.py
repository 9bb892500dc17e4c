"""What the sandbox tells the core."""

from __future__ import annotations

from typing import Protocol

from mocklambda.execution.values import Outcome, Streamed


class Reports(Protocol):
    """What the core is told; each call opens a turn of its own."""

    def environment_started(self, environment_id: str, init_ms: float) -> None:
        """Note that init went well, of an environment that starts ahead (provisioned concurrency)."""

    def environment_failed(self, environment_id: str, outcome: Outcome) -> None:
        """Note that init failed, of an environment that starts ahead; it may still be sent invocations."""

    def response_streamed(self, environment_id: str, more: Streamed) -> None:
        """Take what has come, since the last time, of a response to a caller who takes it as a stream.

        The outcome has all of it again. Who streams nothing, or cannot tell before the end, need not report.
        """

    def invocation_finished(self, environment_id: str, outcome: Outcome) -> None:
        """Take the outcome of an invocation, however it ended; the environment can take the next one.

        A crash or a timeout ends its process, not the environment: the next invocation begins with an init of
        its own, in the same /tmp, as on Lambda.
        """

    def broken(self, error: Exception) -> None:
        """Hear of a bug after which nothing will be reported any more."""
