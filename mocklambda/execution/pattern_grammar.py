"""Decides what is a pattern and what it asks for; the wording of each refusal, and its place in the text.

The order in which things are read and refused is that of the pattern engine AWS publishes, because the column
that an error names is the place its reader had reached. It knows neither documents nor which service asks.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from mocklambda.execution import pattern_operators as tests
from mocklambda.execution.pattern_operators import Number, Test
from mocklambda.execution.pattern_reader import InvalidPattern, Reader, Token

T = TypeVar("T")

MAX_DEPTH = 250
"""How deep a pattern may be nested; AWS's own bound is beyond what its limits of length let through."""
MAX_ALTERNATIVES = 1000
"""How many combinations several ``$or`` may multiply to."""


class Dialect(enum.Enum):
    """Whose pattern it is: of rules and event source filters, or a topic's (less in ``anything-but``)."""

    RULE = "rule"
    SUBSCRIPTION = "subscription"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """What a pattern asks of the values of one name: the entries of its list, ORed."""

    strings: frozenset[str]
    numbers: frozenset[Number]
    constants: frozenset[bool | None]
    tests: tuple[Test, ...]
    allows_absence: bool
    size: int
    """How many entries the list has."""
    depth: int
    """How deep the name lies; at the top it is 1."""

    def accepts(self, value: object) -> bool:
        """Whether a value that is there satisfies one of the entries."""
        if isinstance(value, str):
            is_listed = value in self.strings
        elif value is None or isinstance(value, bool):
            is_listed = value in self.constants
        else:
            is_listed = value in self.numbers
        return is_listed or any(test(value) for test in self.tests)


Rule = dict[str, Leaf]
"""Dotted name → leaf."""

_OR = "$or"
_SIGNS = frozenset({"=", "<", "<=", ">", ">="})
_RESERVED = _SIGNS | {
    "exactly",
    "prefix",
    "suffix",
    "equals-ignore-case",
    "wildcard",
    "numeric",
    "anything-but",
    "exists",
    "cidr",
}
_CONSTANTS = {Token.TRUE: True, Token.FALSE: False, Token.NULL: None}
_ONE_KEY = "Only one key allowed in match expression"
_TOO_MANY = "Too many elements in numeric expression"
_NO_CONSTANT = "Inside anything but list, start|null|boolean is not supported."
_MIXED = "Inside anything but list, either all values are number or string, mixed type is not supported"
_ANYTHING_BUT = "Value of anything-but must be an array or single string/number value."


_EXCLUSION_TEXTS = {
    "prefix": "prefix/suffix match pattern must be a string",
    "suffix": "prefix/suffix match pattern must be a string",
    "wildcard": "wildcard match pattern must be a string",
    "equals-ignore-case": (
        "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported."
    ),
}


def read_rules(text: str, dialect: Dialect) -> list[Rule]:
    """Read a pattern's text; ``$or`` is multiplied out to one rule per combination."""
    reader = Reader(text)
    if reader.next() is not Token.OBJECT:
        raise reader.error("Filter is not an object")
    rules: list[Rule] = [{}]
    _Grammar(reader, dialect).read_object(rules, (), is_alternative=False)
    return rules


def _no_test(_: object) -> bool:
    return False


