"""What happens to moto's tables that have a stream: told as changes, call by call. Keeps nothing of them.

moto writes stream records too, but of its own clock, order and sizes; here the items are taken where it hands
them over, before and after.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from mocklambda.services.table_changes import Attributes, ItemWritten, StreamSwitched, TableChange

_writes: ContextVar[list[ItemWritten] | None] = ContextVar("writes of one call to moto", default=None)


class TableTap:
    """Hears what one call to moto did: ``begin`` before it, ``end`` after it, in the same thread."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], dict[str, StreamSwitched]] = {}

    def begin(self) -> None:
        """Forget what came before."""
        _writes.set([])

    def end(self, account: str, region: str, *, is_refused: bool) -> list[TableChange]:
        """Return what the call did to this account and region's tables; a refused one has written nothing."""
        tables = tables_of(account, region)
        known = self._open.setdefault((account, region), {})
        if tables is None:
            return []
        now = {switched.arn: switched for switched in map(self._switched, tables) if switched is not None}
        opened = [switched for arn, switched in now.items() if arn not in known]
        closed = [_off(switched) for arn, switched in known.items() if arn not in now]
        self._open[account, region] = now
        return [*opened, *([] if is_refused else _merged(_writes.get() or [])), *closed]

    @staticmethod
    def places() -> list[tuple[str, str]]:
        """List the accounts and regions that have tables."""
        models = sys.modules.get("moto.dynamodb.models")
        if models is None:
            return []
        return [
            (account, region)
            for account, backends in models.dynamodb_backends.items()
            for region, backend in backends.items()
            if backend.tables
        ]

    def _switched(self, table: Any) -> StreamSwitched | None:
        if not _is_on(table):
            return None
        shard = table.stream_shard
        arn = f"{table.table_arn}/stream/{table.latest_stream_label}"
        if getattr(shard, "tapped_as", None) != arn:
            shard.tapped_as, shard.add = arn, self._tap(arn, table.hash_key_attr, table.range_key_attr)
        return StreamSwitched(
            arn=arn,
            table=table.name,
            label=table.latest_stream_label,
            view_type=table.stream_specification["StreamViewType"],
            key_schema=table.schema,
            is_enabled=True,
        )

    def _tap(self, arn: str, *key_names: str | None) -> Callable[[Any, Any], None]:
        def add(old: Any, new: Any) -> None:
            before, after = _plain(old), _plain(new)
            item = after if before is None else before
            if item is not None:
                keys = {name: item[name] for name in key_names if name is not None}
                _noted().append(ItemWritten(arn=arn, keys=keys, old=before, new=after))

        return add


def is_stream_on(account: str, region: str, name: str) -> bool | None:
    """Tell whether moto's table has a stream that is on; None when there is no such table."""
    table = _table(account, region, name)
    return None if table is None else _is_on(table)


def let_switch_on(account: str, region: str, name: str) -> None:
    """Let a table whose stream is off have another one: AWS makes a new one, moto refuses."""
    table = _table(account, region, name)
    if table is not None and not _is_on(table):
        table.latest_stream_label = None


def _table(account: str, region: str, name: str) -> Any | None:
    return next((table for table in tables_of(account, region) or () if table.name == name), None)


def _is_on(table: Any) -> bool:
    return table.stream_shard is not None and bool((table.stream_specification or {}).get("StreamEnabled"))


def _noted() -> list[ItemWritten]:
    writes = _writes.get()
    if writes is None:  # a write of moto's own accord, in a thread that asked nothing of it
        writes = []
        _writes.set(writes)
    return writes


def tables_of(account: str, region: str) -> list[Any] | None:
    """Return moto's tables, None when it has not been asked for any."""
    models = sys.modules.get("moto.dynamodb.models")
    if models is None or account not in models.dynamodb_backends:
        return None
    return list(models.dynamodb_backends[account][region].tables.values())


def _plain(item: Any) -> Attributes | None:
    """Return an item as JSON, apart from moto's own, which goes on changing."""
    if item is None:
        return None
    from moto.dynamodb.models.utilities import dynamo_json_dump

    attributes: Attributes = json.loads(dynamo_json_dump(item.to_json()["Attributes"]))
    return attributes


def _merged(writes: list[ItemWritten]) -> Iterator[ItemWritten]:
    """Go through a call's writes; an item that moto makes in two steps (UpdateItem) was made once."""
    for write, following in zip_longest(writes, writes[1:]):
        is_first_step = (
            following is not None
            and write.old is None
            and following.old is None
            and (write.arn, write.keys) == (following.arn, following.keys)
        )
        if not is_first_step:
            yield write


def as_expiry(change: TableChange) -> TableChange:
    """Return a change as one that DynamoDB made by itself, the item's time to live being over."""
    return replace(change, is_expiry=True) if isinstance(change, ItemWritten) else change


def _off(switched: StreamSwitched) -> StreamSwitched:
    return StreamSwitched(
        arn=switched.arn,
        table=switched.table,
        label=switched.label,
        view_type=switched.view_type,
        key_schema=switched.key_schema,
        is_enabled=False,
    )
