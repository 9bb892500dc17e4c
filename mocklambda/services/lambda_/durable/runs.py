"""The invocations of executions: when the next one is, what each has brought, and how an execution ends by it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from mocklambda.clock.base import Clock, Millis
from mocklambda.execution.directory import Directories
from mocklambda.execution.invoker import Flight, Invoker, InvokeRequest, OnOutcome
from mocklambda.execution.ports import NO_CAUSES, IdSource, Outbox
from mocklambda.execution.refusals import NotNow
from mocklambda.execution.tracing import RecursionStopped
from mocklambda.execution.values import (
    Executor,
    FunctionSpec,
    Invocation,
    InvocationKind,
    Outcome,
    OutcomeKind,
)
from mocklambda.services.lambda_.durable.envelope import Answer, InvalidAnswer, event_of, read_answer
from mocklambda.services.lambda_.durable.execution import DurableExecution, ExecutionStatus
from mocklambda.services.lambda_.durable.operation import Error

MOST_FAILURES = 5
"""Invocations in a row; as AWS's own runner for local tests has it, likewise what follows."""
MOST_IDLE_ANSWERS = 3
RETRY_MS = 5_000
THROTTLE_FIRST_MS = 1_000
THROTTLE_CAP_MS = 60_000


class Runs:
    """Invokes functions for executions. ``on_close`` is told of each execution that has ended.

    ``check_data`` raises Unstartable where a function can not have an execution's data decrypted.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        outbox: Outbox,
        ids: IdSource,
        invoker: Invoker,
        directories: Directories,
        check_data: Callable[[DurableExecution, FunctionSpec], None],
        on_close: Callable[[DurableExecution], None],
    ) -> None:
        self._clock = clock
        self._outbox = outbox
        self._ids = ids
        self._invoker = invoker
        self._directories = directories
        self._check_data = check_data
        self._on_close = on_close

    def begin(
        self, execution: DurableExecution, request: InvokeRequest, on_outcome: OnOutcome
    ) -> Flight | None:
        """Invoke for the first time; None where nothing runs yet. Raises as the invoker does, and is undone then."""
        execution.origin = request
        if execution.is_closed:
            self._outbox.soon(partial(self._tell, execution, on_outcome))
            return None
        if execution.pause is not None:
            execution.is_owed = True
            execution.on_end.append(on_outcome)
            return None
        flight = self._invoke(execution, request)
        execution.on_end.append(on_outcome)
        return flight

    def join(self, execution: DurableExecution, on_outcome: OnOutcome) -> None:
        """Have one more told how an execution ends."""
        if execution.is_closed:
            self._tell(execution, on_outcome)
        else:
            execution.on_end.append(on_outcome)

    def wake(self, execution: DurableExecution) -> None:
        """Have an execution invoked at the end of this turn, once, if it is still of use then."""
        execution.causes |= self._outbox.causes
        self._outbox.soon(_Wake(self, execution))

    def close(
        self,
        execution: DurableExecution,
        status: ExecutionStatus,
        *,
        result: str | None = None,
        error: Error | None = None,
    ) -> None:
        """End an execution, and tell who waits: at once, or when the invocation that ended it is over."""
        execution.close(status, self._clock.now(), result=result, error=error)
        self._on_close(execution)
        if execution.flight is None or status in {ExecutionStatus.STOPPED, ExecutionStatus.TIMED_OUT}:
            self._tell_all(execution)

    def go_on(self, execution: DurableExecution) -> None:
        """Invoke an execution anew, unless it is paused, over, or invoked already."""
        if execution.is_closed or execution.flight is not None:
            return
        if not (execution.has_begun or execution.is_owed):
            return  # what started it has not come to it yet
        if execution.pause is not None:
            execution.is_owed = True
            return
        target = self._directories.resolve(execution.function_arn)
        if target is None:
            message = f"Function not found: {execution.function_arn}"
            self._fail(execution, "ResourceNotFoundException", message)
            return
        causes, execution.causes = execution.causes, NO_CAUSES
        request = replace(
            execution.origin,
            spec=target.spec,
            kind=InvocationKind.EVENT,  # nobody stands and waits for this one
            request_id=self._ids.uuid(),
            causes=causes,
            attempt=execution.failures + 1,
        )
        try:
            self._invoke(execution, request)
        except NotNow:
            delay_ms = min(THROTTLE_FIRST_MS << min(execution.throttles, 20), THROTTLE_CAP_MS)
            execution.throttles += 1
            self._again_after(execution, delay_ms)
        except RecursionStopped:
            self._fail(execution, "RecursiveInvocationException", "A recursive loop was stopped.")

    # -- inside ------------------------------------------------------------------------------------------

    def _invoke(self, execution: DurableExecution, request: InvokeRequest) -> Flight:
        self._check_data(execution, request.spec)
        before = execution.attempt_id
        execution.attempt_id = self._ids.uuid()
        try:
            execution.flight = self._invoker.attempt(
                replace(request, payload=event_of(execution)), partial(self._finished, execution)
            )
        except BaseException:
            execution.attempt_id = before
            raise
        retry = execution.timers.pop("retry", None)
        if retry is not None:
            retry.cancel()
        execution.has_begun = True
        execution.is_owed = False
        execution.throttles = 0
        execution.seen = execution.changes
        execution.updated.clear()
        return execution.flight

    def _finished(self, execution: DurableExecution, outcome: Outcome, invocation: Invocation) -> None:
        flight, execution.flight = execution.flight, None
        assert flight is not None
        execution.ended_flight, execution.last_outcome = invocation, outcome
        execution.attempt_id = ""
        execution.record(
            "InvocationCompleted",
            self._clock.now(),
            data=("error", error_of(outcome)) if outcome.is_error else None,
            facts={
                "start_timestamp": flight.started_at,
                "end_timestamp": self._clock.now(),
                "request_id": invocation.request_id,
            },
        )
        if execution.is_closed:
            self._tell_all(execution)
            return
        if execution.pause is not None and execution.pause.began_at is None:
            begin_pause(execution, self._clock.now())
        if invocation.spec.executor is Executor.STUB:
            self._take(execution, stubbed(outcome))
            return
        if outcome.is_error:
            self._failed(execution, error_of(outcome), MOST_FAILURES)
            return
        try:
            answer = read_answer(outcome.payload)
        except InvalidAnswer as invalid:
            self._fail(execution, "InvalidParameterValueException", str(invalid))
            return
        self._take(execution, answer)

    def _take(self, execution: DurableExecution, answer: Answer) -> None:
        if answer.status == "SUCCEEDED":
            self.close(execution, ExecutionStatus.SUCCEEDED, result=answer.result)
        elif answer.status == "FAILED":
            self.close(execution, ExecutionStatus.FAILED, error=answer.error)
        elif execution.has_news or execution.is_owed:
            execution.failures = 0
            self.wake(execution)
        elif execution.waits:
            execution.failures = 0
        else:
            message = "Cannot return PENDING status with no pending operations."
            error = {"ErrorMessage": message, "ErrorType": "InvalidParameterValueException"}
            self._failed(execution, error, MOST_IDLE_ANSWERS)

    def _failed(self, execution: DurableExecution, error: Error, most: int) -> None:
        execution.failures += 1
        if execution.failures >= most:
            self.close(execution, ExecutionStatus.FAILED, error=error)
        else:
            self._again_after(execution, RETRY_MS)

    def _fail(self, execution: DurableExecution, kind: str, message: str) -> None:
        error = {"ErrorMessage": message, "ErrorType": kind}
        self.close(execution, ExecutionStatus.FAILED, error=error)

    def _again_after(self, execution: DurableExecution, delay_ms: Millis) -> None:
        execution.timers["retry"] = self._clock.call_at(
            self._clock.now() + delay_ms,
            partial(self.wake, execution),
            label=f"the next invocation of durable execution {execution.name}",
        )

    def _tell_all(self, execution: DurableExecution) -> None:
        waiting = list(execution.on_end)
        execution.on_end.clear()
        for on_outcome in waiting:
            self._tell(execution, on_outcome)

    def _tell(self, execution: DurableExecution, on_outcome: OnOutcome) -> None:
        on_outcome(*ending_of(execution))


class _Wake:
    """A wish to invoke an execution; equal to others of the same, so that it happens once a turn."""

    __slots__ = ("_execution", "_runs")

    def __init__(self, runs: Runs, execution: DurableExecution) -> None:
        self._runs = runs
        self._execution = execution

    def __call__(self) -> None:
        self._runs.go_on(self._execution)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Wake) and other._execution is self._execution

    def __hash__(self) -> int:
        return id(self._execution)


def begin_pause(execution: DurableExecution, now: Millis) -> None:
    """Let a pause begin that was asked for."""
    pause = execution.pause
    assert pause is not None
    pause.began_at = now
    execution.record(
        "ExecutionPaused",
        now,
        next(iter(execution.operations.values())),
        data=None if pause.reason is None else ("reason", pause.reason),
        facts={
            "pause_request_timestamp": pause.requested_at,
            "execution_timeout_paused": pause.stops_timeout,
        },
    )


def stubbed(outcome: Outcome) -> Answer:
    """Return what a stub's answer means: it stands in for the whole execution, and speaks no protocol."""
    if outcome.is_error:
        return Answer(status="FAILED", error=error_of(outcome))
    return Answer(status="SUCCEEDED", result=outcome.payload.decode())


