"""All streams of one account and region."""

from __future__ import annotations

from mocklambda.clock.base import Millis
from mocklambda.services.kinesis import errors
from mocklambda.services.kinesis.consumers import Consumer
from mocklambda.services.kinesis.stream import Stream
from mocklambda.services.links import Arn
from mocklambda.services.service import Scope

_LARGE_REGIONS = ("us-east-1", "us-west-2", "eu-west-1")


class Kinesis:
    """The service's state for one account and region."""

    def __init__(self, scope: Scope[Kinesis]) -> None:
        self.scope = scope
        self.streams: dict[str, Stream] = {}

    @property
    def shard_limit(self) -> int:
        """How many open shards provisioned streams may have together."""
        return 500 if self.scope.region in _LARGE_REGIONS else 200

    def open_shard_count(self) -> int:
        return sum(len(stream.open_shards) for stream in self.streams.values() if not stream.is_on_demand)

    def check_shard_limit(self, added: int) -> None:
        """Raise LimitExceededException when so many shards more are too many."""
        current = self.open_shard_count()
        if current + added > self.shard_limit:
            raise errors.shard_limit(self.scope.account, self.scope.region, current, self.shard_limit, added)

    def find(self, name: str) -> Stream:
        """Return a stream; raises ResourceNotFoundException."""
        stream = self.streams.get(name)
        if stream is None:
            raise errors.stream_not_found(name, self.scope.account)
        return stream

    def add(self, stream: Stream) -> None:
        self.streams[stream.name] = stream

    def remove(self, stream: Stream) -> None:
        """Delete a stream with all that belongs to it."""
        del self.streams[stream.name]
        stream.is_gone = True

    def by_arn(self, arn: str) -> tuple[Stream, Consumer | None] | None:
        """Return the stream, and the consumer, under a stream's or consumer's ARN; None when not there."""
        stream_arn, is_consumer, rest = arn.partition("/consumer/")
        stream = self.streams.get(Arn.parse(stream_arn).resource.removeprefix("stream/"))
        if stream is None or stream.arn != stream_arn:
            return None
        if not is_consumer:
            return stream, None
        consumer = stream.consumers.get(rest.partition(":")[0])
        return (stream, consumer) if consumer is not None and consumer.arn == arn else None


def in_last_day(instants: list[Millis], now: Millis) -> int:
    """Count how many of ``instants`` lie in the last 24 hours, forgetting older ones."""
    instants[:] = [instant for instant in instants if now - instant < 24 * 3_600_000]
    return len(instants)
