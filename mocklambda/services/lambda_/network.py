"""VpcConfig: subnets and security groups must be there, and none are where no EC2 answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mocklambda.services.lambda_ import errors
from mocklambda.services.lambda_.settings import Network

if TYPE_CHECKING:
    from mocklambda.services.lambda_.state import Lambda


def resolve_network(state: Lambda, sent: Mapping[str, Any] | None) -> Network | None:
    """Return the network that a request sets, None when it says nothing of one."""
    if sent is None:
        return None
    groups, subnets = sent.get("SecurityGroupIds") or (), sent.get("SubnetIds") or ()
    for group in groups:  # R: before the subnets
        raise errors.invalid_parameter(
            "Error occurred while DescribeSecurityGroups. EC2 Error Code: InvalidGroup.NotFound. "
            f"EC2 Error Message: The security group '{group}' does not exist"
        )
    for subnet in subnets:
        raise errors.invalid_parameter(
            "Error occurred while DescribeSubnets. EC2 Error Code: InvalidSubnetID.NotFound. "
            f"EC2 Error Message: The subnet ID '{subnet}' does not exist"
        )
    return Network(subnet_ids=(), security_group_ids=())
