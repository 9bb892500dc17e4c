"""A streamed response is read while its function makes it: each chunk is there when the function has sent it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import boto3
import pytest
from lambda_support import client
from streaming_support import streaming_function

import mocklambda

DONE = {"InvokeComplete": {}}


@pytest.fixture(params=["fast", "wire"])
def cloud(request: Any) -> Iterator[Any]:
    with mocklambda.mock_lambda(wire=request.param == "wire") as cloud:
        streaming_function(client(), Timeout=60)
        yield cloud


@pytest.fixture
def queue(cloud: Any) -> Any:
    return cloud.queue("go-on")


def begun(**event: Any) -> Iterator[Any]:
    found = client().invoke_with_response_stream(FunctionName="fn", Payload=json.dumps(event))
    return iter(found["EventStream"])


def chunk(text: str) -> dict[str, Any]:
    return {"PayloadChunk": {"Payload": text.encode()}}


def test_a_chunk_is_there_while_the_function_waits_for_what_the_test_does_next(queue: Any) -> None:
    events = begun(chunks=["a"], queue=queue.url)
    assert next(events) == chunk("a")
    queue.send("b")
    assert next(events) == chunk("b")
    queue.send("c")
    queue.send("end")
    assert list(events) == [chunk("c"), DONE]


def test_the_test_may_put_what_a_streaming_function_polls_for(cloud: Any) -> None:
    boto3.client("s3").create_bucket(Bucket="polled")
    events = begun(chunks=["a"], bucket="polled")
    assert next(events) == chunk("a")
    boto3.client("s3").put_object(Bucket="polled", Key="b", Body=b"")
    assert list(events) == [chunk("b"), DONE]


def slow_consumer(cloud: Any) -> tuple[Any, Any]:
    """Return a function that takes its time, and the queue that it consumes."""
    source = "import time\n\ndef handler(event, context):\n    time.sleep(0.2)\n"
    function, queue = cloud.function("consumer", source=source), cloud.queue("told")
    function.on_queue(queue)
    return function, queue


def test_when_a_stream_is_read_to_its_end_what_the_function_caused_has_happened(cloud: Any) -> None:
    consumer, told = slow_consumer(cloud)
    for event in begun(chunks=["a"], tell=told.url):
        assert (event == DONE) == (len(consumer.invocations) == 1)


def test_settle_waits_for_the_end_of_a_stream_that_nobody_reads(cloud: Any) -> None:
    _, told = slow_consumer(cloud)
    events = begun(chunks=["a"], tell=told.url)
    cloud.settle()
    assert sorted(one.function for one in cloud.invocations()) == ["consumer", "fn"]
    assert list(events) == [chunk("a"), DONE]


def test_a_stream_that_nobody_reads_does_not_hold_up_the_end_of_the_session() -> None:
    with mocklambda.mock_lambda():
        streaming_function(client(), Timeout=60)
        events = begun(chunks=["a"], end="hang")
    with pytest.raises(mocklambda.NothingWillAnswer, match="closed"):
        list(events)


def test_a_stream_that_is_closed_early_leaves_the_function_running_to_its_end(cloud: Any, queue: Any) -> None:
    event = json.dumps({"chunks": ["a"], "queue": queue.url})
    stream = client().invoke_with_response_stream(FunctionName="fn", Payload=event)["EventStream"]
    assert next(iter(stream)) == chunk("a")
    stream.close()
    queue.send("b")
    queue.send("end")
    cloud.settle()
    assert [one.ok for one in cloud.invocations()] == [True]


def test_time_skips_while_both_the_reader_and_the_function_wait(cloud: Any, queue: Any) -> None:
    events = begun(chunks=["a"], queue=queue.url)
    before = cloud.now
    assert list(events) == [chunk("a"), DONE]
    assert timedelta(seconds=20) <= cloud.now - before < timedelta(seconds=40)


def test_two_streams_are_read_in_turns(queue: Any, cloud: Any) -> None:
    other = cloud.queue("go-on-too")
    first, second = begun(chunks=["a"], queue=queue.url), begun(chunks=["1"], queue=other.url)
    assert (next(first), next(second)) == (chunk("a"), chunk("1"))
    other.send("2")
    queue.send("b")
    assert (next(first), next(second)) == (chunk("b"), chunk("2"))
    for each in (queue, other):
        each.send("end")
    assert (list(first), list(second)) == ([DONE], [DONE])


def test_no_other_call_waits_for_a_function_whose_response_is_being_read(cloud: Any, queue: Any) -> None:
    bucket, events = cloud.bucket("polled"), begun(chunks=["a"], queue=queue.url, bucket="polled")
    assert next(events) == chunk("a")
    cloud.settle()  # it waits for a message
    queue.send("end")  # it goes on, and polls for an object
    bucket.put("b", b"")
    assert list(events) == [chunk("b"), DONE]


def run_one(number: int) -> None:
    """Stream and read one of many responses, of which some fail and some are not read to their end."""
    chunks = [f"{number}-{index}" * 10**index for index in range(number % 5)]
    ends = {3: "error", 4: "exit", 5: "cut"}
    found = []
    for event in begun(chunks=chunks, end=ends.get(number % 6)):
        found.append(event)
        if number % 7 == 0:
            return
    text = "".join(event["PayloadChunk"]["Payload"].decode() for event in found[:-1])
    assert (text, "ErrorCode" in found[-1]["InvokeComplete"]) == ("".join(chunks), number % 6 in ends)


def test_many_threads_stream_at_once_and_none_waits_for_ever(cloud: Any) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(run_one, range(120), timeout=60))
    cloud.settle()
    assert len(cloud.invocations()) == 120


def test_a_thread_may_read_while_another_one_feeds_the_function(cloud: Any) -> None:
    bucket, events = cloud.bucket("polled"), begun(chunks=["a"], bucket="polled")
    with ThreadPoolExecutor(1) as pool:
        read = pool.submit(lambda: [*events])
        bucket.put("b", b"")
        assert read.result(timeout=10) == [chunk("a"), chunk("b"), DONE]


def test_a_failure_comes_after_chunks_that_were_read_before_it(cloud: Any, queue: Any) -> None:
    events = begun(chunks=["a"], queue=queue.url, end="error")
    assert next(events) == chunk("a")
    queue.send("end")
    assert [event["InvokeComplete"]["ErrorCode"] for event in events] == ["Unhandled"]


def test_a_timeout_comes_after_chunks_that_were_read_before_it(cloud: Any) -> None:
    client().update_function_configuration(FunctionName="fn", Timeout=1)
    events = begun(chunks=["a"], end="hang")
    assert next(events) == chunk("a")
    (end,) = events
    assert json.loads(end["InvokeComplete"]["ErrorDetails"])["errorType"] == "Sandbox.Timedout"


def test_what_is_streamed_is_journalled_whole(cloud: Any, queue: Any) -> None:
    events = begun(chunks=['{"a":', " 1}"])
    assert len(list(events)) == 3
    (one,) = cloud.invocations()
    assert one.result == {"a": 1}


def test_an_inline_handler_reads_another_function_s_stream_as_it_is_made(cloud: Any, queue: Any) -> None:
    def handler(event: Any, context: Any) -> list[str]:
        events = begun(chunks=["a"], queue=queue.url)
        found = [next(events)["PayloadChunk"]["Payload"].decode()]
        boto3.client("sqs").send_message(QueueUrl=queue.url, MessageBody="b")
        found.append(next(events)["PayloadChunk"]["Payload"].decode())
        boto3.client("sqs").send_message(QueueUrl=queue.url, MessageBody="end")
        return [*found, *(name for event in events for name in event)]

    reader = cloud.function("reader", source=handler, inline=True)
    assert reader.invoke({}).payload == ["a", "b", "InvokeComplete"]


def test_a_handler_in_a_process_gets_the_stream_of_another_function_whole(cloud: Any) -> None:
    source = """
import boto3, json

def handler(event, context):
    found = boto3.client("lambda").invoke_with_response_stream(FunctionName="fn", Payload=json.dumps(event))
    return [e["PayloadChunk"]["Payload"].decode() for e in found["EventStream"] if "PayloadChunk" in e]
"""
    caller = cloud.function("caller", source=source)
    assert caller.invoke({"chunks": ["a", "b"]}).payload == ["a", "b"]
