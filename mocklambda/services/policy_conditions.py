"""Whether a policy statement's Condition holds for a request; and what a pattern matches, variables filled in."""

from __future__ import annotations

import fnmatch
import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from types import MappingProxyType
from typing import Any

Values = Mapping[str, "str | Sequence[str]"]
"""Condition keys in lower case → what the request has for them: one value, or several."""
Compare = Callable[[str, str], bool]
"""What the request has, and what the policy wants."""

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_LITERALS = frozenset({"*", "?", "$"})
_GLOB = re.compile(r"[*?\[]")


def holds(condition: Mapping[str, Mapping[str, Any]] | None, context: Values) -> bool:
    """Tell whether all that a statement asks of a request is so.

    What the request does not tell is no match, but for operators that end on ``IfExists``, for negated ones, and
    for ``ForAllValues``. An operator that does not exist never holds.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    """
    return all(
        _holds(operator.lower(), listed(wanted), context.get(key.lower()), context)
        for operator, pairs in (condition or {}).items()
        for key, wanted in pairs.items()
    )


def like(value: str, pattern: str, context: Values = MappingProxyType({})) -> bool:
    """Match ``*`` and ``?``, and nothing else, once the policy variables are filled in.

    A variable that the request does not tell makes a pattern match nothing.
    """
    filled = _filled(pattern, context)
    return filled is not None and fnmatch.fnmatchcase(value, filled)


def listed(value: Any) -> Sequence[Any]:
    """Return what a policy may give alone or in a list, as a list."""
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)


def _filled(pattern: str, context: Values) -> str | None:
    if "${" not in pattern:
        return pattern.replace("[", "[[]")
    parts, end = [], 0
    for found in _VARIABLE.finditer(pattern):
        value = _value_of(found[1], context)
        if value is None:
            return None
        parts += [pattern[end : found.start()].replace("[", "[[]"), _GLOB.sub(r"[\g<0>]", value)]
        end = found.end()
    return "".join((*parts, pattern[end:].replace("[", "[[]")))


def _value_of(variable: str, context: Values) -> str | None:
    name, comma, default = variable.partition(",")
    if name in _LITERALS:
        return name
    value = context.get(name.strip().lower())
    if isinstance(value, str):
        return value
    return default.strip().strip("'") if comma else None


def _holds(operator: str, wanted: Sequence[Any], value: Any, context: Values) -> bool:
    quantifier, _, name = operator.rpartition(":")
    if name == "null":
        return (value is None) == (str(wanted[0]).lower() == "true")
    is_optional = name.endswith("ifexists")
    name = name.removesuffix("ifexists")
    is_negated = "not" in name
    compare = _OPERATORS.get(name.replace("not", ""))
    if compare is None:
        return False
    values = listed(list(value) if isinstance(value, (list, tuple)) else value)
    if quantifier == "forallvalues":
        return all(_fits(compare, one, wanted, context) != is_negated for one in values)
    if not values:
        return is_optional or (is_negated and quantifier != "foranyvalue")
    if is_negated and not quantifier:
        return not any(_fits(compare, one, wanted, context) for one in values)
    return any(_fits(compare, one, wanted, context) != is_negated for one in values)


def _fits(
    compare: Callable[[str, str, Values], bool], value: str, wanted: Sequence[Any], context: Values
) -> bool:
    try:
        return any(compare(value, _text(one), context) for one in wanted)
    except ValueError:  # no number, no date, no address
        return False


def _text(wanted: Any) -> str:
    return str(wanted).lower() if isinstance(wanted, bool) else str(wanted)


def _plainly(compare: Compare) -> Callable[[str, str, Values], bool]:
    """Have a comparison take the wanted text with its variables filled in, wildcards being no wildcards."""

    def compared(value: str, wanted: str, context: Values) -> bool:
        if "${" in wanted:
            names = [_value_of(found, context) for found in _VARIABLE.findall(wanted)]
            if None in names:
                return False
            rest = iter(names)
            wanted = _VARIABLE.sub(lambda _: next(rest) or "", wanted)
        return compare(value, wanted)

    return compared


def _number(compare: Callable[[float, float], bool]) -> Callable[[str, str, Values], bool]:
    return _plainly(lambda value, wanted: compare(float(value), float(wanted)))


def _date(compare: Callable[[float, float], bool]) -> Callable[[str, str, Values], bool]:
    return _plainly(lambda value, wanted: compare(_instant(value), _instant(wanted)))


def _instant(text: str) -> float:
    """Return seconds since the epoch, of an ISO 8601 text or such a number itself."""
    try:
        return float(text)
    except ValueError:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()


def _arn_like(value: str, wanted: str, context: Values) -> bool:
    """Match part by part: a wildcard does not reach over a colon, but in the sixth part."""
    if "${" in wanted:  # whose names have colons
        return like(value, wanted, context)
    parts, patterns = value.split(":", 5), wanted.split(":", 5)
    return len(parts) == len(patterns) and all(map(like, parts, patterns))


def _is_in_network(value: str, wanted: str) -> bool:
    return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)


_OPERATORS: Mapping[str, Callable[[str, str, Values], bool]] = MappingProxyType(
    {
        "stringequals": _plainly(lambda value, wanted: value == wanted),
        "stringequalsignorecase": _plainly(lambda value, wanted: value.lower() == wanted.lower()),
        "stringlike": like,
        "arnequals": _arn_like,  # documented: ArnEquals and ArnLike behave alike
        "arnlike": _arn_like,
        "bool": _plainly(lambda value, wanted: value.lower() == wanted.lower()),
        "binaryequals": _plainly(lambda value, wanted: value == wanted),
        "ipaddress": _plainly(_is_in_network),
        "numericequals": _number(lambda value, wanted: value == wanted),
        "numericlessthan": _number(lambda value, wanted: value < wanted),
        "numericlessthanequals": _number(lambda value, wanted: value <= wanted),
        "numericgreaterthan": _number(lambda value, wanted: value > wanted),
        "numericgreaterthanequals": _number(lambda value, wanted: value >= wanted),
        "dateequals": _date(lambda value, wanted: value == wanted),
        "datelessthan": _date(lambda value, wanted: value < wanted),
        "datelessthanequals": _date(lambda value, wanted: value <= wanted),
        "dategreaterthan": _date(lambda value, wanted: value > wanted),
        "dategreaterthanequals": _date(lambda value, wanted: value >= wanted),
    }
)
"""By name in lower case, without ``not``, ``IfExists`` and quantifier."""
