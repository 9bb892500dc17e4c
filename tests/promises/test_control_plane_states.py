"""Errors that no request causes by itself, but what was done before it, or what a test plans."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from control_plane_causes import all_causes, is_declared
from control_plane_support import World, ask, build
from lambda_support import client, refused


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


@pytest.mark.parametrize("operation", ["GetFunction", "CreateFunction", "Invoke", "TagResource"])
@pytest.mark.parametrize("code", ["ServiceException", "TooManyRequestsException"])
def test_what_may_happen_at_any_time_happens_when_told(
    mock_lambda: Any, lam: Any, operation: str, code: str
) -> None:
    world = build(lam)
    mock_lambda.faults.fail("lambda", operation, code)
    assert refused(lambda: ask(lam, operation, world))[1] == code
    ask(lam, operation, world)
