"""All durable executions of an account and region: made, found, listed, ended, forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from mocklambda.execution.directory import Target
from mocklambda.execution.invoker import Flight, InvokeRequest, OnOutcome
from mocklambda.execution.values import Executor, FunctionSpec
from mocklambda.services.lambda_.durable.chained import ChainedInvokes
from mocklambda.services.lambda_.durable.checkpoints import apply_update
from mocklambda.services.lambda_.durable.completions import Completions
from mocklambda.services.lambda_.durable.execution import DurableExecution, ExecutionStatus
from mocklambda.services.lambda_.durable.operation import Action, Kind, Operation, Status, Update
from mocklambda.services.lambda_.durable.runs import Runs, begin_pause
from mocklambda.services.lambda_.durable.status_events import StatusEvents
from mocklambda.services.lambda_.key_use import check_data, principals_of
from mocklambda.services.lambda_.names import function_arn

ID_BYTES = 96
"""Of a callback's id."""


class DurableExecutions:
    """The executions of one account and region; the core hands it what invokes a durable function."""

    def __init__(self, scope: Any) -> None:
        self._scope = scope
        core = scope.execution
        self.runs = Runs(
            clock=scope.clock,
            outbox=scope.outbox,
            ids=scope.ids,
            invoker=core.invoker,
            directories=core.directories,
            check_data=self.check_data,
            on_close=self._closed,
        )
        self.completions = Completions(scope.clock, self.runs)
        self._chained = ChainedInvokes(
            outbox=scope.outbox,
            ids=scope.ids,
            invoker=core.invoker,
            completions=self.completions,
            children=self,
            access=scope.access,
        )
        self._status_events = StatusEvents(scope)
        self._by_arn: dict[str, DurableExecution] = {}
        self._by_name: dict[tuple[str, str], DurableExecution] = {}
        self._callbacks: dict[str, tuple[DurableExecution, Operation]] = {}
        core.invoker.durables.add(scope.account, scope.region, self)

    # -- finding -----------------------------------------------------------------------------------------

    def find(self, arn: str) -> DurableExecution | None:
        """Return an execution by its ARN."""
        return self._by_arn.get(arn)

    def named(self, function_name: str, name: str) -> DurableExecution | None:
        """Return a function's execution by its name."""
        return self._by_name.get((function_name, name))

    def callback(self, callback_id: str) -> tuple[DurableExecution, Operation] | None:
        """Return what a callback belongs to."""
        return self._callbacks.get(callback_id)

    def of_function(self, name: str) -> Iterator[DurableExecution]:
        """Yield a function's executions, oldest first."""
        return (each for each in self._by_arn.values() if each.function_name == name)

    def arn(self, name: str, qualifier: str | None) -> str:
        """Return a function's ARN, whether it is there or not."""
        return function_arn(self._scope.region, self._scope.account, name, qualifier)

    def resolve(self, arn: str) -> Target | None:
        """Return what runs under an ARN now."""
        target: Target | None = self._scope.execution.directories.resolve(arn)
        return target

    # -- life --------------------------------------------------------------------------------------------

    def create(self, request: InvokeRequest, name: str | None) -> DurableExecution:
        """Make an execution of the function version that a request means; it has not begun."""
        spec, ids = request.spec, self._scope.ids
        assert spec.durable is not None
        number, now = ids.uuid(), self._scope.clock.now()
        name = name or ids.uuid()
        arn = f"{self.arn(spec.name, spec.version)}/durable-execution/{name}/{number}"
        payload = request.payload.decode() or "{}"
        execution = DurableExecution(
            arn=arn,
            name=name,
            function_name=spec.name,
            version=spec.version,
            terms=spec.durable,
            payload=payload,
            origin=request,
            started_at=now,
            times_out_at=now + spec.durable.timeout_ms,
        )
        own = Operation(
            operation_id=number,
            kind=Kind.EXECUTION,
            status=Status.STARTED,
            started_at=now,
            name=name,
            payload=payload,
        )
        execution.operations[number] = own
        facts = {"execution_timeout": spec.durable.timeout_ms // 1000}
        execution.record("ExecutionStarted", now, own, data=("input", payload), facts=facts)
        self._by_arn[arn] = self._by_name[spec.name, name] = execution
        self.completions.arm_timeout(execution, execution.times_out_at)
        self._status_events.tell(execution)
        return execution

    def start(self, request: InvokeRequest, on_outcome: OnOutcome) -> Flight | None:
        """Take from the core what invokes a durable function; raises as the invoker does."""
        if request.durable_execution is None:
            execution = self.create(request, None)
            try:
                return self.runs.begin(execution, request, on_outcome)
            except BaseException:
                self.forget(execution)
                raise
        there = self.find(request.durable_execution)
        return None if there is None else self.runs.begin(there, request, on_outcome)

    def give_up(self, arn: str, message: str) -> None:
        """Let an execution fail that never came to begin; nothing where it has ended."""
        execution = self.find(arn)
        if execution is not None and not execution.is_closed:
            self.runs.close(execution, ExecutionStatus.FAILED, error={"ErrorMessage": message})

    def checkpoint(self, execution: DurableExecution, updates: list[Update]) -> None:
        """Do what a checkpoint says, after it has been checked whole."""
        now = self._scope.clock.now()
        for update in updates:
            if update.kind is Kind.EXECUTION:
                is_success = update.action is Action.SUCCEED
                status = ExecutionStatus.SUCCEEDED if is_success else ExecutionStatus.FAILED
                self.runs.close(execution, status, result=update.payload, error=update.error)
                return
            operation = self._apply(execution, update, now)
            if operation.kind is Kind.CHAINED_INVOKE:
                self._chained.start(execution, operation, update)
            else:
                self.completions.arm(execution, operation, update)
        if execution.pause is not None:
            execution.is_owed = True
            if execution.pause.began_at is None:
                begin_pause(execution, now)

    def check_data(self, execution: DurableExecution, spec: FunctionSpec | None = None) -> None:
        """Raise Unstartable where a function, or else the account, can not have an execution's data decrypted."""
        if not execution.terms.key_arn or (spec is not None and spec.executor is Executor.STUB):
            return
        principals = () if spec is None else principals_of(spec)
        check_data(self._scope.links.keys, execution.terms, self._scope.region, principals)

    def forget(self, execution: DurableExecution) -> None:
        """Drop an execution and all that is known of it."""
        for timer in execution.timers.values():
            timer.cancel()
        self._by_arn.pop(execution.arn, None)
        self._by_name.pop((execution.function_name, execution.name), None)
        for operation in execution.operations.values():
            self._callbacks.pop(operation.callback_id, None)

    # -- inside ------------------------------------------------------------------------------------------

    def _apply(self, execution: DurableExecution, update: Update, now: int) -> Operation:
        if update.kind is not Kind.CALLBACK:
            return apply_update(execution, update, now)
        callback_id = self._scope.ids.token(ID_BYTES)
        operation = apply_update(execution, update, now, callback_id=callback_id)
        self._callbacks[callback_id] = (execution, operation)
        return operation

    def _closed(self, execution: DurableExecution) -> None:
        clock = self._scope.clock
        self._status_events.tell(execution)
        execution.timers["retention"] = clock.call_at(
            clock.now() + execution.terms.retention_ms,
            partial(self.forget, execution),
            label=f"the end of durable execution {execution.name}'s retention",
            recurring=True,  # nobody's work
        )
