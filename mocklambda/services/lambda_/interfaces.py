"""The Hyperplane network interfaces of an account and region: one for each subnet and set of security groups.

Functions and versions share them. One that is not there yet takes a while to make, and is taken away a while after its
last user is gone (D). Who keeps them is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from mocklambda.clock.base import Clock, Millis, Timer
from mocklambda.execution.ports import IdSource
from mocklambda.services.lambda_.settings import Network
from mocklambda.services.networks import Networks, NewInterface, Place

CREATION_MS: Millis = 10_000  # D: up to minutes; some seconds where they pass for real
REMOVAL_MS: Millis = 1_200_000  # D


@dataclass(slots=True, kw_only=True, eq=False)
class _Interface:
    """One, from the moment it was asked for."""

    ready_at: Millis
    interface_id: str | None = None
    """None until it is made."""
    removal: Timer | None = None


class Interfaces:
    """All of one account and region."""

    def __init__(self, networks: Networks, clock: Clock, ids: IdSource, account: str) -> None:
        self._networks = networks
        self._clock = clock
        self._ids = ids
        self._account = account
        self._by_place: dict[Place, _Interface] = {}

    def prepare(self, network: Network | None, name: str) -> Millis:
        """Have what a network takes made, for the function ``name``; return when all of it is there."""
        ready_at = now = self._clock.now()
        for place in places_of(network):
            found = self._by_place.get(place)
            if found is None:
                found = self._by_place[place] = _Interface(ready_at=now + CREATION_MS)
                wanted = NewInterface(
                    place=place,
                    description=f"AWS Lambda VPC ENI-{name}-{self._ids.uuid()}",
                    requester_id=f"AROA{self._ids.letters(17)}:{self._account}",
                )
                make = partial(self._make, found, wanted)
                self._clock.call_at(found.ready_at, make, label=f"network interface for {name}")
            ready_at = max(ready_at, found.ready_at)
        return ready_at

    def keep(self, used: set[Place]) -> None:
        """Note which are used now: others go in a while, unless they are used again by then."""
        for place, found in self._by_place.items():
            if place not in used and found.removal is None:
                found.removal = self._clock.call_at(
                    max(self._clock.now(), found.ready_at) + REMOVAL_MS,
                    partial(self._remove, place),
                    label=f"removal of the network interface in {place.subnet_id}",
                )
            elif place in used and found.removal is not None:
                found.removal.cancel()
                found.removal = None

    @property
    def is_empty(self) -> bool:
        """Whether there are none."""
        return not self._by_place

    def _make(self, found: _Interface, wanted: NewInterface) -> None:
        found.interface_id = self._networks.open(wanted)

    def _remove(self, place: Place) -> None:
        found = self._by_place.pop(place)
        if found.interface_id is not None:
            self._networks.close(found.interface_id)


def places_of(network: Network | None) -> Iterator[Place]:
    """Yield where a network takes interfaces: nowhere, if nobody keeps it."""
    if network is not None and network.is_kept:
        groups = frozenset(network.security_group_ids)
        for subnet_id in network.subnet_ids:
            yield Place(subnet_id=subnet_id, security_group_ids=groups, has_ipv6=network.allows_ipv6)
