"""Versions on managed instances: begun, scaled, and told apart by whether they can be invoked."""

from __future__ import annotations

from mocklambda.clock.base import Millis
from mocklambda.services.lambda_ import errors
from mocklambda.services.lambda_.capacity import ACTIVE as IS_ACTIVE, CapacityProvider
from mocklambda.services.lambda_.function import Function, Version
from mocklambda.services.lambda_.instances import (
    ACTIVE,
    KEPT,
    NOT_INVOCABLE,
    Bounds,
    Hosting,
    check_instances,
    concurrency,
    vcpus,
)
from mocklambda.services.lambda_.names import LATEST, LATEST_PUBLISHED
from mocklambda.services.lambda_.settings import Settings
from mocklambda.services.lambda_.state import Lambda
from mocklambda.services.service import Request

NO_ROOM = (
    "CapacityProviderScalingLimitExceeded",
    "The capacity provider's MaxVCpuCount leaves no room.",
)  # I: the text


def check_provider(state: Lambda, settings: Settings) -> None:
    """Raise for a function that its capacity provider can not run."""
    check_instances(settings)
    if settings.instances is None:
        return
    arn = settings.instances.provider_arn
    provider = state.capacity_providers.get(arn.rpartition(":")[2])
    if provider is None or provider.arn != arn:
        raise errors.not_found(f"Capacity provider not found: {arn}")
    if provider.state != IS_ACTIVE:
        raise errors.conflict(
            "The operation cannot be performed at this time. "
            f"The capacity provider is currently in the following state: {provider.state}"
        )
    if provider.architecture != settings.architecture:
        raise errors.invalid_parameter(
            f"The capacity provider's architecture {provider.architecture} does not match the function's "
            f"architecture {settings.architecture}."
        )


def check_target(settings: Settings, request: Request) -> None:
    """Raise for ``PublishTo`` where there is nothing that it could mean."""
    if request.get("PublishTo") and settings.instances is None:
        raise errors.invalid_parameter(
            "PublishTo is only supported for functions on Lambda Managed Instances."
        )


def publish(
    state: Lambda, function: Function, request: Request, now: Millis, *, is_pending: bool = False
) -> Version:
    """Publish ``$LATEST``, as the next number or by ``PublishTo``, and give the version its place."""
    if request.get("PublishTo"):
        version = state.publish_latest(function, now)
    else:
        version = state.publish(function, request.get("Description"), is_pending=is_pending)
    host(state, function, version)
    return version


def check_open(version: Version) -> None:
    """Raise for a version that can not be invoked now."""
    if version.state != ACTIVE:
        raise errors.wrong_state(version.state)


def host(state: Lambda, function: Function, version: Version) -> None:
    """Give a version its place: ``$LATEST`` has none, all others are made ready on the clock."""
    if version.settings.instances is None:
        return
    if version.hosting is None:
        version.hosting = Hosting(state=NOT_INVOCABLE if version.number == LATEST else "Pending")
    elif version.number != LATEST_PUBLISHED:
        return
    if version.number != LATEST:
        apply(state, function, version)


def apply(state: Lambda, function: Function, version: Version) -> None:
    """Bring a version to the scale that is asked for, or to what is usual, as far as its provider has room."""
    hosting = version.hosting
    assert hosting is not None
    asked = hosting.requested or usual_bounds(state, version.settings)
    room = room_for(state, version.settings)
    fewest, most = (min(bound, room) for bound in asked)
    is_meant_to_run = hosting.requested is None or hosting.requested[1] > 0

    def settled(is_reached: bool) -> None:
        if not is_reached:
            hosting.state, hosting.reason = "Failed", ("FunctionError", "The function failed to initialize.")
            return
        hosting.applied, hosting.reason = (fewest, most), None
        if most:
            hosting.state = ACTIVE
        elif is_meant_to_run:
            hosting.state, hosting.reason = "Failed", NO_ROOM
        else:
            hosting.state = "Deactivated"

    if not most:
        state.scope.execution.fleet.retire_version(function.arn, version.number)
    state.scope.execution.managed.scale(
        function.arn,
        version.number,
        kept=fewest,
        limit=most * concurrency(version.settings),
        on_settled=settled,
    )


def usual_bounds(state: Lambda, settings: Settings) -> Bounds:
    """Return the bounds of a version that was given none: all that its provider has room for."""
    room = room_for(state, settings)
    return min(KEPT, room), room


def room_for(state: Lambda, settings: Settings) -> int:
    """Return how many environments the provider's vCPUs are enough for."""
    assert settings.instances is not None
    provider = state.capacity_providers[settings.instances.provider_arn.rpartition(":")[2]]
    return int(provider.max_vcpus / vcpus(settings))


def hosted_by(state: Lambda, provider: CapacityProvider) -> dict[str, tuple[Function, Version]]:
    """Return the versions that run on a provider, by ARN."""
    return {
        state.arn(name, version.number): (function, version)
        for name, function in state.functions.items()
        for version in (function.latest, *function.versions.values())
        if version.settings.instances is not None and version.settings.instances.provider_arn == provider.arn
    }
