"""What functions that are invoked by executions need of the account and region around them."""

from __future__ import annotations

from typing import Protocol

from mocklambda.execution.directory import Target
from mocklambda.execution.invoker import InvokeRequest
from mocklambda.services.lambda_.durable.execution import DurableExecution


class Children(Protocol):
    """Functions and executions of the same account and region."""

    def arn(self, name: str, qualifier: str | None) -> str:
        """Return a function's ARN, whether it is there or not."""

    def resolve(self, arn: str) -> Target | None:
        """Return what runs under an ARN now."""

    def create(self, request: InvokeRequest, name: str | None) -> DurableExecution:
        """Make an execution."""

    def forget(self, execution: DurableExecution) -> None:
        """Drop an execution."""
