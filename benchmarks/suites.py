"""Whole suites: what a test costs where there are hundreds of them, in one process and under pytest-xdist.

Each test starts from nothing, as tests should: functions, queues and buckets are its own, and every handler runs in a
process of its own. The figure is what one test more takes: what pytest takes to start, and to import, is not in it.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from measure import Measure
from measuring import Scale
from stages import OURS, Stage

KINDS = 3
WORKERS = 2

HANDLER = """
import json
import boto3

s3 = boto3.client("s3")

def store(event, context):
    for record in event["Records"]:
        s3.put_object(Bucket="orders", Key=record["messageId"], Body=record["body"])

def fail(event, context):
    raise ValueError(event["order"])
"""

TESTS = """
from pathlib import Path
import boto3
import pytest

CODE = Path(__file__).parent / "orders.py"


@pytest.mark.parametrize("number", range({each}))
def test_orders_are_stored(mock_lambda, number):
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="orders")
    orders = mock_lambda.queue("orders")
    mock_lambda.function("store", source=CODE, handler="orders.store").on_queue(orders)
    for each in range(3):
        orders.send(f"order {{each}}")
    assert s3.list_objects_v2(Bucket="orders")["KeyCount"] == 3


@pytest.mark.parametrize("number", range({each}))
def test_failures_are_retried_and_end_in_a_queue(mock_lambda, number):
    dead = mock_lambda.queue("dead")
    function = mock_lambda.function("fail", source=CODE, handler="orders.fail", on_failure=dead)
    function.send({{"order": number}})
    mock_lambda.advance(minutes=5)
    assert len(function.invocations) == 3
    assert len(dead.messages) == 1


@pytest.mark.parametrize("number", range({each}))
def test_messages_come_back(mock_lambda, number):
    sqs = boto3.client("sqs", region_name="us-east-1")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=str(number))
    assert sqs.receive_message(QueueUrl=url)["Messages"]
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    mock_lambda.advance(seconds=30)
    assert sqs.receive_message(QueueUrl=url)["Messages"]
"""


def _suite(*options: str) -> Callable[[Stage, Scale], float]:
    def run(_: Stage, scale: Scale) -> float:
        files, few, many = scale.calls // 30, 1, scale.calls // 15
        more = _taken(files, many, options) - _taken(files, few, options)
        return more / ((many - few) * files * KINDS) * 1e3

    return run


def _taken(files: int, each: int, options: Sequence[str]) -> float:
    """Run a suite of so many files, with so many tests of each kind in each; returns seconds."""
    with TemporaryDirectory() as folder:
        for number in range(files):
            Path(folder, f"test_orders_{number}.py").write_text(TESTS.format(each=each), encoding="utf-8")
        Path(folder, "orders.py").write_text(HANDLER, encoding="utf-8")
        Path(folder, "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, folder]
        started = time.perf_counter()
        ended = subprocess.run(command, check=False, capture_output=True, text=True)
        taken = time.perf_counter() - started
    assert f"{files * each * KINDS} passed" in ended.stdout, ended.stdout[-2000:]
    return taken


MEASURES = (
    Measure(name="a suite's test", unit="ms", run=_suite("-p", "no:xdist"), stages=(OURS,), opens=False),
    Measure(
        name="a suite's test, xdist", unit="ms", run=_suite("-n", str(WORKERS)), stages=(OURS,), opens=False
    ),
)
