"""A handler has Lambda's own paths: /var/task and /opt read-only, a /tmp of its own and of the size it was given."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest

import mocklambda
from mocklambda.packaging import zip_of
from mocklambda.sandbox.zygote import shared

READ_ONLY = "[Errno 30] Read-only file system"
LOOK = "import os, sys\n\ndef handler(event, context):\n    return {}\n"
WRITE = """
import os

def handler(event, context):
    refused = {}
    for path in event:
        try:
            with open(path, "wb") as file:
                file.write(b"x" * 1000)
        except OSError as error:
            refused[path] = str(error)
    return refused
"""
FILL = """
import os

def handler(event, context):
    if event.get("crash"):
        os._exit(1)
    with open("/tmp/" + event["name"], "wb") as file:
        file.write(bytes(event["mb"] << 20))
    return sorted(name for name in os.listdir("/tmp") if os.path.isfile("/tmp/" + name))
"""


@pytest.fixture(autouse=True)
def _granted() -> None:
    if not shared().grants_namespaces():
        pytest.skip("this system refuses namespaces")


def deployed(mock_lambda: Any, source: str, **settings: Any) -> Any:
    return mock_lambda.function("fn", "app.handler", source=zip_of({"app.py": source}), **settings)


def told(mock_lambda: Any, expression: str, **settings: Any) -> Any:
    return deployed(mock_lambda, LOOK.format(expression), **settings).invoke().payload


def test_isolation_tells_namespaces(mock_lambda):
    assert mock_lambda.isolation == "namespaces"


def test_isolation_can_be_by_directories():
    with mocklambda.mock_lambda(isolation="directories") as cloud:
        function = deployed(cloud, LOOK.format("os.environ['LAMBDA_TASK_ROOT']"))
        root = function.invoke().payload
        assert (cloud.isolation, Path(root, "app.py").is_file()) == ("directories", True)


def test_the_code_is_at_var_task(mock_lambda):
    found = "[__file__, os.getcwd(), os.environ['PWD'], os.environ['LAMBDA_TASK_ROOT'], sys.path[0], os.listdir('.')]"
    assert told(mock_lambda, found) == ["/var/task/app.py", *["/var/task"] * 4, ["app.py"]]


def test_a_source_directory_is_at_var_task_and_its_edits_are_seen(mock_lambda, tmp_path):
    app = tmp_path / "app.py"
    app.write_text(LOOK.format("[__file__, 'old']"))
    function = mock_lambda.function("fn", "app.handler", source=tmp_path)
    assert function.invoke().payload == ["/var/task/app.py", "old"]
    app.write_text(LOOK.format("[__file__, 'new']"))
    function.update(timeout=4) if hasattr(function, "update") else boto3.client(
        "lambda"
    ).update_function_configuration(FunctionName="fn", Timeout=4)
    assert function.invoke().payload == ["/var/task/app.py", "new"]


def test_layers_are_at_opt_in_their_order(mock_lambda):
    first = mock_lambda.layer("first", {"python/one.py": "V = 1\n", "data/both": "first", "data/one": "1"})
    second = mock_lambda.layer("second", {"data/both": "second"})
    found = "[open('/opt/data/both').read(), sorted(os.listdir('/opt/data')), __import__('one').__file__]"
    assert told(mock_lambda, found, layers=[first, second]) == [
        "second",
        ["both", "one"],
        "/opt/python/one.py",
    ]


def test_opt_and_tmp_are_there_and_empty_without_layers(mock_lambda):
    modes = "[oct(os.stat(p).st_mode & 0o7777) for p in ('/opt', '/tmp')]"
    listed = "[len(os.listdir(p)) for p in ('/opt', '/tmp') if not sys.prefix.startswith(p)]"
    assert told(mock_lambda, f"[{modes}, sum({listed})]") == [["0o755", "0o1777"], 0]


def test_traces_name_files_as_on_lambda(mock_lambda):
    outcome = deployed(
        mock_lambda, "import traceback\n\ndef handler(event, context):\n    raise KeyError(1)\n"
    ).invoke()
    assert outcome.error["stackTrace"] == [
        '  File "/var/task/app.py", line 4, in handler\n    raise KeyError(1)\n'
    ]


def test_nothing_but_tmp_can_be_written(mock_lambda, tmp_path):
    names = ["/var/task/x", "/opt/x", "/x", "/var/x", "/usr/x", "/etc/x", "/dev/shm/x", "/var/task/app.py"]
    names += [f"{sys.prefix}/x"]
    here = str(Path(__file__).parent)
    names += [] if here.startswith("/tmp/") else [f"{here}/x"]  # what lies below /tmp is not even there
    refused = deployed(mock_lambda, WRITE).invoke([*names, "/tmp/x"]).payload
    if os.geteuid() == 0:
        assert refused == {name: f"{READ_ONLY}: {name!r}" for name in names}
    assert sorted(refused) == sorted(names)
    assert not Path("/tmp/x").exists()


def test_the_author_s_own_directory_can_not_be_written(mock_lambda, tmp_path):
    (tmp_path / "app.py").write_text(WRITE)
    function = mock_lambda.function("fn", "app.handler", source=tmp_path)
    assert function.invoke(["/var/task/new"]).payload == {"/var/task/new": f"{READ_ONLY}: '/var/task/new'"}
    assert [path.name for path in tmp_path.iterdir()] == ["app.py"]


def test_what_is_mounted_can_not_be_made_writable(mock_lambda):
    source = """
        import ctypes, os

        def handler(event, context):
            library = ctypes.CDLL(None, use_errno=True)
            failed = [
                library.mount(None, b"/", None, ctypes.c_ulong(32 | 4096), None),
                library.umount2(b"/var/task", 2),
            ]
            return failed, open("/var/task/app.py").read()[:1], os.listdir("/var/task")
        """
    assert deployed(mock_lambda, source).invoke().payload == [[-1, -1], "\n", ["app.py"]]


def test_tmp_has_the_size_it_was_given(mock_lambda):
    function = deployed(mock_lambda, FILL, memory=2048, EphemeralStorage={"Size": 600}, timeout=60)
    assert function.invoke({"name": "a", "mb": 550}).payload == ["a"]
    outcome = function.invoke({"name": "b", "mb": 100})
    assert outcome.error["errorMessage"] == "[Errno 28] No space left on device"


def test_tmp_outlives_a_crash_and_is_each_environments_own(mock_lambda):
    function = deployed(mock_lambda, FILL)
    assert function.invoke({"name": "a", "mb": 1}).payload == ["a"]
    assert function.invoke({"crash": True}).error["errorType"] == "Runtime.ExitError"
    assert function.invoke({"name": "b", "mb": 1}).payload == ["a", "b"]
    assert not Path("/tmp/a").exists()


def test_a_program_that_a_handler_runs_sees_the_same(mock_lambda):
    source = """
        import subprocess

        def handler(event, context):
            return subprocess.run(["/bin/sh", "-c", "pwd; ls /var/task /opt"], capture_output=True, text=True).stdout
        """
    assert deployed(mock_lambda, source).invoke().payload == "/var/task\n/opt:\n\n/var/task:\napp.py\n"


def test_a_fresh_interpreter_has_them_too():
    with mocklambda.mock_lambda(start="spawn") as cloud:
        assert told(cloud, "[__file__, os.path.exists('/opt')]") == ["/var/task/app.py", True]


UNPRIVILEGED = """
import os, sys
os.setgroups([]), os.setgid(65534), os.setuid(65534)
sys.path[:] = {path!r}
import mocklambda
from mocklambda.packaging import zip_of
look = "import os\\n\\ndef handler(event, context):\\n    return [os.getuid(), os.getcwd(), os.listdir('/opt')]\\n"
with mocklambda.mock_lambda() as cloud:
    function = cloud.function("fn", "app.handler", source=zip_of({{"app.py": look}}))
    print(cloud.isolation, function.invoke().payload)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="every test here runs as an ordinary user already")
def test_root_is_not_needed(tmp_path):
    if not Path(sys.prefix).stat().st_mode & stat.S_IXOTH or not is_open_to_all(
        Path(sys.executable).resolve()
    ):
        pytest.skip("this interpreter is root's alone")
    path = [str(Path(mocklambda.__file__).parents[1]), *sys.path[1:]]
    done = subprocess.run(
        [sys.executable, "-c", UNPRIVILEGED.format(path=path)],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    assert (done.stdout, done.stderr) == ("namespaces [65534, '/var/task', []]\n", "")


def is_open_to_all(path: Path) -> bool:
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.parents)
