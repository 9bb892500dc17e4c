"""What asking for provisioned concurrency needs, whoever asks; allocating is the core's."""

from __future__ import annotations

from mocklambda.execution.concurrency import UNRESERVED_MINIMUM, AboveReserved, BelowUnreservedMinimum
from mocklambda.execution.provisioned import ProvisionedView
from mocklambda.services.lambda_ import errors
from mocklambda.services.lambda_.function import Function
from mocklambda.services.lambda_.instances import refuse_on_instances
from mocklambda.services.lambda_.snap_start import check_provisioned
from mocklambda.services.lambda_.state import Lambda
from mocklambda.services.lambda_.tenancy import refuse_with_tenants
from mocklambda.services.service import AwsError


def unpublished() -> AwsError:
    """Return what is answered about ``$LATEST``, named or behind an alias."""
    return errors.invalid_parameter(
        "Provisioned Concurrency Configs cannot be applied to unpublished function versions."
    )


def provision(state: Lambda, function: Function, qualifier: str, wanted: int) -> ProvisionedView:
    """Ask for environments made ahead, for a version or an alias that is there; raises AwsError."""
    refuse_with_tenants(function.latest.settings, "Provisioned concurrency")
    refuse_on_instances(function.latest.settings, "Provisioned concurrency")
    version = function.find(qualifier)
    if version is function.latest:
        raise unpublished()
    if version is not None:
        check_provisioned(version.settings)
    _check_overlap(state, function, qualifier)
    view = _put(state, function, qualifier, wanted)
    if version is not None:  # R, 2023
        version.revision_id = state.scope.ids.uuid()
    return view


def _check_overlap(state: Lambda, function: Function, qualifier: str) -> None:
    held = {view.qualifier for view in state.scope.execution.provisioned.of_function(function.arn)}
    alias = function.aliases.get(qualifier)
    if alias is not None:
        if held & {alias.version, *alias.weights}:
            raise errors.conflict(
                "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned "
                "version"
            )
    elif any(
        qualifier in (other.version, *other.weights)
        for name, other in function.aliases.items()
        if name in held
    ):
        raise errors.conflict("Version is pointed by a Provisioned Concurrency alias")


def _put(state: Lambda, function: Function, qualifier: str, wanted: int) -> ProvisionedView:
    core = state.scope.execution
    left = core.concurrency.unreserved_left(function.arn, qualifier)
    if core.concurrency.reserved(function.arn) is None and wanted > left:
        raise errors.invalid_without_type(
            "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency "
            f"[{left}]."
        )
    try:
        view: ProvisionedView = core.provisioned.put(function.arn, qualifier, wanted)
    except AboveReserved:
        raise errors.invalid_parameter(
            "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution "
            "for function"
        ) from None
    except BelowUnreservedMinimum:
        raise errors.invalid_without_type(
            "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
            "below its "
            f"minimum value of [{UNRESERVED_MINIMUM}]."
        ) from None
    return view
