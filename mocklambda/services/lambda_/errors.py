"""Lambda's refusals in AWS's own words; which body key and status each has. Decides nothing."""

from __future__ import annotations

from collections.abc import Sequence

from mocklambda.services.service import AwsError

USER = {"Type": "User"}
UNZIPPED_LIMIT = 262_144_000
UNPUBLISHED = "$LATEST"


def invalid_parameter(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message, 400, fields=USER)


def invalid_without_type(message: str) -> AwsError:
    """Return what a few concurrency and alias rules answer: the body has no ``Type`` (R)."""
    return AwsError("InvalidParameterValueException", message, 400)


def validation(message: str) -> AwsError:
    return AwsError("ValidationException", message, 400)


def violation(value: str, path: str, constraint: str) -> str:
    return f"Value '{value}' at '{path}' failed to satisfy constraint: {constraint}"


def violations(found: Sequence[str]) -> AwsError:
    """Return what the framework answers for these, all in one message."""
    count = f"{len(found)} validation error{'' if len(found) == 1 else 's'} detected"
    return validation(f"{count}: {'; '.join(found)}")


def pattern_violation(value: str, path: str, pattern: str) -> AwsError:
    return violations([violation(value, path, f"Member must satisfy regular expression pattern: {pattern}")])


def not_found(message: str) -> AwsError:
    return AwsError("ResourceNotFoundException", message, 404, fields=USER)


def no_published_version() -> AwsError:
    text = "The function has no published versions available."  # M
    return AwsError("NoPublishedVersionException", text, 400, fields=USER)


def no_such_resource() -> AwsError:
    return not_found("The resource you requested does not exist.")


def function_not_found(arn: str) -> AwsError:
    return not_found(f"Function not found: {arn}")


def function_does_not_exist() -> AwsError:
    return not_found("Function does not exist")


def alias_not_found(arn: str) -> AwsError:
    return not_found(f"Cannot find alias arn: {arn}")


def not_reachable(asked: str, region: str) -> AwsError:
    return not_found(f"Functions from '{asked}' are not reachable in this region ('{region}')")


def signing_config_not_found(arn: str) -> AwsError:
    text = f"The Lambda code signing configuration {arn} can not be found."
    return AwsError("ResourceNotFoundException", text, 404)  # R: without Type


def conflict(message: str) -> AwsError:
    return AwsError("ResourceConflictException", message, 409, fields=USER)


def statement_exists(sid: str) -> AwsError:
    return conflict(
        f"The statement id ({sid}) provided already exists. Please provide a new statement id, or remove the "
        "existing "
        "statement."
    )


def update_in_progress(arn: str) -> AwsError:
    return conflict(
        f"The operation cannot be performed at this time. An update is in progress for resource: {arn}"
    )


def wrong_state(state: str) -> AwsError:
    return conflict(
        "The operation cannot be performed at this time. "
        f"The function is currently in the following state: {state}"
    )


def precondition_failed(call: str) -> AwsError:
    """Refuse a stale RevisionId; ``call`` is what the text advises: ``GetPolicy`` ..."""
    text = "The Revision Id provided does not match the latest Revision Id. "
    return AwsError(
        "PreconditionFailedException",
        f"{text}Call the {call} API to retrieve the latest Revision Id",
        412,
        fields=USER,
    )


def qualifier_mismatch() -> AwsError:
    return invalid_parameter(
        "The derived qualifier from the function name does not match the specified qualifier."
    )


def too_large(message: str) -> AwsError:
    return AwsError("RequestEntityTooLargeException", message, 413, fields={"Message": message})


def access_denied(message: str | None) -> AwsError:
    # R: creating under another account's ARN answers with a message of JSON null
    error = AwsError("AccessDeniedException", message or "", 403, fields={"Message": message})
    error.message = message  # type: ignore[assignment]
    return error


def not_authorized(caller: str, action: str, arn: str) -> AwsError:
    return access_denied(
        f"User: {caller} is not authorized to perform: lambda:{action} on resource: {arn} "
        f"because no resource-based policy allows the lambda:{action} action"
    )


def throttled(reason: str) -> AwsError:
    return AwsError(
        "TooManyRequestsException", "Rate Exceeded.", 429, fields={"Reason": reason, "Type": "User"}
    )


def unstartable(code: str, message: str) -> AwsError:
    """Refuse because no environment can be started: a service error."""
    return AwsError(code, message, 502, fields=USER)


def durable_execution_exists(name: str) -> AwsError:
    return AwsError(  # I: the code is documented, not the text
        "DurableExecutionAlreadyStartedException",
        f"The durable execution with name {name} has already been started with a different payload.",
        409,
        fields=USER,
    )


def unqualified_durable() -> AwsError:
    return invalid_parameter("You cannot invoke a durable function using an unqualified ARN.")


def callback_closed() -> AwsError:
    return AwsError(  # D
        "CallbackTimeoutException",
        "The callback ID token has either expired or the callback associated with the token has already been closed.",
        400,
        fields=USER,
    )


def recursion_stopped() -> AwsError:
    return AwsError(
        "RecursiveInvocationException",
        "Lambda has detected this function being invoked in a recursive loop with other AWS resources, "
        "so it was stopped.",
        400,
        fields={"Type": "User"},
    )


def invalid_request_content(message: str) -> AwsError:
    return AwsError("InvalidRequestContentException", message, 400, fields=USER)


def resource_in_use(message: str) -> AwsError:
    return AwsError("ResourceInUseException", message, 400, fields=USER)


def not_simulated(what: str) -> AwsError:
    """Refuse a setting that would not act here: nothing is accepted and ignored."""
    return invalid_parameter(f"{what} is not simulated by mocklambda, and is not stored without effect.")
