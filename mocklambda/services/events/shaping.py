"""What a target gets of an event: a fixed text, a part, or a template filled in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.services.events.event import Event, dumps, instant
from mocklambda.services.events.json_path import NOT_FOUND, select

_PLACEHOLDER = re.compile(r"<([A-Za-z0-9._-]+)>")
_TOKEN = re.compile(r'\\.|"|<([A-Za-z0-9._-]+)>', re.DOTALL)
RESERVED = (
    "aws.events.rule-arn",
    "aws.events.rule-name",
    "aws.events.event.ingestion-time",
    "aws.events.event.json",
    "aws.events.event",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a template may name beside the event: the rule, and when the event came in."""

    rule_arn: str
    rule_name: str
    came_at: Millis


def placeholders(template: str) -> list[str]:
    """List the names that a template wants filled in."""
    return _PLACEHOLDER.findall(template)


def part(event: Event, path: str) -> str | None:
    """Return the part that a path selects, as JSON, or None when there is none."""
    found = select(event.document, path)
    return None if found is NOT_FOUND else dumps(found)


def filled(event: Event, template: str, paths: Mapping[str, str], around: Circumstances) -> str | None:
    """Return a template filled in, or None when that gives no JSON: such is never delivered."""

    def value(name: str) -> Any:
        return select(event.document, paths[name]) if name in paths else _reserved(name, event, around)

    body = template.strip()
    if body.startswith('"') and body.endswith('"'):
        return _PLACEHOLDER.sub(lambda found: _in_text(value(found[1])), template)
    text = "".join(_pieces(template, value))
    try:
        json.loads(text)
    except ValueError:
        return None
    return text


def _reserved(name: str, event: Event, around: Circumstances) -> Any:
    if name == "aws.events.rule-arn":
        return around.rule_arn
    if name == "aws.events.rule-name":
        return around.rule_name
    if name == "aws.events.event.ingestion-time":
        return instant(around.came_at)
    if name == "aws.events.event.json":
        return event.document
    # R: the event without its detail, in this order and with this spelling of the detail's type
    document = event.document
    members = ("id", "account", "detail-type", "time", "source", "region", "resources", "version")
    return {"detailType" if name == "detail-type" else name: document[name] for name in members}


def _in_text(value: Any) -> str:
    """Insert into a string template: strings as they are, other values as JSON without its quotes."""
    if value is NOT_FOUND:
        return ""
    if isinstance(value, str):
        return dumps(value)[1:-1]
    return dumps(value).replace('"', "")


def _pieces(template: str, value: Callable[[str], Any]) -> Iterator[str]:
    """Fill in a JSON template: unquoted a placeholder is a JSON value, within quotes it is bare text."""
    at, is_quoted = 0, False
    for found in _TOKEN.finditer(template):
        yield template[at : found.start()]
        at = found.end()
        if found[1] is None:
            is_quoted ^= found[0] == '"'
            yield found[0]
        else:
            yield _in_json(value(found[1]), is_quoted=is_quoted)
    yield template[at:]


def _in_json(value: Any, *, is_quoted: bool) -> str:
    if value is NOT_FOUND:
        return "" if is_quoted else '""'
    text = dumps(value)
    return text[1:-1] if is_quoted and isinstance(value, str) else text
