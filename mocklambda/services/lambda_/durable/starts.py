"""Invoke of a durable function: what it must be, and whether it makes an execution or finds one."""

from __future__ import annotations

from mocklambda.execution.invoker import InvokeRequest
from mocklambda.execution.values import FunctionSpec
from mocklambda.services.lambda_ import errors
from mocklambda.services.lambda_.durable.execution import DurableExecution
from mocklambda.services.lambda_.durable.executions import DurableExecutions

LONGEST_WAITED_FOR_MS = 15 * 60_000


def check_durable(qualifier: str | None, spec: FunctionSpec, *, is_event: bool) -> None:
    """Raise for an invocation that names no version, or that would wait for too long (D)."""
    if spec.durable is None:
        return
    if qualifier is None:
        raise errors.unqualified_durable()
    if not is_event and spec.durable.timeout_ms > LONGEST_WAITED_FOR_MS:
        raise errors.invalid_parameter(
            "You cannot synchronously invoke a durable function with an executionTimeout greater than 15 minutes."
        )


def obtain(
    durable: DurableExecutions, request: InvokeRequest, name: str | None
) -> tuple[DurableExecution, bool]:
    """Return the execution that a request means, and whether it is new; raises where another has its name."""
    there = None if name is None else durable.named(request.spec.name, name)
    if there is None:
        return durable.create(request, name), True
    if there.payload.encode() != request.payload:
        raise errors.durable_execution_exists(there.name)
    return there, False
