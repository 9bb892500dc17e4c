"""Whether an operation's input is what its model takes; knows no operation."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mocklambda.services.service import AwsError, Service

if TYPE_CHECKING:
    from botocore.model import OperationModel

    from mocklambda.wire.validation import Validator


def check_members(model: OperationModel, params: dict[str, Any]) -> None:
    """Refuse what a client would not send: members that are not there, or of another type."""
    from botocore.exceptions import ParamValidationError
    from botocore.validate import ParamValidator

    if model.input_shape is not None:
        report = ParamValidator().validate(params, model.input_shape)
        if report.has_errors():
            raise ParamValidationError(report=report.generate_report())


def check_constraints(plug: Service[Any], model: OperationModel, params: dict[str, Any]) -> None:
    """Refuse what the service itself would, in the words that it has for that."""
    check = _validator(plug)
    try:
        check.validate(model, params)
    except check.broken as error:
        raise AwsError(plug.validation_code, str(error), 400) from None


@lru_cache(maxsize=64)
def _validator(plug: Service[Any]) -> Validator:
    from mocklambda.wire.validation import Validator

    return Validator(plug.validation_overrides)
