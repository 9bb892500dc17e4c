"""Whether a service that acts by a role may. ``access`` is None where a session holds nobody to policies of roles."""

from __future__ import annotations

from mocklambda.execution.ports import KEY_CALLS, Access, Undeliverable
from mocklambda.services.links import Arn


def may_assume(access: Access | None, role: str, principal: str, source_arn: str) -> bool:
    """Tell whether a role is there and trusts a service that acts for a resource."""
    return access is None or access.is_assumable(role, by=principal, source_arn=source_arn)


def check_role(access: Access | None, role: str, principal: str, source_arn: str, target_arn: str) -> None:
    """Raise Undeliverable where a service can not deliver to ``target_arn`` by a role. The words are not recorded."""
    if access is None:
        return
    if not may_assume(access, role, principal, source_arn):
        raise Undeliverable(
            "AccessDeniedException", f"The provided role cannot be assumed by principal '{principal}'.", 403
        )
    session = principal.partition(".")[0]
    call = access.why_not_deliver(role, target_arn, session=session)
    if call is not None:
        action = call if call.startswith(KEY_CALLS) else f"{Arn.parse(target_arn).service}:{call}"
        raise Undeliverable(
            "AccessDeniedException",
            f"{role} is not authorized to perform: {action} on resource: {target_arn}",
            403,
        )
