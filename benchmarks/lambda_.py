"""Functions: warm and cold invocations, and calls from inside a handler."""

from __future__ import annotations

import json
import time
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from measure import Measure
from measuring import Scale, micros, micros_of_each
from stages import MINISTACK, OURS, Stage

RUNS = (OURS, MINISTACK)
ROLE = "arn:aws:iam::123456789012:role/service"
ECHO = "def handler(event, context):\n    return event\n"
WITH_BOTO3 = "import boto3\nsqs = boto3.client('sqs')\n" + ECHO
CALLER = """
import boto3, time
sqs = boto3.client("sqs")

def handler(event, context):
    for _ in range(event["calls"] // 10 + 1):
        sqs.get_queue_url(QueueName="q")
    taken = []
    for _ in range(event["rounds"]):
        started = time.perf_counter()
        for _ in range(event["calls"]):
            sqs.get_queue_url(QueueName="q")
        taken.append((time.perf_counter() - started) / event["calls"])
    return sorted(taken)[len(taken) // 2] * 1e6
"""


def deploy(client: Any, name: str, code: str) -> None:
    """Create a function from source text."""
    packed = BytesIO()
    with ZipFile(packed, "w") as archive:
        archive.writestr("app.py", code)
    client.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=ROLE,
        Handler="app.handler",
        Timeout=30,
        Code={"ZipFile": packed.getvalue()},
        MemorySize=512,
    )
    client.get_waiter("function_active_v2").wait(FunctionName=name)


def wait_until_empty(client: Any, url: str) -> None:
    """Return when a queue holds nothing more, visible or not. Our own calls return only then."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    while True:
        left = client.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        if not any(int(number) for number in left.values()):
            return
        time.sleep(0.005)


def _warm(stage: Stage, scale: Scale, payload: bytes, calls: int) -> float:
    client = stage.client("lambda")
    deploy(client, "echo", ECHO)

    def invoke() -> None:
        answer = client.invoke(FunctionName="echo", Payload=payload)
        assert answer["Payload"].read() == payload

    return micros(invoke, scale, calls=calls)


def warm(stage: Stage, scale: Scale) -> float:
    return _warm(stage, scale, b'{"n": 1}', scale.calls // (1 if stage.is_ours else 10))


def warm_megabyte(stage: Stage, scale: Scale) -> float:
    return _warm(stage, scale, json.dumps({"text": "x" * 1_000_000}).encode(), 5)


def _cold(stage: Stage, scale: Scale, code: str) -> float:
    client = stage.client("lambda")
    number = 2 * scale.rounds + 1
    for each in range(number):
        deploy(client, f"cold-{each}", f"{code}\n# {each}\n")
    client.invoke(FunctionName="cold-0")  # what is started once a session
    return micros_of_each(lambda each: client.invoke(FunctionName=f"cold-{each + 1}"), number - 1)


def cold(stage: Stage, scale: Scale) -> float:
    return _cold(stage, scale, ECHO)


def cold_with_boto3(stage: Stage, scale: Scale) -> float:
    return _cold(stage, scale, WITH_BOTO3)


def call_in_test(stage: Stage, scale: Scale) -> float:
    client = stage.client("sqs")
    client.create_queue(QueueName="q")
    return micros(lambda: client.get_queue_url(QueueName="q"), scale)


def call_in_handler(stage: Stage, scale: Scale) -> float:
    stage.client("sqs").create_queue(QueueName="q")
    client = stage.client("lambda")
    deploy(client, "caller", CALLER)
    event = json.dumps({"calls": scale.calls, "rounds": scale.rounds}).encode()
    answer = client.invoke(FunctionName="caller", Payload=event)
    return float(json.loads(answer["Payload"].read()))


MEASURES = (
    Measure(name="Lambda warm invocation", unit="us", run=warm, stages=RUNS),
    Measure(name="Lambda warm invocation, 1 MB", unit="us", run=warm_megabyte, stages=RUNS),
    Measure(name="Lambda cold invocation", unit="us", run=cold, stages=RUNS),
    Measure(name="Lambda cold, boto3 client in module", unit="us", run=cold_with_boto3, stages=RUNS),
    Measure(name="SQS get_queue_url in the test", unit="us", run=call_in_test, stages=RUNS),
    Measure(name="SQS get_queue_url in a handler", unit="us", run=call_in_handler, stages=RUNS),
)
