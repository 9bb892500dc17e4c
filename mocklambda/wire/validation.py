"""The model's constraints as AWS checks them, with AWS's own texts. Compiled once per operation.

All texts are of one form: ``Value 'V' at 'path' failed to satisfy constraint: C``, joined and counted.
What a value means to a service (existence, combinations) is not checked here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from mocklambda.wire.constraints import Rule, is_hidden, phrase_list, printed, rules_of
from mocklambda.wire.models import service_model

Overrides = Mapping[str, "Mapping[str, Any] | None"]
"""Member path without indices (``vpcConfig.subnetIds``) or shape name → constraints that differ server-side.

A constraint is one of ``pattern``, ``enum``, ``min``, ``max``, ``required`` (of a member), ``not_null`` (the
phrase inside a list's or map's brackets), ``wrapped`` (False: a list element's phrase without brackets),
``hidden`` (whether the value is left out of the text). At a list's path, ``min`` and ``max`` are the
list's own length, ``pattern`` and ``enum`` its elements'.
None takes a constraint away; None for a path takes all away.
"""
Check = Callable[[Any, str, list[str]], None]
"""Value, printed path, texts to extend."""

NO_OVERRIDES: Overrides = MappingProxyType({})
_MOST_REMEMBERED = 256
_LONGEST_REMEMBERED = 256
_MOST_REPORTED = 10  # F: ten are collected, more are not looked for


class ValidationFailed(Exception):  # named after what AWS says, not after Python's custom
    """A request broke constraints. ``text`` is AWS's whole message, ``messages`` its parts."""

    def __init__(self, messages: list[str]) -> None:
        self.messages = messages
        count = f"{len(messages)} validation error{'' if len(messages) == 1 else 's'} detected: "
        self.text = count + "; ".join(messages)
        super().__init__(self.text)


class Validator:
    """Checks the inputs of one service's operations; each is compiled when it is first used."""

    broken = ValidationFailed

    def __init__(self, overrides: Overrides = NO_OVERRIDES) -> None:
        self._overrides = overrides
        self._checks: dict[str, Check | None] = {}

    def validate(self, operation_model: OperationModel, params: Mapping[str, Any]) -> None:
        """Raise ``ValidationFailed`` if an operation's input breaks its model's constraints."""
        name = operation_model.name
        check = self._checks[name] if name in self._checks else self._compile(operation_model)
        if check is None:
            return
        messages: list[str] = []
        check(params, "", messages)
        if messages:
            raise ValidationFailed(messages[:_MOST_REPORTED])

    def _compile(self, operation_model: OperationModel) -> Check | None:
        model = service_model(operation_model.service_model.service_name)  # a client may bring one of its own
        shape = model.operation_model(operation_model.name).input_shape
        check = None if shape is None else _Compiler(self._overrides).structure(shape, "")
        self._checks[operation_model.name] = check
        return check


class _Compiler:
    def __init__(self, overrides: Overrides) -> None:
        self._overrides = overrides
        self._open: dict[str, list[Check | None]] = {}

    def structure(self, shape: StructureShape, path: str) -> Check | None:
        """Return the check of a structure's members, in the model's order; None if nothing is constrained."""
        if shape.is_document_type:
            return None
        if shape.name in self._open:
            return self._recursive(shape.name)
        holder: list[Check | None] = [None]
        self._open[shape.name] = holder
        required = set(shape.required_members)
        members: list[tuple[str, str, bool, Check | None]] = []
        for name, member in shape.members.items():
            spelled = name[:1].lower() + name[1:]
            inner = f"{path}.{spelled}" if path else spelled
            must_be = bool(self._constraints(member, inner).get("required", name in required))
            check = self._member(member, inner)
            if must_be or check is not None:
                members.append((name, spelled, must_be, check))
        del self._open[shape.name]
        holder[0] = _members_check(members) if members else None
        return holder[0]

    def _recursive(self, name: str) -> Check:
        holder = self._open[name]

        def check(value: Any, at: str, out: list[str]) -> None:
            if holder[0] is not None:
                holder[0](value, at, out)

        return check

    def _constraints(self, shape: Shape, path: str) -> dict[str, Any]:
        """Return the model's constraints with the overrides of the shape, then of the path, laid over."""
        found: dict[str, Any] = dict(shape.metadata)
        found.pop("required", None)
        for key in (shape.name, path):
            if key in self._overrides:
                more = self._overrides[key]
                found = {**found, **more} if more is not None else {"none": True}
        return found

    def _member(self, shape: Shape, path: str) -> Check | None:
        constraints = self._constraints(shape, path)
        if constraints.get("none"):
            return None
        checks = [_own_check(shape, constraints)]
        if isinstance(shape, StructureShape):
            checks.append(self.structure(shape, path))
        elif isinstance(shape, ListShape):
            checks.append(self._elements(shape, path, constraints))
        elif isinstance(shape, MapShape):
            checks.append(self._entries(shape, path, constraints))
        present = [check for check in checks if check is not None]
        if not present:
            return None
        return present[0] if len(present) == 1 else _both(*present)

    def _elements(self, shape: ListShape, path: str, constraints: dict[str, Any]) -> Check | None:
        member = shape.member
        if isinstance(member, StructureShape | ListShape | MapShape):
            return _each(self._member(member, path))
        # an override of the list's path speaks of its elements too, a shape's own length never does
        own = {key: value for key, value in self._overridden(path).items() if key not in ("min", "max")}
        rules = rules_of(member, {**self._constraints(member, ""), **own}, in_brackets=True)
        if not rules:
            return None
        not_null = bool(constraints.get("not_null"))
        phrase = phrase_list("Member must satisfy constraint", rules, not_null=not_null)
        if constraints.get("wrapped") is False:
            phrase = rules[0].phrase
        return _collective(lambda value: value, rules, phrase, shape, is_hidden(shape, constraints))

    def _entries(self, shape: MapShape, path: str, constraints: dict[str, Any]) -> Check | None:
        hidden = is_hidden(shape, constraints)
        checks: list[Check] = []
        key_rules = rules_of(shape.key, self._constraints(shape.key, f"{path}.key"), in_brackets=True)
        if key_rules:
            phrase = phrase_list("Map keys must satisfy constraint", key_rules, not_null=False)
            checks.append(_collective(lambda value: value, key_rules, phrase, shape, hidden))
        value = shape.value
        if isinstance(value, StructureShape | ListShape | MapShape):
            each = _each_value(self._member(value, path))
            checks += [each] if each is not None else []
        else:
            rules = rules_of(value, self._constraints(value, f"{path}.value"), in_brackets=True)
            if rules:
                not_null = bool(constraints.get("not_null"))
                phrase = phrase_list("Map value must satisfy constraint", rules, not_null=not_null)
                checks.append(_collective(lambda found: found.values(), rules, phrase, shape, hidden))
        return _both(*checks) if checks else None

    def _overridden(self, path: str) -> Mapping[str, Any]:
        return self._overrides.get(path) or {}


def _members_check(members: list[tuple[str, str, bool, Check | None]]) -> Check:
    """Return the check of members: of those that are sent first; in the model's order once one is broken."""
    required = [name for name, _, must_be, _ in members if must_be]
    inner = {name: (spelled, check) for name, spelled, _, check in members if check is not None}

    def check(value: Mapping[str, Any], at: str, out: list[str]) -> None:
        reported = len(out)
        is_whole = True
        for name in required:
            if value.get(name) is None:
                is_whole = False
        if is_whole:
            for name, item in value.items():
                if item is not None and name in inner:
                    spelled, one = inner[name]
                    one(item, f"{at}.{spelled}" if at else spelled, out)
        if not is_whole or len(out) > reported:
            del out[reported:]
            _report(members, value, at, out)

    return check


def _report(
    members: list[tuple[str, str, bool, Check | None]], value: Mapping[str, Any], at: str, out: list[str]
) -> None:
    for name, spelled, must_be, inner in members:
        item = value.get(name)
        path = f"{at}.{spelled}" if at else spelled
        if item is None:
            if must_be:
                out.append(f"Value null at '{path}' failed to satisfy constraint: Member must not be null")
        elif inner is not None:
            inner(item, path, out)


def _both(*checks: Check) -> Check:
    def check(value: Any, at: str, out: list[str]) -> None:
        for one in checks:
            one(value, at, out)

    return check


def _own_check(shape: Shape, constraints: dict[str, Any]) -> Check | None:
    rules = rules_of(shape, constraints, in_brackets=False)
    if not rules:
        return None
    hidden = is_hidden(shape, constraints)

    def check(value: Any, at: str, out: list[str]) -> None:
        out += [
            _text(shape, value, at, rule.phrase, hidden=hidden) for rule in rules if not rule.holds(value)
        ]

    return _remembering(check) if shape.type_name == "string" else check


def _remembering(check: Check) -> Check:
    """Return the same check for strings, which does not look twice at what was found good: names, above all."""
    good: set[str] = set()

    def remember(value: Any, at: str, out: list[str]) -> None:
        if value in good:
            return
        before = len(out)
        check(value, at, out)
        if len(out) == before and len(value) <= _LONGEST_REMEMBERED:
            if len(good) == _MOST_REMEMBERED:
                good.clear()
            good.add(value)

    return remember


def _text(shape: Shape, value: Any, at: str, phrase: str, *, hidden: bool) -> str:
    shown = "" if hidden else f" '{printed(shape, value)}'"
    return f"Value{shown} at '{at}' failed to satisfy constraint: {phrase}"


def _each(inner: Check | None) -> Check | None:
    if inner is None:
        return None

    def check(value: Any, at: str, out: list[str]) -> None:
        for number, item in enumerate(value, 1):
            if item is not None:
                inner(item, f"{at}.{number}.member", out)

    return check


def _each_value(inner: Check | None) -> Check | None:
    if inner is None:
        return None

    def check(value: Any, at: str, out: list[str]) -> None:
        for key, item in value.items():
            if item is not None:
                inner(item, f"{at}.{key}.member", out)

    return check


def _collective(
    parts: Callable[[Any], Any], rules: list[Rule], phrase: str, shape: Shape, hidden: bool
) -> Check:
    """Return the check of all parts of a list or map: a broken one is reported once, for the whole."""

    def check(value: Any, at: str, out: list[str]) -> None:
        for item in parts(value):
            if item is None or not all(rule.holds(item) for rule in rules):
                out.append(_text(shape, value, at, phrase, hidden=hidden))
                return

    return check
