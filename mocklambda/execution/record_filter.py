"""Decides which records of a stream pass a mapping's filters."""

from __future__ import annotations

import json
from collections.abc import Sequence

from mocklambda.execution.patterns import Fields, Pattern, compile_pattern
from mocklambda.execution.ports import StreamRecord


class RecordFilter:
    """The filter criteria of one mapping; without any, all passes."""

    __slots__ = ("_patterns",)

    def __init__(self, texts: Sequence[str]) -> None:
        self._patterns: list[tuple[Pattern, bool]] = [
            (compile_pattern(text), _looks_at_data(text)) for text in texts
        ]

    def passes(self, record: StreamRecord) -> bool:
        """Whether one of the patterns matches the record."""
        if not self._patterns:
            return True
        document = record.match()
        fields = Fields(document)
        # R: where a pattern looks at the data, data that is no JSON does not pass.
        return any(
            pattern.matches_fields(fields)
            for pattern, looks_at_data in self._patterns
            if not looks_at_data or "data" in document
        )


def _looks_at_data(text: str) -> bool:
    return any(name == "data" or name.startswith("data.") for name in json.loads(text))
