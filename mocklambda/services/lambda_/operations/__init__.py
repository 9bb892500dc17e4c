"""Lambda's API operations, by name."""

from __future__ import annotations

from mocklambda.services.lambda_.operations import (
    concurrency,
    event_config,
    functions,
    invoke,
    mappings,
    permissions,
    tags,
)
from mocklambda.services.service import operation_table

OPERATIONS = {
    name: function
    for module in (concurrency, event_config, functions, invoke, mappings, permissions, tags)
    for name, function in operation_table(vars(module)).items()
}
