from __future__ import annotations

import pytest

from mocklambda.execution.effects import StartEnvironment
from mocklambda.execution.observations import AttemptFinished
from mocklambda.execution.provisioned import ProvisionedView, Status

from .world import CRASH, FAILURE, START, World, arn_of

ARN = arn_of("fn")


@pytest.fixture
def world(world: World) -> World:
    world.function(version="1", qualifier="1")
    return world


def put(world: World, wanted: int, qualifier: str = "1") -> None:
    world.turn(lambda: world.execution.provisioned.put(ARN, qualifier, wanted))


def allocate(world: World) -> list[str]:
    """Let the time for allocation pass; return the environments that were started then."""
    before = len(world.started())
    world.clock.pin(world.clock.now() + 60_000)
    world.turn(lambda: None)
    return world.started()[before:]


def report_ready(world: World, environments: list[str]) -> None:
    for environment_id in environments:
        world.turn(lambda name=environment_id: world.execution.reports.environment_started(name, 1.0))


def provision(world: World, wanted: int, qualifier: str = "1") -> list[str]:
    put(world, wanted, qualifier)
    environments = allocate(world)
    report_ready(world, environments)
    return environments


def view(world: World, qualifier: str = "1") -> tuple:
    found = world.execution.provisioned.get(ARN, qualifier)
    assert found is not None
    return (found.requested, found.allocated, found.available, found.status.value, found.status_reason)


def test_a_configuration_is_in_progress_until_its_environments_are_initialised(world: World) -> None:
    put(world, 2)
    assert world.execution.provisioned.get(ARN, "1") == ProvisionedView(
        qualifier="1",
        requested=2,
        allocated=0,
        available=0,
        status=Status.IN_PROGRESS,
        status_reason=None,
        modified_at=START,
    )
    environments = allocate(world)
    assert (len(environments), world.engine.running) == (2, 1)
    report_ready(world, environments[:1])
    assert view(world) == (2, 1, 1, "IN_PROGRESS", None)
    report_ready(world, environments[1:])
    assert (view(world), world.engine.running) == ((2, 2, 2, "READY", None), 0)


def test_environments_are_started_as_provisioned(world: World) -> None:
    provision(world, 1)
    (start,) = [effect for effect in world.effects if isinstance(effect, StartEnvironment)]
    assert start.spec.initialization_type == "provisioned-concurrency"


def test_invocations_use_free_provisioned_environments_then_others(world: World) -> None:
    environments = provision(world, 1)
    world.answers = lambda _: None
    spec = world.directory.targets[f"{ARN}:1"].spec
    world.invoke(spec)
    world.invoke(spec)
    assert world.environments()[0] == environments[0]
    assert world.environments()[1] not in environments
    world.answer()
    world.invoke(spec)
    assert world.environments()[2] == environments[0]


def test_a_provisioned_environment_is_never_cold(world: World) -> None:
    provision(world, 1)
    world.invoke(world.directory.targets[f"{ARN}:1"].spec)
    assert [attempt.is_cold for attempt in world.of(AttemptFinished)] == [False]


def test_invocations_run_on_demand_while_it_is_in_progress(world: World) -> None:
    put(world, 1)
    environments = allocate(world)
    world.invoke(world.directory.targets[f"{ARN}:1"].spec)
    assert world.environments()[0] not in environments


def test_provisioned_environments_serve_though_nothing_is_left_of_the_reservation(world: World) -> None:
    world.execution.concurrency.reserve(ARN, 1)
    environments = provision(world, 1)
    world.invoke(world.directory.targets[f"{ARN}:1"].spec)
    assert world.environments() == environments


def test_six_failed_inits_fail_the_configuration(world: World) -> None:
    put(world, 1)
    allocate(world)
    for _ in range(6):
        assert view(world)[3] == "IN_PROGRESS"
        newest = world.started()[-1]
        world.turn(lambda name=newest: world.execution.reports.environment_failed(name, FAILURE))
    assert view(world) == (1, 0, 0, "FAILED", "FUNCTION_ERROR_INIT_FAILURE")
    assert (len(world.started()), world.stopped(), world.engine.running) == (6, world.started(), 0)


def test_a_lost_provisioned_environment_is_replaced_at_once(world: World) -> None:
    (first,) = provision(world, 1)
    world.answers = lambda _: CRASH
    world.invoke(world.directory.targets[f"{ARN}:1"].spec)
    second = world.started()[-1]
    assert (second != first, world.stopped()) == (True, [first])
    report_ready(world, [second])
    assert view(world) == (1, 1, 1, "READY", None)


def test_provisioned_environments_do_not_end_by_idling(world: World) -> None:
    provision(world, 2)
    world.advance(3600)
    assert world.stopped() == []


def test_asking_for_fewer_ends_the_surplus(world: World) -> None:
    environments = provision(world, 3)
    put(world, 1)
    assert allocate(world) == []
    assert (world.stopped(), view(world)) == (environments[1:], (1, 1, 1, "READY", None))


def test_asking_again_while_in_progress_replaces_the_wish(world: World) -> None:
    put(world, 1)
    put(world, 3)
    assert len(allocate(world)) == 3


def test_a_deleted_configuration_gives_its_environments_up(world: World) -> None:
    environments = provision(world, 2)
    world.turn(lambda: world.execution.provisioned.delete(ARN, "1"))
    assert world.execution.provisioned.get(ARN, "1") is None
    assert world.stopped() == environments
    world.execution.concurrency.reserve(ARN, 0)


def test_deleting_before_the_allocation_starts_nothing(world: World) -> None:
    put(world, 2)
    world.turn(lambda: world.execution.provisioned.delete(ARN, "1"))
    assert allocate(world) == []


def test_an_alias_that_moves_takes_its_configuration_along(world: World) -> None:
    world.function(version="1", qualifier="live")
    old = provision(world, 1, "live")
    world.function(version="2", qualifier="live")
    world.turn(lambda: world.execution.provisioned.repoint(ARN, "live"))
    assert view(world, "live") == (1, 1, 1, "IN_PROGRESS", None)
    new = allocate(world)
    report_ready(world, new)
    assert (world.stopped(), view(world, "live")) == (old, (1, 1, 1, "READY", None))
    world.invoke(world.directory.targets[f"{ARN}:live"].spec)
    assert world.environments() == new


def test_the_configurations_of_a_function_are_listed_and_forgotten_with_it(world: World) -> None:
    world.function(version="1", qualifier="live")
    provision(world, 1)
    provision(world, 1, "live")
    provisioned = world.execution.provisioned
    assert [one.qualifier for one in provisioned.of_function(ARN)] == ["1", "live"]
    world.turn(lambda: world.execution.forget_function(ARN))
    assert provisioned.of_function(ARN) == []
    assert len(world.stopped()) == 2
