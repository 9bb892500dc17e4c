"""How many batches of a source run at once: at first, from minute to minute, and at most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import mocklambda

if TYPE_CHECKING:
    from mocklambda import Cloud

CODE = "def handler(event, context):\n    return None\n"


def backlog(cloud: Cloud, **mapping: int) -> str:
    """Make a queue that always has more than can be run: its function is throttled."""
    queue = cloud.queue("work", visibility_timeout=43200)
    function = cloud.function("worker", source=CODE, reserved=0)
    with cloud.paused():
        for start in range(0, 3000, 10):
            entries = [{"Id": str(n), "MessageBody": str(n)} for n in range(start, start + 10)]
            cloud.api("sqs", "SendMessageBatch", QueueUrl=queue.url, Entries=entries)
        return function.on_queue(queue, batch_size=1, **mapping)


def test_a_queue_is_polled_by_five_at_first_and_by_three_hundred_more_each_minute(mock_lambda: Cloud) -> None:
    mapping = backlog(mock_lambda)
    limits = [mock_lambda.concurrent_batches(mapping)[1]]
    for _ in range(5):
        mock_lambda.advance(minutes=1)
        limits.append(mock_lambda.concurrent_batches(mapping)[1])
    assert limits == [5, 305, 605, 905, 1205, 1250]


def test_maximum_concurrency_is_never_passed(mock_lambda: Cloud) -> None:
    mapping = backlog(mock_lambda, max_concurrency=7)
    mock_lambda.advance(minutes=10)
    assert mock_lambda.concurrent_batches(mapping)[1] == 7


def test_batches_that_run_are_told(mock_lambda: Cloud) -> None:
    mapping = backlog(mock_lambda)
    assert mock_lambda.concurrent_batches(mapping)[0] == 5


def test_a_mapping_that_is_not_there_is_an_error_of_the_tests_author(mock_lambda: Cloud) -> None:
    with pytest.raises(mocklambda.UsageError, match="there is no event source mapping 'nowhere'"):
        mock_lambda.concurrent_batches("nowhere")
