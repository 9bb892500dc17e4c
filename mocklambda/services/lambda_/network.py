"""VpcConfig: what a request sets, of subnets and security groups that must be there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mocklambda.services.lambda_ import errors
from mocklambda.services.lambda_.settings import Network
from mocklambda.services.networks import NetworkRefused, made_up_vpc

if TYPE_CHECKING:
    from mocklambda.services.lambda_.state import Lambda


def resolve_network(state: Lambda, sent: Mapping[str, Any] | None, current: Network | None) -> Network | None:
    """Return the network that a request sets on top of the current one, None when it says nothing of one."""
    if sent is None:
        return None
    groups = _ids(sent, "SecurityGroupIds", () if current is None else current.security_group_ids)
    subnets = _ids(sent, "SubnetIds", () if current is None else current.subnet_ids)
    try:
        vpc_id = state.networks.find_vpc(groups, subnets)
    except NetworkRefused as refusal:
        call = "DescribeSecurityGroups" if "Group" in refusal.code else "DescribeSubnets"
        raise errors.invalid_parameter(
            f"Error occurred while {call}. EC2 Error Code: {refusal.code}. EC2 Error Message: {refusal.message}"
        ) from None
    if not subnets:
        return Network(subnet_ids=(), security_group_ids=())
    return Network(
        subnet_ids=subnets,
        security_group_ids=groups,
        vpc_id=made_up_vpc(subnets[0]) if vpc_id is None else vpc_id,
        allows_ipv6=bool(sent.get("Ipv6AllowedForDualStack", current is not None and current.allows_ipv6)),
        is_kept=vpc_id is not None,
    )


def _ids(sent: Mapping[str, Any], member: str, current: tuple[str, ...]) -> tuple[str, ...]:
    ids = sent.get(member)
    return current if ids is None else tuple(ids)
