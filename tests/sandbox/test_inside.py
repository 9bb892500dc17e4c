"""What a handler sees around it: variables, context, directories, limits, packages, time."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import sys
import zipfile

import pytest

from mocklambda.execution.values import OutcomeKind
from tests.sandbox.lab import IN_BOTH, NOW, document, zip_of

REQUEST_ID = "6f1f0f5e-0000-4000-8000-000000000001"
TELL = "import os, sys, json, time, datetime\ndef handler(event, context):\n    return {}\n"


def tell(lab, expression, imports="", **options):
    invocation = options.pop("invocation", {})
    function = lab.function(f"{imports}\n{TELL.format(expression)}", **options)
    return function.result(**invocation)


@IN_BOTH
def test_the_environment_is_exactly_lambdas(lab, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("SECRET_OF_THE_HOST", "x")
    function = lab.function(TELL.format("dict(os.environ)"), environment=(("MINE", "1"),))
    found = function.result(trace_header="Root=1-2;Parent=3;Sampled=0")
    root = "/var/task"
    if lab.supervisor.isolation == "directories":
        root = function.spec.code.root
        assert os.path.isdir(found.pop("TMPDIR"))
    assert found == {
        "AWS_LAMBDA_FUNCTION_NAME": "fn",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/fn",
        "AWS_LAMBDA_LOG_STREAM_NAME": "2024/01/01/[$LATEST]0123",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_RUNTIME_API": "169.254.100.1:9001",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_ACCESS_KEY_ID": "ASIAX",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "token",
        "_HANDLER": "app.handler",
        "LAMBDA_TASK_ROOT": root,
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "PWD": root,
        "SHLVL": "0",
        "TZ": ":UTC",
        "LANG": "en_US.UTF-8",
        "LC_CTYPE": "C.UTF-8",
        "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
        "LD_LIBRARY_PATH": f"/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:{root}:{root}/lib:/opt/lib",
        "PYTHONPATH": "/var/runtime",
        "_X_AMZN_TRACE_ID": "Root=1-2;Parent=3;Sampled=0",
        "AWS_XRAY_DAEMON_ADDRESS": "169.254.100.1:2000",
        "_AWS_XRAY_DAEMON_ADDRESS": "169.254.100.1",
        "_AWS_XRAY_DAEMON_PORT": "2000",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "MINE": "1",
    }


def test_the_trace_header_is_there_during_invocations_only(lab):
    source = "import os\nseen = [os.environ.get('_X_AMZN_TRACE_ID')]\ndef handler(event, context):\n    seen.append(os.environ.get('_X_AMZN_TRACE_ID'))\n    return seen\n"
    function = lab.function(source)
    function.invoke(trace_header="Root=1")
    assert function.result() == [None, "Root=1", None]


def test_the_context_has_every_attribute(lab):
    source = """
        def handler(event, context):
            found = {name: getattr(context, name) for name in (
                "aws_request_id", "function_name", "function_version", "memory_limit_in_mb", "log_group_name",
                "log_stream_name", "invoked_function_arn", "tenant_id", "client_context",
            )}
            identity = context.identity.cognito_identity_id, context.identity.cognito_identity_pool_id
            return found, identity, context.get_remaining_time_in_millis(), str(type(context).__name__)
        """
    found, identity, remaining, name = lab.function(source, timeout_ms=3000).result(
        invoked_arn="arn:x:alias1"
    )
    assert found == {
        "aws_request_id": REQUEST_ID,
        "function_name": "fn",
        "function_version": "$LATEST",
        "memory_limit_in_mb": "512",
        "log_group_name": "/aws/lambda/fn",
        "log_stream_name": "2024/01/01/[$LATEST]0123",
        "invoked_function_arn": "arn:x:alias1",
        "tenant_id": None,
        "client_context": None,
    }
    assert (identity, name) == ([None, None], "LambdaContext")
    assert 2000 < remaining <= 3000


def test_a_client_context_is_an_object(lab):
    source = """
        def handler(event, context):
            c = context.client_context
            return c.custom, c.env, c.client.installation_id, c.client.app_title
        """
    text = json.dumps({"custom": {"k": "v"}, "client": {"installation_id": "i"}, "other": 1})
    assert lab.function(source).result(client_context=text) == [{"k": "v"}, None, "i", None]


def test_a_client_context_that_is_no_json_is_an_error(lab):
    outcome = lab.function(TELL.format("1")).invoke(client_context="{")
    found = document(outcome)
    assert found["errorType"] == "Runtime.LambdaContextUnmarshalError"
    assert found["errorMessage"].startswith("Unable to parse Client Context JSON: ")


@IN_BOTH
def test_the_working_directory_is_the_task_root(lab):
    function = lab.function(
        {
            "app.py": TELL.format("open('data.txt').read(), os.getcwd() == os.environ['LAMBDA_TASK_ROOT']"),
            "data.txt": "hi",
        }
    )
    assert function.result() == ["hi", True]


@IN_BOTH
def test_no_descriptor_of_the_host_is_open(lab):
    found = tell(
        lab,
        "{int(n): os.readlink('/proc/self/fd/' + n) for n in os.listdir('/proc/self/fd') if os.path.lexists('/proc/self/fd/' + n)}",
    )
    kinds = {number: re.sub(r":.*|(?<=/proc/)\d+", "", target) for number, target in found.items()}
    high = sorted(kind for number, kind in kinds.items() if int(number) > 100)
    low = {number: kind for number, kind in kinds.items() if int(number) <= 100}
    assert (low, high) == (
        {"0": "/dev/null", "1": "pipe", "2": "pipe"},
        ["/proc//task", "pipe", "pipe", "pipe", "socket"],
    )


def test_limits_are_lambdas(lab):
    found = tell(
        lab,
        "[resource.getrlimit(n) for n in (resource.RLIMIT_NOFILE, resource.RLIMIT_CORE)]",
        "import resource",
    )
    assert found == [[1024, 1024], [0, 0]]


def test_each_environment_is_a_process_group_of_its_own(lab):
    pid, group, session = tell(lab, "(os.getpid(), os.getpgid(0), os.getsid(0))")
    assert pid == group == session != os.getpgid(0)


@IN_BOTH
def test_a_signal_to_everybody_stays_inside(lab):
    heard = []
    before = signal.signal(
        signal.SIGURG, lambda *_: heard.append("outside")
    )  # whoever does not listen ignores it
    try:
        found = lab.function(
            """
            import os, signal
            heard = []
            signal.signal(signal.SIGURG, lambda *_: heard.append("inside"))
            def handler(event, context):
                os.kill(-1, signal.SIGURG)
                return heard
            """
        ).result()
    finally:
        signal.signal(signal.SIGURG, before)
    assert (found, heard) == (["inside"], [])


def test_two_environments_have_a_tmp_each(lab):
    source = TELL.format(
        "[[n for n in os.listdir(tempfile.gettempdir()) if n[:3] == 'my-'], tempfile.mkdtemp(prefix='my-')][0]"
    )
    source = source.replace("import os", "import tempfile, os")
    first, second = lab.function(source), lab.function(source)
    assert [first.result(), second.result(), len(first.result())] == [[], [], 1]


def test_handlers_import_what_the_test_has_installed(lab):
    assert tell(lab, "hypothesis.__name__", "import hypothesis") == "hypothesis"


def test_strict_packages_shows_what_lambda_has(make_lab):
    lab = make_lab(strict_packages=True)
    assert tell(
        lab, "[boto3.__name__, dateutil.__name__, email.__name__]", "import boto3, dateutil, email.mime.text"
    ) == ["boto3", "dateutil", "email"]
    outcome = lab.run("import hypothesis\n")
    assert document(outcome)["errorMessage"] == "Unable to import module 'app': No module named 'hypothesis'"


def test_a_functions_own_module_wins_over_a_preloaded_one(lab):
    files = {
        "app.py": TELL.format("[queue.MINE, urllib3.MINE, json.dumps(1)]").replace(
            "import os", "import queue, urllib3, os"
        ),
        "queue.py": "MINE = 'queue'\n",
        "urllib3/__init__.py": "MINE = 'urllib3'\n",
    }
    assert lab.function(files).result() == ["queue", "urllib3", "1"]


@IN_BOTH
def test_layers_are_on_the_path_later_ones_in_front(lab):

    def put(content):
        return lab.supervisor.code.put_zip(content).code

    minor = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    layers = (
        put(zip_of({"python/one.py": "V = 'first'\n", "python/both.py": "V = 'first'\n"})),
        put(
            zip_of(
                {
                    "python/both.py": "V = 'second'\n",
                    f"python/lib/{minor}/site-packages/two.py": "V = 'site'\n",
                }
            )
        ),
    )
    source = "import one, both, two\ndef handler(event, context):\n    return one.V, both.V, two.V\n"
    assert lab.function(source, layers=layers).result() == ["first", "second", "site"]


@IN_BOTH
def test_a_frame_in_a_layer_is_below_opt(lab):
    layer = lab.supervisor.code.put_zip(
        zip_of({"python/deep.py": "def fail():\n    raise Exception('x')\n"})
    ).code
    outcome = lab.run("import deep\ndef handler(event, context):\n    deep.fail()\n", layers=(layer,))
    assert document(outcome)["stackTrace"][-1].startswith('  File "/opt/python/deep.py", line 2, in fail')


@IN_BOTH
def test_a_source_directory_is_used_where_it_lies(lab, tmp_path):
    (tmp_path / "app.py").write_text("def handler(event, context):\n    return 'old'\n")
    code = lab.supervisor.code.directory(str(tmp_path))
    spec = lab.spec("", code=code)
    first = lab.start(spec)
    lab.send(first, spec)
    assert lab.outcome(first).payload == b'"old"'
    (tmp_path / "app.py").write_text("def handler(event, context):\n    return 'new'\n")
    second = lab.start(spec)
    lab.send(second, spec)
    assert lab.outcome(second).payload == b'"new"'
    assert os.listdir(tmp_path) == ["app.py"]


class TestTime:
    def test_a_handler_starts_from_the_instant_of_its_invocation(self, make_lab):
        lab = make_lab(is_real_time=False)
        function = lab.function(
            TELL.format(
                "[time.time(), datetime.datetime.now(datetime.timezone.utc).timestamp(), time.strftime('%Y')]"
            )
        )
        for now in (NOW, NOW + 86_400_000):
            lab.now = now
            seconds, also, year = function.result()
            assert year == "2023"
            assert 0 <= seconds - now / 1000 < 5
            assert 0 <= also - now / 1000 < 5

    def test_real_time_is_left_alone(self, lab):
        assert tell(lab, "type(time.time).__name__") == "builtin_function_or_method"

    def test_log_records_tell_the_same_time(self, make_lab):
        lab = make_lab(is_real_time=False)
        lab.run("import logging\ndef handler(event, context):\n    logging.error('x')\n")
        assert lab.events[2].startswith("[ERROR]\t2023-11-14T22:13:2")

    def test_virtual_sleep_takes_no_time_but_is_billed(self, make_lab):
        lab = make_lab(sleep="virtual", is_real_time=False)
        source = (
            TELL.format("sleepy(context)")
            + "def sleepy(context):\n    t, m = time.time(), time.monotonic()\n    time.sleep(600)\n    return time.time() - t, time.monotonic() - m, context.get_remaining_time_in_millis()\n"
        )
        function = lab.function(source, timeout_ms=900_000)
        outcome = function.invoke()
        wall, monotonic, remaining = json.loads(outcome.payload)
        assert 599.9 < wall < 605
        assert 599.9 < monotonic < 605
        assert 295_000 < remaining <= 300_000
        assert 600_000 <= outcome.duration_ms < 605_000

    def test_virtual_sleep_past_the_deadline_is_a_timeout_at_once(self, make_lab):
        lab = make_lab(sleep="virtual")
        outcome = lab.run(
            "import time\ndef handler(event, context):\n    time.sleep(901)\n", timeout_ms=900_000
        )
        assert (outcome.kind, outcome.billed_ms) == (OutcomeKind.TIMED_OUT, outcome.billed_ms)
        assert document(outcome)["errorMessage"].endswith("Task timed out after 900.00 seconds")

    def test_threads_that_sleep_at_the_same_time_count_once(self, make_lab):
        lab = make_lab(sleep="virtual")
        source = """
            import time
            from concurrent.futures import ThreadPoolExecutor
            def handler(event, context):
                with ThreadPoolExecutor(4) as pool:
                    list(pool.map(time.sleep, [10, 10, 10, 10]))
            """
        outcome = lab.run(source, timeout_ms=900_000)
        assert 10_000 <= outcome.duration_ms < 45_000

    def test_asyncio_sleeps_wake_in_order(self, make_lab):
        lab = make_lab(sleep="virtual")
        source = """
            import asyncio
            async def nap(n, seen):
                await asyncio.sleep(n)
                seen.append(n)
            async def main():
                seen = []
                await asyncio.gather(nap(30, seen), nap(10, seen), nap(20, seen))
                return seen
            def handler(event, context):
                return asyncio.run(main())
            """
        outcome = lab.run(source, timeout_ms=900_000)
        assert json.loads(outcome.payload) == [10, 20, 30]
        assert 30_000 <= outcome.duration_ms < 35_000


@IN_BOTH
def test_the_whole_group_stands_still_between_invocations(lab):
    source = """
        import os, subprocess
        child = subprocess.Popen(["sleep", "600"])
        def handler(event, context):
            return [[pid, open(f"/proc/{pid}/stat").read().split(")")[1].split()[0]] for pid in (os.getpid(), child.pid)]
        """
    function = lab.function(source)
    for _ in range(2):
        inside = function.result()
        assert "T" not in [state for _, state in inside]
        while [state_of(pid) for pid, _ in inside] != ["T", "T"]:  # a signal takes a moment
            os.sched_yield()


@pytest.mark.parametrize(
    "what_runs",
    [
        "threading.Thread(target=time.sleep, args=(600,), daemon=True).start()",
        "subprocess.run(['sh', '-c', 'sleep 600 >/dev/null 2>&1 &'], check=True)",
        "os.fork() or time.sleep(600)",
        "signal.setitimer(signal.ITIMER_REAL, 600)",
        "ctypes.CDLL(None).alarm(600)",
    ],
)
def test_whatever_could_run_between_invocations_is_stopped(lab, what_runs):
    source = f"""
        import ctypes, os, signal, subprocess, threading, time
        {what_runs}
        def handler(event, context):
            return os.getpid()
        """
    function = lab.function(source)
    for _ in range(2):
        pid = function.result()
        while state_of(pid) != "T":
            os.sched_yield()


def test_where_nothing_could_run_no_signal_is_spent(lab):
    function = lab.function("import os\ndef handler(event, context):\n    return os.getpid()\n")
    states = []
    for _ in range(20):
        pid = function.result()
        states.append(state_of(pid))
    assert "T" not in states


def state_of(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().split(")")[1].split()[0]


@IN_BOTH
def test_a_spawned_environment_behaves_the_same(make_lab):
    lab = make_lab(start="spawn")
    function = lab.function(
        "import sys, os\nn = 0\ndef handler(event, context):\n    global n\n    n += 1\n    print('hi')\n    return n, sorted(os.environ)[0]\n"
    )
    assert function.result() == [1, "AWS_ACCESS_KEY_ID"]
    outcome = function.invoke()
    assert json.loads(outcome.payload)[0] == 2
    assert "hi\n" in outcome.logs
    assert 5 < outcome.max_memory_mb < 60
    assert (
        document(lab.run("def handler(event, context):\n    raise Exception('x')\n"))["errorType"]
        == "Exception"
    )


WRAPPER = (("AWS_LAMBDA_EXEC_WRAPPER", "/var/task/wrapper"),)


@IN_BOTH
def test_a_wrapper_runs_in_place_of_the_runtime(lab):
    script = '#!/bin/bash\nexport FROM_WRAPPER=yes\necho wrapped\nexec "$@"\n'
    app = "import os\ndef handler(event, context):\n    return os.environ['FROM_WRAPPER'], os.environ['AWS_LAMBDA_EXEC_WRAPPER']\n"
    buffer = io.BytesIO(zip_of({"app.py": app}))
    with zipfile.ZipFile(buffer, "a") as archive:
        member = zipfile.ZipInfo("wrapper")
        member.external_attr = 0o100755 << 16
        archive.writestr(member, script)
    function = lab.function("", code=lab.supervisor.code.put_zip(buffer.getvalue()).code, environment=WRAPPER)
    outcome = function.invoke()
    assert outcome.payload == b'["yes", "/var/task/wrapper"]'
    assert "wrapped\n" in outcome.logs
    assert function.result() == ["yes", "/var/task/wrapper"]


@IN_BOTH
def test_a_wrapper_that_is_missing_is_exit_status_127(lab):
    function = lab.function("", environment=WRAPPER)
    for _ in range(2):
        assert document(function.invoke()) == {
            "errorType": "Runtime.ExitError",
            "errorMessage": f"RequestId: {REQUEST_ID} Error: Runtime exited with error: exit status 127",
        }


@pytest.mark.parametrize(
    ("options", "words"),
    [({"runtime": "nodejs22.x"}, "nodejs22.x"), ({"code": None}, "no code")],
)
def test_what_is_not_run_says_so(lab, options, words):
    outcome = lab.function("", **options).invoke()
    assert (outcome.kind, outcome.error_type) == (OutcomeKind.FAILED, "Runtime.Unsupported")
    assert words in outcome.error_message
