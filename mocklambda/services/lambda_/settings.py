"""A function's configuration as a value: what a request changes in it, and what AWS refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from mocklambda.execution.values import CodeRef, DurableTerms
from mocklambda.services.lambda_ import errors, runtimes
from mocklambda.services.lambda_.durable.terms import durable_terms
from mocklambda.services.lambda_.instances import SMALLEST_MB, ManagedInstances, read_instances

ENVIRONMENT_LIMIT = 4096
RESERVED_KEYS = frozenset({
    "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
})  # fmt: skip
_KEY = re.compile(r"[a-zA-Z]([a-zA-Z0-9_])+")
_KEY_TEXT = (
    "1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: Map keys "
    "must satisfy "
    "constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]"
)
_NOT_SIMULATED = (
    "RuntimeConfig",
    "AcceleratorConfig",
)
Variables = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerUse:
    """A layer version as a function uses it: it stays so when the layer's version is deleted (R)."""

    arn: str
    size: int
    code: CodeRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Logging:
    """Where and how a function logs."""

    log_format: str = "Text"
    application_level: str | None = None
    system_level: str | None = None
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageOverrides:
    """ImageConfig: what replaces the image's own entry point, command and working directory."""

    entry_point: tuple[str, ...] | None = None
    command: tuple[str, ...] | None = None
    working_directory: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """VpcConfig as replies show it; all empty once it was taken off (R)."""

    subnet_ids: tuple[str, ...]
    security_group_ids: tuple[str, ...]
    vpc_id: str = ""
    allows_ipv6: bool = False
    is_kept: bool = False
    """Whether somebody keeps it; else it is taken as existing, and takes no interfaces."""


class Settings(NamedTuple):
    """All of a function's configuration but its code.

    A tuple, as a frozen class of so many fields takes twice as long to make, and thrice to make anew with changes.
    """

    role: str
    logging: Logging
    package_type: str = "Zip"
    runtime: str | None = None
    handler: str | None = None
    description: str = ""
    timeout_s: int = 3
    memory_mb: int = 128
    variables: Variables | None = None
    """None where no Environment was ever sent: replies leave it out then."""
    dead_letter_arn: str = ""
    tracing: str = "PassThrough"
    layers: tuple[LayerUse, ...] = ()
    kms_key_arn: str = ""
    architecture: str = "x86_64"
    ephemeral_mb: int = 512
    snap_start: str = "None"
    image: ImageOverrides | None = None
    network: Network | None = None
    is_tenant_isolated: bool = False
    instances: ManagedInstances | None = None
    durable: DurableTerms | None = None

    def changed(self, request: Mapping[str, Any]) -> Settings:
        """Return these settings with what ``request`` sends on top, but for layers and network."""
        changes = _read(request, self.logging, self.instances, self.durable)
        return self._replace(**changes) if changes else self

    def referring(self, *, layers: tuple[LayerUse, ...] | None, network: Network | None) -> Settings:
        """Return these settings with other layers and another network, where given."""
        result = self if layers is None else self._replace(layers=layers)
        return result if network is None else result._replace(network=network)


_PLAIN = {
    "Role": "role",
    "Runtime": "runtime",
    "Handler": "handler",
    "Description": "description",
    "Timeout": "timeout_s",
    "MemorySize": "memory_mb",
    "KMSKeyArn": "kms_key_arn",
    "PackageType": "package_type",
}
_NESTED = (
    ("DeadLetterConfig", "TargetArn", "dead_letter_arn"),
    ("TracingConfig", "Mode", "tracing"),
    ("EphemeralStorage", "Size", "ephemeral_mb"),
    ("SnapStart", "ApplyOn", "snap_start"),
)


def new_settings(request: Mapping[str, Any], *, name: str) -> Settings:
    """Return the settings of a new function, by AWS's defaults."""
    members: dict[str, Any] = {"logging": Logging(group=f"/aws/lambda/{name}")}
    if request.get("CapacityProviderConfig"):
        members["memory_mb"] = SMALLEST_MB
    members |= _read(request, members["logging"], None, None)
    return Settings(**members)


