"""Functions that an execution invokes: found at its checkpoint, run at the end of that turn, told of at their end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from mocklambda.execution.concurrency import Throttled
from mocklambda.execution.directory import Target
from mocklambda.execution.invoker import Invoker, InvokeRequest
from mocklambda.execution.ports import Access, IdSource, Outbox, working_for
from mocklambda.execution.refusals import Unstartable
from mocklambda.execution.tracing import RecursionStopped
from mocklambda.execution.values import Invocation, InvocationKind, Outcome
from mocklambda.services.lambda_ import errors, names
from mocklambda.services.lambda_.durable.checkpoint_rules import PAYLOAD_LIMIT
from mocklambda.services.lambda_.durable.completions import Completions
from mocklambda.services.lambda_.durable.directory import Children
from mocklambda.services.lambda_.durable.execution import DurableExecution, ExecutionStatus
from mocklambda.services.lambda_.durable.operation import Error, Operation, Status, Update
from mocklambda.services.lambda_.durable.runs import error_of
from mocklambda.services.lambda_.tenancy import check_tenant
from mocklambda.services.service import AwsError

_STATUSES = {
    ExecutionStatus.SUCCEEDED: Status.SUCCEEDED,
    ExecutionStatus.FAILED: Status.FAILED,
    ExecutionStatus.TIMED_OUT: Status.TIMED_OUT,
    ExecutionStatus.STOPPED: Status.STOPPED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    execution: DurableExecution
    operation: Operation
    update: Update
    target: Target
    arn: str


class ChainedInvokes:
    """Invokes functions for executions."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        ids: IdSource,
        invoker: Invoker,
        completions: Completions,
        children: Children,
        access: Access | None,
    ) -> None:
        self._outbox = outbox
        self._ids = ids
        self._invoker = invoker
        self._completions = completions
        self._children = children
        self._access = access

    def start(self, execution: DurableExecution, operation: Operation, update: Update) -> None:
        """Begin an invocation; one that can not be is over at once, and the checkpoint's reply tells."""
        named = names.parse(update.function_name or "")
        arn = self._children.arn(named.name, named.qualifier)
        target = self._children.resolve(arn)
        refusal = self._refused(execution, arn) or _refusal(target, arn, named.qualifier, update)
        if target is None or refusal is not None:
            self._record_start(execution, operation, update, None)
            assert refusal is not None
            self._completions.end(execution, operation, Status.FAILED, error=_as_error(refusal))
            return
        call = _Call(execution=execution, operation=operation, update=update, target=target, arn=arn)
        self._outbox.soon(partial(self._run, call, self._outbox.causes))

    # -- inside ------------------------------------------------------------------------------------------

    def _refused(self, execution: DurableExecution, arn: str) -> AwsError | None:
        """Return what a role that may not invoke a function is told."""
        caller = execution.origin.spec
        if self._access is None or not caller.role:
            return None
        right = self._access.why_not_deliver(caller.role, arn, function_arn=caller.arn)
        return None if right is None else errors.access_denied(f"{caller.role} may not {right} on {arn}")

    def _run(self, call: _Call, causes: Any) -> None:
        if call.execution.is_closed:
            return
        origin = call.execution.origin
        flight = call.execution.flight
        inherited = origin.trace_header if flight is None else flight.invocation.trace_header
        request = InvokeRequest(
            spec=call.target.spec,
            invoked_arn=call.arn,
            payload=(call.update.payload or "{}").encode(),
            kind=InvocationKind.EVENT,  # no thread stands and waits for it
            trigger=f"durable:{call.execution.name}",
            request_id=self._ids.uuid(),
            causes=causes,
            trace_header=call.update.trace_header or inherited,
            tenant_id=call.update.tenant_id,
            is_recursion_allowed=call.target.is_recursion_allowed,
        )
        child = None
        if call.target.spec.durable is not None:
            child = self._children.create(request, None)
            request = replace(request, durable_execution=child.arn)
        self._record_start(call.execution, call.operation, call.update, child)
        with working_for(self._outbox, causes):
            try:
                self._invoker.invoke(
                    request,
                    partial(self._finished, call)
                    if child is None
                    else partial(self._child_ended, call, child),
                )
            except Throttled as refusal:
                self._failed(call, child, errors.throttled(refusal.reason.value))
            except Unstartable as refusal:
                self._failed(call, child, errors.unstartable(refusal.code, refusal.message))
            except RecursionStopped:
                self._failed(call, child, errors.recursion_stopped())

    def _failed(self, call: _Call, child: DurableExecution | None, refusal: AwsError) -> None:
        if child is not None:
            self._children.forget(child)
        self._completions.end(call.execution, call.operation, Status.FAILED, error=_as_error(refusal))

    def _finished(self, call: _Call, outcome: Outcome, _: Invocation) -> None:
        end = partial(self._completions.end, call.execution, call.operation)
        if outcome.is_error:
            end(Status.FAILED, error=error_of(outcome))
            return
        text = None
        if len(outcome.payload) > PAYLOAD_LIMIT:
            text = f"CHAINED_INVOKE output payload size must be less than or equal to {PAYLOAD_LIMIT} bytes."
        elif not _is_text(outcome.payload):
            text = "CHAINED_INVOKE response could not be decoded as UTF-8."
        if text is not None:
            end(Status.FAILED, error={"ErrorMessage": text})
        else:
            end(Status.SUCCEEDED, result=outcome.payload.decode())

    def _child_ended(self, call: _Call, child: DurableExecution, _: Outcome, __: Invocation) -> None:
        error = child.error
        if child.status is ExecutionStatus.TIMED_OUT:
            passed = child.terms.timeout_ms // 1000
            text = f"CHAINED_INVOKE timed out after {passed} seconds."
            error = {"ErrorMessage": text, "ErrorType": "ChainedInvoke.Timeout"}
        self._completions.end(
            call.execution, call.operation, _STATUSES[child.status], result=child.result, error=error
        )

    def _record_start(
        self,
        execution: DurableExecution,
        operation: Operation,
        update: Update,
        child: DurableExecution | None,
    ) -> None:
        is_known = operation.status is Status.STARTED and update.payload is not None
        execution.record(
            "ChainedInvokeStarted",
            operation.started_at,
            operation,
            data=("input", update.payload) if is_known else None,
            facts={
                "function_name": update.function_name,
                "durable_execution_arn": None if child is None else child.arn,
            },
        )


def _refusal(target: Target | None, arn: str, qualifier: str | None, update: Update) -> AwsError | None:
    """Return why Invoke would not take it, known before it is asked."""
    if target is None:
        return errors.function_not_found(arn)
    if target.spec.durable is not None and qualifier is None:
        return errors.unqualified_durable()
    try:
        check_tenant(target.spec, update.tenant_id)
    except AwsError as refusal:
        return refusal
    return None


def _is_text(payload: bytes) -> bool:
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True


def _as_error(refusal: AwsError) -> Error:
    return {"ErrorMessage": refusal.message, "ErrorType": refusal.code}
