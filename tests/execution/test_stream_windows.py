"""Tumbling windows hand state from call to call and end with a final one."""

from __future__ import annotations

from typing import Any

import pytest

from mocklambda.execution.values import Invocation, Outcome

from .stream import Stream, answering, batches, connect, data_of, given_up
from .world import FAILURE, World

MINUTE = 60_000


@pytest.fixture
def stream(world: World) -> Stream:
    """A stream at 22:13:20 that a counting function reads in windows of a minute."""
    world.function()
    world.answers = counting(world)
    return Stream(world)


def counting(world: World) -> Any:
    def answer(invocation: Invocation) -> Outcome:
        state = world.events()[-1]["state"]
        return answering({"state": {"count": state.get("count", 0) + len(data_of(invocation))}})

    return answer


def calls(world: World) -> list[tuple[int, list[Any], Any, bool, bool]]:
    """Return seconds, data, state and the two flags of each call."""
    return [
        (at // 1000, data, event["state"], event["isFinalInvokeForWindow"], event["isWindowTerminatedEarly"])
        for (at, _), data, event in zip(world.sent, batches(world), world.events(), strict=True)
    ]


def test_state_is_handed_on_and_a_final_call_ends_the_window(world: World, stream: Stream) -> None:
    connect(world, stream, tumbling_window_ms=MINUTE)
    stream.put("a", "b")
    world.advance(10)
    stream.put("c")
    world.advance(60)
    assert calls(world) == [
        (0, ["a", "b"], {}, False, False),
        (10, ["c"], {"count": 2}, False, False),
        (40, [], {"count": 3}, True, False),
    ]


def test_an_event_names_its_window_and_shard(world: World, stream: Stream) -> None:
    connect(world, stream, tumbling_window_ms=MINUTE)
    stream.put("a")
    (event,) = world.events()
    del event["Records"]
    assert event == {
        "window": {"start": "2023-11-14T22:13:00Z", "end": "2023-11-14T22:14:00Z"},
        "state": {},
        "shardId": "shard-0",
        "eventSourceARN": stream.arn,
        "isFinalInvokeForWindow": False,
        "isWindowTerminatedEarly": False,
    }


def test_the_next_window_starts_fresh(world: World, stream: Stream) -> None:
    connect(world, stream, tumbling_window_ms=MINUTE)
    stream.put("a")
    world.advance(40)
    stream.put("b")
    assert calls(world)[1:] == [(40, [], {"count": 1}, True, False), (40, ["b"], {}, False, False)]


def test_windows_of_the_past_are_gone_through_at_once(world: World, stream: Stream) -> None:
    for data in ("a", "b"):
        stream.put(data)
        world.advance(60)
    connect(world, stream, tumbling_window_ms=MINUTE)
    assert [call[1:4] for call in calls(world)] == [
        (["a"], {}, False),
        ([], {"count": 1}, True),
        (["b"], {}, False),
        ([], {"count": 1}, True),
    ]


def test_a_window_without_records_is_never_opened(world: World, stream: Stream) -> None:
    connect(world, stream, tumbling_window_ms=MINUTE)
    world.advance(600)
    assert calls(world) == []


def test_a_response_without_state_is_a_failure(world: World, stream: Stream) -> None:
    world.answers = lambda _: answering({})
    connect(world, stream, tumbling_window_ms=MINUTE, max_retries=1)
    stream.put("a")
    world.advance(10)
    assert given_up(world) == [("RetryAttemptsExhausted", 2, 1, "1", "1")]


def test_a_failing_batch_is_retried_with_the_state_that_it_had(world: World, stream: Stream) -> None:
    connect(world, stream, tumbling_window_ms=MINUTE)
    stream.put("a")
    world.answers = lambda _: FAILURE
    stream.put("b")
    world.answers = counting(world)
    world.advance(1)
    assert [call[1:3] for call in calls(world)] == [
        (["a"], {}),
        (["b"], {"count": 1}),
        (["b"], {"count": 1}),
    ]


def test_a_state_of_more_than_a_megabyte_ends_the_window_early(world: World, stream: Stream) -> None:
    large = {"x": "x" * (1 << 20)}
    world.answers = lambda _: answering({"state": large})
    connect(world, stream, tumbling_window_ms=MINUTE)
    stream.put("a")
    world.answers = counting(world)
    stream.put("b")
    assert [call[1:] for call in calls(world)] == [
        (["a"], {}, False, False),
        ([], large, False, True),
        (["b"], {}, False, False),
    ]


def test_a_failing_final_call_holds_the_shard_up(world: World, stream: Stream) -> None:
    connect(world, stream, tumbling_window_ms=MINUTE)
    stream.put("a")
    world.answers = lambda _: FAILURE
    world.advance(40)
    stream.put("b")
    world.answers = counting(world)
    world.advance(1)
    assert [call[1:4] for call in calls(world)] == [
        (["a"], {}, False),
        ([], {"count": 1}, True),
        ([], {"count": 1}, True),
        (["b"], {}, False),
    ]


def test_a_closing_shard_ends_its_window_and_children_start_fresh(world: World, stream: Stream) -> None:
    connect(world, stream, tumbling_window_ms=MINUTE)
    stream.put("a")
    stream.reshard(("shard-0",), "shard-1")
    stream.put("b", shard="shard-1")
    assert calls(world) == [
        (0, ["a"], {}, False, False),
        (0, [], {"count": 1}, True, False),
        (0, ["b"], {}, False, False),
    ]


def test_batches_of_one_window_run_one_after_the_other(world: World, stream: Stream) -> None:
    world.answers = lambda _: None
    connect(world, stream, tumbling_window_ms=MINUTE, batch_size=1, parallelization_factor=5)
    stream.put("a", "b")
    assert batches(world) == [["a"]]
