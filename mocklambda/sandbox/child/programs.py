"""Programs that speak the Runtime API: a function's own bootstrap, or an image's command, in place of this process."""

from __future__ import annotations

import os
import signal
from typing import Any

from . import channel

SHELL, BASH = "/bin/sh", "/bin/bash"
INVALID = "Runtime.InvalidEntrypoint"
OFFLINE_REFUSED = (
    "mocklambda: vpc_internet=False needs unprivileged user namespaces, which this system, or isolation='directories', "
    "refuses"
)
REFUSED = "mocklambda: container images need unprivileged user namespaces, which this system refuses"


def run(start: dict[str, Any], answers: int) -> None:
    """Become the program; says over the channel why that is not possible."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if start["image"] is not None:
        run_image(start, answers)
    else:
        run_bootstrap(start, answers)


def run_image(start: dict[str, Any], answers: int) -> None:
    image = start["image"]
    if start["root"] is None:
        refuse(answers, REFUSED, "Runtime.Unsupported")
        return
    try:
        os.chdir(image["directory"])
    except OSError as error:
        message = f"chdir {image['directory']}: {reason(error)}"
        refuse(answers, message, "Runtime.InvalidWorkingDir")
        return
    os.environ["PWD"] = start["environ"]["PWD"] = os.getcwd()
    command = image["command"] or [""]
    try:
        os.execvpe(command[0], command, start["environ"])  # noqa: S606 - what the image says
    except (OSError, ValueError) as error:
        refuse(answers, f"fork/exec {command[0]}: {reason(error)}")


def run_bootstrap(start: dict[str, Any], answers: int) -> None:
    roots = [root for root in (start["task_root"], start["layer_root"]) if root]
    found = [path for path in (os.path.join(root, "bootstrap") for root in roots) if is_program(path)]
    if not found:
        refuse(answers, "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]")
        return
    path = found[0]
    try:
        if is_script_for_bash(path):  # R: there, sh is bash
            os.execve(BASH, ["sh", path], start["environ"])  # noqa: S606 - a program of the function's, in its jail
        os.execve(path, [path], start["environ"])  # noqa: S606
    except OSError as error:
        refuse(answers, f"fork/exec {path}: {reason(error)}")


def reason(error: Exception) -> str:
    """Say what the system has refused, as Go does."""
    return (getattr(error, "strerror", None) or "no such file or directory").lower()


def is_program(path: str) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)


def is_script_for_bash(path: str) -> bool:
    """Whether this is a script for ``sh``, which is another shell than on Lambda here."""
    with open(path, "rb") as file:
        words = file.readline(128).split()
    other = os.path.basename(os.path.realpath(SHELL)) != "bash"
    return words in ([b"#!" + SHELL.encode()], [b"#!", SHELL.encode()]) and other and is_program(BASH)


def refuse(answers: int, message: str, error_type: str = INVALID) -> None:
    """Say that there will be no program; the request's id is put in front where it is known."""
    header = {"error_type": error_type, "error_message": message, "rss": 0, "sdk": False}
    channel.write(answers, channel.pack(channel.INIT_FAILED, header))
