"""What Lambda's replies say of functions, versions and aliases, in the recorded order of members."""

from __future__ import annotations

from datetime import datetime, timezone
from functools import lru_cache
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.services.lambda_ import runtimes
from mocklambda.services.lambda_.durable.views import config_view
from mocklambda.services.lambda_.function import Alias, Version
from mocklambda.services.lambda_.instances import shown_instances
from mocklambda.services.lambda_.names import LATEST
from mocklambda.services.lambda_.settings import Settings

CREATING = "The function is being created."
Reply = dict[str, Any]


def date(at: Millis) -> str:
    """Return an instant as functions and layers show it."""
    return f"{_second(at // 1000)}.{at % 1000:03d}+0000"


@lru_cache(maxsize=1024)
def _second(second: int) -> str:
    return f"{datetime.fromtimestamp(second, tz=timezone.utc):%Y-%m-%dT%H:%M:%S}"


def configuration(
    version: Version,
    *,
    name: str,
    arn: str,
    region: str,
    is_listed: bool = False,
    concealed: Reply | None = None,
) -> Reply:
    """Return a function's configuration; lists leave state and runtime version out.

    ``concealed`` is why its variables can not be shown.
    """
    settings = version.settings
    reply: Reply = {"FunctionName": name, "FunctionArn": arn}
    is_zip = settings.package_type == "Zip"
    if is_zip:
        reply["Runtime"] = settings.runtime
    reply["Role"] = settings.role
    if is_zip:
        reply["Handler"] = settings.handler
    reply |= {
        "CodeSize": version.package.size,
        "Description": settings.description,
        "Timeout": settings.timeout_s,
        "MemorySize": settings.memory_mb,
        "LastModified": date(version.modified_at),
        "CodeSha256": version.package.sha256,
        "Version": version.number,
        "TracingConfig": {"Mode": settings.tracing},
        "RevisionId": version.revision_id,
        **_optional(settings),
    }
    if concealed is not None:
        reply["Environment"] = {"Error": concealed}
    if not is_listed:
        reply |= _state(version)
    reply |= {
        "PackageType": settings.package_type,
        "Architectures": [settings.architecture],
        "EphemeralStorage": {"Size": settings.ephemeral_mb},
        "SnapStart": _snap_start(version),
    }
    if is_zip and not is_listed and settings.runtime is not None:
        arn_of_runtime = runtimes.version_arn(region, settings.runtime, settings.architecture)
        reply["RuntimeVersionConfig"] = {"RuntimeVersionArn": arn_of_runtime}
    reply["LoggingConfig"] = _logging(settings)
    if settings.is_tenant_isolated:
        reply["TenancyConfig"] = {"TenantIsolationMode": "PER_TENANT"}
    if settings.instances is not None:
        reply["CapacityProviderConfig"] = shown_instances(settings)
    return reply


def alias(found: Alias, arn: str) -> Reply:
    reply: Reply = {
        "AliasArn": arn,
        "Name": found.name,
        "FunctionVersion": found.version,
        "Description": found.description,
        "RevisionId": found.revision_id,
    }
    if found.weights:
        reply["RoutingConfig"] = {"AdditionalVersionWeights": dict(found.weights)}
    return reply


def _state(version: Version) -> Reply:
    if version.is_pending:
        return {"State": "Pending", "StateReason": CREATING, "StateReasonCode": "Creating"}
    if version.failure is not None:
        failure = version.failure
        return {"State": "Failed", "StateReason": failure.reason, "StateReasonCode": failure.code}
    if version.is_updating:
        return {
            "State": "Active",
            "LastUpdateStatus": "InProgress",
            "LastUpdateStatusReason": CREATING,
            "LastUpdateStatusReasonCode": "Creating",
        }
    reply: Reply = {"State": version.state}
    if version.hosting is not None and version.hosting.reason is not None:
        reply["StateReasonCode"], reply["StateReason"] = version.hosting.reason
    return reply | {"LastUpdateStatus": "Successful"}


def _optional(settings: Settings) -> Reply:
    reply: Reply = {}
    if settings.network is not None:
        reply["VpcConfig"] = {
            "SubnetIds": list(settings.network.subnet_ids),
            "SecurityGroupIds": list(settings.network.security_group_ids),
            "VpcId": settings.network.vpc_id,
            "Ipv6AllowedForDualStack": settings.network.allows_ipv6,
        }
    if settings.dead_letter_arn:
        reply["DeadLetterConfig"] = {"TargetArn": settings.dead_letter_arn}
    if settings.variables is not None:
        reply["Environment"] = {"Variables": dict(settings.variables)}
    if settings.kms_key_arn:
        reply["KMSKeyArn"] = settings.kms_key_arn
    if settings.layers:
        reply["Layers"] = [{"Arn": layer.arn, "CodeSize": layer.size} for layer in settings.layers]
    if settings.durable is not None:
        reply["DurableConfig"] = config_view(settings.durable)
    if settings.image is not None:
        members = {
            "EntryPoint": None if settings.image.entry_point is None else list(settings.image.entry_point),
            "Command": None if settings.image.command is None else list(settings.image.command),
            "WorkingDirectory": settings.image.working_directory,
        }
        shown = {key: value for key, value in members.items() if value is not None}
        reply["ImageConfigResponse"] = {"ImageConfig": shown}
    return reply


def _snap_start(version: Version) -> Reply:
    applies = version.settings.snap_start
    is_on = applies == "PublishedVersions" and version.number != LATEST and version.failure is None
    return {"ApplyOn": applies, "OptimizationStatus": "On" if is_on else "Off"}


def _logging(settings: Settings) -> Reply:
    logging = settings.logging
    reply: Reply = {"LogFormat": logging.log_format}
    if logging.log_format == "JSON":
        reply["ApplicationLogLevel"] = logging.application_level
        reply["SystemLogLevel"] = logging.system_level
    reply["LogGroup"] = logging.group
    return reply
