"""Container images run without Docker: their layers, their settings, the Runtime API."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import boto3
import image_support as made
import pytest

import mocklambda
from mocklambda import UsageError
from mocklambda.sandbox.zygote import shared

URI = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:latest"
ROLE = "arn:aws:iam::123456789012:role/r"
BASE = made.layer({**made.program("/bin/bash"), "runtime": made.RUNTIME})
RUN = {"Entrypoint": ["/bin/bash", "/runtime"]}


@pytest.fixture
def granted() -> None:
    if not shared().grants_namespaces():
        pytest.skip("this system refuses namespaces")


def created(**members: Any) -> Any:
    wanted = {
        "FunctionName": "fn",
        "Role": ROLE,
        "PackageType": "Image",
        "Code": {"ImageUri": URI},
        "Timeout": 10,
    }
    return boto3.client("lambda").create_function(**{**wanted, **members})


def invoked(command: Any) -> Any:
    answer = boto3.client("lambda").invoke(FunctionName="fn", Payload=json.dumps(command))
    return json.loads(answer["Payload"].read())


@pytest.fixture
def oci(granted, mock_lambda, tmp_path):
    def register(*layers: bytes, **config: Any) -> None:
        mock_lambda.image(URI, made.oci_layout(tmp_path / "oci", [BASE, *layers], **{**RUN, **config}))

    return register


def test_an_image_runs_and_stays_warm(oci):
    oci()
    created()
    assert [invoked("echo $((++n)); echo $BASH_VERSION") != "", invoked("echo hi")] == [True, "hi"]


def test_the_command_follows_the_entry_point(oci, mock_lambda):
    oci(Cmd=["app.handler"])
    created()
    invoked("echo")
    assert "started with app.handler\n" in mock_lambda.invocations("fn")[0].logs


def test_the_images_settings_count(oci):
    oci(made.layer({"work": None}), WorkingDir="/work", Env=["MINE=from image", "BOTH=image"])
    created(Environment={"Variables": {"BOTH": "function"}})
    assert (
        invoked("echo $PWD,$MINE,$BOTH,$AWS_LAMBDA_FUNCTION_NAME,$_HANDLER")
        == "/work,from image,function,fn,"
    )


def test_image_config_replaces_them(oci, mock_lambda):
    oci(made.layer({"work": None, "else": None, "runtime2": made.RUNTIME}), Cmd=["one"], WorkingDir="/work")
    config = {"EntryPoint": ["/bin/bash", "/runtime2"], "Command": ["two"], "WorkingDirectory": "/else"}
    created(ImageConfig=config)
    assert invoked("echo $PWD $0") == "/else /runtime2"
    assert "started with two\n" in mock_lambda.invocations("fn")[0].logs


def test_image_config_that_comes_by_an_update_replaces_them_too(oci, mock_lambda):
    oci(made.layer({"work": None, "else": None, "runtime2": made.RUNTIME}), Cmd=["one"], WorkingDir="/work")
    created()
    before = invoked("echo $PWD $0")
    config = {"EntryPoint": ["/bin/bash", "/runtime2"], "Command": ["two"], "WorkingDirectory": "/else"}
    boto3.client("lambda").update_function_configuration(FunctionName="fn", ImageConfig=config)
    assert [before, invoked("echo $PWD $0")] == ["/work /runtime", "/else /runtime2"]
    assert "started with two\n" in mock_lambda.invocations("fn")[-1].logs


def test_layers_lie_over_one_another_with_whiteouts(oci):
    lower = made.layer(
        {"a/one": "1", "a/two": "2", "b/one": "1", "c/deep/one": "1", "file": "old"}, {"link": "a"}
    )
    upper = made.layer(
        {
            "a/.wh.one": "",
            "b/new": "n",
            "b/.wh..wh..opq": "",
            ".wh.c": "",
            "file": "new",
            "link/three": "3",
        }
    )
    oci(lower, upper)
    created()
    found = invoked("shopt -s nullglob; echo /a/* /b/* /c/*; echo $(</file)")
    assert found == "/a/three /a/two /b/new|new"


def test_nothing_of_a_layer_leaves_the_image(oci, tmp_path):
    outside = made.layer({"../../escaped": "x"}, {"out": str(tmp_path)})
    through = made.layer({"out/written": "x", "/absolute": "y"})
    oci(outside, through)
    created()
    assert invoked("echo $(</absolute)") == "y"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["oci"]


def test_the_root_is_the_images_and_only_tmp_can_be_written(oci):
    oci(made.layer({"app/data": "d", "tmp/hidden": "x"}))
    created(EphemeralStorage={"Size": 512})
    assert "/work" not in invoked("echo /*").split()
    assert invoked("echo /app/*") == "/app/data"
    assert invoked("echo x > /app/x").endswith("/app/x: Read-only file system")
    assert invoked("echo x > /tmp/x; echo /tmp/*") == "/tmp/x"
    assert invoked("echo /tmp/*") == "/tmp/x"


def test_what_docker_saved_runs(granted, mock_lambda, tmp_path):
    mock_lambda.image(URI, made.docker_archive(tmp_path / "saved.tar", [BASE], **RUN, Env=["MINE=yes"]))
    created()
    assert invoked("echo $MINE") == "yes"


def test_the_digest_is_the_functions(oci):
    oci()
    answer = created()
    code = boto3.client("lambda").get_function(FunctionName="fn")["Code"]
    assert code["ResolvedImageUri"] == f"{URI.rpartition(':')[0]}@sha256:{answer['CodeSha256']}"


def test_a_root_file_system_of_a_python_runs_where_it_lies(granted, mock_lambda, tmp_path):
    root = tmp_path / "root"
    python = python_tree(root)
    (root / "app.py").write_text(PYTHON_RUNTIME)
    mock_lambda.image(URI, root)
    created(ImageConfig={"EntryPoint": [python, "-I", "-S", "/app.py"]})
    assert invoked({"a": [1, "é"]}) == [
        {"a": [1, "é"]},
        "/",
        sorted([*names(root), "dev", "proc", "sys", "tmp"]),
    ]
    assert "tmp" not in names(root)


def names(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]


PYTHON_RUNTIME = """
import http.client, json, os
line = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
base = "/2018-06-01/runtime/invocation/"
while True:
    line.request("GET", base + "next")
    answer = line.getresponse()
    event = json.loads(answer.read())
    body = json.dumps([event, os.getcwd(), sorted(os.listdir("/"))])
    line.request("POST", base + answer.headers["Lambda-Runtime-Aws-Request-Id"] + "/response", body)
    line.getresponse().read()
