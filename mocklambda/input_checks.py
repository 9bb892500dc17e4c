"""Whether an operation's input is what its model takes; knows no operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mocklambda.services.service import AwsError, Service

if TYPE_CHECKING:
    from botocore.model import OperationModel


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
    from mocklambda.wire.validation import ValidationFailed, validate

    try:
        validate(model, params, overrides=plug.validation_overrides)
    except ValidationFailed as error:
        raise AwsError(plug.validation_code, str(error), 400) from None
