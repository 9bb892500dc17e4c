"""A bug of ours surfaces as ours, at once: nobody waits for an answer that will not come."""

from __future__ import annotations

import pytest

import mocklambda
from mocklambda.performers import Performers


def test_a_bug_while_an_outcome_is_taken_is_raised_from_the_call_that_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    with mocklambda.mock_lambda() as cloud:
        function = cloud.function("f", source="def handler(event, context):\n    return 1\n")
        monkeypatch.setattr(Performers, "invocation_finished", fail)
        with pytest.raises(mocklambda.MocklambdaError, match="a bug in mocklambda"):
            function.invoke()
