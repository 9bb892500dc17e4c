"""What EventBridge answers when it refuses: code, exact text."""

from __future__ import annotations

from mocklambda.execution.patterns import InvalidPattern
from mocklambda.services.service import AwsError


def validation(text: str) -> AwsError:
    return AwsError("ValidationException", text)


def not_served(text: str) -> AwsError:
    return validation(f"{text} (mocklambda does not implement this; nothing was done)")


def bus_not_found(name: str) -> AwsError:
    return AwsError("ResourceNotFoundException", f"Event bus {name} does not exist.")


def bus_exists(name: str) -> AwsError:
    return AwsError("ResourceAlreadyExistsException", f"Event bus {name} already exists.")


def rule_not_found(name: str, bus: str) -> AwsError:
    return AwsError("ResourceNotFoundException", f"Rule {name} does not exist on EventBus {bus}.")


def statement_not_found() -> AwsError:
    return AwsError("ResourceNotFoundException", "Statement with the provided id does not exist.")


def limit_exceeded() -> AwsError:
    return AwsError("LimitExceededException", "The requested resource exceeds the maximum number allowed.")


def invalid_pattern(fault: InvalidPattern, text: str) -> AwsError:
    reason = fault.text(f'(String)"{text}"')
    return AwsError("InvalidEventPatternException", f"Event pattern is not valid. Reason: {reason}")


def not_authorized(account: str, action: str, arn: str) -> AwsError:
    text = (
        f"User: arn:aws:iam::{account}:root is not authorized to perform: events:{action} on resource: {arn}"
        f" because no resource-based policy allows the events:{action} action"
    )
    return AwsError("AccessDeniedException", text)
