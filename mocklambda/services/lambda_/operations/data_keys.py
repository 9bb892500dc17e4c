"""Calls that need an execution's data decrypted are refused where that can not be: as AWS lists it, call by call."""

from __future__ import annotations

from mocklambda.execution.refusals import Unstartable
from mocklambda.execution.values import FunctionSpec
from mocklambda.services.lambda_ import errors
from mocklambda.services.lambda_.durable.execution import DurableExecution
from mocklambda.services.lambda_.state import Lambda


def check_data(state: Lambda, execution: DurableExecution, spec: FunctionSpec | None = None) -> None:
    """Raise for data that a function, or else the account, can not have decrypted."""
    try:
        state.durable.check_data(execution, spec)
    except Unstartable as refusal:
        raise errors.unstartable(refusal.code, refusal.message) from None
