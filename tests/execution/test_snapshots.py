from __future__ import annotations

from typing import Any

import pytest

from mocklambda.execution.effects import StartEnvironment, StopEnvironment

from .world import FAILURE, World, arn_of, spec_of

ARN = arn_of("fn")
SPEC = spec_of(version="1", initialization_type="snap-start")


@pytest.fixture
def taken() -> list[Any]:
    return []


def take(world: World, taken: list[Any]) -> str:
    """Have a snapshot taken; returns its environment."""
    world.turn(lambda: world.execution.snapshots.take(SPEC, taken.append))
    return world.started()[-1]


def started(world: World, environment_id: str) -> StartEnvironment:
    (found,) = [
        effect
        for effect in world.effects
        if isinstance(effect, StartEnvironment) and effect.environment_id == environment_id
    ]
    return found


def stopped(world: World) -> list[str]:
    return [effect.environment_id for effect in world.effects if isinstance(effect, StopEnvironment)]


def test_a_snapshot_is_taken_once_its_init_has_run(world: World, taken: list[Any]) -> None:
    template = take(world, taken)
    assert taken == []
    world.turn(lambda: world.execution.reports.environment_started(template, 1.0))
    assert taken == [None]


def test_environments_of_the_version_are_copies_of_the_snapshot_which_serves_nobody(
    world: World, taken: list[Any]
) -> None:
    template = take(world, taken)
    world.turn(lambda: world.execution.reports.environment_started(template, 1.0))
    environment = world.turn(lambda: world.execution.fleet.take(SPEC))
    assert environment.id != template
    assert (started(world, template).template_id, started(world, environment.id).template_id) == (
        None,
        template,
    )


def test_environments_of_another_version_are_not(world: World, taken: list[Any]) -> None:
    take(world, taken)
    environment = world.turn(lambda: world.execution.fleet.take(spec_of(version="2")))
    assert started(world, environment.id).template_id is None


def test_a_failed_init_is_told_and_leaves_no_snapshot(world: World, taken: list[Any]) -> None:
    template = take(world, taken)
    world.turn(lambda: world.execution.reports.environment_failed(template, FAILURE))
    assert (taken, stopped(world), world.execution.fleet.templates_of(ARN)) == ([FAILURE], [template], [])


def test_a_snapshot_that_is_dropped_ends_and_is_never_told(world: World, taken: list[Any]) -> None:
    template = take(world, taken)
    world.turn(lambda: world.execution.snapshots.drop(ARN, "1"))
    world.turn(lambda: world.execution.reports.environment_started(template, 1.0))
    assert (taken, stopped(world)) == ([], [template])


def test_a_function_that_is_deleted_takes_its_snapshots_with_it(world: World, taken: list[Any]) -> None:
    template = take(world, taken)
    world.turn(lambda: world.execution.forget_function(ARN))
    assert (stopped(world), world.execution.fleet.alive()) == ([template], [])