def error_of(outcome: Outcome) -> Error:
    """Return what a failed invocation's error document says, as the API has errors."""
    document: Any = json.loads(outcome.payload or b"{}")
    members = {
        "ErrorMessage": document.get("errorMessage"),
        "ErrorType": document.get("errorType"),
        "StackTrace": document.get("stackTrace"),
    }
    return {name: value for name, value in members.items() if value is not None}


def ending_of(execution: DurableExecution) -> tuple[Outcome, Invocation]:
    """Return how an execution ended as its callers are told, and its last invocation."""
    last = execution.last_outcome or Outcome(kind=OutcomeKind.FAILED, payload=b"")
    flight = execution.flight
    invocation = execution.ended_flight if flight is None else flight.invocation
    if invocation is None:
        invocation = _never(execution)
    if execution.status is ExecutionStatus.SUCCEEDED:
        payload = (execution.result or "null").encode()
        outcome = replace(last, kind=OutcomeKind.SUCCEEDED, payload=payload, is_final=True)
        return replace(outcome, error_type=None, error_message=None, streamed=None), invocation
    error = execution.error or {}
    document = {
        "errorType": error.get("ErrorType"),
        "errorMessage": error.get("ErrorMessage"),
        "errorData": error.get("ErrorData"),
        "stackTrace": error.get("StackTrace"),
    }
    shown = {name: value for name, value in document.items() if value is not None}
    outcome = replace(
        last,
        kind=OutcomeKind.FAILED,
        payload=json.dumps(shown).encode(),
        error_type=error.get("ErrorType"),
        error_message=error.get("ErrorMessage"),
        is_final=True,
    )
    return outcome, invocation


def _never(execution: DurableExecution) -> Invocation:
    """Return the invocation that an execution would have had that ended before its first."""
    origin = execution.origin
    return Invocation(
        request_id=origin.request_id,
        spec=origin.spec,
        invoked_arn=origin.invoked_arn,
        payload=origin.payload,
        kind=origin.kind,
        trigger=origin.trigger,
    )
