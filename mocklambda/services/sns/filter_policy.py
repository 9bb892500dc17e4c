"""Which messages a subscription's filter policy lets through, and which policies are accepted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mocklambda.execution.patterns import (
    Dialect,
    Fields,
    InvalidPattern,
    Pattern,
    check_json,
    compile_pattern,
)
from mocklambda.execution.ports import Attribute
from mocklambda.services.sns.message import Message

ATTRIBUTES = "MessageAttributes"
BODY = "MessageBody"
SCOPES = (BODY, ATTRIBUTES)
MAX_KEYS = 5
MAX_COMPLEXITY = 150
REDACTED = "REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)"


class InvalidAttribute(Exception):
    """An attribute's value is refused; the text stands behind each operation's own beginning."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(text)


def check_syntax(name: str, text: str) -> None:
    """Refuse broken JSON as SNS words it."""
    try:
        check_json(text)
    except InvalidPattern as fault:
        raise InvalidAttribute(f"{name}: failed to parse JSON. {fault.text(REDACTED)}") from None


def compile_policy(text: str, scope: str) -> Pattern:
    """Compile a filter policy; raises InvalidAttribute."""
    check_syntax("FilterPolicy", text)
    try:
        pattern = compile_pattern(text, dialect=Dialect.SUBSCRIPTION)
    except InvalidPattern as fault:
        raise InvalidAttribute(f"FilterPolicy: {fault.text(REDACTED)}") from None
    leaves = [leaf for rule in pattern.rules for leaf in rule.values()]
    if scope == ATTRIBUTES and any(leaf.depth > 1 for leaf in leaves):
        raise InvalidAttribute(f"Filter policy scope {ATTRIBUTES} does not support nested filter policy")
    if len(json.loads(text)) > MAX_KEYS:
        raise InvalidAttribute(f"FilterPolicy: Filter policy can not have more than {MAX_KEYS} keys")
    if complexity(pattern) > MAX_COMPLEXITY:
        raise InvalidAttribute("FilterPolicy: Filter policy is too complex")
    return pattern


def complexity(pattern: Pattern) -> int:
    """Sum, over the combinations of ``$or``, the products of values times depth of all leaves."""
    total = 0
    for rule in pattern.rules:
        product = 1
        for leaf in rule.values():
            product *= leaf.size * leaf.depth
        total += product
    return total


class Subject:
    """One message as policies see it; read once, for however many subscriptions."""

    def __init__(self, message: Message) -> None:
        self._message = message
        self._attributes: Fields | None = None
        self._bodies: dict[str, Fields | None] = {}

    def passes(self, pattern: Pattern, scope: str, protocol: str) -> bool:
        """Whether the message passes a policy of that scope."""
        fields = self._of_attributes() if scope == ATTRIBUTES else self._of_body(protocol)
        return fields is not None and pattern.matches_fields(fields)

    def _of_attributes(self) -> Fields:
        if self._attributes is None:
            self._attributes = Fields(_document(self._message.attributes))
        return self._attributes

    def _of_body(self, protocol: str) -> Fields | None:
        text = self._message.text_for(protocol)
        if text not in self._bodies:
            document = _loaded(text)
            self._bodies[text] = Fields(document) if isinstance(document, dict) else None
        return self._bodies[text]


def _document(attributes: Mapping[str, Attribute]) -> dict[str, Any]:
    return {
        name: _value(attribute.data_type, attribute.value)
        for name, attribute in attributes.items()
        if isinstance(attribute.value, str)
    }


def _value(data_type: str, text: str) -> Any:
    if data_type == "String.Array" or data_type.startswith("Number"):
        value = _loaded(text)
        is_fit = isinstance(value, list) if data_type == "String.Array" else isinstance(value, int | float)
        return value if is_fit else text
    return text


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
