"""What integrations replace in AWS's runtime interface client is what runs, as error trackers have it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

import mocklambda
from mocklambda.packaging import zip_of

TRACKER = """
import functools, json, sys

told = []


def bootstrap():
    if "bootstrap" in sys.modules:
        return sys.modules["bootstrap"]
    main = sys.modules["__main__"]
    if hasattr(main, "awslambdaricmain") and hasattr(main.awslambdaricmain, "bootstrap"):
        return main.awslambdaricmain.bootstrap
    return main


def start():
    module = bootstrap()
    client = module.LambdaRuntimeClient
    for name in ("post_init_error", "post_invocation_result", "post_invocation_error"):
        setattr(client, name, flushing(name, getattr(client, name)))
    old = module.handle_event_request

    def handle_event_request(lambda_runtime_client, request_handler, *args, **kwargs):
        return old(lambda_runtime_client, wrapped(request_handler), *args, **kwargs)

    module.handle_event_request = handle_event_request


def flushing(name, old):
    @functools.wraps(old)
    def post(*args, **kwargs):
        if name == "post_init_error":
            told.append([args[1]["errorType"]])
        print("TOLD", json.dumps([name, told]))
        told.clear()
        return old(*args, **kwargs)

    return post


def wrapped(handler):
    @functools.wraps(handler)
    def run(event, context):
        told.append(context.aws_request_id)
        try:
            return handler(event, context)
        except Exception as error:
            told.append(repr(error))
            raise

    return run
"""
APP = """
import tracker
{}

def handler(event, context):
    {}
    if event.get("fail"):
        raise ValueError("broken")
    return {{"got": event}}
"""
EARLY = APP.format("tracker.start()", "pass")


def deploy(cloud: Any, app: str, **settings: Any) -> Any:
    source = zip_of({"tracker.py": TRACKER, "app.py": app})
    return cloud.function("fn", "app.handler", source=source, **settings)


def told(function: Any) -> list[Any]:
    return [json.loads(text) for text in re.findall(r"TOLD (.*)", function.logs)]


def request_ids(function: Any) -> list[str]:
    return [one.request_id for one in function.invocations]


@pytest.fixture(params=[{}, {"isolation": "directories"}, {"start": "spawn"}, {"strict_packages": True}])
def cloud(request: Any) -> Any:
    with mocklambda.mock_lambda(**request.param) as made:
        yield made


def test_an_integration_sees_each_invocation_and_what_it_raises(cloud: Any) -> None:
    function = deploy(cloud, EARLY)
    assert function.invoke({"a": 1}).payload == {"got": {"a": 1}}
    assert function.invoke({"fail": 1}).error["errorType"] == "ValueError"
    first, second = request_ids(function)
    assert told(function) == [
        ["post_invocation_result", [first]],
        ["post_invocation_error", [second, "ValueError('broken')"]],
    ]


def test_one_that_a_handler_sets_up_sees_the_end_of_that_invocation_and_all_of_the_next(
    mock_lambda: Any,
) -> None:
    late = 'event.get("start") and tracker.start()'
    function = deploy(mock_lambda, APP.format("", late))
    function.invoke({})
    function.invoke({"start": 1})
    function.invoke({"fail": 1})
    assert told(function) == [
        ["post_invocation_result", []],
        ["post_invocation_error", [request_ids(function)[2], "ValueError('broken')"]],
    ]


def test_a_failure_of_that_very_invocation_is_posted_by_it(mock_lambda: Any) -> None:
    function = deploy(mock_lambda, APP.format("", "tracker.start()"))
    assert function.invoke({"fail": 1}).error["errorMessage"] == "broken"
    assert told(function) == [["post_invocation_error", []]]
    assert "[ERROR] ValueError: broken" in function.logs


def test_a_failed_init_is_told_of(mock_lambda: Any) -> None:
    function = deploy(mock_lambda, APP.format("tracker.start()\nraise KeyError('no')", "pass"))
    assert function.invoke({}).error["errorType"] == "KeyError"
    assert told(function)[0] == ["post_init_error", [["KeyError"]]]


@pytest.mark.parametrize("log_format", ["Text", "JSON"])
def test_answers_and_logs_are_the_same_with_and_without_one(mock_lambda: Any, log_format: str) -> None:
    found = []
    for name, first in (("without", ""), ("with", "import awslambdaric.bootstrap as b\nb.to_json")):
        app = f"{first}\ndef handler(event, context):\n    return 1 / event['by'], 'ä', context.client_context\n"
        function = mock_lambda.function(name, source=app, LoggingConfig={"LogFormat": log_format})
        answers = [function.invoke({"by": 1}).payload, function.invoke({"by": 0}).error]
        answers[1].pop("requestId")
        lines = re.findall(r"division by zero|ZeroDivisionError", function.logs)
        assert re.search(r"line \d, in handler", function.logs)
        answers[1]["stackTrace"] = [re.sub(r"line \d", "line N", text) for text in answers[1]["stackTrace"]]
        found.append((answers, lines))
    assert found[0] == found[1]


def test_a_marshaller_of_ones_own_reads_and_writes(mock_lambda: Any) -> None:
    app = """
from awslambdaric.lambda_runtime_client import LambdaRuntimeClient
from awslambdaric.bootstrap import LambdaRuntimeClient as Same

class Marshaller:
    def unmarshal_request(self, request, content_type="application/json"):
        return [request.decode(), content_type]

    def marshal_response(self, response):
        return '{"written": %d}' % len(response), "application/json"

assert LambdaRuntimeClient is Same
LambdaRuntimeClient.marshaller = Marshaller()

def handler(event, context):
    assert event == ['{"a": 1}', "application/json"], event
    return [1, 2, 3]
"""
    assert mock_lambda.function("fn", source=app).invoke({"a": 1}).payload == {"written": 3}


def test_other_modules_of_the_package_are_those_that_are_installed(mock_lambda: Any) -> None:
    app = """
import sys
from awslambdaric import bootstrap, lambda_context

def handler(event, context):
    return lambda_context.WHOSE, hasattr(bootstrap, "handle_event_request"), "bootstrap" in sys.modules
"""
    source = zip_of(
        {
            "app.py": app,
            "awslambdaric/__init__.py": "",
            "awslambdaric/lambda_context.py": "WHOSE = 'its own'\n",
            "awslambdaric/bootstrap.py": "",
        }
    )
    function = mock_lambda.function("fn", "app.handler", source=source)
    assert function.invoke({}).payload == ["its own", True, False]


def test_a_failed_hook_of_a_snapshot_is_told_of(mock_lambda: Any) -> None:
    app = (
        EARLY
        + """
from snapshot_restore_py import register_before_snapshot

@register_before_snapshot
def hook():
    raise OSError("no")
"""
    )
    function = deploy(mock_lambda, app, SnapStart={"ApplyOn": "PublishedVersions"}, runtime="python3.12")
    mock_lambda.api("lambda", "PublishVersion", FunctionName="fn")
    streams = mock_lambda.logbook.streams("/aws/lambda/fn", account="123456789012", region="us-east-1")
    text = "".join(line for events in streams.values() for _, line in events)
    assert json.loads(re.findall(r"TOLD (.*)", text)[0]) == ["post_init_error", [["OSError"]]]
    assert function.invoke({}).payload == {"got": {}}
