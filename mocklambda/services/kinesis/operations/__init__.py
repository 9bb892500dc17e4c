"""The operations of Kinesis: one function each, the API's own structures in and out."""

from __future__ import annotations

from mocklambda.services.kinesis.operations import (
    consumers,
    reading,
    settings,
    shards,
    streams,
    tags,
    writing,
)
from mocklambda.services.service import Operation, operation_table

OPERATIONS: dict[str, Operation] = {
    name: function
    for module in (streams, settings, shards, writing, reading, consumers, tags)
    for name, function in operation_table(vars(module)).items()
}