"""
PACKAGES = ("encodings", "http", "email", "json", "collections", "importlib", "re", "urllib", "lib-dynload")


def python_tree(root: Path) -> str:
    """Copy this interpreter and as much of its library as a runtime needs."""
    python = Path(sys.executable).resolve()
    library = Path(sysconfig.get_path("stdlib"))
    files = made.program(str(python))
    listing = "import http.client, json, sys; print(*[m.__file__ for m in sys.modules.values() if hasattr(m, '__file__')])"
    listed = subprocess.run(
        [python, "-I", "-S", "-c", listing], capture_output=True, text=True, check=True
    ).stdout
    for extension in listed.split():
        files |= made.program(extension) if extension.endswith(".so") else {}
    for name, content in files.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        place.chmod(0o755)
    inside = root / library.relative_to("/")
    shutil.copytree(
        library, inside, ignore=lambda at, names: others(Path(at), library, names), dirs_exist_ok=True
    )
    return str(python)


def others(at: Path, library: Path, names: list[str]) -> list[str]:
    if at != library:
        return [name for name in names if name == "__pycache__"]
    return [name for name in names if not name.endswith(".py") and name not in PACKAGES]


@pytest.mark.parametrize(
    ("config", "error"),
    [
        (
            {"Entrypoint": ["/not/there"]},
            ("Runtime.InvalidEntrypoint", "fork/exec /not/there: no such file or directory"),
        ),
        ({"Entrypoint": None}, ("Runtime.InvalidEntrypoint", "fork/exec : no such file or directory")),
        (
            {"WorkingDir": "/not/there"},
            ("Runtime.InvalidWorkingDir", "chdir /not/there: no such file or directory"),
        ),
    ],
)
def test_an_image_that_can_not_be_run_says_why(oci, config, error):
    oci(**config)
    created()
    found = invoked("echo")
    assert (found["errorType"], found["errorMessage"].partition(" Error: ")[2]) == error


def test_where_namespaces_are_refused_an_image_says_so(tmp_path):
    with mocklambda.mock_lambda(isolation="directories") as cloud:
        cloud.image(URI, made.oci_layout(tmp_path / "oci", [BASE], **RUN))
        created()
        found = invoked("echo")
    assert found["errorType"] == "Runtime.Unsupported"
    assert found["errorMessage"].endswith(
        "Error: mocklambda: container images need unprivileged user namespaces, which this system refuses"
    )


@pytest.mark.parametrize("content", [None, b"no archive", b""])
def test_what_is_no_image_is_refused(mock_lambda, tmp_path, content):
    if content is not None:
        (tmp_path / "image").write_bytes(content)
    with pytest.raises(UsageError, match="can not be read as a container image"):
        mock_lambda.image(URI, tmp_path / "image")


def test_an_image_that_was_not_registered_does_not_exist(mock_lambda):
    client = boto3.client("lambda")
    with pytest.raises(
        client.exceptions.InvalidParameterValueException, match="Provide a valid source image"
    ):
        created()
