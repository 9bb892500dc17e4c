"""What AWS refuses because an execution role may not do what a function's configuration asks of it.

Asked only where a session holds functions to their roles: ``access`` is None elsewhere.
"""

from __future__ import annotations

from typing import TypeGuard

from mocklambda.execution.poller import no_access
from mocklambda.execution.ports import KEY_CALLS, Access
from mocklambda.services.lambda_ import errors
from mocklambda.services.lambda_.settings import Settings
from mocklambda.services.service import AwsError

_WRITTEN = {"sqs": "SQS", "sns": "SNS"}


def check_role(access: Access | None, settings: Settings, function_arn: str) -> None:
    """Raise for a role that Lambda can not assume, and for what a function is to do that its role may not."""
    if access is None:
        return
    if not access.is_assumable(settings.role):
        raise errors.invalid_parameter("The role defined for the function cannot be assumed by Lambda.")
    dead_letter = settings.dead_letter_arn
    if dead_letter:
        call = access.why_not_deliver(settings.role, dead_letter, function_arn=function_arn)
        if _is_told(call):
            raise _no_permissions(call, _WRITTEN.get(dead_letter.split(":")[2], ""))
    if settings.tracing == "Active":
        for call in ("PutTraceSegments", "PutTelemetryRecords"):
            if not access.can(settings.role, f"xray:{call}", "*", function_arn=function_arn):
                raise _no_permissions(call, "XRAY")


def check_network(access: Access | None, settings: Settings, function_arn: str) -> None:
    """Raise for a role that may not make the network interfaces that its function takes."""
    network = settings.network
    if access is None or network is None or not network.subnet_ids:
        return
    if not access.can(settings.role, "ec2:CreateNetworkInterface", "*", function_arn=function_arn):
        raise _no_permissions("CreateNetworkInterface", "EC2")


def check_mapping(
    access: Access | None, role: str, function_arn: str, source_arn: str, on_failure: str | None
) -> None:
    """Raise for a source that the role may not read, or a destination that it may not write to."""
    if access is None:
        return
    call = access.why_not_poll(role, source_arn, function_arn=function_arn)
    if _is_told(call):
        if source_arn.split(":")[2] == "sqs":
            raise _no_permissions(call, "SQS")
        raise errors.invalid_parameter(no_access(source_arn))
    if on_failure:
        check_destination(access, role, function_arn, on_failure)


def check_destination(access: Access | None, role: str, function_arn: str, arn: str) -> None:
    """Raise for a destination of records that the role may not write to."""
    call = None if access is None else access.why_not_deliver(role, arn, function_arn=function_arn)
    if _is_told(call):
        raise errors.invalid_parameter(
            f"The function's execution role does not have permissions to call {call} on {arn}"
        )


def _is_told(call: str | None) -> TypeGuard[str]:
    """Whether a configuration is refused for a call that its role may not make: keys are looked at in use only (I)."""
    return call is not None and not call.startswith(KEY_CALLS)


def _no_permissions(call: str, service: str) -> AwsError:
    """Say it as it is seen in the field for EC2 and SQS (F)."""
    return errors.invalid_parameter(
        f"The provided execution role does not have permissions to call {call} on {service}"
    )
