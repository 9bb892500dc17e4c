"""Splits and merges: which are allowed, and which ones bring a stream to another number of shards."""

from __future__ import annotations

from mocklambda.clock.base import Millis
from mocklambda.services.kinesis.shard import Shard, even_ranges
from mocklambda.services.kinesis.stream import Stream


def can_split(shard: Shard, key: int) -> bool:
    """Whether ``key`` lies strictly enough inside the shard's range to start a new one."""
    return shard.first_key + 1 < key < shard.last_key


def split(stream: Stream, shard: Shard, key: int, now: Millis) -> list[Shard]:
    """Close a shard and open one below ``key`` and one from it on."""
    return stream.replace((shard,), ((shard.first_key, key - 1), (key, shard.last_key)), now)


def merge(stream: Stream, lower: Shard, upper: Shard, now: Millis) -> Shard:
    """Close two neighbours and open one for the keys of both."""
    return stream.replace((lower, upper), ((lower.first_key, upper.last_key),), now)[0]


def scale(stream: Stream, target: int, now: Millis) -> None:
    """Bring the stream to ``target`` open shards, by the steps that AWS was seen to take."""
    current = len(stream.open_shards)
    if target == current:
        return
    if target * 4 % current == 0:
        _sweep(stream, target, now)
        return
    if target > current:
        for shard in list(stream.open_shards):
            split(stream, shard, (shard.first_key + shard.last_key + 1) // 2, now)
    _merge_neighbours(stream, target, now)


def _sweep(stream: Stream, target: int, now: Millis) -> None:
    """From the lowest key: split where a target's boundary falls, merge the pieces of one target, go on."""
    waiting = list(reversed(stream.open_shards))
    for _first, last in even_ranges(target):
        piece = waiting.pop()
        while True:
            if piece.last_key > last:
                piece, rest = split(stream, piece, last + 1, now)
                waiting.append(rest)
            elif piece.last_key < last:
                following = waiting.pop()
                if following.last_key > last:
                    following, rest = split(stream, following, last + 1, now)
                    waiting.append(rest)
                piece = merge(stream, piece, following, now)
            else:
                break


def _merge_neighbours(stream: Stream, target: int, now: Millis) -> None:
    shards = list(stream.open_shards)
    count = len(shards)
    for index in range(target):
        group = shards[index * count // target : (index + 1) * count // target]
        merged = group[0]
        for neighbour in group[1:]:
            merged = merge(stream, merged, neighbour, now)
