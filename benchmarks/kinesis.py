"""Streams: what a record costs, and how fast a function is fed."""

from __future__ import annotations

import time
from typing import Any

from lambda_ import deploy
from measure import Measure
from measuring import Scale, micros, seconds
from stages import OURS, Stage

UNLIMITED = {"throughput_limits": False}
DATA = b"x" * 100


def _stream(stage: Stage) -> Any:
    client = stage.client("kinesis")
    client.create_stream(StreamName="s", ShardCount=1)
    if stage.is_ours:
        return client
    time.sleep(0.6)  # MiniStack's streams become active after half a second
    return client


def put(stage: Stage, scale: Scale) -> float:
    client = _stream(stage)
    return micros(lambda: client.put_record(StreamName="s", Data=DATA, PartitionKey="p"), scale)


def put_among_many(stage: Stage, scale: Scale) -> float:
    client = _stream(stage)
    _fill(client, scale.stored)
    return micros(lambda: client.put_record(StreamName="s", Data=DATA, PartitionKey="p"), scale)


def _fill(client: Any, number: int) -> None:
    for start in range(0, number, 500):
        records = [{"Data": DATA, "PartitionKey": "p"}] * min(500, number - start)
        client.put_records(StreamName="s", Records=records)


def to_lambda(stage: Stage, scale: Scale) -> float:
    client = _stream(stage)
    functions = stage.client("lambda")
    deploy(functions, "batch", "def handler(event, context):\n    return len(event['Records'])\n")
    functions.invoke(FunctionName="batch", Payload=b'{"Records": []}')
    _fill(client, scale.delivered)
    arn = client.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]["StreamARN"]

    def deliver() -> None:
        mapping = functions.create_event_source_mapping(
            FunctionName="batch", EventSourceArn=arn, BatchSize=100, StartingPosition="TRIM_HORIZON"
        )
        functions.get_event_source_mapping(UUID=mapping["UUID"])
        stage.cloud.settle()

    taken = seconds(deliver)
    handled = sum(one.result for one in stage.cloud.invocations("batch"))
    assert handled == scale.delivered, f"{handled} of {scale.delivered} records were handled"
    return scale.delivered / taken


MEASURES = (
    Measure(name="Kinesis put_record", unit="us", run=put, options=UNLIMITED),
    Measure(
        name="Kinesis put_record, many stored",
        unit="us",
        run=put_among_many,
        stages=(OURS,),
        options=UNLIMITED,
    ),
    Measure(
        name="Kinesis to Lambda, batches of 100",
        unit="records/s",
        run=to_lambda,
        stages=(OURS,),
        options=UNLIMITED,
    ),
)
