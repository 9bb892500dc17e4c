"""What conditions may ask about a request for items of a DynamoDB table: leading keys, attributes, what comes back.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from mocklambda.iam.partiql import statements

HashKey = Callable[[str], "str | None"]
"""ARN of a table or of its index → the attribute that is its partition key."""

_EXPRESSIONS = (
    "ConditionExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "ProjectionExpression",
    "UpdateExpression",
)
_BY_ATTRIBUTE = ("AttributeUpdates", "Expected", "Item", "Key", "KeyConditions", "QueryFilter", "ScanFilter")
"""Members that are maps by attribute name."""
_READS = frozenset({"BatchGetItem", "GetItem", "Query", "Scan"})
_WRITES = frozenset({"DeleteItem", "PutItem", "UpdateItem"})
_TOP_NAME = re.compile(r"(?<![\w#:.])(#?[A-Za-z_]\w*)(?!\w*\s*\()")
"""A name in an expression that no dot stands before and that is no function."""
_WORDS = frozenset({"and", "or", "not", "in", "between", "set", "remove", "add", "delete"})
_EQUAL = re.compile(r"(?<![\w#:.])(#?[A-Za-z_]\w*)\s*=\s*(:\w+)")


def about_items(
    action: str, arn: str, params: Mapping[str, Any], hash_key: HashKey
) -> dict[str, str | list[str]]:
    """Return the condition keys that tell of the part of a request that is about one table or index."""
    name, _, index = arn.partition(":table/")[2].partition("/index/")
    told = [one for one in statements(params) if (one.table, one.index or "") == (name, index)]
    parts: list[Mapping[str, Any]] = [{"AttributesToGet": one.attributes} for one in told]
    parts = parts or list(_parts(params, name, arn))
    known: dict[str, str | list[str]] = {}
    key = hash_key(arn)
    leading = [value for part in parts for value in _leading(part, key)]
    if told and key is not None:
        found = [one.equals(key) for one in told]
        leading = [_text(value) for values in found for value in values]
        known["dynamodb:fulltablescan"] = "false" if all(found) else "true"
    if leading:
        known["dynamodb:leadingkeys"] = list(dict.fromkeys(leading))
    attributes = list(dict.fromkeys(name for part in parts for name in _attributes(part)))
    if attributes:
        known["dynamodb:attributes"] = attributes
    if action in _READS:
        known["dynamodb:select"] = next((_select(part, arn) for part in parts), "ALL_ATTRIBUTES")
    if action in _WRITES and "RequestItems" not in params:
        known["dynamodb:returnvalues"] = str(params.get("ReturnValues") or "NONE")
    if params.get("ReturnConsumedCapacity"):
        known["dynamodb:returnconsumedcapacity"] = str(params["ReturnConsumedCapacity"])
    return known


def _parts(params: Mapping[str, Any], name: str, arn: str) -> Iterator[Mapping[str, Any]]:
    """Go through what a request says of one table, be it one of several."""
    named = {name, arn}
    if "RequestItems" in params:
        for table, asked in params["RequestItems"].items():
            if table in named:
                yield from _batched(asked)
    elif "TransactItems" in params:
        inner = (one for item in params["TransactItems"] for one in item.values())
        yield from (one for one in inner if one.get("TableName") in named)
    else:
        yield params


def _batched(asked: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(asked, Mapping):  # of a read: keys, and one projection for all
        yield {name: value for name, value in asked.items() if name != "Keys"}
        yield from ({"Key": key} for key in asked.get("Keys") or ())
    else:
        yield from (one for request in asked for one in request.values())


def _leading(part: Mapping[str, Any], key: str | None) -> Iterator[str]:
    if key is None:
        return
    for member in ("Key", "Item"):
        if key in (part.get(member) or {}):
            yield _text(part[member][key])
    wanted = (part.get("KeyConditions") or {}).get(key)
    if wanted is not None and wanted.get("ComparisonOperator") == "EQ":
        yield from map(_text, wanted.get("AttributeValueList") or ())
    names = part.get("ExpressionAttributeNames") or {}
    for name, value in _EQUAL.findall(part.get("KeyConditionExpression") or ""):
        given = (part.get("ExpressionAttributeValues") or {}).get(value)
        if names.get(name, name) == key and given is not None:
            yield _text(given)


def _attributes(part: Mapping[str, Any]) -> Iterable[str]:
    names = part.get("ExpressionAttributeNames") or {}
    for member in _BY_ATTRIBUTE:
        yield from part.get(member) or {}
    yield from part.get("AttributesToGet") or ()
    for member in _EXPRESSIONS:
        for name in _TOP_NAME.findall(part.get(member) or ""):
            if name.lower() not in _WORDS:
                yield names.get(name, name)


def _select(part: Mapping[str, Any], arn: str) -> str:
    """Return what a read asks for, or what that means where it says nothing."""
    if part.get("Select"):
        return str(part["Select"])
    if part.get("ProjectionExpression") or part.get("AttributesToGet"):
        return "SPECIFIC_ATTRIBUTES"
    return "ALL_PROJECTED_ATTRIBUTES" if "/index/" in arn else "ALL_ATTRIBUTES"


def _text(value: Any) -> str:
    """Write a key as policies do: without its type."""
    (given,) = value.values()
    return base64.b64encode(given).decode() if isinstance(given, bytes) else str(given)
