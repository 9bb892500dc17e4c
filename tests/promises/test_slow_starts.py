"""A cold start that a test makes slow counts as a slow one does on AWS, and nobody waits for it."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone

import pytest
from botocore.exceptions import ClientError
from streaming_support import bootstrap

from mocklambda import UsageError

NOON = datetime(2024, 1, 1, 12, tzinfo=timezone.utc)
TELLS = """
print("init")

def handler(event, context):
    print("handler")
    return context.get_remaining_time_in_millis()
"""

pytestmark = pytest.mark.mock_lambda(clock=NOON)


def number(name, text):
    found = re.search(rf"{name}: ([\d.]+) ms", text)
    return None if found is None else float(found[1])


def test_it_shows_as_init_duration_and_is_billed_but_not_in_the_handlers_time(mock_lambda):
    fn = mock_lambda.function("fn", source=TELLS, timeout=3)
    mock_lambda.faults.cold_start(fn, seconds=4.5)

    slow, warm = fn.invoke(), fn.invoke()

    ran, again = fn.invocations
    assert 4500 <= ran.init_ms < 10_000
    assert number(r"\tInit Duration", slow.logs) == pytest.approx(ran.init_ms, abs=0.01)
    assert ran.duration_ms < 3000
    assert ran.billed_ms >= 4500
    assert 2000 < slow.payload <= 3000
    assert (again.init_ms, number("Init Duration", warm.logs)) == (None, None)
    assert mock_lambda.now == NOON


def test_so_many_cold_starts_are_slow(mock_lambda):
    fn = mock_lambda.function("fn", source=TELLS)
    mock_lambda.faults.cold_start("fn", times=2, seconds=2)
    mock_lambda.faults.cold_start("fn", seconds=5)

    for _ in range(4):
        fn.invoke()
        mock_lambda.advance(minutes=11)

    assert [ran.cold for ran in fn.invocations] == [True] * 4
    assert [int(ran.init_ms // 1000) for ran in fn.invocations] == [2, 2, 5, 0]


def test_over_ten_seconds_the_init_is_run_again_inside_the_invocation(mock_lambda):
    fn = mock_lambda.function("fn", source=TELLS, timeout=60)
    mock_lambda.faults.cold_start(fn, seconds=15)

    slow, warm = fn.invoke(), fn.invoke()

    ran, again = fn.invocations
    assert re.search(r"INIT_REPORT Init Duration: 100\d\d\.\d\d ms\tPhase: init\tStatus: timeout\n", ran.logs)
    assert [line for line in ran.logs.splitlines() if line in {"init", "handler"}] == [
        "init",
        "init",
        "handler",
    ]
    assert (ran.error, ran.init_ms) == (None, None)
    assert 15_000 <= ran.duration_ms < 25_000
    assert 35_000 < slow.payload <= 45_000
    assert again.duration_ms < 10_000
    assert warm.payload > 50_000


def test_what_a_functions_timeout_leaves_no_time_for_times_out_before_the_handler_runs(mock_lambda):
    fn = mock_lambda.function("fn", source=TELLS, timeout=12)
    mock_lambda.faults.cold_start(fn, seconds=15)

    slow = fn.invoke()

    (ran,) = fn.invocations
    assert slow.payload == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {slow.request_id} Error: Task timed out after 12.00 seconds",
    }
    assert re.search(
        r"INIT_REPORT Init Duration: 120\d\d\.\d\d ms\tPhase: invoke\tStatus: timeout\n", ran.logs
    )
    assert "handler" not in ran.logs.splitlines()
    assert ran.duration_ms == 12_000
    assert fn.invoke().error is None
    assert mock_lambda.now == NOON


@pytest.mark.mock_lambda(sleep="virtual")
def test_a_handler_that_sleeps_too_long_for_what_is_left_times_out(mock_lambda):
    source = "import time\n\ndef handler(event, context):\n    time.sleep(event)\n"
    fn = mock_lambda.function("fn", source=source, timeout=20)
    mock_lambda.faults.cold_start(fn, times=2, seconds=15)

    assert fn.invoke(6).error["errorType"] == "Sandbox.Timedout"
    mock_lambda.advance(minutes=11)
    assert fn.invoke(2).error is None
    assert [int(ran.duration_ms) // 1000 for ran in fn.invocations] == [20, 17]


def test_an_init_that_fails_has_taken_as_long(mock_lambda):
    fn = mock_lambda.function("fn", source="raise OSError('no')\n", handler="fn.handler", timeout=30)
    mock_lambda.faults.cold_start(fn, seconds=4)

    fn.invoke()

    (failed,) = fn.invocations
    assert re.search(r"INIT_REPORT Init Duration: 4\d\d\d\.\d\d ms\tPhase: init\tStatus: error", failed.logs)
    assert re.search(
        r"INIT_REPORT Init Duration: 4\d\d\d\.\d\d ms\tPhase: invoke\tStatus: error", failed.logs
    )
    assert 4000 <= failed.duration_ms < 10_000


def test_a_custom_runtimes_is_slow_too(mock_lambda):
    fn = mock_lambda.function("fn", "any", source=bootstrap(), runtime="provided.al2023", timeout=30)
    mock_lambda.faults.cold_start(fn, seconds=3)
    mock_lambda.faults.cold_start(fn, seconds=12)

    assert fn.invoke({"chunks": ['"done"'], "mode": ""}).payload == "done"
    mock_lambda.advance(minutes=11)
    assert fn.invoke({"chunks": ['"done"'], "mode": ""}).payload == "done"

    short, long = fn.invocations
    assert 3000 <= short.init_ms < 8000
    assert (long.init_ms, 12_000 <= long.duration_ms < 20_000) == (None, True)


def snapped(cloud):
    """Deploy a function whose version 1 is started from a snapshot."""
    fn = cloud.function("fn", source=TELLS, runtime="python3.12", SnapStart={"ApplyOn": "PublishedVersions"})
    cloud.api("lambda", "PublishVersion", FunctionName="fn")
    return fn


def invoked(cloud):
    return cloud.api("lambda", "Invoke", FunctionName="fn", Qualifier="1")


def test_a_restoration_is_slow_and_the_init_of_the_snapshot_is_not(mock_lambda):
    fn = snapped(mock_lambda)
    mock_lambda.faults.cold_start(fn, seconds=4)

    invoked(mock_lambda)
    invoked(mock_lambda)

    slow, warm = fn.invocations
    assert 4000 <= number("RESTORE_REPORT Restore Duration", slow.logs) < 10_000
    assert 4000 <= number(r"\tRestore Duration", slow.logs) < 10_000
    assert (slow.init_ms, slow.ok, slow.duration_ms < 3000, "Restore" in warm.logs) == (
        None,
        True,
        True,
        False,
    )
    assert mock_lambda.now == NOON


def test_a_restoration_over_ten_seconds_is_a_timeout(mock_lambda):
    fn = snapped(mock_lambda)
    mock_lambda.faults.cold_start(fn, seconds=10)

    with pytest.raises(ClientError) as late:
        invoked(mock_lambda)

    assert late.value.response["Error"] == {
        "Code": "SnapStartTimeoutException",
        "Message": "Lambda couldn't restore the snapshot within the timeout limit.",
    }
    assert json.loads(invoked(mock_lambda)["Payload"]) > 2000


@pytest.mark.parametrize(
    ("seconds", "name", "text"),
    [
        (1, "stub", "stub runs in the test's own process: it has no cold starts"),
        (0, "fn", "seconds=0: a fault that takes time takes some"),
        (1, "fnn", "there is no function 'fnn'; did you mean 'fn'?"),
    ],
)
def test_one_that_could_never_happen_is_refused(mock_lambda, seconds, name, text):
    mock_lambda.function("fn", source=TELLS)
    mock_lambda.stub("stub", returns=None)

    with pytest.raises(UsageError) as refusal:
        mock_lambda.faults.cold_start(name, seconds=seconds)

    assert str(refusal.value) == text
