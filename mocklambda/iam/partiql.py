"""What PartiQL statements say that rights and conditions are about: table, keys and attributes.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_HEAD = re.compile(
    r'\s*(?P<verb>select|insert|update|delete)\b(?P<asked>.*?\b(?:from|into))?\s+"?(?P<table>[\w-]+(?:\.[\w-]+)*)"?'
    r'(?:\."?(?P<index>[\w.-]+)"?)?',
    re.IGNORECASE | re.DOTALL,
)
_TOKEN = re.compile(
    r"""'(?P<text>(?:[^']|'')*)'|"(?P<quoted>[^"]*)"|(?P<number>-?\d[\d.eE+-]*)|(?P<name>[A-Za-z_]\w*)|(?P<sign>\S)"""
)
_WORDS = frozenset(
    {
        *(
            "all",
            "and",
            "as",
            "asc",
            "between",
            "by",
            "delete",
            "desc",
            "exists",
            "false",
            "from",
            "in",
            "insert",
        ),
        *(
            "into",
            "is",
            "missing",
            "modified",
            "new",
            "not",
            "null",
            "old",
            "or",
            "order",
            "remove",
            "returning",
        ),
        *("select", "set", "true", "update", "value", "where"),
    }
)
_LISTS = {"[": "]", "(": ")"}


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    """``text``, ``name`` (quoted or not), ``number``, ``value`` for a question mark, ``word``, or ``sign``."""
    value: Any

    @property
    def typed(self) -> Mapping[str, Any] | None:
        """The value it stands for, as the API has it."""
        types = {"text": "S", "number": "N"}
        return (
            self.value
            if self.kind == "value"
            else {types[self.kind]: self.value}
            if self.kind in types
            else None
        )


class Statement:
    """One statement, with the values of its question marks."""

    def __init__(self, head: re.Match[str], parameters: Sequence[Any]) -> None:
        self.verb = head["verb"].capitalize()
        """``Select``, ``Insert``, ``Update`` or ``Delete``."""
        self.table: str = head["table"]
        self.index: str | None = head["index"]
        self._tokens = list(_tokens(f"{head['asked'] or ''} {head.string[head.end() :]}", parameters))

    def equals(self, attribute: str) -> list[Mapping[str, Any]]:
        """Return the values, typed, one of which an attribute of all items that it finds or makes has."""
        if self.verb == "Insert":
            return self._after(_Token("text", attribute), ":", self._tokens)
        start = next((at for at, token in enumerate(self._tokens) if token == _Token("word", "where")), None)
        where = [] if start is None else self._tokens[start:]
        if any(token.kind == "word" and token.value in {"or", "not"} for token in where):
            return []  # it may find others, too
        return self._after(_Token("name", attribute), "=", where)

    @property
    def attributes(self) -> list[str]:
        """The attributes that it names."""
        kind = "text" if self.verb == "Insert" else "name"
        follow = zip(self._tokens, [*self._tokens[1:], None], strict=True)
        is_made = self.verb == "Insert"
        return [
            token.value
            for token, after in follow
            if token.kind == kind
            and (after == _Token("sign", ":") if is_made else after != _Token("sign", "("))
        ]

    def _after(self, name: _Token, sign: str, tokens: Sequence[_Token]) -> list[Mapping[str, Any]]:
        for at in range(len(tokens) - 2):
            if tokens[at] != name:
                continue
            if tokens[at + 1] == _Token("sign", sign):
                value = tokens[at + 2].typed
                return [] if value is None else [value]
            if tokens[at + 1] == _Token("word", "in"):
                return list(_listed(tokens[at + 2 :]))
        return []


def statements(params: Mapping[str, Any]) -> Iterator[Statement]:
    """Return the statements of a request that can be told."""
    for one in (params, *(params.get("Statements") or ()), *(params.get("TransactStatements") or ())):
        found = _HEAD.match(one.get("Statement") or "")
        if found is not None:
            yield Statement(found, one.get("Parameters") or ())


def _tokens(text: str, parameters: Sequence[Any]) -> Iterator[_Token]:
    values = iter(parameters)
    for found in _TOKEN.finditer(text):
        kind, value = str(found.lastgroup), found[str(found.lastgroup)]
        if kind == "quoted":
            yield _Token("name", value)
        elif kind == "name":
            word = value.lower()
            yield _Token("word", word) if word in _WORDS else _Token("name", value)
        elif value == "?":
            yield _Token("value", next(values, None))
        else:
            yield _Token(kind, value.replace("''", "'") if kind == "text" else value)


def _listed(tokens: Sequence[_Token]) -> Iterator[Mapping[str, Any]]:
    """Return the values of a list that begins here."""
    end = _LISTS.get(tokens[0].value) if tokens and tokens[0].kind == "sign" else None
    if end is None:
        return
    for token in tokens[1:]:
        if token == _Token("sign", end):
            return
        if token.typed is not None:
            yield token.typed
