"""Functions that isolate tenants: who must name one, and what does not go together with it.

The refusals' texts are not recorded: they follow the one that is (a tenant named to a function without).
"""

from __future__ import annotations

from mocklambda.execution.values import FunctionSpec
from mocklambda.services.lambda_ import errors
from mocklambda.services.lambda_.settings import Settings


def check_tenant(spec: FunctionSpec, tenant_id: str | None) -> None:
    """Raise where a function that isolates tenants is told none, or another is told one."""
    if spec.is_tenant_isolated and not tenant_id:
        raise errors.invalid_parameter(
            "The invoked function is enabled with tenancy configuration. "
            "Add a valid tenant ID in your request and try again."
        )
    if tenant_id and not spec.is_tenant_isolated:
        raise errors.invalid_parameter(
            "The invoked function is not enabled with tenancy configuration. "
            "Remove the tenant id from the request."
        )


def refuse_with_tenants(settings: Settings, what: str) -> None:
    """Raise for what a function that isolates tenants can not have: SnapStart, provisioned environments ... (D)."""
    if settings.is_tenant_isolated:
        raise errors.invalid_parameter(f"{what} is not supported for functions with tenancy configuration.")
