"""Decides which messages of a queue pass a mapping's filters: records, bodies read as the pattern expects."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from mocklambda.execution.patterns import Fields, Rule, compile_pattern, holds


class MessageFilter:
    """The filter criteria of one mapping; without any, all passes."""

    __slots__ = ("_rules",)

    def __init__(self, texts: Sequence[str]) -> None:
        self._rules: list[tuple[Rule, bool | None]] = [
            (rule, _wants_json(rule)) for text in texts for rule in compile_pattern(text).rules
        ]
        """The patterns' alternatives: each says by itself how it takes the body."""

    def passes(self, record: Mapping[str, Any]) -> bool:
        """Whether one of the patterns matches the record."""
        if not self._rules:
            return True
        body = _parse(record.get("body"))
        fields = Fields(record if body is None else {**record, "body": body})
        # R: a body that is not JSON does not pass where JSON is expected; D: nor does JSON where text is
        return any(
            (wants_json is None or wants_json is (body is not None)) and holds(rule, fields)
            for rule, wants_json in self._rules
        )


def _wants_json(rule: Rule) -> bool | None:
    """Whether a rule looks into the body (True), at its text (False) or not at it at all (None)."""
    if any(name.startswith("body.") for name in rule):
        return True
    return False if "body" in rule else None


def _parse(body: Any) -> Any:
    try:
        document = json.loads(body)
    except (TypeError, ValueError, RecursionError):
        return None
    return document if isinstance(document, dict | list) else None