def _read(
    request: Mapping[str, Any],
    logging: Logging,
    instances: ManagedInstances | None,
    durable: DurableTerms | None,
) -> dict[str, Any]:
    """Return what a request sends as fields of Settings; of what it sends in part, the rest is as it was."""
    refuse_unsimulated(request)
    read: dict[str, Any] = {
        _PLAIN[member]: value for member, value in request.items() if value is not None and member in _PLAIN
    }
    if "Environment" in request:
        read["variables"] = tuple((request["Environment"].get("Variables") or {}).items())
    for member, inner, field in _NESTED:
        if member in request:
            value = (request[member] or {}).get(inner)
            if value is not None:
                read[field] = value
    if request.get("Architectures"):
        read["architecture"] = request["Architectures"][0]
    if "ImageConfig" in request:
        read["image"] = _overrides(request["ImageConfig"])
    if request.get("TenancyConfig"):  # of CreateFunction only: the mode has one value, and never changes
        read["is_tenant_isolated"] = request["TenancyConfig"]["TenantIsolationMode"] == "PER_TENANT"
    if request.get("CapacityProviderConfig"):
        read["instances"] = read_instances(request["CapacityProviderConfig"], instances)
    if "LoggingConfig" in request:
        read["logging"] = _logging(logging, request["LoggingConfig"])
    if request.get("DurableConfig") is not None:
        read["durable"] = durable_terms(durable, request["DurableConfig"])
    return read


def check(request: Mapping[str, Any]) -> None:
    """Raise for what AWS refuses by looking at the request's configuration alone."""
    runtime = request.get("Runtime")
    if runtime is not None:
        runtimes.check(runtime)
    check_variables((request.get("Environment") or {}).get("Variables") or {})


def check_variables(variables: Mapping[str, str]) -> None:
    """Raise for keys that no variable may have, and for more than 4 KB of them."""
    if not variables:
        return
    if any(_KEY.fullmatch(key) is None for key in variables):
        raise errors.validation(_KEY_TEXT)
    reserved = [key for key in variables if key in RESERVED_KEYS]
    if reserved:
        raise errors.invalid_parameter(
            "Lambda was unable to configure your environment variables because the environment variables you "
            "have "
            "provided contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}"
        )
    measured = json.dumps(dict(variables), separators=(",", ":"), ensure_ascii=False)
    if len(measured.encode()) > ENVIRONMENT_LIMIT:
        raise errors.invalid_parameter(
            "Lambda was unable to configure your environment variables because the environment variables you "
            "have "
            f"provided exceeded the 4KB limit. String measured: {measured}"
        )


def refuse_unsimulated(request: Mapping[str, Any]) -> None:
    """Raise for members that would not act here."""
    for member in _NOT_SIMULATED:
        if request.get(member):
            raise errors.not_simulated(member)
    if request.get("FileSystemConfigs"):
        raise errors.not_simulated("FileSystemConfigs (Amazon EFS)")


def _overrides(config: Mapping[str, Any]) -> ImageOverrides | None:
    if not config:
        return None
    return ImageOverrides(
        entry_point=None if config.get("EntryPoint") is None else tuple(config["EntryPoint"]),
        command=None if config.get("Command") is None else tuple(config["Command"]),
        working_directory=config.get("WorkingDirectory"),
    )


def _logging(current: Logging, sent: Mapping[str, Any]) -> Logging:
    log_format = sent.get("LogFormat") or current.log_format
    group = sent.get("LogGroup") or current.group
    application, system = sent.get("ApplicationLogLevel"), sent.get("SystemLogLevel")
    if log_format == "Text":
        if application or system:
            raise errors.invalid_parameter(
                'LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your '
                "request or change "
                'the LogFormat to "JSON" and try again.'
            )
        return Logging(group=group)
    return Logging(
        log_format=log_format,
        application_level=application or current.application_level or "INFO",
        system_level=system or current.system_level or "INFO",
        group=group,
    )
