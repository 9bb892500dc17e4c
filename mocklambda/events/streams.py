"""Events of streams: of Kinesis, and of DynamoDB's tables."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from mocklambda.errors import UsageError
from mocklambda.events.workshop import DEFAULT_AT, Event, Workshop, workshop
from mocklambda.execution.ports import NO_CAUSES
from mocklambda.services.table_changes import Attributes, ItemWritten, StreamSwitched, TableChange

Item = Mapping[str, Any]
"""Attribute name → plain value, as boto3's tables take it: text, int, Decimal, bytes, list, set ..."""


def kinesis(data: Sequence[Any], *, stream: str = "stream", key: str = "key", **where: Any) -> Event:
    """Make the event of a Kinesis stream's records.

    Args:
        data: one for each record: bytes as they are, text in UTF-8, anything else as JSON.
        stream: the stream's name.
        key: the partition key of each.
        where: ``at``, ``seed``, ``region``, ``account_id``.

    See https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
    """
    with workshop(**where) as shop:
        made = shop.cloud.stream(stream)
        for one in data:
            made.put(one, key=key)
        return _records(shop, made.arn)


def dynamodb(
    changes: Sequence[tuple[Item | None, Item | None]],
    *,
    table: str = "table",
    keys: Sequence[str] = ("id",),
    view_type: str = "NEW_AND_OLD_IMAGES",
    **where: Any,
) -> Event:
    """Make the event of what happened to a table's items.

    Args:
        changes: the item before and after, one pair for each change: ``(None, item)`` is an insert, ``(item,
            None)`` a removal.
        table: the table's name.
        keys: the names of its key attributes.
        view_type: ``NEW_AND_OLD_IMAGES``, ``NEW_IMAGE``, ``OLD_IMAGE`` or ``KEYS_ONLY``.
        where: ``at``, ``seed``, ``region``, ``account_id``.

    Raises:
        UsageError: a pair that is no change: DynamoDB writes no record for such.

    See https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
    """
    label = f"{where.get('at', DEFAULT_AT):%Y-%m-%dT%H:%M:%S}.000"
    with workshop(**where) as shop:
        streams, scope = shop.state("dynamodbstreams")
        arn = f"arn:aws:dynamodb:{scope.region}:{scope.account}:table/{table}/stream/{label}"
        switched = StreamSwitched(
            arn=arn, table=table, label=label, view_type=view_type, key_schema=(), is_enabled=True
        )
        taken: list[TableChange] = [switched, *(_written(arn, keys, *pair) for pair in changes)]
        shop.cloud.engine.turn(lambda: streams.take(taken, scope.clock.now(), NO_CAUSES))
        return _records(shop, arn)


def _records(shop: Workshop, arn: str) -> Event:
    """Let the function take all that a stream holds."""
    with shop.cloud.paused():
        shop.function.on_stream(arn, batch_size=10_000)
    return {"Records": [record for ran in shop.function.invocations for record in ran.event["Records"]]}


def _written(arn: str, keys: Sequence[str], old: Item | None, new: Item | None) -> ItemWritten:
    before, after = _typed(old), _typed(new)
    item = after if before is None else before
    if item is None or before == after:
        raise UsageError(f"({old!r}, {new!r}) is no change of an item: DynamoDB writes no record for it")
    missing = [name for name in keys if name not in item]
    if missing:
        raise UsageError(f"{item!r} has no {', '.join(missing)}: name the table's key attributes with keys=")
    return ItemWritten(arn=arn, keys={name: item[name] for name in keys}, old=before, new=after)


def _typed(item: Item | None) -> Attributes | None:
    if item is None:
        return None
    from boto3.dynamodb.types import TypeSerializer

    serialize = TypeSerializer().serialize
    return {name: _as_text(serialize(value)) for name, value in item.items()}


def _as_text(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return a typed value with binary in base64, as events have it."""
    ((kind, value),) = typed.items()
    match kind:
        case "B":
            return {kind: _base64(value)}
        case "BS":
            return {kind: [_base64(one) for one in value]}
        case "M":
            return {kind: {name: _as_text(one) for name, one in value.items()}}
        case "L":
            return {kind: [_as_text(one) for one in value]}
        case _:
            return {kind: value}


def _base64(value: Any) -> str:
    return base64.b64encode(bytes(value)).decode()
