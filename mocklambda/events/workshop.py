"""A small cloud of its own in which an event comes about; it patches nothing, and no process is started."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from mocklambda.cloud import Cloud
from mocklambda.config import Config
from mocklambda.handles import Function

Event = dict[str, Any]

DEFAULT_AT = datetime(2024, 1, 1, 12, tzinfo=timezone.utc)


@dataclass(frozen=True, slots=True)
class Workshop:
    """A cloud, and a function in it that takes what comes."""

    cloud: Cloud
    function: Function

    def event(self) -> Event:
        """Return what the function got first."""
        event: Event = self.function.invocations[0].event
        return event

    def state(self, service: str) -> tuple[Any, Any]:
        """Return a service's state and scope."""
        return self.cloud.registry.state(service, self.cloud.config.account_id, self.cloud.config.region)


@contextmanager
def workshop(
    *,
    at: datetime = DEFAULT_AT,
    seed: int = 0,
    region: str = "us-east-1",
    account_id: str = "123456789012",
) -> Iterator[Workshop]:
    """Open a cloud with a stub in it, which is gone afterwards.

    Args:
        at: when the event comes about: an aware datetime.
        seed: what ids follow from; another one gives other ids.
        region: where it comes about.
        account_id: whose all is.
    """
    options = {"clock": at, "seed": seed, "region": region, "account_id": account_id}
    cloud = Cloud(Config.build(options, base=Config()))
    try:
        yield Workshop(cloud, cloud.stub("function", returns=None))
    finally:
        cloud.shut()
