"""Environments that start ahead of invocations: provisioned concurrency."""

from __future__ import annotations

import pytest

AHEAD = {"initialization_type": "provisioned-concurrency"}


def test_one_that_is_ready_is_reported_before_any_invocation(lab):
    function = lab.function(
        "import os\nkind = os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']\ndef handler(event, context):\n    return kind\n",
        **AHEAD,
    )
    lab.wait(lambda: lab.started)
    assert lab.started == [function.name]
    assert [event.split()[0] for event in lab.events] == ["INIT_START"]
    outcome = function.invoke()
    assert outcome.payload == b'"provisioned-concurrency"'
    assert outcome.init_ms is not None
    assert outcome.billed_ms == -int(-outcome.duration_ms // 1)


def test_one_whose_init_fails_is_reported_with_its_error(lab):
    function = lab.function("raise Exception('no')\n", **AHEAD)
    lab.wait(lambda: lab.failed)
    ((name, outcome),) = lab.failed
    assert (name, outcome.error_type, outcome.error_message) == (function.name, "Exception", "no")


def test_others_are_not_reported(lab):
    lab.function("def handler(event, context): pass\n").invoke()
    assert lab.started == []


@pytest.mark.parametrize(("timeout_ms", "limit"), [(3_000, 130_000), (200_000, 200_000), (900_001, 900_000)])
def test_their_init_has_more_time(lab, timeout_ms, limit):
    function = lab.function("def handler(event, context): pass\n", timeout_ms=timeout_ms, **AHEAD)
    assert lab.supervisor._environments[function.name]._phase.limit_ms == limit
