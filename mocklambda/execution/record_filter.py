"""Decides which records of a stream pass a mapping's filters."""

from __future__ import annotations

from collections.abc import Sequence

from mocklambda.execution.patterns import Fields, Rule, compile_pattern, holds
from mocklambda.execution.ports import StreamRecord


class RecordFilter:
    """The filter criteria of one mapping; without any, all passes."""

    __slots__ = ("_rules",)

    def __init__(self, texts: Sequence[str]) -> None:
        self._rules: list[tuple[Rule, bool]] = [
            (rule, _looks_at_data(rule)) for text in texts for rule in compile_pattern(text).rules
        ]
        """The patterns' alternatives."""

    def passes(self, record: StreamRecord) -> bool:
        """Whether one of the patterns matches the record."""
        if not self._rules:
            return True
        document = record.match()
        fields = Fields(document)
        # R: where a pattern looks at the data, data that is no JSON does not pass.
        return any(
            holds(rule, fields)
            for rule, looks_at_data in self._rules
            if not looks_at_data or "data" in document
        )


def _looks_at_data(rule: Rule) -> bool:
    return any(name == "data" or name.startswith("data.") for name in rule)
