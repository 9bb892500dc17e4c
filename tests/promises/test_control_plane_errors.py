"""Each error that an operation declares can be met by a request, and then nothing has changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from control_plane_causes import CAUSES, COMMON, MODEL, NEVER, OTHERWISE, UNCAUSED, all_causes, is_declared
from control_plane_support import REQUESTS, World, ask, build
from lambda_support import client, refused

from mocklambda import mock_lambda

pytestmark = pytest.mark.usefixtures("standing")


@pytest.fixture(scope="module")
def standing() -> Iterator[tuple[Any, World]]:
    """A world that many tests share: what is refused changes nothing, as each of them sees."""
    with mock_lambda():
        lam = client()
        yield lam, build(lam)


@pytest.mark.parametrize(
    ("operation", "code", "cause"), [one for one in all_causes() if not callable(one[2])]
)
def test_each_operation_answers_the_errors_that_it_declares_and_changes_nothing(
    standing: tuple[Any, World], operation: str, code: str, cause: dict[str, Any]
) -> None:
    lam, world = standing
    before = seen(lam)
    assert refused(lambda: ask(lam, operation, world, **cause))[1] == code
    assert is_declared(operation, code)
    assert seen(lam) == before


def seen(lam: Any) -> Any:
    """What a refused call may not change: all of a function, and how many things there are."""
    found = lam.get_function(FunctionName="fn")
    return (
        found["Configuration"],
        found["Tags"],
        found.get("Concurrency"),
        lam.get_policy(FunctionName="fn")["Policy"],
        lam.list_functions(FunctionVersion="ALL")["Functions"],
        lam.list_aliases(FunctionName="fn")["Aliases"],
        lam.list_function_url_configs(FunctionName="fn")["FunctionUrlConfigs"],
        lam.list_function_event_invoke_configs(FunctionName="fn")["FunctionEventInvokeConfigs"],
        lam.list_provisioned_concurrency_configs(FunctionName="fn")["ProvisionedConcurrencyConfigs"],
        lam.list_event_source_mappings()["EventSourceMappings"],
        lam.list_layer_versions(LayerName="l")["LayerVersions"],
        lam.list_code_signing_configs()["CodeSigningConfigs"],
    )


def test_no_error_that_can_be_caused_is_left_out() -> None:
    tested = {(name, code) for name, code, _ in all_causes()}
    left = {
        (name, error.name)
        for name in REQUESTS
        for error in MODEL.operation_model(name).error_shapes
        if error.name not in NEVER and (name not in OTHERWISE or error.name in COMMON)
    } - tested
    assert left == {(name, code) for code, names in UNCAUSED.items() for name in names.split()}


def test_every_cause_belongs_to_an_operation() -> None:
    assert set(CAUSES) <= set(REQUESTS)
