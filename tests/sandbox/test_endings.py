"""Processes that end, hang or grow: each with the platform's own error, and a fresh process afterwards."""

from __future__ import annotations

import os

import pytest
from freezegun import freeze_time

from mocklambda.execution.values import OutcomeKind
from tests.sandbox.lab import IN_BOTH, document, lines

REQUEST_ID = "6f1f0f5e-0000-4000-8000-000000000001"
COUNTING = """
import os, sys, time, signal, subprocess, threading
count = 0
def handler(event, context):
    global count
    count += 1
    print("count", count)
    exec(event.get("do", ""))
    return count
"""


@pytest.mark.parametrize(
    ("deed", "text"),
    [
        ("sys.exit(0)", "Runtime exited without providing a reason"),
        ("sys.exit()", "Runtime exited without providing a reason"),
        ("sys.exit(1)", "Runtime exited with error: exit status 1"),
        ("sys.exit('words')", "Runtime exited with error: exit status 1"),
        ("os._exit(0)", "Runtime exited without providing a reason"),
        ("os._exit(7)", "Runtime exited with error: exit status 7"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "Runtime exited with error: signal: segmentation fault"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "Runtime exited with error: signal: killed"),
        ("os.kill(os.getpid(), signal.SIGTERM)", "Runtime exited with error: signal: terminated"),
        ("os.abort()", "Runtime exited with error: signal: aborted"),
    ],
)
def test_a_process_that_ends_is_an_exit_error(lab, deed, text):
    function = lab.function(COUNTING)
    assert function.result() == 1
    outcome = function.invoke({"do": deed})
    assert (outcome.kind, outcome.payload.decode()) == (
        OutcomeKind.CRASHED,
        f'{{"errorType":"Runtime.ExitError","errorMessage":"RequestId: {REQUEST_ID} Error: {text}"}}',
    )
    assert "count 2" in lines(outcome)
    assert f"RequestId: {REQUEST_ID} Error: {text}\nRuntime.ExitError\nEND RequestId" in outcome.logs
    assert outcome.logs.endswith("Status: error\tError Type: Runtime.ExitError\n")
    assert function.result() == 1


@pytest.mark.parametrize("deed", ["while True: pass", "time.sleep(60)", "threading.Event().wait()"])
def test_a_handler_that_overruns_is_killed_at_its_deadline(lab, deed):
    function = lab.function(COUNTING, timeout_ms=300)
    assert function.result() == 1
    outcome = function.invoke({"do": deed})
    assert (outcome.kind, outcome.payload.decode()) == (
        OutcomeKind.TIMED_OUT,
        f'{{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: {REQUEST_ID} Error: '
        'Task timed out after 0.30 seconds"}',
    )
    assert lines(outcome) == [
        f"START RequestId: {REQUEST_ID} Version: $LATEST",
        "count 2",
        f"2023-11-14T22:13:20.123Z {REQUEST_ID} Task timed out after 0.30 seconds",
        f"END RequestId: {REQUEST_ID}",
    ]
    assert "\tDuration: 300.00 ms\tBilled Duration: 300 ms\t" in outcome.logs
    assert outcome.logs.endswith("\tStatus: timeout\n")
    assert function.result() == 1


def test_time_that_stands_still_does_not_hold_up_a_deadline(lab):
    with freeze_time("2020-01-01"):
        function = lab.function("def handler(event, context):\n    while True: pass\n", timeout_ms=300)
        assert function.invoke().kind is OutcomeKind.TIMED_OUT


@IN_BOTH
def test_tmp_outlives_a_crash_and_a_timeout(lab):
    source = """
        import os, tempfile, time
        def handler(event, context):
            path = os.path.join(tempfile.gettempdir(), "kept")
            if event.get("write"):
                open(path, "w").write("here")
                if event["write"] == "crash":
                    os._exit(1)
                time.sleep(60)
            return os.path.exists(path)
        """
    for deed in ("crash", "timeout"):
        function = lab.function(source, timeout_ms=500)
        assert function.result() is False
        assert function.invoke({"write": deed}).is_error
        assert function.result() is True


def test_the_whole_group_is_killed_at_the_deadline(lab):
    source = """
        import os, subprocess, time
        def handler(event, context):
            child = subprocess.Popen(["sleep", "600"])
            print("child", child.pid)
            time.sleep(60)
        """
    outcome = lab.function(source, timeout_ms=400).invoke()
    (pid,) = (int(line.split()[1]) for line in lines(outcome) if line.startswith("child"))
    assert not is_alive(pid)


def test_what_a_handler_started_dies_with_its_environment(lab):
    source = """
        import subprocess
        def handler(event, context):
            return subprocess.Popen(["sleep", "600"]).pid
        """
    function = lab.function(source)
    pid = function.result()
    lab.supervisor.close()
    assert not is_alive(pid)


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().split(")")[1].split()[0] != "Z"
    except OSError:
        return False


