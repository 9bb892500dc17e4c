"""Lambda's API operations, by name."""

from __future__ import annotations

from mocklambda.services.lambda_.operations import (
    aliases,
    capacity_providers,
    code_signing,
    concurrency,
    durable_callbacks,
    durable_checkpoints,
    durable_executions,
    event_config,
    function_scaling,
    functions,
    invoke,
    layer_permissions,
    layers,
    management,
    mappings,
    permissions,
    provisioned,
    resource_policies,
    tags,
    urls,
    versions,
)
from mocklambda.services.service import operation_table

_MODULES = (
    aliases,
    capacity_providers,
    code_signing,
    concurrency,
    durable_callbacks,
    durable_checkpoints,
    durable_executions,
    event_config,
    function_scaling,
    functions,
    invoke,
    layer_permissions,
    layers,
    management,
    mappings,
    permissions,
    provisioned,
    resource_policies,
    tags,
    urls,
    versions,
)
OPERATIONS = {
    name: function for module in _MODULES for name, function in operation_table(vars(module)).items()
}
