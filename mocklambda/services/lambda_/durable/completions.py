"""What ends the things that an execution waits for: time, answers to callbacks, functions that are done."""

from __future__ import annotations

from functools import partial

from mocklambda.clock.base import Clock, Millis
from mocklambda.services.lambda_.durable.execution import DurableExecution, ExecutionStatus
from mocklambda.services.lambda_.durable.operation import Error, Kind, Operation, Status, Update
from mocklambda.services.lambda_.durable.runs import Runs

TIMED_OUT: Error = {"ErrorMessage": "Callback timed out", "ErrorType": "Callback.Timeout"}
NO_HEARTBEAT: Error = {"ErrorMessage": "Callback timed out on heartbeat", "ErrorType": "Callback.Heartbeat"}


class Completions:
    """Ends operations from outside of the handler, and has it invoked for that."""

    def __init__(self, clock: Clock, runs: Runs) -> None:
        self._clock = clock
        self._runs = runs

    def arm(self, execution: DurableExecution, operation: Operation, update: Update) -> None:
        """Put on the clock what will end an operation that an update has just begun, or put off."""
        if operation.kind is Kind.WAIT and operation.status is Status.STARTED:
            assert operation.ends_at is not None
            self._park(operation, operation.ends_at, partial(self._wait_is_over, execution, operation))
        elif operation.status is Status.PENDING:
            assert operation.next_attempt_at is not None
            self._park(operation, operation.next_attempt_at, partial(self._is_ready, execution, operation))
        elif operation.kind is Kind.CALLBACK:
            if update.timeout_ms:
                when = self._clock.now() + update.timeout_ms
                self._park(
                    operation, when, partial(self._callback_timed_out, execution, operation, TIMED_OUT)
                )
            self._arm_heartbeat(execution, operation)

    def arm_timeout(self, execution: DurableExecution, when: Millis) -> None:
        """Have an execution time out then, and not when it would have before."""
        if "timeout" in execution.timers:
            execution.timers["timeout"].cancel()
        execution.timers["timeout"] = self._clock.call_at(
            when,
            partial(self._execution_timed_out, execution),
            label=f"the timeout of durable execution {execution.name}",
            recurring=True,  # a limit, and no work that is still to be done
        )

    def heartbeat(self, execution: DurableExecution, operation: Operation) -> None:
        """Begin a callback's heartbeat timeout anew."""
        if operation.heartbeat_ms:
            operation.timers.pop().cancel()
            self._arm_heartbeat(execution, operation)

    def end(
        self,
        execution: DurableExecution,
        operation: Operation,
        status: Status,
        *,
        result: str | None = None,
        error: Error | None = None,
    ) -> None:
        """End a callback or a chained invocation."""
        if execution.is_closed or operation.status.is_closed:
            return
        operation.result, operation.error = result, error
        data = ("result", result) if status is Status.SUCCEEDED else ("error", error or {})
        self._close(execution, operation, status)
        execution.record(f"{operation.kind.title}{status.title}", self._clock.now(), operation, data=data)

    # -- inside ------------------------------------------------------------------------------------------

    def _park(self, operation: Operation, when: Millis, action: partial[None]) -> None:
        label = f"{operation.kind.value} {operation.name or operation.operation_id} of a durable execution"
        operation.timers.append(self._clock.call_at(when, action, label=label))

    def _arm_heartbeat(self, execution: DurableExecution, operation: Operation) -> None:
        if operation.heartbeat_ms:
            when = self._clock.now() + operation.heartbeat_ms
            self._park(operation, when, partial(self._callback_timed_out, execution, operation, NO_HEARTBEAT))

    def _close(self, execution: DurableExecution, operation: Operation, status: Status) -> None:
        operation.status, operation.ended_at = status, self._clock.now()
        operation.stop_timers()
        self._changed(execution, operation)

    def _changed(self, execution: DurableExecution, operation: Operation) -> None:
        execution.touch(operation)
        execution.updated[operation.operation_id] = None
        self._runs.wake(execution)

    def _wait_is_over(self, execution: DurableExecution, operation: Operation) -> None:
        assert operation.ends_at is not None
        self._close(execution, operation, Status.SUCCEEDED)
        duration = (operation.ends_at - operation.started_at) // 1000
        execution.record("WaitSucceeded", self._clock.now(), operation, facts={"duration": duration})

    def _is_ready(self, execution: DurableExecution, operation: Operation) -> None:
        operation.status, operation.next_attempt_at = Status.READY, None
        operation.timers.clear()
        self._changed(execution, operation)

    def _callback_timed_out(self, execution: DurableExecution, operation: Operation, error: Error) -> None:
        self.end(execution, operation, Status.TIMED_OUT, error=error)

    def _execution_timed_out(self, execution: DurableExecution) -> None:
        passed = execution.terms.timeout_ms // 1000
        error = {"ErrorMessage": f"Execution timed out after {passed} seconds."}
        self._runs.close(execution, ExecutionStatus.TIMED_OUT, error=error)
