"""The table of runtimes: how each is started, and what its variables say."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from functools import cache

from mocklambda.execution.values import FunctionSpec
from mocklambda.sandbox.images import Image

PYTHON = re.compile(r"python3\.(\d+)")


def python_minor(runtime: str) -> int | None:
    """Return the X of ``python3.X``, or None for another runtime."""
    match = PYTHON.fullmatch(runtime)
    return int(match[1]) if match else None


def unsupported(spec: FunctionSpec) -> str | None:
    """Say why a function can not be run in a process here, or None when it can."""
    if image_of(spec) is not None:
        return None
    if python_minor(spec.runtime) is None and not is_program(spec):
        return (
            f"functions of the runtime {spec.runtime} are not run, Python and provided ones are; "
            "stub this function"
        )
    if spec.code is None:
        return "this function has no code"
    return None


def is_program(spec: FunctionSpec) -> bool:
    """Whether a function brings its runtime, which speaks the Runtime API."""
    return spec.image is not None or spec.runtime.startswith("provided")


def image_of(spec: FunctionSpec) -> Image | None:
    """Return a function's image with what its ImageConfig replaces; None for a function that is a zip."""
    if spec.image is None:
        return None
    image: Image = spec.image[0]
    overrides = spec.image[1]
    if overrides is None:
        return image
    wanted = {
        "entry_point": overrides.entry_point,
        "command": overrides.command,
        "working_directory": overrides.working_directory,
    }
    return replace(image, **{name: value for name, value in wanted.items() if value})


def interpreter(runtime: str, *, start: str) -> str:
    """Return the Python that runs a function.

    Forked environments are the test's own interpreter, with its installed packages; a fresh one (``spawn``)
    is the Python that the Runtime names, where it is installed.
    """
    minor = python_minor(runtime)
    if start == "spawn" and minor is not None and minor != sys.version_info.minor:
        return installed(minor) or sys.executable
    return sys.executable


@cache
def installed(minor: int) -> str | None:
    """Return the interpreter behind ``python3.X`` on the path, if it is one and runs."""
    command = shutil.which(f"python3.{minor}")
    if command is None:
        return None
    asked = subprocess.run(  # noqa: S603 - found on the path
        [command, "-I", "-c", "import sys; print(sys.executable)"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
    )
    return asked.stdout.strip() if asked.returncode == 0 else None


def version_label(runtime: str) -> str:
    """Return the name of a runtime version as in INIT_START: ``python:3.13.v64``."""
    match = re.fullmatch(r"([a-z]+)([0-9].*)", runtime)
    return f"{match[1]}:{match[2]}.v64" if match else f"{runtime}.v64"


def version_arn(region: str, runtime: str, architecture: str) -> str:
    """Return the ARN of a runtime version: one per runtime and architecture (R)."""
    digest = hashlib.sha256(f"{runtime}/{architecture}".encode()).hexdigest()
    return f"arn:aws:lambda:{region}::runtime:{digest}"
