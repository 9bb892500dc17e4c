"""What a checkpoint must be, whole: the updates of one request against the operations that there are.

The texts are those of AWS's own runner for local tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from mocklambda.services.lambda_ import errors, names
from mocklambda.services.lambda_.durable.operation import Action, Error, Kind, Operation, Status, Update

PAYLOAD_LIMIT = 1_048_576
RESULT_LIMIT = 6_291_456
"""Of an execution that a caller waits for."""
ERROR_LIMIT = 1_048_576
ERROR_MEMBERS = ("ErrorMessage", "ErrorType", "ErrorData", "StackTrace")
Operations = Mapping[str, Operation]

_ACTIONS = MappingProxyType(
    {
        Kind.EXECUTION: {Action.SUCCEED, Action.FAIL},
        Kind.CONTEXT: {Action.START, Action.SUCCEED, Action.FAIL},
        Kind.STEP: {Action.START, Action.SUCCEED, Action.FAIL, Action.RETRY},
        Kind.WAIT: {Action.START, Action.CANCEL},
        Kind.CALLBACK: {Action.START},
        Kind.CHAINED_INVOKE: {Action.START},
    }
)


def check_updates(
    updates: Sequence[Update], operations: Operations, *, account: str, region: str, result_limit: int
) -> None:
    """Raise for the first rule that a checkpoint breaks; nothing of it is done then."""
    _check_execution_updates(updates)
    _check_batch(updates, operations)
    for update in updates:
        current = operations.get(update.operation_id)
        if current is not None:
            _check_identity(update, current)
        _check_sizes(update, result_limit)
        if update.action not in _ACTIONS[update.kind]:
            raise _refused("Invalid action for the given operation type.")
        _RULES[update.kind](update, current)
        if update.kind is Kind.CHAINED_INVOKE:
            _check_target(update, account, region)


def error_size(error: Error) -> int:
    """Return what counts of an error: all of its fields."""
    return sum(_size(error.get(member)) for member in ERROR_MEMBERS)


def check_error(error: Error | None) -> None:
    """Raise for an error that is too large."""
    if error is not None and error_size(error) > ERROR_LIMIT:
        raise _refused(f"Error object size must be less than {ERROR_LIMIT} bytes.")


# -- inside ----------------------------------------------------------------------------------------------


def _refused(message: str) -> Exception:
    return errors.invalid_parameter(message)


def _size(value: Any) -> int:
    if isinstance(value, list):
        return sum(_size(each) for each in value)
    return len(str(value).encode()) if value is not None else 0


def _check_execution_updates(updates: Sequence[Update]) -> None:
    found = [update for update in updates if update.kind is Kind.EXECUTION]
    if len(found) > 1:
        raise _refused("Cannot checkpoint multiple EXECUTION updates.")
    if found and updates[-1] is not found[0]:
        raise _refused("EXECUTION checkpoint must be the last update.")


def _check_batch(updates: Sequence[Update], operations: Operations) -> None:
    started: dict[str, Kind] = {}
    last: dict[str, Update] = {}
    for update in updates:
        before = last.get(update.operation_id)
        if before is not None and not _may_follow(update, before):
            raise _refused("Cannot checkpoint multiple operations with the same ID.")
        if update.parent_id is not None:
            parent = operations.get(update.parent_id)
            kind = started.get(update.parent_id) or (parent and parent.kind)
            if kind is not Kind.CONTEXT:
                raise _refused("Invalid parent operation id.")
        if update.action is Action.START:
            started[update.operation_id] = update.kind
        last[update.operation_id] = update


def _may_follow(update: Update, before: Update) -> bool:
    """Tell whether one checkpoint may begin an operation and end it."""
    is_short = before.kind in {Kind.STEP, Kind.CONTEXT}
    return is_short and before.action is Action.START and update.action is not Action.START


def _check_identity(update: Update, current: Operation) -> None:
    if update.kind is not current.kind:
        raise _refused("Inconsistent operation type.")
    for sent, there, what in (
        (update.sub_type, current.sub_type, "operation subtype"),
        (update.name, current.name, "operation name"),
        (update.parent_id, current.parent_id, "parent operation id"),
    ):
        if sent is not None and sent != there:
            raise _refused(f"Inconsistent {what}.")


def _check_sizes(update: Update, result_limit: int) -> None:
    check_error(update.error)
    limit, what = PAYLOAD_LIMIT, f"{update.kind.value} payload"
    if update.kind is Kind.EXECUTION:
        limit, what = result_limit, "Execution output payload"
    elif update.kind is Kind.CHAINED_INVOKE:
        what = "CHAINED_INVOKE input payload"
    if _size(update.payload) > limit:
        raise _refused(f"{what} size must be less than or equal to {limit} bytes.")


def _check_outcome(update: Update) -> None:
    if update.action is Action.FAIL and update.payload is not None:
        raise _refused("Cannot provide a Payload for FAIL action.")
    if update.action is Action.SUCCEED and update.error is not None:
        raise _refused("Cannot provide an Error for SUCCEED action.")


def _check_execution(update: Update, _: Operation | None) -> None:
    _check_outcome(update)


def _check_context(update: Update, current: Operation | None) -> None:
    if update.action is Action.START:
        if current is not None:
            raise _refused("Cannot start a CONTEXT that already exist.")
        return
    if current is not None and current.status is not Status.STARTED:
        raise _refused("Invalid current CONTEXT state to close.")
    _check_outcome(update)


def _check_step(update: Update, current: Operation | None) -> None:
    status = None if current is None else current.status
    if update.action is Action.START:
        if status not in {None, Status.READY}:
            raise _refused("Invalid current STEP state to start.")
        return
    if status not in {None, Status.STARTED, Status.READY}:
        purpose = "re-attempt" if update.action is Action.RETRY else "close"
        raise _refused(f"Invalid current STEP state to {purpose}.")
    _check_outcome(update)
    if update.action is Action.RETRY:
        if update.delay_ms is None:
            raise _refused("Invalid StepOptions for the given action.")
        if update.error is not None and update.payload is not None:
            raise _refused("Cannot provide both error and payload to RETRY a STEP.")


def _check_wait(update: Update, current: Operation | None) -> None:
    if update.action is Action.START:
        if current is not None:
            raise _refused("Cannot start a WAIT that already exist.")
    elif current is None or current.status is not Status.STARTED:
        raise _refused("Cannot cancel a WAIT that does not exist or has already completed.")


def _check_callback(_: Update, current: Operation | None) -> None:
    if current is not None:
        raise _refused("Cannot start a CALLBACK that already exist.")


def _check_chained(update: Update, current: Operation | None) -> None:
    if current is not None:
        raise _refused("Cannot start a CHAINED_INVOKE operation that already exists.")
    if update.function_name is None:
        raise _refused("Update for CHAINED_INVOKE operation requires ChainedInvokeOptions.")


def _check_target(update: Update, account: str, region: str) -> None:
    target = names.parse(update.function_name or "")
    if target.account not in {None, account}:
        raise _refused("Cannot start a CHAINED_INVOKE on a function in another account.")
    if target.region not in {None, region}:
        raise _refused("Cannot start a CHAINED_INVOKE on a function in another region.")


_RULES: Mapping[Kind, Callable[[Update, Operation | None], None]] = MappingProxyType(
    {
        Kind.EXECUTION: _check_execution,
        Kind.CONTEXT: _check_context,
        Kind.STEP: _check_step,
        Kind.WAIT: _check_wait,
        Kind.CALLBACK: _check_callback,
        Kind.CHAINED_INVOKE: _check_chained,
    }
)
