"""What services ask of virtual private clouds. Whoever keeps the clouds is none of these services."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class NetworkRefused(Exception):
    """A subnet or security group is not there, in EC2's own code and message."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(f"{code}: {message}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a network interface is: one for each."""

    subnet_id: str
    security_group_ids: frozenset[str]
    has_ipv6: bool
    """Whether it has an IPv6 address too, where the subnet has any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInterface:
    """A network interface to be made."""

    place: Place
    description: str
    requester_id: str


class Networks(Protocol):
    """The subnets, security groups and network interfaces of one account and region."""

    def find_vpc(self, group_ids: Sequence[str], subnet_ids: Sequence[str]) -> str | None:
        """Return the id of the VPC of these; None where nobody keeps them, and they are taken as existing.

        Raises NetworkRefused for one that is not there, security groups first.
        """

    def open(self, wanted: NewInterface) -> str:
        """Make an interface, and return its id."""

    def close(self, interface_id: str) -> None:
        """Take an interface away, if it is still there."""

    def has_internet(self, subnet_ids: Sequence[str]) -> bool:
        """Tell whether all of these subnets have a route out for what has no public address."""


def made_up_vpc(subnet_id: str) -> str:
    """Return the VPC of a subnet that nobody keeps: always the same."""
    return f"vpc-{hashlib.sha256(subnet_id.encode()).hexdigest()[:17]}"


class AnyNetwork:
    """Where nobody keeps networks, each is taken as existing."""

    def find_vpc(self, group_ids: Sequence[str], subnet_ids: Sequence[str]) -> str | None:
        return None

    def open(self, wanted: NewInterface) -> str:
        raise NotImplementedError(wanted)

    def close(self, interface_id: str) -> None:
        """There is none."""

    def has_internet(self, subnet_ids: Sequence[str]) -> bool:
        return False
