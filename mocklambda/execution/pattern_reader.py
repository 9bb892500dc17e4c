"""Reads the JSON text of an event pattern token by token, as far at a time as the service's own reader does.

How far it has read is part of the answer: errors name the column behind the last token. It knows JSON only.
"""

from __future__ import annotations

import enum
import json
import re

_BLANKS = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![0-9.])")
_WORD = re.compile(r"[\w$]+")
_VALUES = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"


class InvalidPattern(Exception):
    """A pattern is refused.

    ``reason`` is the text without the place. ``locations`` says how often the place stands behind it: never
    for what is no matter of reading, twice for what was found while reading a list inside ``anything-but``.
    """

    def __init__(self, reason: str, *, line: int = 1, column: int = 1, locations: int = 0) -> None:
        self.reason = reason
        self.line = line
        self.column = column
        self.locations = locations
        super().__init__(reason)

    def text(self, source: str) -> str:
        """Return the reason with its place; ``source`` is what the front door shows of the pattern."""
        return (
            self.reason
            + f"\n at [Source: {source}; line: {self.line}, column: {self.column}]" * self.locations
        )


def check_json(text: str) -> None:
    """Read a JSON text to its end; raises InvalidPattern in the words of the service's reader."""
    reader = Reader(text)
    while reader.next() is not Token.END:
        pass


class Token(enum.Enum):
    """What a reader has come upon."""

    OBJECT = "{"
    END_OBJECT = "}"
    LIST = "["
    END_LIST = "]"
    NAME = "name"
    STRING = "string"
    NUMBER = "number"
    TRUE = "true"
    FALSE = "false"
    NULL = "null"
    END = "end"


_WORDS = {"true": Token.TRUE, "false": Token.FALSE, "null": Token.NULL}
_CLOSERS = {Token.OBJECT: "}", Token.LIST: "]"}
_KINDS = {Token.OBJECT: "Object", Token.LIST: "Array"}


class Reader:
    """One pass over a pattern's text."""

    def __init__(self, text: str) -> None:
        self._source = text
        self._position = 0
        self._open: list[Token] = []
        self._is_empty: list[bool] = []
        self._ahead: Token | None = None
        self._string_at: int | None = None
        self._text = ""
        self.token = Token.END
        self.name = ""
        """The name last read."""

    def next(self) -> Token:
        """Read the next token; a name is read together with its colon and the start of its value."""
        if self._ahead is not None:
            self.token, self._ahead = self._ahead, None
        else:
            self._finish_string()
            self.token = self._read()
        return self.token

    def text(self) -> str:
        """Return the current token's text; a string is thereby read to its closing quote."""
        self._finish_string()
        return self._text

    def error(self, reason: str, *, locations: int = 1) -> InvalidPattern:
        """Make the error that names the present place."""
        line_at = self._source.rfind("\n", 0, self._position) + 1
        line = self._source.count("\n", 0, self._position) + 1
        return InvalidPattern(reason, line=line, column=self._position - line_at + 1, locations=locations)

    def _read(self) -> Token:
        char = self._skip_blanks()
        if not self._open:
            return self._value(char) if char else Token.END
        inside = self._open[-1]
        if not char:
            raise self.error(f"Unexpected end-of-input: expected close marker for {_KINDS[inside]}")
        if char == _CLOSERS[inside]:
            return self._close(char)
        if not self._is_empty[-1]:
            char = self._take(",", f"was expecting comma to separate {_KINDS[inside]} entries")
        self._is_empty[-1] = False
        return self._named(char) if inside is Token.OBJECT else self._value(char)

    def _named(self, char: str) -> Token:
        if char != '"':
            raise self._unexpected("was expecting double-quote to start field name")
        self._string_at = self._position
        self._finish_string()
        self.name = self._text
        self._skip_blanks()
        self._ahead = self._value(self._take(":", "was expecting a colon to separate field name and value"))
        return Token.NAME

    def _value(self, char: str) -> Token:
        self._text = char
        if char == '"':
            self._string_at = self._position
            self._position += 1
            return Token.STRING
        if char in {"{", "["}:
            return self._start(Token(char))
        if char in "-0123456789" and char:
            return self._number()
        return self._word()

    def _start(self, token: Token) -> Token:
        self._position += 1
        self._open.append(token)
        self._is_empty.append(True)
        return token

    def _close(self, char: str) -> Token:
        self._position += 1
        self._open.pop()
        self._is_empty.pop()
        self._text = char
        return Token(char)

    def _number(self) -> Token:
        found = _NUMBER.match(self._source, self._position)
        if found is None:
            raise self._unexpected("expected digit (0-9) to follow, for valid numeric value")
        self._position = found.end()
        self._text = found.group()
        return Token.NUMBER

    def _word(self) -> Token:
        found = _WORD.match(self._source, self._position)
        if found is None:
            raise self._unexpected(f"expected a valid value {_VALUES}")
        self._position = found.end()
        self._text = found.group()
        if self._text not in _WORDS:
            raise self.error(f"Unrecognized token '{self._text}': was expecting {_VALUES}")
        return _WORDS[self._text]

    def _finish_string(self) -> None:
        if self._string_at is None:
            return
        found = _STRING.match(self._source, self._string_at)
        if found is None:
            raise self.error("Unexpected end-of-input: was expecting closing quote for a string value")
        self._string_at = None
        self._position = found.end()
        self._text = json.loads(found.group())

    def _take(self, char: str, expectation: str) -> str:
        if self._source[self._position : self._position + 1] != char:
            raise self._unexpected(expectation)
        self._position += 1
        return self._skip_blanks()

    def _skip_blanks(self) -> str:
        found = _BLANKS.match(self._source, self._position)
        assert found is not None
        self._position = found.end()
        return self._source[self._position : self._position + 1]

    def _unexpected(self, expectation: str) -> InvalidPattern:
        char = self._source[self._position : self._position + 1]
        if not char:
            return self.error("Unexpected end-of-input")
        return self.error(f"Unexpected character ('{char}' (code {ord(char)})): {expectation}")
