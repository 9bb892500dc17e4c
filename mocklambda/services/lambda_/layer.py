"""Layers and their versions: numbers never come back, deleted versions go on where functions use them."""

from __future__ import annotations

from dataclasses import dataclass, field

from mocklambda.clock.base import Millis
from mocklambda.services.lambda_.function import Package
from mocklambda.services.lambda_.policy import Policy


@dataclass(slots=True, kw_only=True, eq=False)
class LayerVersion:
    """One published version of a layer."""

    number: int
    arn: str
    package: Package
    description: str
    created_at: Millis
    license_info: str | None
    runtimes: tuple[str, ...] | None
    """None where none were sent: replies leave them out then."""
    architectures: tuple[str, ...] | None
    policy: Policy | None = None

    def fits(self, runtime: str | None, architecture: str | None) -> bool:
        """Whether the version says that it goes with these."""
        return (runtime is None or runtime in (self.runtimes or ())) and (
            architecture is None or architecture in (self.architectures or ())
        )


@dataclass(slots=True, kw_only=True, eq=False)
class Layer:
    """One layer by its name."""

    name: str
    arn: str
    versions: dict[int, LayerVersion] = field(default_factory=dict)
    published: int = 0
    """The highest number ever given."""
