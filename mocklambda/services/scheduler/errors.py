"""What EventBridge Scheduler answers when it refuses: code, text, status."""

from __future__ import annotations

from mocklambda.services.service import AwsError


def validation(text: str) -> AwsError:
    return AwsError("ValidationException", text)


def not_served(text: str) -> AwsError:
    return validation(f"{text} (mocklambda does not implement this; nothing was done)")


def invalid_expression(expression: str) -> AwsError:
    return validation(f"Invalid Schedule Expression {expression}.")


def role_not_assumable() -> AwsError:
    return validation(
        "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
    )


def schedule_exists(name: str) -> AwsError:
    return AwsError("ConflictException", f"Schedule {name} already exists.", 409)


def group_exists(name: str) -> AwsError:
    return AwsError("ConflictException", f"Schedule group {name} already exists.", 409)


def schedule_not_found(name: str) -> AwsError:
    return AwsError("ResourceNotFoundException", f"Schedule {name} does not exist.", 404)


def group_not_found(name: str) -> AwsError:
    return AwsError("ResourceNotFoundException", f"Schedule group {name} does not exist.", 404)
