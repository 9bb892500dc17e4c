"""ARN → what stands behind it: the one place where services meet, without knowing each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from mocklambda.execution.ports import Destination, ObjectSource, QueueSource, Scalable, StreamSource
from mocklambda.services.balancers import Balancer, TargetGroup
from mocklambda.services.keys import AnyKey, Keys
from mocklambda.services.networks import AnyNetwork, Networks
from mocklambda.services.resources import Resource


class Arn(NamedTuple):
    """The six parts of an ARN."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    @classmethod
    def parse(cls, text: str) -> Arn:
        """Split ``text``; raises ValueError when it is no ARN."""
        parts = text.split(":", 5)
        if len(parts) != 6 or parts[0] != "arn":
            raise ValueError(text)
        return cls(*parts[1:])


class Links:
    """Finds destinations and sources by ARN. ``find(arn_service)`` gives a plug and its state by account, region."""

    def __init__(
        self,
        find: Callable[[Arn], tuple[Any, Any] | None],
        balancer: Callable[[str, str], Balancer | None] = lambda *_: None,
        target_groups: Callable[[str, str], Sequence[TargetGroup]] = lambda *_: (),
        keys: Keys | None = None,
        networks: Callable[[str, str], Networks] = lambda *_: AnyNetwork(),
    ) -> None:
        self.keys = AnyKey() if keys is None else keys
        """Encryption keys: whoever keeps them is none of these services."""
        self.networks = networks
        """By account and region; likewise."""
        self._find = find
        self._balancer = balancer
        self._target_groups = target_groups

    def balancer(self, dns_name: str, region: str) -> Balancer | None:
        """Return the load balancer under this name, or None: whoever keeps them is none of these services."""
        return self._balancer(dns_name, region)

    def target_groups(self, account: str, region: str) -> Sequence[TargetGroup]:
        """List the target groups for functions of an account and region, from whoever keeps them."""
        return self._target_groups(account, region)

    def destination(self, arn: str) -> Destination | None:
        """Return what other services can deliver to under this ARN, or None when nothing is there."""
        return self._lookup(arn, "destination")  # type: ignore[no-any-return]

    def queue_source(self, arn: str) -> QueueSource | None:
        """Return the queue under this ARN, or None."""
        return self._lookup(arn, "queue_source")  # type: ignore[no-any-return]

    def stream_source(self, arn: str) -> StreamSource | None:
        """Return the stream (or consumer) under this ARN, or None."""
        return self._lookup(arn, "stream_source")  # type: ignore[no-any-return]

    def object_source(self, arn: str) -> ObjectSource | None:
        """Return the bucket under this ARN, or None."""
        return self._lookup(arn, "object_source")  # type: ignore[no-any-return]

    def resource_policy(self, arn: str) -> str | None:
        """Return the own policy of the resource under this ARN, or None."""
        return self._lookup(arn, "resource_policy")  # type: ignore[no-any-return]

    def resource(self, arn: str, version: str = "") -> Resource | None:
        """Return what decides about the resource under this ARN beside its policy, or None.

        ``version`` is that of an object, where not the current one is meant.
        """
        if version:
            return self._lookup(arn, "resource_version", version)  # type: ignore[no-any-return]
        return self._lookup(arn, "resource")  # type: ignore[no-any-return]

    def scalable(self, arn: str) -> Scalable | None:
        """Return the resource under this ARN as something to scale, or None."""
        return self._lookup(arn, "scalable")  # type: ignore[no-any-return]

    def _lookup(self, text: str, role: str, *more: str) -> Any:
        try:
            arn = Arn.parse(text)
        except ValueError:
            return None
        found = self._find(arn)
        if found is None:
            return None
        service, state = found
        offer = getattr(service, role)
        return None if offer is None else offer(state, text, *more)
