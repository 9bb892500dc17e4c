"""Application Auto Scaling's refusals.

AWS documents the codes, not the words: only those of a target that is not there are seen in the field, the others
follow them.
"""

from __future__ import annotations

from mocklambda.services.service import AwsError


def validation(message: str) -> AwsError:
    return AwsError("ValidationException", message, 400)


def unsupported() -> AwsError:
    return validation("Unsupported service namespace, resource type or scalable dimension")


def no_target(resource_id: str) -> AwsError:  # F
    return _not_found(
        f"No scalable target registered for service namespace: lambda, resource ID: {resource_id}, "
        "scalable dimension: lambda:function:ProvisionedConcurrency"
    )


def no_policy(resource_id: str, name: str) -> AwsError:
    return _not_found(
        f"No scaling policy found for service namespace: lambda, resource ID: {resource_id}, "
        f"scalable dimension: lambda:function:ProvisionedConcurrency, policy name: {name}"
    )


def no_action(resource_id: str, name: str) -> AwsError:
    return _not_found(
        f"No scheduled action found for service namespace: lambda, resource ID: {resource_id}, "
        f"scalable dimension: lambda:function:ProvisionedConcurrency, scheduled action name: {name}"
    )


def no_resource(arn: str) -> AwsError:
    return AwsError("ResourceNotFoundException", f"The resource {arn} was not found.", 400)


def bad_token(token: str) -> AwsError:
    return AwsError("InvalidNextTokenException", f"Invalid next token: {token}", 400)


def not_simulated(what: str) -> AwsError:
    return validation(f"{what} is not simulated by mocklambda, and is not stored without effect.")


def _not_found(message: str) -> AwsError:
    return AwsError("ObjectNotFoundException", message, 400)
