from __future__ import annotations

import pytest

from mocklambda.execution.concurrency import Throttled
from mocklambda.execution.effects import SendInvocation, StartEnvironment
from mocklambda.execution.observations import AttemptFinished, AttemptRefused
from mocklambda.execution.tracing import RecursionStopped
from mocklambda.execution.values import LogStream

from .world import CRASH, SUCCESS, World, spec_of


def test_an_invocation_starts_an_environment_and_brings_its_outcome(world: World) -> None:
    assert world.invoke(spec_of()) == [SUCCESS]
    start, send = world.effects
    assert isinstance(start, StartEnvironment)
    assert isinstance(send, SendInvocation)
    assert start.environment_id == send.environment_id


def test_invocations_one_after_the_other_share_an_environment(world: World) -> None:
    for _ in range(3):
        world.invoke(spec_of())
    assert len(set(world.environments())) == 1
    assert [attempt.is_cold for attempt in world.of(AttemptFinished)] == [True, False, False]


def test_invocations_at_the_same_time_have_an_environment_each(world: World) -> None:
    world.answers = lambda _: None
    for _ in range(3):
        world.invoke(spec_of())
    assert len(set(world.environments())) == 3
    credentials = {effect.credentials for effect in world.effects if isinstance(effect, StartEnvironment)}
    assert len(credentials) == 3


def test_the_environment_used_last_is_used_first(world: World) -> None:
    world.answers = lambda _: None
    world.invoke(spec_of())
    world.invoke(spec_of())
    world.answer()
    world.answer()
    world.answers = lambda _: SUCCESS
    world.invoke(spec_of())
    first, second, third = world.environments()
    assert first != second == third


def test_a_lost_environment_is_stopped_and_replaced(world: World) -> None:
    world.answers = lambda _: CRASH
    world.invoke(spec_of())
    world.invoke(spec_of())
    first, second = world.environments()
    assert world.stopped() == [first, second]


def test_an_environment_of_another_revision_is_retired(world: World) -> None:
    world.invoke(spec_of(revision="1"))
    world.invoke(spec_of(revision="2"))
    first, second = world.environments()
    assert (first != second, world.stopped()) == (True, [first])


def test_versions_do_not_share_environments(world: World) -> None:
    world.invoke(spec_of(version="1"))
    world.invoke(spec_of(version="2"))
    world.invoke(spec_of(version="1"))
    first, second, third = world.environments()
    assert first == third != second


def test_an_idle_environment_ends_after_ten_minutes_on_the_clock(world: World) -> None:
    world.invoke(spec_of())
    world.advance(300)
    world.invoke(spec_of())
    world.advance(599)
    assert world.stopped() == []
    world.advance(1)
    assert world.stopped() == world.environments()[:1]


def test_idle_environments_are_not_work_to_wait_for(world: World) -> None:
    world.invoke(spec_of())
    world.engine.run_until_idle(10**9)
    assert world.stopped() == []


def test_the_longest_idle_environment_goes_when_too_many_are_alive() -> None:
    world = World(max_environments=2)
    for name in ("a", "b", "c"):
        world.invoke(spec_of(name))
    assert world.stopped() == world.environments()[:1]
    world.invoke(spec_of("b"))
    assert len(world.started()) == 3


def test_busy_environments_may_be_more_than_are_kept() -> None:
    world = World(max_environments=1)
    world.answers = lambda _: None
    world.invoke(spec_of("a"))
    world.invoke(spec_of("b"))
    assert world.stopped() == []
    world.answer()
    assert world.stopped() == world.environments()[:1]


def test_a_function_at_its_limit_is_throttled_and_nothing_has_begun(world: World) -> None:
    world.execution.concurrency.reserve(spec_of().arn, 1)
    world.answers = lambda _: None
    world.invoke(spec_of())
    with pytest.raises(Throttled):
        world.invoke(spec_of(), request_id="r2")
    assert world.of(AttemptRefused) == [
        AttemptRefused(
            spec=spec_of(),
            request_id="r2",
            trigger="invoke",
            reason="ReservedFunctionConcurrentInvocationLimitExceeded",
            at=world.clock.now(),
        )
    ]
    assert len(world.sent) == 1
    world.answer()
    world.answers = lambda _: SUCCESS
    assert world.invoke(spec_of()) == [SUCCESS]


def test_a_loop_is_stopped_at_the_seventeenth_invocation(world: World) -> None:
    header = None
    for _ in range(16):
        world.invoke(spec_of(), trace_header=header)
        header = world.sent[-1][1].trace_header
    with pytest.raises(RecursionStopped):
        world.invoke(spec_of(), trace_header=header)
    assert [refusal.reason for refusal in world.of(AttemptRefused)] == ["RecursiveInvocation"]
    assert len(world.sent) == 16


def test_a_call_settles_when_its_invocation_is_in_state(world: World) -> None:
    world.answers = lambda _: None
    causes = world.engine.new_call()
    world.invoke(spec_of(), causes=causes)
    assert world.engine.running == 1
    world.answer()
    world.engine.settle_call(causes)
    assert world.engine.running == 0


@pytest.mark.parametrize(
    ("group", "form"),
    [
        ("", "2023/11/14/[$LATEST]{id}"),
        ("/aws/lambda/fn", "2023/11/14/[$LATEST]{id}"),
        ("mine", "2023/11/14/fn[$LATEST][{id}]"),
    ],
)
def test_a_log_stream_is_named_after_the_day_the_version_and_the_environment(
    world: World, group, form
) -> None:
    world.invoke(spec_of(log_group=group))
    start = world.effects[0]
    assert start.log_stream == LogStream(
        group=group or "/aws/lambda/fn", name=form.format(id=start.environment_id)
    )


def test_a_deleted_functions_environments_end_the_busy_one_after_its_invocation(world: World) -> None:
    world.answers = lambda _: None
    world.invoke(spec_of())
    world.invoke(spec_of())
    world.answer()
    idle, busy = world.environments()
    world.turn(lambda: world.execution.forget_function(spec_of().arn))
    assert world.stopped() == [idle]
    world.answer()
    assert world.stopped() == [idle, busy]
