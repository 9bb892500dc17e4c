"""Nothing outlives the test's process, however that ends."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from mocklambda.sandbox.zygote import Zygote

SCRIPT = """
    import os, sys, tempfile, threading, signal
    tempfile.tempdir = sys.argv[1]
    from tests.sandbox.lab import Lab
    lab = Lab()
    busy = lab.function('''
    import os, subprocess, time
    child = subprocess.Popen(["sleep", "600"])
    def handler(event, context):
        if event:
            while True: pass
        return [os.getpid(), os.getppid(), child.pid]
    ''', timeout_ms=60_000)
    pids = busy.result()
    lab.send(busy.name, busy.spec, {"spin": 1})
    print(*pids, flush=True)
    sys.stdin.readline()
    exec(sys.argv[2])
    """


@pytest.mark.parametrize(
    "deed",
    [
        "os.kill(os.getpid(), signal.SIGKILL)",
        "os._exit(0)",
        "sys.exit(3)",
        "1 / 0",
        "lab.supervisor.close()",
        "os.kill(os.getpid(), signal.SIGINT)",
    ],
)
def test_no_process_and_no_directory_is_left(tmp_path, deed):
    script = textwrap.dedent(SCRIPT)
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", script, str(tmp_path), deed],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        text=True,
    )
    with process:
        line = process.stdout.readline()
        assert line, process.stderr.read()
        pids = [int(word) for word in line.split()]
        watches = [os.pidfd_open(pid) for pid in pids]
        process.stdin.write("\n")
        process.stdin.flush()
        errors = process.stderr.read()  # ends when the zygote, which shares it, is ending
    for watch in watches:
        assert select.select([watch], [], [], 20)[0]
    assert os.listdir(tmp_path) == []
    assert "ResourceWarning" not in errors
    for watch in watches:
        os.close(watch)


UNUSED = """
    import io, os, sys, tempfile, zipfile
    tempfile.tempdir = sys.argv[1]
    import boto3
    from mocklambda import mock_lambda
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", "def handler(event, context): pass")
    for deed in ("pass", "os.kill(os.getpid(), 9)"):  # at the second the zygote runs already
        with mock_lambda():
            boto3.client("lambda").create_function(
                FunctionName="f", Runtime="python3.12", Handler="app.handler",
                Role="arn:aws:iam::123456789012:role/r", Code={"ZipFile": packed.getvalue()},
            )
            assert os.listdir(sys.argv[1])
            exec(deed)
    """


def test_code_of_a_function_that_never_ran_is_not_left_either(tmp_path):
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(UNUSED), str(tmp_path)]
    ended = subprocess.run(command, cwd=Path(__file__).parents[2], stderr=subprocess.PIPE, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    assert os.listdir(tmp_path) == []


def test_the_zygote_may_be_killed(make_lab):
    lab = make_lab()
    source = "import os, time\ndef handler(event, context):\n    if event: time.sleep(60)\n    return os.getppid()\n"
    function = lab.function(source)
    zygote = function.result()
    lab.send(function.name, function.spec, {"wait": 1})
    os.kill(zygote, signal.SIGKILL)
    assert lab.outcome(function.name).error_message.endswith("Runtime exited with error: signal: killed")
    assert function.result() != zygote


def test_clouds_share_one_zygote(make_lab):
    source = "import os\ndef handler(event, context):\n    return os.getppid()\n"
    first, second = make_lab(), make_lab()
    zygote = first.function(source).result()
    assert second.function(source).result() == zygote
    first.supervisor.close()
    assert second.function(source).result() == zygote


def test_closing_twice_is_a_no_op(make_lab):
    lab = make_lab()
    lab.function("def handler(event, context): pass\n").invoke()
    lab.supervisor.close()
    lab.supervisor.close()


def test_nothing_exists_before_the_first_environment(make_lab):
    lab = make_lab()
    assert lab.supervisor._loop is None
    lab.supervisor.close()


def test_a_stopped_environment_is_gone(make_lab):
    lab = make_lab()
    function = lab.function("import os\ndef handler(event, context):\n    return os.getpid()\n")
    pid = function.result()
    watch = os.pidfd_open(pid)
    function.stop()
    assert select.select([watch], [], [], 20)[0]
    os.close(watch)


DAEMONS = """
    import os, subprocess, sys, time
    SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
    def handler(event, context):
        child = subprocess.Popen(SLEEP, start_new_session=True)
        reader, writer = os.pipe()
        if os.fork() == 0:
            os.setsid()
            grandchild = subprocess.Popen(SLEEP, start_new_session=True)
            os.write(writer, str(grandchild.pid).encode())
            os._exit(0)
        pids = [child.pid, int(os.read(reader, 10))]
        if event.get("crash"):
            print("pids", *pids)
            os._exit(1)
        return pids
    """


def test_what_a_handler_started_in_sessions_of_its_own_ends_with_its_environment(make_lab):
    lab = make_lab()
    function = lab.function(DAEMONS)
    watches = [os.pidfd_open(pid) for pid in function.result({})]
    other = lab.function("def handler(event, context): pass\n")
    other.invoke()
    other.stop()
    assert select.select(watches, [], [], 0)[0] == []
    function.stop()
    for watch in watches:
        assert select.select([watch], [], [], 20)[0]
        os.close(watch)


def test_it_ends_when_the_environment_crashes_too(make_lab):
    logs = make_lab().function(DAEMONS).invoke({"crash": 1}).logs
    pids = logs.partition("pids ")[2].partition("\n")[0].split()
    assert len(pids) == 2
    assert [pid for pid in pids if os.path.exists(f"/proc/{pid}")] == []


def test_a_zygote_that_can_not_start_is_said_so(make_lab, monkeypatch):
    zygote = Zygote()
    monkeypatch.setattr("mocklambda.sandbox.supervisor.shared", lambda: zygote)
    monkeypatch.setattr("mocklambda.sandbox.zygote.LAUNCH", "/nowhere/launch.py")
    outcome = make_lab().run("def handler(event, context): pass\n")
    assert "could not start" in outcome.error_message
    zygote.close()