@IN_BOTH
def test_init_has_its_own_limit_and_a_second_try_inside_the_invocation(lab, monkeypatch):
    lab.run("def handler(event, context): pass\n")  # the zygote's own start is not to count
    monkeypatch.setattr("mocklambda.sandbox.phases.ON_DEMAND_INIT_MS", 400)
    source = """
        import time, os, tempfile
        path = os.path.join(tempfile.gettempdir(), "tried")
        if not os.path.exists(path):
            open(path, "w")
            time.sleep(60)
        def handler(event, context):
            return "second"
        """
    outcome = lab.function(source).invoke()
    assert outcome.payload == b'"second"'
    assert outcome.init_ms is None
    assert "\tPhase: init\tStatus: timeout\n" in outcome.logs


def test_init_that_never_ends_times_the_invocation_out(lab, monkeypatch):
    monkeypatch.setattr("mocklambda.sandbox.phases.ON_DEMAND_INIT_MS", 300)
    outcome = lab.function("import time\ntime.sleep(60)\n", timeout_ms=400).invoke()
    assert document(outcome)["errorMessage"].endswith("Task timed out after 0.40 seconds")
    assert "\tPhase: invoke\tStatus: timeout\n" in outcome.logs


@pytest.mark.parametrize(
    ("deed", "text"),
    [
        ("sys.exit(0)", "Runtime exited without providing a reason"),
        ("os._exit(3)", "Runtime exited with error: exit status 3"),
    ],
)
def test_a_process_that_ends_at_import_is_an_exit_error_each_time(lab, deed, text):
    function = lab.function(f"import os, sys\n{deed}\n")
    for _ in range(2):
        assert document(function.invoke()) == {
            "errorType": "Runtime.ExitError",
            "errorMessage": f"RequestId: {REQUEST_ID} Error: {text}",
        }


def test_memory_over_the_limit_kills_the_process(lab):
    source = "def handler(event, context):\n    if event: x = bytearray(b'x' * 10_000_000) * 20; import time; time.sleep(5)\n    return 'fine'\n"
    function = lab.function(source, memory_mb=128)
    assert function.result() == "fine"
    outcome = function.invoke({"grow": 1})
    assert (outcome.kind, document(outcome)) == (
        OutcomeKind.OUT_OF_MEMORY,
        {
            "errorType": "Runtime.OutOfMemory",
            "errorMessage": f"RequestId: {REQUEST_ID} Error: Runtime exited with error: signal: killed",
        },
    )
    assert outcome.logs.endswith("Max Memory Used: 128 MB\tStatus: error\tError Type: Runtime.OutOfMemory\n")
    assert function.result() == "fine"


def test_memory_that_was_over_the_limit_for_a_moment_counts(lab):
    source = "def handler(event, context):\n    x = bytearray(b'x' * 10_000_000) * 20\n"
    assert lab.run(source, memory_mb=128).kind is OutcomeKind.OUT_OF_MEMORY


def test_the_limit_can_be_lifted(make_lab):
    lab = make_lab(enforce_memory=False)
    outcome = lab.run(
        "def handler(event, context):\n    x = bytearray(b'x' * 10_000_000) * 20\n", memory_mb=128
    )
    assert outcome.kind is OutcomeKind.SUCCEEDED
    assert outcome.max_memory_mb > 190


def test_a_process_killed_from_outside_between_invocations_is_replaced(lab):
    function = lab.function("import os\ndef handler(event, context):\n    return os.getpid()\n")
    pid = function.result()
    os.kill(pid, 9)
    while is_alive(pid):
        pass
    assert function.invoke().kind in {OutcomeKind.SUCCEEDED, OutcomeKind.CRASHED}
    assert function.result() != pid


def test_memory_of_what_a_handler_started_counts(lab):
    source = """
        import subprocess, sys
        def handler(event, context):
            subprocess.run([sys.executable, "-c", "x = bytearray(b'x' * 10_000_000) * 20; import time; time.sleep(20)"])
        """
    assert lab.run(source, memory_mb=128, timeout_ms=20_000).kind is OutcomeKind.OUT_OF_MEMORY


def test_what_workers_share_with_their_parent_counts_once(lab):
    source = """
        import multiprocessing, time, boto3
        boto3.client("sqs")
        def handler(event, context):
            forking = multiprocessing.get_context("fork")
            workers = [forking.Process(target=time.sleep, args=(0.3,)) for _ in range(4)]
            for worker in workers: worker.start()
            for worker in workers: worker.join()
        """
    outcome = lab.run(source, memory_mb=128)
    assert outcome.kind is OutcomeKind.SUCCEEDED
    assert 40 < outcome.max_memory_mb < 120


def test_a_program_that_a_handler_runs_is_not_charged_for_the_handler(lab):
    source = "import subprocess, boto3\nboto3.client('sqs')\ndef handler(event, context):\n    subprocess.run(['true'])\n"
    assert lab.run(source, memory_mb=128).kind is OutcomeKind.SUCCEEDED
