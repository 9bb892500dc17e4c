"""Settings and code → what the core runs. Decides nothing else."""

from __future__ import annotations

from mocklambda.execution.managed import INITIALIZATION_TYPE as HOSTED, share_of
from mocklambda.execution.values import Executor, FunctionSpec
from mocklambda.services.lambda_.function import Package, Provision
from mocklambda.services.lambda_.instances import concurrency
from mocklambda.services.lambda_.key_use import keys_of
from mocklambda.services.lambda_.names import LATEST, function_arn
from mocklambda.services.lambda_.settings import Settings


def build_spec(
    settings: Settings,
    package: Package,
    *,
    account: str,
    region: str,
    name: str,
    number: str,
    revision: str,
    provision: Provision | None,
    default_executor: Executor,
    is_routed: bool,
) -> FunctionSpec:
    """Return what running this version needs."""
    is_hosted = settings.instances is not None and number != LATEST
    snaps = settings.snap_start == "PublishedVersions" and number != LATEST
    return FunctionSpec(
        account=account,
        region=region,
        name=name,
        version=number,
        runtime=settings.runtime or "",
        handler=settings.handler or "",
        code=package.code,
        layers=tuple([layer.code for layer in settings.layers]) if settings.layers else (),
        environment=settings.variables or (),
        memory_mb=settings.memory_mb,
        timeout_ms=settings.timeout_s * 1000,
        ephemeral_mb=settings.ephemeral_mb,
        architecture=settings.architecture,
        role=settings.role,
        log_group=settings.logging.group,
        log_format=settings.logging.log_format,
        application_log_level=settings.logging.application_level,
        system_log_level=settings.logging.system_level,
        is_traced=settings.tracing == "Active",
        initialization_type=HOSTED if is_hosted else "snap-start" if snaps else "on-demand",
        concurrency_key=share_of(function_arn(region, account, name), number) if is_hosted else "",
        max_concurrency=concurrency(settings) if is_hosted else None,
        is_tenant_isolated=settings.is_tenant_isolated,
        durable=settings.durable,
        executor=default_executor if provision is None else provision.executor,
        image=None if package.image is None else (package.image, settings.image),
        target=None if provision is None else provision.target,
        subnet_ids=settings.network.subnet_ids if is_routed and settings.network is not None else (),
        keys=keys_of(settings, package),
        revision=revision,
    )