class _Grammar:
    def __init__(self, reader: Reader, dialect: Dialect) -> None:
        self._reader = reader
        self._dialect = dialect
        self._operators: dict[str, Callable[[], Test]] = {
            "exactly": self._exactly,
            "prefix": lambda: self._affix("prefix", tests.starts),
            "suffix": lambda: self._affix("suffix", tests.ends),
            "equals-ignore-case": self._equals_ignore_case,
            "wildcard": self._wildcard,
            "numeric": self._numeric,
            "anything-but": self._anything_but,
            "cidr": self._cidr,
        }

    # --- objects and lists ---

    def read_object(self, rules: list[Rule], path: tuple[str, ...], *, is_alternative: bool) -> None:
        """Read an object's members into every rule; its opening brace has been read."""
        if len(path) >= MAX_DEPTH:
            raise self._error(
                f"Document nesting depth ({len(path) + 1}) exceeds the maximum allowed ({MAX_DEPTH})"
            )
        is_empty = True
        while self._reader.next() is not Token.END_OBJECT:
            is_empty = False
            name = self._reader.name
            if name == _OR:
                self._read_alternatives(rules, path)
                continue
            if is_alternative and name in _RESERVED:
                raise self._error(f"{name} is Ruler reserved fieldName which cannot be used inside $or.")
            token = self._reader.next()
            if token is Token.OBJECT:
                self.read_object(rules, (*path, name), is_alternative=is_alternative)
            elif token is Token.LIST:
                leaf = self._read_leaf(len(path) + 1)
                for rule in rules:
                    rule[".".join((*path, name))] = leaf
            else:
                raise self._error(f'"{name}" must be an object or an array')
        if is_empty:
            raise self._error("Empty objects are not allowed")

    def _read_alternatives(self, rules: list[Rule], path: tuple[str, ...]) -> None:
        if self._reader.next() is not Token.LIST:
            raise self._error("It must be an Array followed with $or.")
        multiplied: list[Rule] = []
        count = 0
        while (token := self._reader.next()) is not Token.END_LIST:
            if token is not Token.OBJECT:
                raise self._error("Only JSON object is allowed in array of $or relationship.")
            branch = [dict(rule) for rule in rules]
            self.read_object(branch, path, is_alternative=True)
            multiplied += branch
            count += 1
            if len(multiplied) > MAX_ALTERNATIVES:
                raise InvalidPattern("Rule is too complex - try using fewer $or combinations")
        if count < 2:
            raise self._error("There must have at least 2 Objects in $or relationship.")
        rules[:] = multiplied

    def _read_leaf(self, depth: int) -> Leaf:
        strings: set[str] = set()
        numbers: set[Number] = set()
        constants: set[bool | None] = set()
        found: list[Test] = []
        allows_absence = False
        size = 0
        while (token := self._reader.next()) is not Token.END_LIST:
            size += 1
            if token is Token.OBJECT:
                test = self._read_operator()
                allows_absence = allows_absence or test is _no_test
                found.append(test)
            elif token is Token.STRING:
                text = self._reader.text()
                strings.add(text)
                found += _other_spellings(text)
            elif token is Token.NUMBER:
                numbers.add(tests.number(self._reader.text()))
            elif token in _CONSTANTS:
                constants.add(_CONSTANTS[token])
            else:
                raise self._error("Match value must be String, number, true, false, or null")
        if not size:
            raise self._error("Empty arrays are not allowed")
        return Leaf(
            strings=frozenset(strings),
            numbers=frozenset(numbers),
            constants=frozenset(constants),
            tests=tuple(test for test in found if test is not _no_test),
            allows_absence=allows_absence,
            size=size,
            depth=depth,
        )

    # --- operators ---

    def _read_operator(self) -> Test:
        if self._reader.next() is not Token.NAME:
            raise self._error("Match expression name not found")
        name = self._reader.name
        if name == "exists":
            return self._exists()
        if name not in self._operators:
            raise self._error(f"Unrecognized match type {name}")
        test = self._operators[name]()
        self._close(_TOO_MANY if name in {"numeric", "anything-but"} else _ONE_KEY)
        return test

    def _exists(self) -> Test:
        token = self._reader.next()
        if token not in {Token.TRUE, Token.FALSE}:
            raise self._error("exists match pattern must be either true or false.")
        self._close(_ONE_KEY)
        return (lambda _: True) if token is Token.TRUE else _no_test

    def _exactly(self) -> Test:
        self._reader.next()
        return tests.equals(self._string("exact"))

    def _equals_ignore_case(self) -> Test:
        self._reader.next()
        return tests.without_case(tests.equals, self._string("equals-ignore-case"))

    def _affix(self, name: str, test: Callable[[str], Test]) -> Test:
        if self._reader.next() is not Token.OBJECT:
            return test(self._string(name))
        if self._reader.next() is not Token.NAME:
            raise self._error(f"{name.capitalize()} expression name not found")
        if self._reader.name != "equals-ignore-case":
            raise self._error(f"Unsupported {name} pattern: {self._reader.name}")
        self._reader.next()
        without_case = tests.without_case(test, self._string("equals-ignore-case"))
        self._close(_ONE_KEY)
        return without_case

    def _wildcard(self) -> Test:
        self._reader.next()
        return self._placed(tests.wildcard, self._string("wildcard"))

    def _cidr(self) -> Test:
        if self._reader.next() is not Token.STRING:
            raise self._error("prefix match pattern must be a string")  # R: the wrong word is AWS's own
        return tests.in_block(self._reader.text())

    # --- numeric ---

    def _numeric(self) -> Test:
        if self._reader.next() is not Token.LIST:
            raise self._error("Value of numeric must be an array.")
        if self._reader.next() is not Token.STRING:
            raise self._error(f"Invalid member in numeric match: {self._reader.text()}")
        sign = self._reader.text()
        self._reader.next()
        if sign not in _SIGNS:
            raise self._error(f"Unrecognized numeric range operator: {sign}")
        bound = self._bound("equals" if sign == "=" else sign)
        first = tests.compares(sign, bound)
        if self._reader.next() is Token.END_LIST:
            return first
        if not sign.startswith(">"):
            raise self._error(_TOO_MANY)
        return tests.within(first, self._upper_bound(bound))

    def _upper_bound(self, low: Number) -> Test:
        if self._reader.token is not Token.STRING:
            raise self._error(f"Bad value in numeric range: {self._reader.text()}")
        sign = self._reader.text()
        if sign not in {"<", "<="}:
            raise self._error(f"Bad numeric range operator: {sign}")
        self._reader.next()
        high = self._bound(sign)
        if self._reader.next() is not Token.END_LIST:
            raise self._error("Too many terms in numeric range expression")
        if low >= high:
            raise self._error("Bottom must be less than top")
        return tests.compares(sign, high)

    def _bound(self, name: str) -> Number:
        if self._reader.token is not Token.NUMBER:
            raise self._error(f"Value of {name} must be numeric")
        return self._placed(tests.comparable, self._reader.text())

    # --- anything-but ---

    def _anything_but(self) -> Test:
        token = self._reader.next()
        if token is Token.OBJECT:
            return self._anything_but_operator()
        if token is Token.LIST:
            return self._anything_but_list()
        if token is Token.STRING:
            return tests.outside([self._reader.text()])
        if token is Token.NUMBER:
            return tests.outside([self._placed(tests.comparable, self._reader.text())])
        raise self._error(_ANYTHING_BUT)

    def _anything_but_list(self) -> Test:
        values: list[str | Number] = []
        while (token := self._reader.next()) is not Token.END_LIST:
            if token is Token.STRING:
                values.append(self._reader.text())
            elif token is Token.NUMBER:
                values.append(self._placed(tests.comparable, self._reader.text()))
            else:
                raise self._error(_NO_CONSTANT, locations=2)
        if len({isinstance(value, str) for value in values}) != 1:
            raise self._error(_MIXED)
        return tests.outside(values)

    def _anything_but_operator(self) -> Test:
        if self._reader.next() is not Token.NAME:
            raise self._error("Anything-But expression name not found")
        name = self._reader.name
        if name not in self._excluders():
            raise self._error(f"Unsupported anything-but pattern: {name}")
        excluded = list(self._excluded(name))
        if not excluded:
            raise self._error(_MIXED)
        self._close(_ONE_KEY)
        return tests.none_of(excluded)

    def _excluders(self) -> set[str]:
        if self._dialect is Dialect.SUBSCRIPTION:
            return {"prefix"}  # R: suffix and the others are refused there
        return {"prefix", "suffix", "equals-ignore-case", "wildcard"}

    def _excluded(self, name: str) -> Iterator[Test]:
        token = self._reader.next()
        if self._dialect is Dialect.SUBSCRIPTION and token is not Token.STRING:
            raise self._error("prefix match pattern must be a string")
        if token is Token.LIST:
            while self._reader.next() is not Token.END_LIST:
                yield self._exclusion(name, locations=2)
        elif token in {Token.STRING, Token.NUMBER}:
            yield self._exclusion(name, locations=1)
        else:
            raise self._error(_ANYTHING_BUT)

    def _exclusion(self, name: str, locations: int) -> Test:
        if self._reader.token is not Token.STRING:
            raise self._error(_EXCLUSION_TEXTS[name], locations=locations)
        text = self._reader.text()
        if name == "wildcard":
            return self._placed(tests.wildcard, text)
        if name == "equals-ignore-case":
            return tests.without_case(tests.equals, text)
        if not text:
            raise self._error("Null prefix/suffix not allowed", locations=locations)
        return tests.starts(text) if name == "prefix" else tests.ends(text)

    # --- places ---

    def _string(self, name: str) -> str:
        if self._reader.token is not Token.STRING:
            raise self._error(f"{name} match pattern must be a string")
        return self._reader.text()

    def _close(self, reason: str) -> None:
        if self._reader.next() is not Token.END_OBJECT:
            raise self._error(reason)

    def _placed(self, read: Callable[[str], T], text: str) -> T:
        """Read an argument; give a fault in it the present place, unless it is of those that name none."""
        try:
            return read(text)
        except InvalidPattern as fault:
            raise (self._error(fault.reason) if fault.locations else fault) from None

    def _error(self, reason: str, *, locations: int = 1) -> InvalidPattern:
        return self._reader.error(reason, locations=locations)


def _other_spellings(text: str) -> list[Test]:
    address = tests.address_in(text)
    return [] if address is None else [tests.same_address(address)]
