"""What a test breaks on purpose: refused calls, throttled, crashing or starved functions, repeated messages.

Plans end with the session. A name that nothing answers to is an error: its fault would never happen.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from mocklambda.calls import Fault
from mocklambda.clock.base import Millis
from mocklambda.errors import UsageError
from mocklambda.execution.values import Executor, Mishap
from mocklambda.handles import Function, Queue
from mocklambda.services.service import AwsError

if TYPE_CHECKING:
    from mocklambda.cloud import Cloud


class Faults:
    """Faults of one session, each so many times; those of one thing in the order of their planning."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def fail(
        self,
        service: str,
        operation: str,
        code: str,
        times: int = 1,
        *,
        message: str = "Injected fault.",
        status: int = 400,
    ) -> None:
        """Answer the next ``times`` calls of an operation with an error, the test's and handlers' alike.

        Args:
            service: botocore's name, such as ``sqs``; those that moto answers, too.
            operation: the API's name, such as ``SendMessage``.
            code: the error's, as the code under test will see it.
            times: how many calls.
            message: the error's text.
            status: the HTTP status.

        Raises:
            UsageError: there is no such service or operation.
        """
        _check_times(times)
        _check_operation(service, operation)
        self._cloud.gateway.faults.append(
            Fault(service, operation, times, error=AwsError(code, message, status))
        )

    def delay(self, service: str, operation: str, times: int = 1, *, seconds: float) -> None:
        """Answer the next ``times`` calls of an operation late, the test's and handlers' alike, but not in real time.

        The operation is done at once; virtual time passes until its answer is there. A client of botocore's (or
        aiobotocore's) that would not wait so long (``Config(read_timeout=...)``, 60 seconds by default) raises
        ``ReadTimeoutError``, and does not know that it was done. A handler that waits is not in flight; the time
        counts against its timeout with ``sleep="virtual"`` only.

        Args:
            service: botocore's name, such as ``sqs``; those that moto answers, too.
            operation: the API's name, such as ``SendMessage``.
            times: how many calls.
            seconds: how late.

        Raises:
            UsageError: there is no such service or operation.
        """
        _check_times(times)
        _check_operation(service, operation)
        fault = Fault(service, operation, times, delay_ms=_milliseconds(seconds))
        self._cloud.gateway.faults.append(fault)

    def throttle(self, function: Function | str, times: int = 1) -> None:
        """Have the next ``times`` attempts to run a function refused, as if its concurrency were used up.

        A caller gets ``TooManyRequestsException``; events and batches come again, each by its own rules.

        Args:
            function: its handle or name.
            times: how many attempts.

        Raises:
            UsageError: there is no such function.
        """
        self._plan(function, Mishap.THROTTLE, times)

    def crash(self, function: Function | str, times: int = 1) -> None:
        """Have the process of a function killed at the next ``times`` invocations, before its handler runs.

        Args:
            function: its handle or name.
            times: how many invocations.

        Raises:
            UsageError: there is no such function.
        """
        self._plan(function, Mishap.CRASH, times)

    def timeout(self, function: Function | str, times: int = 1) -> None:
        """Have the next ``times`` invocations of a function end at its timeout, before its handler runs.

        No time passes, neither real nor virtual; the duration that is reported is the timeout.

        Args:
            function: its handle or name.
            times: how many invocations.

        Raises:
            UsageError: there is no such function.
        """
        self._plan(function, Mishap.TIMEOUT, times)

    def out_of_memory(self, function: Function | str, times: int = 1) -> None:
        """Have the next ``times`` invocations of a function end for want of memory, before its handler runs.

        Args:
            function: its handle or name.
            times: how many invocations.

        Raises:
            UsageError: there is no such function.
        """
        self._plan(function, Mishap.OUT_OF_MEMORY, times)

    def cold_start(self, function: Function | str, times: int = 1, *, seconds: float) -> None:
        """Have the next ``times`` cold starts of a function take so much longer until its handler can run.

        No time passes, neither real nor virtual; it shows as Init Duration, is billed, and counts against the 10
        seconds an init has: over that, the init is run again inside the invocation, as slowly, against the function's
        own timeout. Of a version with SnapStart it is the restoration that takes longer. Environments that start
        ahead of invocations (provisioned concurrency) are none of the cold starts.

        Args:
            function: its handle or name.
            times: how many cold starts.
            seconds: how much longer each takes.

        Raises:
            UsageError: there is no such function, or it runs in the test's process, where nothing has to start.
        """
        _check_times(times)
        lag_ms = _milliseconds(seconds)
        name = function if isinstance(function, str) else function.name

        def plan(state: Any, _: int) -> None:
            found = self._found(state, name)
            if found.latest.spec.executor is not Executor.PROCESS:
                raise UsageError(f"{name} runs in the test's own process: it has no cold starts")
            self._cloud.execution.mishaps.plan_slow_starts(found.arn, lag_ms, times)

        self._cloud.in_turn("lambda", plan)

    def duplicate(self, queue: Queue | str, times: int = 1) -> None:
        """Have the next ``times`` deletes of a standard queue miss a copy, as can happen on AWS.

        The copy is received again when the visibility timeout of the receive is over.

        Args:
            queue: its handle or name.
            times: how many deletes.

        Raises:
            UsageError: there is no such queue, or it is a FIFO queue, which delivers once.
        """
        _check_times(times)
        name = queue if isinstance(queue, str) else queue.name

        def plan(sqs: Any, _: int) -> None:
            found = sqs.queues.get(name)
            if found is None:
                raise UsageError(_unknown("queue", name, sqs.queues))
            if found.is_fifo:
                raise UsageError(f"{name} is a FIFO queue: those deliver a message once")
            found.missed_deletes += times

        self._cloud.in_turn("sqs", plan)

    def _plan(self, function: Function | str, mishap: Mishap, times: int) -> None:
        _check_times(times)
        name = function if isinstance(function, str) else function.name

        def plan(state: Any, _: int) -> None:
            self._cloud.execution.mishaps.plan(self._found(state, name).arn, mishap, times)

        self._cloud.in_turn("lambda", plan)

    @staticmethod
    def _found(state: Any, name: str) -> Any:
        found = state.functions.get(name)
        if found is None:
            raise UsageError(_unknown("function", name, state.functions))
        return found


def _check_times(times: int) -> None:
    if times < 1:
        raise UsageError(f"times={times}: a fault happens once or more")


def _milliseconds(seconds: float) -> Millis:
    if not seconds > 0:
        raise UsageError(f"seconds={seconds:g}: a fault that takes time takes some")
    return round(seconds * 1000) or 1


def _check_operation(service: str, operation: str) -> None:
    from botocore.exceptions import UnknownServiceError

    from mocklambda.wire.models import service_model

    try:
        known = service_model(service).operation_names
    except UnknownServiceError:
        raise UsageError(f"there is no service {service!r}, by botocore's name") from None
    if operation not in known:
        raise UsageError(_unknown(f"operation of {service}", operation, known))


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"there is no {what} {name!r}{f'; did you mean {near[0]!r}?' if near else ''}"
