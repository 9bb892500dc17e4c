"""What SNS answers when it refuses: code, exact text, status."""

from __future__ import annotations

from mocklambda.services.service import AwsError


def invalid_parameter(text: str) -> AwsError:
    return AwsError("InvalidParameter", f"Invalid parameter: {text}")


def invalid_value(text: str) -> AwsError:
    return AwsError("ParameterValueInvalid", text)


def topic_not_found() -> AwsError:
    return AwsError("NotFound", "Topic does not exist", 404)


def subscription_not_found() -> AwsError:
    return AwsError("NotFound", "Subscription does not exist", 404)


def resource_not_found() -> AwsError:
    return AwsError("ResourceNotFound", "Resource does not exist", 404)


def required(parameter: str) -> AwsError:
    return invalid_parameter(f"{parameter} Reason: no value for required parameter")


def not_authorized(account: str, action: str, arn: str) -> AwsError:
    text = (
        f"User: arn:aws:iam::{account}:root is not authorized to perform: SNS:{action} on resource: {arn}"
        f" because no resource-based policy allows the SNS:{action} action"
    )
    return AwsError("AuthorizationError", text, 403)


def too_many_entries() -> AwsError:
    return AwsError(
        "TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible."
    )


def empty_batch() -> AwsError:
    return AwsError("EmptyBatchRequest", "The batch request doesn't contain any entries.")


def ids_not_distinct() -> AwsError:
    return AwsError("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.")


def bad_entry_id(entry_id: str) -> AwsError:
    text = f"The Id of a batch entry in the batch request contains an impermissible character: {entry_id}"
    return AwsError("InvalidBatchEntryId", text)


def long_entry_id(entry_id: str) -> AwsError:
    return AwsError(
        "InvalidBatchEntryId", f"The Id of a batch entry in the batch request is too long: {entry_id}"
    )


def batch_too_long() -> AwsError:
    text = "The length of all the messages put together is more than the limit."
    return AwsError("BatchRequestTooLong", text)


def null_member(path: str) -> AwsError:
    text = f"Value null at '{path}' failed to satisfy constraint: Member must not be null"
    return AwsError("ValidationError", f"1 validation error detected: {text}")
