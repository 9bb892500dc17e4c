"""Functions on managed instances: what CapacityProviderConfig asks for, what that comes to, what goes with it.

Documented, not recorded: the texts of refusals are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from mocklambda.services.lambda_ import errors

if TYPE_CHECKING:
    from mocklambda.services.lambda_.settings import Settings

SMALLEST_MB = 2048
KEPT = 3
"""Environments that are kept initialised unless told otherwise (D)."""
ACTIVE = "Active"
NOT_INVOCABLE = "ActiveNonInvocable"
_PER_VCPU = MappingProxyType({"nodejs": 64, "python": 16, "java": 32, "dotnet": 32})
"""Invocations at once by runtime (D)."""
_OTHERS_PER_VCPU = 8  # I
_OLDEST = MappingProxyType({"nodejs": 22, "python": 13, "java": 21, "dotnet": 8})
_MEMBER = "LambdaManagedInstancesCapacityProviderConfig"
Bounds = tuple[int, int]
"""The fewest and the most environments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedInstances:
    """CapacityProviderConfig as a value."""

    provider_arn: str
    max_concurrency: int | None = None
    memory_gib_per_vcpu: float = 2.0


@dataclass(slots=True, kw_only=True, eq=False)
class Hosting:
    """How a version is doing on its instances."""

    state: str
    requested: Bounds | None = None
    """FunctionScalingConfig as sent, filled in."""
    applied: Bounds | None = None
    reason: tuple[str, str] | None = field(default=None)
    """StateReasonCode and StateReason."""


def read_instances(sent: Mapping[str, Any], current: ManagedInstances | None) -> ManagedInstances:
    """Read CapacityProviderConfig; what is not sent stays."""
    config = sent[_MEMBER]
    base = current or ManagedInstances(provider_arn="")
    return ManagedInstances(
        provider_arn=config["CapacityProviderArn"],
        max_concurrency=config.get("PerExecutionEnvironmentMaxConcurrency", base.max_concurrency),
        memory_gib_per_vcpu=config.get("ExecutionEnvironmentMemoryGiBPerVCpu", base.memory_gib_per_vcpu),
    )


def shown_instances(settings: Settings) -> dict[str, Any]:
    """Return CapacityProviderConfig as replies show it."""
    assert settings.instances is not None
    return {
        _MEMBER: {
            "CapacityProviderArn": settings.instances.provider_arn,
            "PerExecutionEnvironmentMaxConcurrency": concurrency(settings),
            "ExecutionEnvironmentMemoryGiBPerVCpu": settings.instances.memory_gib_per_vcpu,
        }
    }


def vcpus(settings: Settings) -> float:
    """Return what one environment takes of its provider."""
    assert settings.instances is not None
    return max(1.0, settings.memory_mb / 1024 / settings.instances.memory_gib_per_vcpu)


def concurrency(settings: Settings) -> int:
    """Return how many invocations one environment serves at once."""
    assert settings.instances is not None
    if settings.instances.max_concurrency is not None:
        return settings.instances.max_concurrency
    kind = (settings.runtime or "").rstrip("0123456789.x")
    return int(_PER_VCPU.get(kind, _OTHERS_PER_VCPU) * vcpus(settings))


def check_instances(settings: Settings) -> None:
    """Raise for what a function on managed instances can not have."""
    if settings.instances is None:
        return
    if settings.memory_mb < SMALLEST_MB:
        raise errors.invalid_parameter(
            f"MemorySize must be at least {SMALLEST_MB} for functions on Lambda Managed Instances."
        )
    if settings.snap_start != "None":
        refuse_on_instances(settings, "SnapStart")
    if settings.is_tenant_isolated:
        refuse_on_instances(settings, "TenancyConfig")
    if settings.network is not None and settings.network.subnet_ids:  # the provider's
        refuse_on_instances(settings, "VpcConfig")
    for kind, oldest in _OLDEST.items():
        if settings.runtime and settings.runtime.startswith(kind) and _minor(settings.runtime, kind) < oldest:
            refuse_on_instances(settings, f"The runtime {settings.runtime}")


def refuse_on_instances(settings: Settings, what: str) -> None:
    """Raise for what functions on managed instances do not have: provisioned or reserved concurrency ... (D)."""
    if settings.instances is not None:
        raise errors.invalid_parameter(f"{what} is not supported for functions on Lambda Managed Instances.")


def _minor(runtime: str, kind: str) -> int:
    """Return the number that tells versions of a runtime apart: 13 of ``python3.13``, 22 of ``nodejs22.x``."""
    text = runtime.removeprefix(kind).removesuffix(".x").removesuffix(".al2")
    return int(text.rpartition(".")[2] if kind == "python" else text.partition(".")[0])
