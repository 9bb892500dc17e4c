"""Threads that wait for invocations hear them themselves, and none is forgotten."""

from __future__ import annotations

import json
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest

from mocklambda import mock_lambda

ECHO = "def handler(event, context):\n    return event\n"


def test_many_threads_invoke_at_once_and_each_gets_its_own_answer(mock_lambda: Any) -> None:
    function = mock_lambda.function("echo", source=ECHO)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: function.invoke(number).payload, range(400)))
    assert answers == list(range(400))


def test_a_thread_that_settles_hears_what_another_ones_call_set_off(mock_lambda: Any) -> None:
    inner = mock_lambda.function("inner", source=ECHO)
    outer = mock_lambda.function(
        "outer",
        source="""
import boto3
client = boto3.client("lambda")

def handler(event, context):
    for _ in range(5):
        client.invoke(FunctionName="inner", Payload=b"1")
    client.invoke(FunctionName="inner", InvocationType="Event", Payload=b"2")
""",
    )
    threads = [threading.Thread(target=outer.invoke, args=({},)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(inner.invocations) == 4 * 6


def test_events_larger_than_the_channel_reach_warm_environments(mock_lambda: Any) -> None:
    function = mock_lambda.function("length", source="def handler(event, context):\n    return event\n")
    for size in (10, 70_000, 5_000_000, 10, 2_000_000):
        assert function.invoke("x" * size).payload == "x" * size


@pytest.mark.mock_lambda(throughput_limits=False)
def test_batches_of_a_stream_larger_than_the_channel_follow_one_another(mock_lambda: Any) -> None:
    stream = mock_lambda.stream("s")
    function = mock_lambda.function(
        "count", source="def handler(event, context):\n    return len(event['Records'])\n"
    )
    function.on_stream(stream, batch_size=100)
    client = boto3.client("kinesis", region_name="us-east-1")
    for _ in range(20):
        records = [{"Data": b"x" * 900, "PartitionKey": "p"} for _ in range(300)]
        client.put_records(StreamName="s", Records=records)
    assert sum(one.result for one in function.invocations) == 20 * 300


def test_batches_larger_than_the_channel_follow_one_another(mock_lambda: Any) -> None:
    queue = mock_lambda.queue("big")
    source = "def handler(event, context):\n    return sum(len(r['body']) for r in event['Records'])\n"
    function = mock_lambda.function("sum", source=source)
    function.on_queue(queue, batch_size=10)
    with mock_lambda.paused():
        for _ in range(40):
            queue.send("x" * 250_000)
    assert sum(one.result for one in function.invocations) == 40 * 250_000


def test_an_environment_that_dies_while_its_caller_listens_is_replaced(mock_lambda: Any) -> None:
    source = """
import os

def handler(event, context):
    if event:
        os.kill(os.getpid(), 9)
    return "well"
"""
    function = mock_lambda.function("mortal", source=source)
    for _ in range(5):
        assert function.invoke([]).payload == "well"
        assert "Runtime.ExitError" in json.dumps(function.invoke([1]).payload)


def test_an_interrupted_wait_leaves_the_environment_to_be_heard_by_the_next(mock_lambda: Any) -> None:
    source = "import time\ndef handler(event, context):\n    time.sleep(event)\n    return event\n"
    function = mock_lambda.function("slow", source=source)
    client = boto3.client("lambda", region_name="us-east-1")
    client.invoke(FunctionName="slow", Payload=b"0")

    class Interrupted(Exception):
        pass

    def interrupt(*_: object) -> None:
        raise Interrupted

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.15)
        with pytest.raises(Interrupted):
            client.invoke(FunctionName="slow", Payload=b"0.4")
    finally:
        signal.signal(signal.SIGALRM, before)
    mock_lambda.settle()
    assert [one.result for one in function.invocations] == [0, 0.4]


def test_who_interrupts_a_wait_waits_no_more() -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    source = "import time\ndef handler(event, context):\n    time.sleep(event)\n"
    before = signal.signal(signal.SIGALRM, interrupt)
    started = time.monotonic()
    try:
        with mock_lambda() as cloud:
            slow = cloud.function("slow", source=source, timeout=60)
            slow.invoke(0)
            signal.setitimer(signal.ITIMER_REAL, 0.15)
            with pytest.raises(KeyboardInterrupt):
                slow.invoke(30)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert time.monotonic() - started < 15


def test_functions_that_set_off_one_another_are_heard_again_and_again(mock_lambda: Any) -> None:
    done = mock_lambda.queue("done")
    first, second = (mock_lambda.function(name, source=ECHO) for name in ("first", "second"))
    tail = mock_lambda.function("third", source=ECHO, on_success=done)
    client = boto3.client("lambda", region_name="us-east-1")
    for one, other in ((first, second), (second, tail)):
        client.put_function_event_invoke_config(
            FunctionName=one.name, DestinationConfig={"OnSuccess": {"Destination": other.arn}}
        )
    for number in range(1, 6):
        first.send({})
        tail.invoke({})
        assert [len(one.invocations) for one in (first, second, tail)] == [number, number, 2 * number]
    assert len(done.messages) == 5
