"""The package as users get it: a wheel, installed on its own, used from another directory."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = ("mocklambda", "setup.cfg", "pyproject.toml", "README.md", "LICENSE")

WITHOUT_MOTO = """
from importlib.machinery import PathFinder
find = PathFinder.find_spec
PathFinder.find_spec = lambda name, *rest: None if name == "moto" else find(name, *rest)
"""
EXAMPLE = (
    WITHOUT_MOTO
    + """
import boto3, io, json, zipfile
import mocklambda
from mocklambda import mock_lambda

@mock_lambda
def test():
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        package.writestr("app.py", "def handler(event, context):\\n    return event['n'] * 2")
    client = boto3.client("lambda")
    client.create_function(
        FunctionName="double", Runtime="python3.12", Role="arn:aws:iam::123456789012:role/r", Handler="app.handler",
        Code={"ZipFile": archive.getvalue()},
    )
    return json.load(client.invoke(FunctionName="double", Payload=b'{"n": 21}')["Payload"])

print(json.dumps([mocklambda.__file__, test()]))
"""
)
NEEDS_MOTO = (
    WITHOUT_MOTO
    + """
import boto3
from mocklambda import UnmockedAWSCall, mock_lambda
try:
    with mock_lambda():
        boto3.client("dynamodb").list_tables()
except UnmockedAWSCall as error:
    print(error)
"""
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built from a copy, as building writes into the tree."""
    directory = tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, directory / "copy" / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, directory / "copy" / name)
    build = [
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        str(directory),
        str(directory / "copy"),
    ]
    subprocess.run([sys.executable, "-m", "pip", "-q", *build], check=True, timeout=120)
    (built,) = directory.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def site(wheel, tmp_path_factory):
    directory = tmp_path_factory.mktemp("site")
    install = ["install", "--no-deps", "--no-index", "--target", str(directory), str(wheel)]
    subprocess.run([sys.executable, "-m", "pip", "-q", *install], check=True, timeout=120)
    return directory


@pytest.fixture
def run(site, tmp_path):
    """Run Python with the installed package before all others, somewhere else."""

    def start(*arguments):
        environ = {
            name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MOCKLAMBDA_"))
        }
        return subprocess.run(
            [sys.executable, "-W", "error", *arguments],
            cwd=tmp_path,
            env={**environ, "PYTHONPATH": str(site)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return start


def test_the_wheel_holds_every_source_file_and_no_other(wheel):
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    sources = {str(path.relative_to(ROOT)) for path in (ROOT / "mocklambda").rglob("*.py")}
    assert packed == sources | {"mocklambda/py.typed"}


def test_the_wheel_says_what_it_needs(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        metadata = message_from_bytes(archive.read(name))
    always = sorted(
        need.partition(">")[0] for need in metadata.get_all("Requires-Dist") if "extra ==" not in need
    )
    assert (always, metadata["Requires-Python"], metadata["License"]) == (
        ["boto3", "botocore", "freezegun", "pytest", "responses", "werkzeug"],
        ">=3.10",
        "Apache-2.0",
    )


def test_an_installed_package_runs_functions_from_any_directory_without_moto(run, site):
    done = run("-c", EXAMPLE)
    assert (done.stderr, json.loads(done.stdout)) == ("", [str(site / "mocklambda" / "__init__.py"), 42])


def test_without_moto_the_extra_is_named(run):
    done = run("-c", NEEDS_MOTO)
    assert ("mocklambda[moto]" in done.stdout, done.stderr) == (True, "")


def test_the_command_runs_a_handler(run, tmp_path):
    (tmp_path / "app.py").write_text("def handler(event, context):\n    print('hello')\n    return event")
    done = run(
        "-c",
        "from mocklambda.cli import main; raise SystemExit(main())",
        "invoke",
        "app.handler",
        "--event",
        "[1]",
    )
    assert (done.returncode, json.loads(done.stdout), "\nhello\n" in done.stderr) == (0, [1], True)


def test_the_command_tells_that_a_handler_failed(run, tmp_path):
    (tmp_path / "app.py").write_text("def handler(event, context):\n    raise ValueError('no')")
    done = run("-c", "from mocklambda.cli import main; raise SystemExit(main())", "invoke", "app.handler")
    assert (done.returncode, json.loads(done.stdout)["errorType"]) == (1, "ValueError")


def test_the_command_refuses_an_event_that_is_no_json(run):
    done = run(
        "-c", "from mocklambda.cli import main; raise SystemExit(main())", "invoke", "a.b", "--event", "{"
    )
    assert (done.returncode, done.stderr.startswith("mocklambda: the event is not JSON: ")) == (2, True)


def test_the_installed_plugin_gives_the_fixture(run, tmp_path):
    (tmp_path / "test_it.py").write_text(
        "def test_it(mock_lambda):\n"
        "    function = mock_lambda.function('f', 'app.handler', source='.')\n"
        "    assert function.invoke({'a': 1}).payload == {'a': 1}\n"
    )
    (tmp_path / "app.py").write_text("def handler(event, context):\n    return event")
    done = run("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio", "test_it.py")
    assert (done.returncode, "1 passed" in done.stdout) == (0, True)


@pytest.mark.parametrize("name", ["mocklambda", "mocklambda.server.__main__", "mocklambda.cli"])
def test_importing_changes_nothing(run, name):
    program = (
        f"import os, threading; before = dict(os.environ); import {name}\n"
        "print(before == dict(os.environ), threading.active_count())"
    )
    assert run("-c", program).stdout == "True 1\n"
