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
    _subscribed_at: dict[int, Millis] = field(default_factory=dict)

    def subscribe(self, shard: int, now: Millis) -> bool:
        """Take a shard; False while another subscription to it is too young to be taken over."""
        last = self._subscribed_at.get(shard)
        if last is not None and now - last < _EXCLUSIVE:
            return False
        self._subscribed_at[shard] = now
        return True


def consumer_arn(stream_arn: str, name: str, created_at: Millis) -> str:
    """Write a consumer's ARN; the time in it tells lives of the same name apart."""
    return f"{stream_arn}/consumer/{name}:{created_at // 1000}"
