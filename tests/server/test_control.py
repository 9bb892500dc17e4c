"""The control calls, for test suites in any language."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from mocklambda.server.control import ACTIONS
from tests.server.live import Held, create

CALLS = (
    "there are GET /_mocklambda/health, POST /_mocklambda/reset, POST /_mocklambda/advance, "
    "POST /_mocklambda/settle, GET /_mocklambda/invocations"
)


def now(live):
    return datetime.fromisoformat(live.control("GET", "health")[1]["now"])


def test_health_names_the_services(live):
    status, told = live.control("GET", "health")
    assert (status, told["status"], {"lambda", "s3", "sqs"} <= set(told["services"])) == (200, "ok", True)


def test_reset_drops_all_state(live):
    live.client("sqs").create_queue(QueueName="jobs")
    status, _ = live.control("POST", "reset")
    assert (status, live.client("sqs").list_queues().get("QueueUrls")) == (200, None)


def test_reset_brings_time_back_to_real_time(live):
    live.control("POST", "advance", {"days": 400})
    live.reset()
    assert abs(now(live) - datetime.now(now(live).tzinfo)) < timedelta(seconds=30)


def test_reset_answers_who_waits_for_what_is_gone(live):
    held = Held(live)
    live.reset()
    with pytest.raises(ClientError, match="The cloud was closed while a call was waiting"):
        held.result()


@pytest.mark.parametrize(
    ("length", "moved"),
    [
        ({"minutes": 3}, timedelta(minutes=3)),
        ({"hours": 1, "seconds": 0.5}, timedelta(hours=1, seconds=0.5)),
        ({"days": "2"}, timedelta(days=2)),
    ],
)
def test_advance_moves_time(live, length, moved):
    before = now(live)
    status, told = live.control("POST", "advance", length)
    passed = datetime.fromisoformat(told["now"]) - before - moved
    assert (status, timedelta() <= passed < timedelta(seconds=10)) == (200, True)


def test_settle_waits_for_what_is_in_flight(live):
    functions = live.client("lambda")
    create(
        functions, "slow", "import time\ndef handler(event, context):\n    time.sleep(0.3)\n    return 'done'"
    )
    functions.invoke(FunctionName="slow", InvocationType="Event", Payload=b"[1]")
    status, _ = live.control("POST", "settle")
    (one,) = live.control("GET", "invocations")[1]["invocations"]
    assert (status, one["function"], one["event"], one["result"]) == (200, "slow", [1], "done")


def test_invocations_can_be_asked_for_by_function(live):
    functions = live.client("lambda")
    for name in ("a", "b"):
        create(functions, name, "def handler(event, context):\n    return context.function_name")
        functions.invoke(FunctionName=name)
    _, told = live.control("GET", "invocations?function=b")
    assert [one["result"] for one in told["invocations"]] == ["b"]


@pytest.mark.parametrize(
    ("method", "name", "body", "status", "message"),
    [
        (
            "POST",
            "advance",
            {"minuets": 3},
            400,
            "minuets: not understood; milliseconds, seconds, minutes, hours, days, weeks is",
        ),
        (
            "POST",
            "advance",
            {"minutes": "many"},
            400,
            "that is no length of time: could not convert string to float: 'many'",
        ),
        ("POST", "advance", {"minutes": -1}, 400, "advance(minutes=-1.0): time does not go back"),
        ("POST", "advance", [3], 400, "the body is not a JSON object"),
        ("POST", "settle", {"x": 1}, 400, "x: not understood; nothing is"),
        ("GET", "reset", None, 404, f"there is no GET /_mocklambda/reset; {CALLS}"),
        ("GET", "", None, 404, f"there is no GET /_mocklambda/; {CALLS}"),
    ],
)
def test_a_call_that_is_not_understood_changes_nothing_and_says_what_is(
    live, method, name, body, status, message
):
    live.client("sqs").create_queue(QueueName="jobs")
    answer = live.control(method, name, body)
    assert (answer, len(live.client("sqs").list_queues()["QueueUrls"])) == ((status, {"message": message}), 1)


def test_the_readme_has_each_call():
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(GET|POST) /_mocklambda/(\w+)` \|", readme, re.MULTILINE)
    assert sorted(listed) == sorted(ACTIONS)


def test_a_body_that_is_no_json_is_refused(live):
    status, _, body = live.ask("POST", "/_mocklambda/advance", b"{minutes")
    assert (status, b"the body is not JSON" in body) == (400, True)
