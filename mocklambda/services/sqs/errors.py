"""What SQS answers when it refuses: JSON shape, the wire code of the query protocol, exact text.

The SDKs show the wire code as ``Error.Code`` (header ``x-amzn-query-error``), so every error carries both.
"""

from __future__ import annotations

from mocklambda.services.service import AwsError

_PREFIX = "AWS.SimpleQueueService."


def _error(shape: str, message: str, *, wire: str | None = None, status: int = 400) -> AwsError:
    return AwsError(shape, message, status, query_code=wire or shape)


def no_such_queue(*, is_query: bool = False) -> AwsError:
    tail = " for this wsdl version." if is_query else "."
    return _error(
        "QueueDoesNotExist", f"The specified queue does not exist{tail}", wire=f"{_PREFIX}NonExistentQueue"
    )


def queue_exists(attribute: str) -> AwsError:
    text = f"A queue already exists with the same name and a different value for attribute {attribute}"
    return _error("QueueNameExists", text, wire="QueueAlreadyExists")


def deleted_recently() -> AwsError:
    text = "You must wait 60 seconds after deleting a queue before you can create another with the same name."
    return _error("QueueDeletedRecently", text, wire=f"{_PREFIX}QueueDeletedRecently")


def purge_in_progress(name: str) -> AwsError:
    text = f"Only one PurgeQueue operation on {name} is allowed every 60 seconds."
    return _error("PurgeQueueInProgress", text, wire=f"{_PREFIX}PurgeQueueInProgress", status=403)


def invalid_action(action: str) -> AwsError:
    return _error("InvalidAction", f"The action {action} is not valid for this endpoint.")


def unsupported_operation(message: str) -> AwsError:
    return _error("UnsupportedOperation", message, wire=f"{_PREFIX}UnsupportedOperation")


def invalid_parameter(message: str) -> AwsError:
    return _error("InvalidParameterValueException", message, wire="InvalidParameterValue")


def invalid_value(value: object, parameter: str, reason: str) -> AwsError:
    return invalid_parameter(f"Value {value} for parameter {parameter} is invalid. Reason: {reason}")


def not_for_queue_type(value: str, parameter: str) -> AwsError:
    reason = "The request includes a parameter that is not valid for this queue type."
    return invalid_value(value, parameter, reason)


def missing_parameter(name: str) -> AwsError:
    text = f"The request must contain the parameter {name}."
    return _error("MissingRequiredParameterException", text, wire="MissingParameter")


def unknown_attribute(name: str) -> AwsError:
    return invalid_attribute_name(f"Unknown Attribute {name}.")


def invalid_attribute_name(message: str) -> AwsError:
    return _error("InvalidAttributeName", message)


def invalid_attribute_value(name: str) -> AwsError:
    return _error("InvalidAttributeValue", f"Invalid value for the parameter {name}.")


def queue_type_is_fixed() -> AwsError:
    text = "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported."
    return _error("InvalidAttributeValue", text)


BAD_CHARACTERS = (
    "Invalid characters found. Valid unicode characters are "
    "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"
)


def invalid_message_contents() -> AwsError:
    return _error("InvalidMessageContents", BAD_CHARACTERS)


def too_many_entries(sent: int) -> AwsError:
    text = f"Maximum number of entries per request are 10. You have sent {sent}."
    return _error("TooManyEntriesInBatchRequest", text, wire=f"{_PREFIX}TooManyEntriesInBatchRequest")


def batch_too_long(limit: int, sent: int) -> AwsError:
    text = f"Batch requests cannot be longer than {limit} bytes. You have sent {sent} bytes."
    return _error("BatchRequestTooLong", text, wire=f"{_PREFIX}BatchRequestTooLong")


def invalid_batch_entry_id() -> AwsError:
    text = (
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
        "It can be at most 80 letters long."
    )
    return _error("InvalidBatchEntryId", text, wire=f"{_PREFIX}InvalidBatchEntryId")


def batch_ids_not_distinct(repeated: str) -> AwsError:
    return _error(
        "BatchEntryIdsNotDistinct", f"Id {repeated} repeated.", wire=f"{_PREFIX}BatchEntryIdsNotDistinct"
    )


def empty_batch(entry: str) -> AwsError:
    text = f"There should be at least one {entry} in the request."
    return _error("EmptyBatchRequest", text, wire=f"{_PREFIX}EmptyBatchRequest")


def invalid_receipt_handle(handle: str) -> AwsError:
    text = f'The input receipt handle "{handle}" is not a valid receipt handle.'
    return _error("ReceiptHandleIsInvalid", text, status=404)


def receipt_handle_expired(handle: str) -> AwsError:
    return invalid_value(handle, "ReceiptHandle", "The receipt handle has expired.")


def message_not_available(handle: str) -> AwsError:
    reason = "Message does not exist or is not available for visibility timeout change."
    return invalid_value(handle, "ReceiptHandle", reason)


def over_limit(message: str) -> AwsError:
    return _error("OverLimit", message, status=403)


def not_found(message: str) -> AwsError:
    return _error("ResourceNotFoundException", message, status=404)


def access_denied(user: str, action: str, arn: str, why: str) -> AwsError:
    text = f"User: {user} is not authorized to perform: sqs:{action.lower()} on resource: {arn} {why}"
    return _error("AccessDeniedException", text, wire="AccessDenied", status=403)
