"""Where reading a shard starts, and the iterators that carry such a place from call to call."""

from __future__ import annotations

from typing import NamedTuple

from mocklambda.clock.base import Millis
from mocklambda.ids import Ids
from mocklambda.services.kinesis import errors
from mocklambda.services.kinesis.sequence import UnreadableError, parse
from mocklambda.services.kinesis.shard import Shard, shard_id
from mocklambda.services.kinesis.stream import Stream
from mocklambda.services.tokens import seal, unseal

LIFETIME: Millis = 300_000
_BY_NUMBER = ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER")


class ShardIterator(NamedTuple):
    """A place in a shard, as of an instant."""

    account: str
    name: str
    life: Millis
    """When the stream was created: another stream of the same name is read from its start."""
    shard: int
    position: int
    created_at: Millis

    def seal(self, ids: Ids) -> str:
        return seal(ids, "iterator", *self)

    @classmethod
    def unseal(cls, text: str) -> ShardIterator:
        """Read what ``seal`` wrote, also within quotes; raises InvalidArgumentException."""
        parts = unseal(text[1:-1] if text.startswith('"') and text.endswith('"') else text)
        if not parts or parts[0] != "iterator":
            raise errors.invalid_argument("Invalid ShardIterator.")
        return cls(*parts[1:])


def find_position(
    stream: Stream, shard: Shard, kind: str, number: str | None, timestamp: Millis | None, *, now: Millis
) -> int:
    """Translate an iterator type and what belongs to it; raises AWS's errors in AWS's order."""
    if (kind in _BY_NUMBER) != (number is not None):
        raise errors.position_and_number(kind, has_number=number is not None)
    if kind == "TRIM_HORIZON":
        return shard.log.first
    if kind == "LATEST":
        return shard.log.end
    if kind == "AT_TIMESTAMP":
        if timestamp is None:
            raise errors.no_timestamp()
        if timestamp > now:
            raise errors.timestamp_in_future(timestamp, now)
        return shard.log.at_time(timestamp)
    assert number is not None
    _check_number(stream, shard, number, now)
    return shard.log.at_number(number) if kind == "AT_SEQUENCE_NUMBER" else shard.log.after_number(number)


def _check_number(stream: Stream, shard: Shard, text: str, now: Millis) -> None:
    try:
        number = parse(text, max(now // 1000, stream.latest_s))
    except UnreadableError:
        raise errors.bad_starting_number(
            text, shard.shard_id, stream.name, stream.account, is_foreign=False
        ) from None
    if number.shard != shard.number:
        raise errors.number_of_other_shard(shard_id(number.shard), shard.shard_id)
    if text == "0":
        raise errors.internal_failure()
    if number.created_s != shard.created_s:
        raise errors.bad_starting_number(text, shard.shard_id, stream.name, stream.account, is_foreign=True)
