"""Which of a function's own log events the platform keeps: in the JSON format, those of its application level on.

A record says its level itself; what says none, a plain line as from ``print`` too, counts as INFO (D).
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

from mocklambda.execution.values import FunctionSpec

ORDER = {
    "TRACE": 0,
    "DEBUG": 1,
    "INFO": 2,
    "WARN": 3,
    "WARNING": 3,
    "ERROR": 4,
    "FATAL": 5,
    "CRITICAL": 5,
}
"""Python's names beside Lambda's."""
PLAIN = ORDER["INFO"]


def filter_of(spec: FunctionSpec) -> Callable[[str], bool] | None:
    """Return what tells whether an event is kept; None where all are."""
    lowest = ORDER.get(spec.application_log_level or "INFO", PLAIN)
    return None if spec.log_format != "JSON" or not lowest else partial(_is_kept, lowest)


def _is_kept(lowest: int, text: str) -> bool:
    return _level_of(text) >= lowest


def _level_of(text: str) -> int:
    if not text.startswith("{"):
        return PLAIN
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):  # no JSON, or of more depth than we look into
        return PLAIN
    if "log_level" in record:  # the runtime's own, of what nobody caught: never left out
        return max(ORDER.values())
    level = record.get("level")
    return ORDER.get(level.upper(), PLAIN) if isinstance(level, str) else PLAIN
