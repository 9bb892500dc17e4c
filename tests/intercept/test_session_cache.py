"""What sessions share of what they work out is what each of them would have worked out, and only that."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import botocore.hooks
import botocore.session
import pytest
from botocore.hooks import EventAliaser, HierarchicalEmitter
from botocore.utils import EVENT_ALIASES

from mocklambda import mock_lambda

EVENTS = (
    "before-call.s3.PutObject",
    "before-call.lambda",
    "creating-client-class.iot-data",
    "docs.*.autoscaling.CreateLaunchConfiguration.complete-section",
    "before-sign.cognito-idp.*",
    "mine.own.event",
)


def takes_all(**_: Any) -> None: ...


def takes_some(event_name: str) -> None: ...


@functools.wraps(takes_all)
def wraps_all(event_name: str) -> None: ...


def signed() -> None: ...


signed.__signature__ = inspect.signature(takes_all)  # type: ignore[attr-defined]


class Handlers:
    def takes_all(self, event_name: str, **_: Any) -> None: ...

    def takes_some(self, event_name: str) -> None: ...

    def __call__(self, **_: Any) -> None: ...


FUNCTIONS: tuple[Callable[..., Any], ...] = (
    takes_all,
    takes_some,
    wraps_all,
    signed,
    Handlers().takes_all,
    Handlers().takes_some,
    Handlers(),
    functools.partial(takes_all),
    functools.partial(takes_some),
    lambda **_: None,
    lambda: None,
)


@pytest.fixture
def plain() -> Callable[..., Any]:
    """How botocore itself finds out what a function takes."""
    from botocore.hooks import accepts_kwargs

    return accepts_kwargs


@pytest.fixture
def started(plain: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    with mock_lambda():
        assert botocore.hooks.accepts_kwargs is not plain
        yield botocore.hooks.accepts_kwargs


@pytest.mark.parametrize("number", range(len(FUNCTIONS)))
def test_what_a_handler_takes_is_what_botocore_finds(
    plain: Callable[..., Any], started: Callable[..., Any], number: int
) -> None:
    assert bool(started(FUNCTIONS[number])) == bool(plain(FUNCTIONS[number]))


def test_a_handler_that_takes_too_little_is_refused_as_ever(mock_lambda: Any) -> None:
    with pytest.raises(ValueError, match="must accept keyword arguments"):
        boto3.client("sqs").meta.events.register("before-call.sqs", takes_some)


@pytest.mark.parametrize("event", EVENTS)
def test_events_have_the_names_that_botocore_gives_them(event: str) -> None:
    own = EventAliaser(HierarchicalEmitter())._alias_event_name(event)
    with mock_lambda():
        for _ in range(2):
            assert EventAliaser(HierarchicalEmitter())._alias_event_name(event) == own


def test_other_aliases_than_botocores_are_not_shared() -> None:
    with mock_lambda():
        assert (
            EventAliaser(HierarchicalEmitter())._alias_event_name("before-call.iot-data")
            != "before-call.mine"
        )
        mine = EventAliaser(HierarchicalEmitter(), {"iot-data": "mine"})
        assert mine._alias_event_name("before-call.iot-data") == "before-call.mine"
        assert EventAliaser(HierarchicalEmitter(), dict(EVENT_ALIASES))._alias_event_name("a.b") == "a.b"


def test_handlers_of_one_session_are_not_anothers() -> None:
    heard: list[str] = []

    def hear(model: Any, **_: Any) -> None:
        heard.append(model.name)

    with mock_lambda():
        first, second = boto3.session.Session(), boto3.session.Session()
        first.events.register("before-call.sqs", hear)
        first.client("sqs").list_queues()
        second.client("sqs").create_queue(QueueName="q")
    assert heard == ["ListQueues"]


HANDLER = """
import boto3

heard = []
session = boto3.session.Session()
session.events.register("before-call.sqs", lambda model, **_: heard.append(model.name))
sqs = session.client("sqs")

def handler(event, context):
    sqs.list_queues()
    boto3.client("sqs").create_queue(QueueName="q")
    try:
        sqs.meta.events.register("before-call.sqs", lambda event_name: None)
    except ValueError as error:
        return heard, "must accept keyword arguments" in str(error)
"""


def test_handlers_sessions_work_as_ever_too(mock_lambda: Any) -> None:
    assert mock_lambda.function("f", source=HANDLER).invoke({}).payload == [["ListQueues"], True]
