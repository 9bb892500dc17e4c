"""An environment looks out for its next invocation only where that pays."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from mocklambda.sandbox.child import attention
from mocklambda.sandbox.child.attention import (
    FEWEST_ASLEEP,
    LONGEST_S,
    MOST_DISTURBED,
    UNDISTURBED_S,
    Attention,
)


class World:
    """A pipe, a clock that moves by a microsecond a look, and others who may want the processor."""

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()
        self.at = 0.0
        self.is_busy = False
        self.given_way = 0
        self.comes_after: int | None = None

    def now(self) -> float:
        self.at += 1e-6
        return self.at

    def give_way(self) -> None:
        self.given_way += 1
        if self.is_busy:
            self.at += 2 * UNDISTURBED_S
        if self.given_way == self.comes_after:
            os.write(self.writer, b"!")

    def look_out(self, watch: Attention) -> int:
        """Return how often that gave way."""
        self.given_way = 0
        watch.look_out()
        return self.given_way


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(attention, "_processors", lambda: 2)
    made = World()
    yield made
    os.close(made.reader)
    os.close(made.writer)


@pytest.fixture
def watch(world: World) -> Attention:
    return Attention(world.reader, world.now, world.give_way)


def test_it_returns_as_soon_as_something_comes(world: World, watch: Attention):
    world.comes_after = 7

    assert world.look_out(watch) == 7


def test_it_sleeps_after_a_while_without_anything(world: World, watch: Attention):
    assert 0 < world.look_out(watch) < LONGEST_S * 1e6


def test_it_sleeps_nearly_at_once_where_others_want_the_processor(world: World, watch: Attention):
    world.is_busy = True

    assert world.look_out(watch) == MOST_DISTURBED


def test_what_was_in_vain_is_tried_again_after_four_and_then_after_twice_as_many(
    world: World, watch: Attention
):
    world.is_busy = True

    tries = [number for number in range(30) if world.look_out(watch)]

    assert tries == [0, 1 + FEWEST_ASLEEP, 2 + 3 * FEWEST_ASLEEP]


def test_after_a_success_the_next_in_vain_is_followed_by_half_as_many(world: World, watch: Attention):
    for is_busy in (
        True,
        True,
        True,
        False,
    ):  # so that 4, 8 and 16 are awaited asleep, and the next one comes
        world.is_busy, world.comes_after = is_busy, None if is_busy else 1
        while not world.look_out(watch):
            pass
    os.read(world.reader, 1)
    world.is_busy, world.comes_after = True, None

    tries = [number for number in range(30) if world.look_out(watch)]

    assert tries == [0, 1 + 4 * FEWEST_ASLEEP]


def test_what_was_not_in_vain_is_done_each_time(world: World, watch: Attention):
    world.comes_after = 1
    looked = []
    for _ in range(5):
        looked.append(world.look_out(watch))
        os.read(world.reader, 1)

    assert looked == [1] * 5


def test_a_single_processor_is_left_to_others(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(attention, "_processors", lambda: 1)

    assert world.look_out(Attention(world.reader, world.now, world.give_way)) == 0
