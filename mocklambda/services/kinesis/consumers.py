"""Enhanced fan-out consumers: their names for all time, and who is subscribed to what."""

from __future__ import annotations

from dataclasses import dataclass, field

from mocklambda.clock.base import Millis

MAX_CONSUMERS = 20
_EXCLUSIVE: Millis = 5000
"""For so long after a success a second subscription is refused; later it takes over."""


@dataclass(slots=True, kw_only=True, eq=False)
class Consumer:
    """One registered consumer of a stream."""

    name: str
    arn: str
    created_at: Millis
    tags: dict[str, str] = field(default_factory=dict)
    _holders: dict[int, tuple[object, Millis]] = field(default_factory=dict)

    def take(self, shard: int, holder: object, now: Millis) -> bool:
        """Subscribe ``holder`` to a shard; False while another subscription is too young to be taken over."""
        held = self._holders.get(shard)
        if held is not None and now - held[1] < _EXCLUSIVE:
            return False
        self._holders[shard] = holder, now
        return True

    def holds(self, shard: int, holder: object) -> bool:
        """Whether that subscription is still the shard's."""
        held = self._holders.get(shard)
        return held is not None and held[0] is holder

    def release(self, shard: int, holder: object) -> None:
        """End a subscription, if it is still the shard's."""
        if self.holds(shard, holder):
            del self._holders[shard]


def consumer_arn(stream_arn: str, name: str, created_at: Millis) -> str:
    """Write a consumer's ARN; the time in it tells lives of the same name apart."""
    return f"{stream_arn}/consumer/{name}:{created_at // 1000}"
