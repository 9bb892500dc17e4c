"""What a handler's output becomes: raw lines on fd 1 and 2, and whole events framed among them.

One pipe carries both, so that prints and log records keep their order. A frame is a mark that text does not
contain, a kind, a length and the bytes; a handler that forges one changes nothing but its own log.
"""

from __future__ import annotations

import json
import logging
import os
import struct
import sys
import time
from collections.abc import Callable
from typing import Any

MARK = b"\x00\xa5\x5a\x00\x03"
FRAME = struct.Struct("<5scI")
EVENT = b"e"
BEGIN = b"b"

TEXT_FORMAT = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
DATE_FORMAT = "%Y-%m-%dT%H:%M:%S"
LEVELS = {
    "TRACE": logging.NOTSET,
    "DEBUG": 10,
    "INFO": 20,
    "WARN": 30,
    "WARNING": 30,
    "ERROR": 40,
    "FATAL": 50,
}

# attributes every record has: what is beyond them was passed as ``extra``
ORDINARY = frozenset(vars(logging.LogRecord("", 0, "", 0, "", (), None))) | {
    "message", "asctime", "aws_request_id", "tenant_id", "taskName",
}  # fmt: skip


def write_frame(kind: bytes, text: bytes = b"") -> None:
    """Put a frame into the log, after all that was printed before."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):  # closed by the handler
            pass
    data = memoryview(FRAME.pack(MARK, kind, len(text)) + text)
    while data:
        data = data[os.write(LOG_FD, data) :]


LOG_FD = 1
"""Becomes a descriptor of our own at start, so that a handler may close its standard output."""


def set_log_fd(fd: int) -> None:
    """Say where frames go."""
    globals()["LOG_FD"] = fd


def write_event(text: str) -> None:
    write_frame(EVENT, text.encode("utf-8", "replace"))


class Handler(logging.Handler):
    """The root logger's handler, as the runtime installs it before the function is imported."""

    def emit(self, record: logging.LogRecord) -> None:
        write_event(self.format(record))


class RequestIdFilter(logging.Filter):
    """Gives every record the id of the invocation under way."""

    def __init__(self, current: Callable[[], Any]) -> None:
        super().__init__()
        self._current = current

    def filter(self, record: logging.LogRecord) -> bool:
        record.aws_request_id, record.tenant_id = self._current()
        return True


class JsonFormatter(logging.Formatter):
    """Application records of the JSON log format: these keys, in this order, None dropped (S)."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "stackTrace": None,
            "errorType": None,
            "errorMessage": None,
            "requestId": getattr(record, "aws_request_id", None) or None,
            "location": None,
            "tenantId": getattr(record, "tenant_id", None),
        }
        if record.exc_info and record.exc_info[0] is not None:
            fields["stackTrace"] = self.formatException(record.exc_info).splitlines()
            fields["errorType"] = record.exc_info[0].__name__
            fields["errorMessage"] = str(record.exc_info[1])
            fields["location"] = f"{record.pathname}:{record.funcName}:{record.lineno}"
        fields.update((name, value) for name, value in vars(record).items() if name not in ORDINARY)
        kept = {name: value for name, value in fields.items() if value is not None}
        return json.dumps(kept, ensure_ascii=False, default=str) + "\n"


def formatter(*, is_json: bool) -> logging.Formatter:
    """Return what gives records the form that the runtime's own handler gives them."""
    if is_json:
        return JsonFormatter()
    made = logging.Formatter(TEXT_FORMAT, DATE_FORMAT)
    made.converter = time.gmtime
    return made


def install(current: Callable[[], Any], *, is_json: bool, level: str) -> None:
    """Give the root logger its handler; text logging stays at WARNING, JSON follows the configured level."""
    handler = Handler()
    handler.setFormatter(formatter(is_json=is_json))
    handler.addFilter(RequestIdFilter(current))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    wanted = LEVELS.get(level, logging.WARNING) if level else logging.WARNING
    if root.level != wanted:  # else it would touch every logger that is there, and a fork pays for each
        root.setLevel(wanted)


def open_streams(fd: int) -> None:
    """Make ``sys.stdout`` and ``sys.stderr`` anew on fd 1 and 2, a line at a time."""
    set_log_fd(fd)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - lives as long as the process
    sys.stdout = open(1, "w", encoding="utf-8", errors="surrogateescape", buffering=1, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115
    for name in ("stdin", "stdout", "stderr"):
        setattr(sys, f"__{name}__", getattr(sys, name))
