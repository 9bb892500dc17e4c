"""What the author of a test is told at once when the words of the library are used wrongly."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

import pytest

import mocklambda
from mocklambda import MocklambdaError, NotStarted, UsageError

ECHO = "def handler(event, context):\n    return event\n"
NEW_YEAR = datetime(2024, 1, 1, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("args", "units", "said"),
    [
        ((5,), {}, "advance(5): a timedelta is expected; or units by name, such as seconds=5"),
        (("5 minutes",), {}, "advance('5 minutes'): a timedelta is expected"),
        ((), {"minute": 3}, "advance(minute=3): there is no such unit; did you mean 'minutes'?"),
        ((), {"years": 1}, "advance(years=1): there is no such unit; there are weeks, days, hours"),
        ((), {"seconds": "3"}, "advance(seconds='3'): a number is expected"),
        ((), {"seconds": float("nan")}, "advance(seconds=nan): a number is expected"),
        ((), {"seconds": float("inf")}, "advance(seconds=inf): there is no time so far away"),
        ((), {"days": 10**12}, "advance(days=1000000000000): there is no time so far away"),
        ((), {"days": 365 * 8000}, "advance(days=2920000): there is no time so far away"),
        ((timedelta.max,), {}, "there is no time so far away"),
        ((), {"minutes": -1}, "advance(minutes=-1): time does not go back"),
        ((timedelta(seconds=-1),), {}, "time does not go back"),
    ],
)
@pytest.mark.mock_lambda(clock=NEW_YEAR)
def test_a_length_of_time_that_is_none_is_refused_and_moves_nothing(mock_lambda, args, units, said):
    with pytest.raises(UsageError) as refusal:
        mock_lambda.advance(*args, **units)

    assert said in str(refusal.value)
    assert mock_lambda.now == NEW_YEAR


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (5, "run_until_idle(5): a timedelta is expected"),
        (timedelta(seconds=-1), "time does not go back"),
    ],
)
def test_a_limit_that_is_no_length_of_time_is_refused(mock_lambda, limit, said):
    with pytest.raises(UsageError) as refusal:
        mock_lambda.run_until_idle(limit)

    assert said in str(refusal.value)


@pytest.mark.mock_lambda(clock=NEW_YEAR)
def test_a_limit_may_be_as_far_away_as_can_be_said(mock_lambda):
    mock_lambda.queue("q").send("x", delay=60)

    mock_lambda.run_until_idle(timedelta.max)

    assert mock_lambda.now == NEW_YEAR + timedelta(minutes=1)


@pytest.mark.parametrize("verb", ["advance", "settle", "run_until_idle", "paused"])
@pytest.mark.parametrize("way", ["inline", "stub"])
def test_a_handler_that_would_wait_for_itself_is_told_so_at_once(mock_lambda, way, verb):
    def handler(event, context=None):
        waiting = getattr(mock_lambda, verb)()
        if verb == "paused":
            with waiting:
                pass

    make = {
        "inline": lambda: mock_lambda.function("fn", source=handler, inline=True),
        "stub": lambda: mock_lambda.stub("fn", side_effect=handler),
    }
    before = time.monotonic()

    error = make[way]().invoke().error

    assert error["errorType"] == "UsageError"
    assert error["errorMessage"] == (
        f"a handler can not {verb}(): it would wait for its own end. Move time and wait in the test itself; a handler "
        'that is to take long sleeps, which under mock_lambda(sleep="virtual") takes no real time'
    )
    assert time.monotonic() - before < 10


def test_a_handler_may_look_at_the_time(mock_lambda):
    fn = mock_lambda.function("fn", source=lambda event, context: mock_lambda.now.isoformat(), inline=True)

    assert fn.invoke().payload.startswith(str(mock_lambda.now.year))


def closed():
    with mocklambda.mock_lambda() as cloud:
        fn, queue = cloud.function("fn", source=ECHO), cloud.queue("q")
        fn.invoke({"n": 1})
    return cloud, fn, queue


@pytest.mark.parametrize(
    "use",
    [
        lambda cloud, fn, queue: fn.invoke(),
        lambda cloud, fn, queue: fn.logs,
        lambda cloud, fn, queue: queue.send("x"),
        lambda cloud, fn, queue: queue.messages,
        lambda cloud, fn, queue: cloud.queue("other"),
        lambda cloud, fn, queue: cloud.advance(minutes=1),
        lambda cloud, fn, queue: cloud.settle(),
        lambda cloud, fn, queue: cloud.run_until_idle(),
    ],
)
def test_a_cloud_that_is_closed_says_so(use):
    with pytest.raises(NotStarted, match="this cloud is closed"):
        use(*closed())


def test_a_cloud_that_is_closed_still_tells_what_ran():
    cloud, fn, _ = closed()

    assert [one.event for one in fn.invocations] == [{"n": 1}]
    assert "fn" in cloud.timeline()


def test_invocations_are_listed_by_name_or_by_handle(mock_lambda):
    fn = mock_lambda.function("fn", source=ECHO)
    fn.invoke()

    assert mock_lambda.invocations(fn) == mock_lambda.invocations("fn") == fn.invocations != []


@pytest.mark.parametrize(
    ("use", "said"),
    [
        (lambda cloud: cloud.function("fn", source=ECHO, durable=5), "durable=5: a timedelta is expected"),
        (lambda cloud: cloud.queue("q", max_receive_count=3), "max_receive_count= needs dead_letter="),
        (lambda cloud: cloud.queue("q").send("x", a=None), "a=None: text, a number or bytes is expected"),
        (lambda cloud: cloud.queue("q").send("x", a=True), "a=True: text, a number or bytes is expected"),
        (lambda cloud: cloud.topic("t").publish("x", a=[1]), "a=[1]: text, a number or bytes is expected"),
        (lambda cloud: cloud.layer("l", 5), "source=5: a directory, a zip file"),
        (lambda cloud: cloud.role("r", allow="sqs:*"), "allow='sqs:*': a mapping from actions to resources"),
        (lambda cloud: cloud.stub("s", side_effect=5), "side_effect=5: a callable or a sequence of answers"),
        (lambda cloud: cloud.stub("s", side_effect={"statusCode": 200}), "use returns= for one answer"),
        (lambda cloud: cloud.stub("s", side_effect="ok"), "use returns= for one answer"),
        (lambda cloud: cloud.stub("s", raises="no"), "raises='no': an exception is expected"),
        (lambda cloud: cloud.api("sqss", "SendMessage"), "there is no service 'sqss'; did you mean 'sqs'?"),
        (
            lambda cloud: cloud.api("sqs", "SendMesage"),
            "there is no operation of sqs 'SendMesage'; did you mean",
        ),
        (
            lambda cloud: cloud.api("dynamodb", "ListTables"),
            "cloud.api does calls of mocklambda's own services",
        ),
    ],
)
def test_what_can_not_be_meant_is_refused_with_what_can(mock_lambda, use, said):
    with pytest.raises(UsageError) as refusal:
        use(mock_lambda)

    assert said in str(refusal.value)
    assert isinstance(refusal.value, MocklambdaError)


def test_one_layer_needs_no_list(mock_lambda):
    layer = mock_lambda.layer("l", {"python/greeting.py": "text = 'hello'\n"})
    source = "import greeting\n\ndef handler(event, context):\n    return greeting.text\n"

    answers = [
        mock_lambda.function(f"fn-{number}", source=source, layers=layers).invoke().payload
        for number, layers in enumerate([layer, layer.arn, [layer]])
    ]

    assert answers == ["hello"] * 3


@pytest.mark.mock_lambda(clock=NEW_YEAR, seed=7)
def test_a_cloud_shows_what_it_is(mock_lambda):
    assert repr(mock_lambda) == "<Cloud of us-east-1 at 2024-01-01T00:00:00+00:00, seed 7>"


def test_a_cloud_that_is_closed_shows_that():
    assert repr(closed()[0]) == "<Cloud of us-east-1, closed>"
