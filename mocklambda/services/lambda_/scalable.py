"""Provisioned concurrency as something that others scale."""

from __future__ import annotations

from mocklambda.execution.ports import CapacityWatcher, NotScaled, Subscription
from mocklambda.services.lambda_.names import LATEST
from mocklambda.services.lambda_.provisioning import provision
from mocklambda.services.lambda_.state import Lambda
from mocklambda.services.service import AwsError


def scalable(state: Lambda, arn: str) -> ProvisionedCapacity | None:
    """Return the version or alias under this ARN as something to scale; ``$LATEST`` is not."""
    kind, _, rest = arn.split(":", 5)[5].partition(":")
    name, _, qualifier = rest.partition(":")
    function = state.functions.get(name)
    if (
        kind != "function"
        or function is None
        or qualifier in {"", LATEST}
        or function.find(qualifier) is None
    ):
        return None
    return ProvisionedCapacity(state, name, qualifier)


class ProvisionedCapacity:
    """The provisioned concurrency of one version or alias."""

    def __init__(self, state: Lambda, name: str, qualifier: str) -> None:
        self._state = state
        self._name = name
        self._qualifier = qualifier

    @property
    def capacity(self) -> int:
        found = self._state.scope.execution.provisioned.get(self._state.arn(self._name), self._qualifier)
        return 0 if found is None else int(found.requested)

    def scale(self, wanted: int) -> None:
        """Ask for so many environments, as PutProvisionedConcurrencyConfig; for none, as its Delete."""
        function = self._state.functions.get(self._name)
        if function is None or function.find(self._qualifier) is None:
            raise NotScaled(f"Function not found: {self._state.arn(self._name, self._qualifier)}")
        try:
            if wanted:
                provision(self._state, function, self._qualifier, wanted)
            else:
                self._state.scope.execution.provisioned.delete(function.arn, self._qualifier)
        except AwsError as refusal:
            raise NotScaled(refusal.message) from None

    def watch(self, watcher: CapacityWatcher) -> Subscription:
        provisioned = self._state.scope.execution.provisioned
        watching: Subscription = provisioned.watch(self._state.arn(self._name), self._qualifier, watcher)
        return watching
