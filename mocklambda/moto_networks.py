"""moto's EC2 as the keeper of subnets, security groups and the network interfaces of functions.

As long as nobody asked moto's EC2 for anything, ids that are named are taken as existing, and stay so. What AWS refuses
to delete because a function's interface is there, and moto lets go, is refused here.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from mocklambda.services.networks import NetworkRefused, NewInterface
from mocklambda.services.service import AwsError
from mocklambda.wire.message import Request

if TYPE_CHECKING:
    from mocklambda.neighbours import Moto

OWNER = "amazon-aws"
INTERFACE_TYPE = "lambda"
EVERYWHERE = {"0.0.0.0/0", "::/0"}
WAYS_OUT = ("nat_gateway", "instance", "interface", "transit_gateway", "egress_only_igw")


class MotoNetworks:
    """What one account and region has."""

    def __init__(self, moto: Moto, account: str, region: str) -> None:
        self._moto = moto
        self._account = account
        self._region = region
        self._on_trust: set[str] = set()
        """What was named before there was anybody to ask."""

    def find_vpc(self, group_ids: Sequence[str], subnet_ids: Sequence[str]) -> str | None:
        """Return the VPC of subnets; None where all of it is taken as existing. Raises NetworkRefused."""
        backend = self._backend()
        if backend is None:
            self._on_trust.update(group_ids, subnet_ids)
            return None
        for group_id in group_ids:  # the two texts: R
            if group_id not in self._on_trust and backend.get_security_group_from_id(group_id) is None:
                raise NetworkRefused(
                    "InvalidGroup.NotFound", f"The security group '{group_id}' does not exist"
                )
        found = {subnet_id: find_subnet(backend, subnet_id) for subnet_id in subnet_ids}
        for subnet_id, subnet in found.items():
            if subnet is None and subnet_id not in self._on_trust:
                raise NetworkRefused(
                    "InvalidSubnetID.NotFound", f"The subnet ID '{subnet_id}' does not exist"
                )
        return None if not found or None in found.values() else str(found[subnet_ids[0]].vpc_id)

    def open(self, wanted: NewInterface) -> str:
        """Make an interface, and return its id."""
        backend = self._backend()
        with self._moto.turn("ec2"):
            made = _interface_class()(
                backend,
                wanted.place.subnet_id,
                "",
                group_ids=sorted(wanted.place.security_group_ids),
                description=wanted.description,
                device_index=1,
                ipv6_address_count=int(wanted.place.has_ipv6),
            )
            made.interface_type = INTERFACE_TYPE
            made.status = "in-use"
            made.requester_id = wanted.requester_id
            backend.enis[made.id] = made
        return str(made.id)

    def close(self, interface_id: str) -> None:
        """Take an interface away, if it is still there."""
        backend = self._backend()
        if backend is not None:
            with self._moto.turn("ec2"):
                backend.enis.pop(interface_id, None)

    def has_internet(self, subnet_ids: Sequence[str]) -> bool:
        """Tell whether all of these subnets have a route out: not by an internet gateway, without a public address."""
        backend = self._backend()
        return backend is not None and all(_leads_out(backend, subnet_id) for subnet_id in subnet_ids)

    # -- inside ------------------------------------------------------------------------------------------

    def _backend(self) -> Any:
        backends = self._moto.state("ec2")
        return None if backends is None else backends[self._account][self._region]


def check_deletion(backends: Any, account: str, region: str, request: Request) -> None:
    """Raise what EC2 answers to a request that would delete what a function's network interface needs."""
    content = request.content()
    if b"Action=Delete" not in content:
        return
    asked = dict(parse_qsl(content.decode()))
    members = _DELETIONS.get(asked["Action"])
    wanted = asked.get(members[0], "") if members is not None else ""
    if members is None or not wanted:
        return
    _, needs, code, text = members
    for interface in list(backends[account][region].enis.values()):
        if interface.interface_type == INTERFACE_TYPE and wanted in needs(interface):
            raise AwsError(code, text.format(wanted), 400)


def find_subnet(backend: Any, subnet_id: str) -> Any:
    """Return moto's subnet, None where there is none."""
    return next((zone[subnet_id] for zone in list(backend.subnets.values()) if subnet_id in zone), None)


def _leads_out(backend: Any, subnet_id: str) -> bool:
    """Look into the route table of a subnet, or else its VPC's main one."""
    subnet = find_subnet(backend, subnet_id)
    tables = [
        table for table in list(backend.route_tables.values()) if subnet and table.vpc_id == subnet.vpc_id
    ]
    own = [
        table
        for table in tables
        if any(association.get("SubnetId") == subnet_id for association in table.associations)
    ]
    main = [table for table in tables if table.main_association_id is not None]
    return any(
        getattr(route, way)
        for table in (own or main)[:1]
        for route in table.routes
        if EVERYWHERE & {route.destination_cidr_block, route.destination_ipv6_cidr_block}
        for way in WAYS_OUT
    )


@cache
def _interface_class() -> Any:
    from moto.ec2.models.elastic_network_interfaces import NetworkInterface

    class FunctionInterface(NetworkInterface):  # type: ignore[misc]
        """An interface that is attached to no instance of the account's, but to Lambda."""

        @property
        def attachment(self) -> Any:
            return SimpleNamespace(
                attachment_id=f"ela-attach-{self.id[4:]}",
                device_index=1,
                delete_on_termination=False,
                instance_owner_id=OWNER,
                status="attached",
            )

    return FunctionInterface


_DELETIONS: dict[str, Any] = {
    # action: (parameter, what an interface needs of the kind, code, message): EC2 documents the codes, not the words
    "DeleteNetworkInterface": (
        "NetworkInterfaceId",
        lambda interface: (interface.id,),
        "InvalidParameterValue",
        "Network interface '{}' is currently in use.",
    ),
    "DeleteSubnet": (
        "SubnetId",
        lambda interface: (interface.subnet.id,),
        "DependencyViolation",
        "The subnet '{}' has dependencies and cannot be deleted.",
    ),
    "DeleteSecurityGroup": (
        "GroupId",
        lambda interface: [group.id for group in interface.group_set],
        "DependencyViolation",
        "resource {} has a dependent object",
    ),
}
