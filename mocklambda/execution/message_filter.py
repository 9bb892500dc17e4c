"""Decides which messages of a queue pass a mapping's filters: records, bodies read as the pattern expects."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from mocklambda.execution.patterns import Pattern, compile_pattern


class MessageFilter:
    """The filter criteria of one mapping; without any, all passes."""

    __slots__ = ("_patterns",)

    def __init__(self, texts: Sequence[str]) -> None:
        self._patterns: list[tuple[Pattern, bool | None]] = [
            (compile_pattern(text), _wants_json(text)) for text in texts
        ]

    def passes(self, record: Mapping[str, Any]) -> bool:
        """Whether one of the patterns matches the record."""
        if not self._patterns:
            return True
        body = _parse(record.get("body"))
        return any(self._matches(pattern, wants_json, record, body) for pattern, wants_json in self._patterns)

    @staticmethod
    def _matches(pattern: Pattern, wants_json: bool | None, record: Mapping[str, Any], body: Any) -> bool:
        if wants_json is None:
            return pattern.matches(record)
        if wants_json:  # R: a body that is not JSON does not pass
            return body is not None and pattern.matches({**record, "body": body})
        return body is None and pattern.matches(record)  # D: nor does JSON where text is expected


def _wants_json(text: str) -> bool | None:
    """Whether a pattern looks into the body (True), at its text (False) or not at it at all (None)."""
    pattern = json.loads(text)
    if any(name.startswith("body.") for name in pattern):
        return True
    return isinstance(pattern["body"], dict) if "body" in pattern else None


def _parse(body: Any) -> Any:
    try:
        document = json.loads(body)
    except (TypeError, ValueError):
        return None
    return document if isinstance(document, dict | list) else None
