"""Error documents of the Python runtime: which keys, which frames, under which names, and their log event."""

from __future__ import annotations

import json
import os
import sys
import sysconfig
import traceback
from collections.abc import Sequence
from functools import cache
from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep


class Fault(Exception):
    """An error of the runtime's own: type, message and, for a syntax error, its place."""

    def __init__(self, error_type: str, message: str, trace: list[str] | None = None) -> None:
        super().__init__(message)
        self.error_type = error_type
        self.message = message
        self.trace = trace or []


@cache
def libraries() -> tuple[tuple[str, str], tuple[str, str]]:
    """Return where installed packages and the standard library are, each with where Lambda has it."""
    library = f"/var/lang/lib/python{sys.version_info[0]}.{sys.version_info[1]}"
    paths = sysconfig.get_paths()
    return (paths["purelib"], library + "/site-packages"), (paths["stdlib"], library)


class Faults:
    """Makes error documents for one function: frames are shown where Lambda has the files."""

    def __init__(self, roots: Sequence[tuple[str, str]], *, has_request_id: bool, own: str = HERE) -> None:
        self._own = (HERE, own)
        packages, library = libraries()
        pairs = list(roots)
        pairs += [(entry, packages[1]) for entry in sys.path if entry.endswith("-packages")]
        pairs += [packages, library]
        self._roots = [(real.rstrip("/") + "/", shown.rstrip("/") + "/") for real, shown in pairs if real]
        self._has_request_id = has_request_id

    def document(self, error: BaseException, request_id: str) -> dict[str, Any]:
        """Describe an exception: R, key order included."""
        if isinstance(error, Fault):
            return self._document(error.message, error.error_type, error.trace, request_id)
        return self._document(str(error), type(error).__name__, self._frames(error), request_id)

    def _document(self, message: str, error_type: str, trace: list[str], request_id: str) -> dict[str, Any]:
        document: dict[str, Any] = {"errorMessage": message, "errorType": error_type}
        if self._has_request_id:
            document["requestId"] = request_id
        document["stackTrace"] = trace
        return document

    def _frames(self, error: BaseException) -> list[str]:
        # rebuilt from four values each: no caret lines on any version (R)
        frames = [
            (self.shown(frame.filename), frame.lineno or 0, frame.name, frame.line)
            for frame in traceback.extract_tb(error.__traceback__)
            if not frame.filename.startswith(self._own)
        ]
        return traceback.format_list(frames)

    def shown(self, path: str) -> str:
        """Return the path under which Lambda would have this file."""
        for real, shown in self._roots:
            if path.startswith(real):
                return shown + path[len(real) :]
        return path


def print_as_interpreter(error: BaseException) -> None:
    """Print what ends the process, from the function's own frames on where it has any."""
    first = error.__traceback__
    while first is not None and first.tb_frame.f_code.co_filename.startswith(HERE):
        first = first.tb_next
    traceback.print_exception(type(error), error, first or error.__traceback__)


def event_text(document: dict[str, Any]) -> str:
    """Return the ``[ERROR]`` log event: one event, no final newline, indents as non-breaking spaces (R)."""
    lines = ["[ERROR] {}: {}".format(document["errorType"], document["errorMessage"])]
    if not document["errorMessage"]:
        lines = ["[ERROR] {}".format(document["errorType"])]
    lines.append("Traceback (most recent call last):")
    for element in document["stackTrace"]:
        lines.extend(_indented(line) for line in element.splitlines() or [""])
    return "\n".join(lines)


def event_json(document: dict[str, Any], timestamp: str) -> str:
    """Return the same as a JSON event; it says ``log_level``, other records say ``level``."""
    return (
        json.dumps(
            {
                "timestamp": timestamp,
                "log_level": "ERROR",
                "errorMessage": document["errorMessage"],
                "errorType": document["errorType"],
                "requestId": document.get("requestId", ""),
                "stackTrace": document["stackTrace"],
            },
            ensure_ascii=False,
        )
        + "\n"
    )


def _indented(line: str) -> str:
    text = line.lstrip(" ")
    return "\u00a0" * (len(line) - len(text)) + text
