"""One value's constraints: whether they hold, how they are phrased, and how AWS prints the value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

_PROPERTIES = {
    "L": r"\w",
    "N": r"\d",
    "Z": r"\s",
    "P": r"!-#%-*,-/:;?@\[-\]_{}",
    "S": r"$+<->^`|~",
}
_POSIX = {
    "ASCII": r"\x00-\x7f",
    "Alnum": "a-zA-Z0-9",
    "Alpha": "a-zA-Z",
    "Digit": "0-9",
    "Graph": r"\x21-\x7e",
    "Lower": "a-z",
    "Print": r"\x20-\x7e",
    "Punct": r"!-/:-@\[-`{-~",
    "Space": r"\s",
    "Upper": "A-Z",
    "IsAlphabetic": r"\w",
    "IsDigit": r"\d",
    "IsLetter": r"\w",
}
_NUMBERS = ("integer", "long", "float", "double")


@dataclass(frozen=True, slots=True)
class Rule:
    """One constraint."""

    phrase: str
    holds: Callable[[Any], bool]


def rules_of(shape: Shape, constraints: Mapping[str, Any], *, in_brackets: bool) -> list[Rule]:
    """Return a shape's rules in the order in which AWS reports them.

    R: alone, the pattern comes before the length; inside brackets the length comes first, maximum leading.
    """
    if constraints.get("none"):
        return []
    pattern = constraints.get("pattern")
    enum = constraints.get("enum")
    bounds = _bounds(shape, constraints)
    patterned = [] if pattern is None or shape.type_name != "string" else _pattern_rules(pattern)
    named = [] if not enum or shape.type_name != "string" else [_enum_rule(enum)]
    return [*bounds, *patterned, *named] if in_brackets else [*patterned, *bounds, *named]


def _bounds(shape: Shape, constraints: Mapping[str, Any]) -> list[Rule]:
    kind = shape.type_name
    least, most = constraints.get("min"), constraints.get("max")
    is_number = kind in _NUMBERS
    what = "value" if is_number else "length"
    rules = []
    if most is not None and (is_number or kind in ("string", "list", "map", "blob")):
        rules.append(
            Rule(
                f"Member must have {what} less than or equal to {_bound(kind, most)}",
                _at_most(most, is_number),
            )
        )
    if least is not None and (is_number or kind in ("string", "list", "map", "blob")):
        holds = _at_least(least, is_number)
        rules.append(Rule(f"Member must have {what} greater than or equal to {_bound(kind, least)}", holds))
    return rules


def _bound(kind: str, value: Any) -> str:
    return str(float(value)) if kind in ("float", "double") else str(int(value))


def _at_most(most: float, is_number: bool) -> Callable[[Any], bool]:
    return (lambda value: value <= most) if is_number else (lambda value: _length(value) <= most)


def _at_least(least: float, is_number: bool) -> Callable[[Any], bool]:
    return (lambda value: value >= least) if is_number else (lambda value: _length(value) >= least)


def _length(value: Any) -> float:
    """Return a length; that of a stream is not known before it is read, and then bounds nothing."""
    return len(value) if hasattr(value, "__len__") else float("nan")


def _enum_rule(enum: Any) -> Rule:
    values = frozenset(enum)
    return Rule(f"Member must satisfy enum value set: [{', '.join(enum)}]", lambda value: value in values)


def _pattern_rules(pattern: str) -> list[Rule]:
    """Return the rule for a pattern, none when Python cannot judge it. The whole value must match."""
    compiled = compile_java(pattern)
    if compiled is None:
        return []
    phrase = f"Member must satisfy regular expression pattern: {pattern}"
    return [Rule(phrase, lambda value: compiled.fullmatch(value) is not None)]


def compile_java(pattern: str) -> re.Pattern[str] | None:
    """Return Python's form of a Java pattern, or None where there is none."""
    return _compile(pattern) or _compile(_translated(pattern))


def _compile(text: str) -> re.Pattern[str] | None:
    try:
        return re.compile(text)
    except re.error:
        return None


_SPELLINGS = (
    (r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF"),  # Java counts in surrogates
    (r"\w-_", r"\w\-_"),
)
_TOKEN = re.compile(r"\\p\{(\w+)\}|\\p([A-Z])|\\z|\\.|[\[\]]|.", re.DOTALL)


def _translated(pattern: str) -> str:
    """Return a pattern with Java's properties written out; letters stand as all word characters."""
    for java, python in _SPELLINGS:
        pattern = pattern.replace(java, python)
    parts = []
    depth = 0
    for found in _TOKEN.finditer(pattern):
        part = found[0]
        depth += {"[": 1, "]": -1}.get(part, 0)
        if found[1] or found[2]:
            inside = _property(found[1] or found[2])
            part = inside if depth else f"[{inside}]"
        parts.append(r"\Z" if part == r"\z" else part)
    return "".join(parts)


def _property(name: str) -> str:
    return _POSIX.get(name) or _PROPERTIES.get(name[:1], r"\w")


def phrase_list(lead: str, rules: list[Rule], *, not_null: bool) -> str:
    """Return ``lead: [rule, rule]``, as AWS says of a list's elements and a map's keys and values."""
    phrases = [rule.phrase for rule in rules]
    if not_null:
        phrases.append("Member must not be null")
    return f"{lead}: [{', '.join(phrases)}]"


def is_hidden(shape: Shape, constraints: Mapping[str, Any]) -> bool:
    """Whether a value is left out of the text: secrets, blobs, and lists of what holds a blob."""
    if "hidden" in constraints:
        return bool(constraints["hidden"])
    if shape.type_name == "blob" or shape.metadata.get("sensitive"):
        return True
    if isinstance(shape, MapShape):
        return any(part.metadata.get("sensitive") for part in (shape.key, shape.value))
    if isinstance(shape, ListShape):
        member = shape.member
        if isinstance(member, StructureShape):
            return any(inner.type_name == "blob" for inner in member.members.values())
        return bool(member.metadata.get("sensitive"))
    return False


def printed(shape: Shape, value: Any) -> str:
    """Return a value as Java prints it."""
    if value is None:
        return "null"
    if isinstance(shape, StructureShape):
        parts = (
            f"{name[:1].lower() + name[1:]}={printed(member, value.get(name))}"
            for name, member in shape.members.items()
        )
        return f"{shape.name}({', '.join(parts)})"
    if isinstance(shape, ListShape):
        return f"[{', '.join(printed(shape.member, item) for item in value)}]"
    if isinstance(shape, MapShape):
        return f"{{{', '.join(f'{key}={printed(shape.value, item)}' for key, item in value.items())}}}"
    if shape.type_name in ("float", "double"):
        return str(float(value))
    if shape.type_name == "boolean":
        return "true" if value else "false"
    return str(value)
