"""Queues: what a message costs, alone and among many."""

from __future__ import annotations

from typing import Any

from lambda_ import deploy, wait_until_empty
from measure import Measure
from measuring import Scale, has_memory_figures, micros, resident_bytes, seconds
from stages import MINISTACK, MOTO, OURS, Stage

BODY = "x" * 100
HOLDS = (OURS, MOTO, MINISTACK)


def _queue(stage: Stage) -> tuple[Any, str]:
    client = stage.client("sqs")
    return client, client.create_queue(QueueName="q")["QueueUrl"]


def fill(client: Any, url: str, number: int) -> None:
    """Send so many messages."""
    for start in range(0, number, 10):
        client.send_message_batch(
            QueueUrl=url,
            Entries=[
                {"Id": str(each), "MessageBody": BODY} for each in range(start, min(start + 10, number))
            ],
        )


def stored(stage: Stage, scale: Scale) -> int:
    """Return how many messages lie in the queue when a measure calls."""
    return scale.stored if stage.is_ours else scale.stored_by_peers


def send(stage: Stage, scale: Scale) -> float:
    client, url = _queue(stage)
    return micros(lambda: client.send_message(QueueUrl=url, MessageBody=BODY), scale)


def send_among_many(stage: Stage, scale: Scale) -> float:
    client, url = _queue(stage)
    fill(client, url, stored(stage, scale))
    return micros(
        lambda: client.send_message(QueueUrl=url, MessageBody=BODY), scale, calls=_fewer(stage, scale)
    )


def _fewer(stage: Stage, scale: Scale) -> int:
    return scale.calls if stage.is_ours else max(5, scale.calls // 10)


def _receive_and_delete(client: Any, url: str) -> None:
    for message in client.receive_message(QueueUrl=url)["Messages"]:
        client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def receive(stage: Stage, scale: Scale) -> float:
    client, url = _queue(stage)
    calls = max(20, scale.calls // 5)
    if stage.name in HOLDS:
        fill(client, url, (scale.rounds + 1) * calls)
    return micros(lambda: _receive_and_delete(client, url), scale, calls=calls)


def receive_among_many(stage: Stage, scale: Scale) -> float:
    client, url = _queue(stage)
    fill(client, url, stored(stage, scale))
    return micros(lambda: _receive_and_delete(client, url), scale, calls=max(5, _fewer(stage, scale) // 5))


def memory(stage: Stage, scale: Scale) -> float | None:
    if not has_memory_figures():
        return None
    client, url = _queue(stage)
    fill(client, url, 100)
    before = resident_bytes()
    number = stored(stage, scale)
    fill(client, url, number)
    return (resident_bytes() - before) / number - len(BODY)


def to_lambda(stage: Stage, scale: Scale) -> float:
    client, url = _queue(stage)
    arn = client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    functions = stage.client("lambda")
    deploy(functions, "batch", "def handler(event, context):\n    return len(event['Records'])\n")
    functions.invoke(FunctionName="batch", Payload=b'{"Records": []}')
    number = scale.delivered if stage.is_ours else scale.stored_by_peers
    fill(client, url, number)

    def deliver() -> None:
        functions.create_event_source_mapping(FunctionName="batch", EventSourceArn=arn, BatchSize=10)
        wait_until_empty(client, url)

    return number / seconds(deliver)


MEASURES = (
    Measure(name="SQS send_message", unit="us", run=send),
    Measure(name="SQS send_message, many stored", unit="us", run=send_among_many, stages=HOLDS),
    Measure(name="SQS receive + delete", unit="us", run=receive),
    Measure(name="SQS receive + delete, many stored", unit="us", run=receive_among_many, stages=HOLDS),
    Measure(name="SQS memory beyond the body, a message", unit="bytes", run=memory, stages=(OURS, MOTO)),
    Measure(name="SQS to Lambda, batches of 10", unit="messages/s", run=to_lambda, stages=(OURS, MINISTACK)),
)
