"""Selects a part of a document by a path such as ``$.detail.items[0].id``."""

from __future__ import annotations

import re
from typing import Any

_STEP = re.compile(
    r"\.(?P<name>[^.\[\]]+)|\[(?:'(?P<quoted>[^']*)'|\"(?P<double>[^\"]*)\"|(?P<index>[0-9]+|\*))\]"
)


class NotFoundType:
    """The type of what a path that leads nowhere selects: JSON has no value for it."""

    def __repr__(self) -> str:
        return "NOT_FOUND"


NOT_FOUND = NotFoundType()


def is_path(text: str) -> bool:
    """Whether a text is a path."""
    return text.startswith("$") and _steps(text) is not None


def select(document: Any, path: str) -> Any:
    """Return what ``path`` selects, or NOT_FOUND."""
    steps = _steps(path)
    return NOT_FOUND if steps is None else _walk(document, steps)


def _steps(path: str) -> list[str | int] | None:
    steps: list[str | int] = []
    at = 1
    while at < len(path):
        found = _STEP.match(path, at)
        if found is None:
            return None
        index = found["index"]
        name = next((text for text in found.group("name", "quoted", "double") if text is not None), None)
        steps.append(int(index) if index is not None and index != "*" else name if name is not None else "*")
        at = found.end()
    return steps


def _walk(value: Any, steps: list[str | int]) -> Any:
    for number, step in enumerate(steps):
        if step == "*":
            members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
            found = [_walk(member, steps[number + 1 :]) for member in members]
            return [member for member in found if member is not NOT_FOUND]
        if isinstance(step, int):
            if not isinstance(value, list) or step >= len(value):
                return NOT_FOUND
            value = value[step]
        else:
            if not isinstance(value, dict) or step not in value:
                return NOT_FOUND
            value = value[step]
    return value
