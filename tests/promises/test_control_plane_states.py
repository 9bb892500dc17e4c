"""Errors that no request causes by itself, but what was done before it, or what a test plans."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from botocore import xform_name
from control_plane_causes import MODEL, NEVER, all_causes, is_declared
from control_plane_support import World, ask, build
from lambda_support import client, refused

from mocklambda import mock_lambda as session


@pytest.fixture
def lam(mock_lambda: Any) -> Any:
    return client()


@pytest.mark.parametrize(("operation", "code", "cause"), [one for one in all_causes() if callable(one[2])])
def test_each_operation_answers_the_errors_that_the_clouds_state_causes(
    mock_lambda: Any, lam: Any, operation: str, code: str, cause: Callable[[Any, World], dict[str, Any]]
) -> None:
    world = build(lam)
    with mock_lambda.paused():
        members = cause(lam, world)
        assert refused(lambda: ask(lam, operation, world, **members))[1] == code
    assert is_declared(operation, code)


def declared_of(codes: Iterable[str]) -> list[tuple[str, str]]:
    """Return operations with those of these errors that they declare."""
    return [(name, code) for name in MODEL.operation_names for code in codes if is_declared(name, code)]


@pytest.fixture(scope="module")
def standing() -> Iterator[tuple[Any, Any]]:
    """A cloud that many tests share: what is refused on purpose has done nothing."""
    with session() as cloud:
        yield cloud, client()


@pytest.mark.parametrize(("operation", "code"), declared_of(NEVER))
def test_what_may_happen_at_any_time_happens_when_told(
    standing: tuple[Any, Any], operation: str, code: str
) -> None:
    cloud, lam = standing
    cloud.faults.fail("lambda", operation, code, message="as told")
    call = getattr(lam, xform_name(operation))
    found = refused(call, **sample(MODEL.operation_model(operation).input_shape))
    assert found == (400, code, "as told")
    assert lam.get_account_settings()["AccountUsage"] == {"TotalCodeSize": 0, "FunctionCount": 0}


def sample(shape: Any) -> Any:
    """Return a value for what must be there."""
    match shape.type_name:
        case "structure":
            return {name: sample(shape.members[name]) for name in shape.required_members}
        case "list":
            return [sample(shape.member)] * shape.metadata.get("min", 1)
        case "map":
            return {}
        case "blob":
            return b"{}"
        case "string":
            return (shape.enum or ["x" * max(1, shape.metadata.get("min", 1))])[0]
        case kind:
            return {"boolean": False}.get(kind, 1)
