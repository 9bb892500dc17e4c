"""Decides whether a document matches an event pattern, in rules, source filters and filter policies alike.

Both sides are flattened to dotted names; ``pattern_grammar`` reads patterns, ``pattern_operators`` compares.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from mocklambda.execution.pattern_grammar import Dialect, Leaf, Rule, read_rules
from mocklambda.execution.pattern_reader import InvalidPattern, check_json

Place = tuple[tuple[int, int], ...]
"""The lists that a value lies in: (list, element), outermost first."""


class Fields:
    """A document flattened once, to be held against many patterns."""

    __slots__ = ("_by_name", "_lists")

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._by_name: dict[str, list[tuple[object, Place]]] = {}
        self._flatten(document)

    def under(self, name: str) -> list[tuple[object, Place]] | None:
        """Return the values of a dotted name with their places, or None when there is none."""
        return self._by_name.get(name)

    def _flatten(self, document: Mapping[str, object]) -> None:
        """Walk the document without recursion: it may be nested deeper than Python's stack."""
        open_: list[tuple[str, object, Place]] = [(key, value, ()) for key, value in document.items()]
        lists = 0
        while open_:
            name, value, place = open_.pop()
            if isinstance(value, Mapping):
                open_.extend((f"{name}.{key}", member, place) for key, member in value.items())
            elif isinstance(value, list | tuple):
                lists += 1
                for index, element in enumerate(value):
                    is_nested = isinstance(element, Mapping | list | tuple)
                    open_.append((name, element, (*place, (lists, index)) if is_nested else place))
            else:
                self._by_name.setdefault(name, []).append((value, place))


class Pattern:
    """A compiled pattern."""

    __slots__ = ("rules",)

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        """What it asks for, ``$or`` multiplied out: dotted name → leaf, for each alternative."""

    def matches(self, document: object) -> bool:
        """Whether a JSON document matches; what is no object never does."""
        return isinstance(document, Mapping) and self.matches_fields(Fields(document))

    def matches_fields(self, fields: Fields) -> bool:
        """Whether a flattened document matches."""
        return any(holds(rule, fields) for rule in self.rules)


def compile_pattern(text: str | Mapping[str, Any], *, dialect: Dialect = Dialect.RULE) -> Pattern:
    """Compile a pattern given as JSON text (or as the object itself); raises InvalidPattern."""
    source = text if isinstance(text, str) else json.dumps(text)
    return Pattern(tuple(read_rules(source, dialect)))


def holds(rule: Rule, fields: Fields) -> bool:
    """Whether every name of a rule is satisfied, names below one list by the same element of it."""
    scattered: list[set[Place]] = []
    for name, leaf in rule.items():
        values = fields.under(name)
        if values is None:
            if not leaf.allows_absence:
                return False
            continue
        places = set(_matching_places(leaf, values))
        if not places:
            return False
        if () not in places:
            scattered.append(places)
    return len(scattered) < 2 or _agree(sorted(scattered, key=len), {})


def _matching_places(leaf: Leaf, values: list[tuple[object, Place]]) -> Iterator[Place]:
    return (place for value, place in values if leaf.accepts(value))


def _agree(scattered: list[set[Place]], chosen: dict[int, int]) -> bool:
    """Whether one place can be taken for each name such that no list is entered at two elements."""
    if not scattered:
        return True
    return any(
        _agree(scattered[1:], {**chosen, **dict(place)})
        for place in scattered[0]
        if all(chosen.get(number, index) == index for number, index in place)
    )


__all__ = ["Dialect", "Fields", "InvalidPattern", "Pattern", "Rule", "check_json", "compile_pattern", "holds"]
