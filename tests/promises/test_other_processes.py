"""Processes that a test starts are not mocked; by AWS_ENDPOINT_URL they call the test's cloud, however they are started."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from typing import Any

import boto3
import pytest

SCRIPT = """
import boto3, sys
boto3.client("sqs").send_message(QueueUrl=sys.argv[1], MessageBody="hello")
"""


def send(queue_url: str) -> None:
    boto3.client("sqs").send_message(QueueUrl=queue_url, MessageBody="hello")


def by_subprocess(queue_url: str) -> None:
    subprocess.run([sys.executable, "-c", SCRIPT, queue_url], check=True, timeout=60)


def by_fork(queue_url: str) -> None:
    process = multiprocessing.get_context("fork").Process(target=send, args=(queue_url,))
    process.start()
    process.join(60)
    assert process.exitcode == 0
    process.close()


@pytest.mark.xfail(strict=True, reason="a fork has a copy of the cloud, which nobody sees")
@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_a_fork_that_is_not_told_calls_the_tests_cloud_too(mock_lambda: Any) -> None:
    queue = mock_lambda.queue("queue")
    by_fork(queue.url)
    assert [message.body for message in queue.messages] == ["hello"]


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("way", [by_subprocess, by_fork])
def test_a_process_that_is_told_of_the_endpoint_calls_the_tests_cloud(mock_lambda: Any, way: Any) -> None:
    queue = mock_lambda.queue("queue")
    function = mock_lambda.function("echo", source="def handler(event, context):\n    return event\n")
    function.on_queue(queue)
    os.environ["AWS_ENDPOINT_URL"] = mock_lambda.endpoint_url
    way(queue.url)
    mock_lambda.settle()
    assert [one.event["Records"][0]["body"] for one in function.invocations] == ["hello"]


def test_the_variable_is_gone_with_the_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    from mocklambda import mock_lambda

    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_lambda() as cloud:
        os.environ["AWS_ENDPOINT_URL"] = cloud.endpoint_url
        boto3.client("sqs", region_name="us-east-1").list_queues()
    assert "AWS_ENDPOINT_URL" not in os.environ
