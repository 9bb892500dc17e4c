"""Every operation of the control plane: it succeeds with its own status, alike at both seams, and is named."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from botocore.eventstream import EventStream
from botocore.response import StreamingBody
from control_plane_support import LATER_FAMILIES, REQUESTS, ask, build
from lambda_support import client, plain, status

from mocklambda import mock_lambda
from mocklambda.services.lambda_ import SERVICE

NEW_YEAR = datetime(2024, 1, 1, tzinfo=timezone.utc)


def test_every_operation_that_works_has_a_request_that_succeeds() -> None:
    assert {name for name in SERVICE.operations if not LATER_FAMILIES.search(name)} == set(REQUESTS)


def whole(answer: Any) -> Any:
    """Read what streams, and leave out what measures real time."""
    if isinstance(answer, StreamingBody):
        return answer.read()
    if isinstance(answer, EventStream):
        return [list(event) for event in answer]
    return {name: whole(each) for name, each in answer.items()} if isinstance(answer, dict) else answer


def told(*, wire: bool) -> dict[str, Any]:
    with mock_lambda(wire=wire, seed=1, clock=NEW_YEAR):
        lam = client()
        world = build(lam)
        return {operation: whole(ask(lam, operation, world)) for operation in REQUESTS}


@pytest.fixture(scope="module")
def answers() -> list[dict[str, Any]]:
    return [told(wire=each) for each in (False, True)]


@pytest.mark.parametrize("operation", REQUESTS)
def test_each_operation_answers_alike_at_both_seams_with_its_own_status(
    answers: list[dict[str, Any]], operation: str
) -> None:
    fast, wire = (each[operation] for each in answers)
    assert fast == wire
    assert status(fast) == REQUESTS[operation][0]


@pytest.mark.parametrize("operation", [name for name, (code, _) in REQUESTS.items() if code == 204])
def test_an_answer_with_204_has_no_members(answers: list[dict[str, Any]], operation: str) -> None:
    members = {"StatusCode": 204} if operation == "DeleteFunction" else {}
    assert plain(answers[0][operation]) == members
