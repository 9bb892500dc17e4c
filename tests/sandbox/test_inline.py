"""Handlers in the test's own process: same outcomes, and the process given back as it was."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from unittest import mock

import pytest

from mocklambda.execution.effects import SendInvocation
from mocklambda.execution.values import Executor, InvocationKind, OutcomeKind
from mocklambda.sandbox.inline import InlineExecutor
from tests.sandbox.lab import Lab, document, lines

REQUEST_ID = "6f1f0f5e-0000-4000-8000-000000000001"


class InlineLab(Lab):
    def __init__(self):
        super().__init__()
        self.store = self.supervisor
        self.supervisor = InlineExecutor(reports=self, logs=self, clock_now=lambda: self.now)
        self.supervisor.code = self.store.code

    def close(self):
        self.supervisor.close()
        self.store.close()


@pytest.fixture
def lab():
    lab = InlineLab()
    yield lab
    lab.close()


def inline(lab, target, **options):
    return lab.function("", executor=Executor.INLINE, target=target, **options)


def test_a_callable_runs_in_this_process(lab):
    seen = []
    function = inline(lab, lambda event, context: seen.append((event, os.getpid(), context.function_name)))
    assert function.invoke({"a": 1}).payload == b"null"
    assert seen == [({"a": 1}, os.getpid(), "fn")]


def test_an_error_is_the_same_document(lab):
    def handler(event, context):
        raise ValueError("boom")

    outcome = inline(lab, handler).invoke()
    found = document(outcome)
    assert (outcome.kind, found["errorType"], found["errorMessage"], found["requestId"]) == (
        OutcomeKind.FAILED,
        "ValueError",
        "boom",
        REQUEST_ID,
    )
    assert len(found["stackTrace"]) == 1


def test_its_log_is_in_the_json_format_from_its_level_on(lab):
    def handler(event, context):
        print("plain")
        logging.getLogger("mine").error("logged")
        raise ValueError("boom")

    options = {"log_format": "JSON", "application_log_level": "WARN", "system_log_level": "WARN"}
    outcome = inline(lab, handler, **options).invoke()
    logged, raised, *platform = map(json.loads, outcome.logs.splitlines())
    assert (logged["level"], logged["message"], logged["requestId"]) == ("ERROR", "logged", REQUEST_ID)
    assert (raised["log_level"], raised["errorMessage"], raised["requestId"]) == ("ERROR", "boom", REQUEST_ID)
    assert [one["type"] for one in platform] == ["platform.runtimeDone", "platform.report"]


def test_exit_is_a_crash(lab):
    assert inline(lab, lambda event, context: sys.exit(3)).invoke().error_message.endswith("exit status 3")


def test_output_goes_to_the_log_and_variables_are_given_back(lab, capsys):
    before = dict(os.environ)

    def handler(event, context):
        print("printed")
        logging.getLogger("mine").warning("logged")
        return os.environ["MINE"], os.environ["AWS_LAMBDA_FUNCTION_NAME"]

    outcome = inline(lab, handler, environment=(("MINE", "1"),)).invoke()
    assert outcome.payload == b'["1", "fn"]'
    log = lines(outcome)
    assert (log[0], log[1], log[-1]) == (
        f"START RequestId: {REQUEST_ID} Version: $LATEST",
        "printed",
        f"END RequestId: {REQUEST_ID}",
    )
    assert log[2].startswith("[WARNING]\t")
    assert log[2].endswith(f"Z\t{REQUEST_ID}\tlogged")
    assert dict(os.environ) == before
    assert capsys.readouterr().out == ""


def test_a_functions_modules_live_on_but_not_in_this_process(lab):
    files = {
        "inline_app_mod.py": "import inline_helper\nn = 0\ndef handler(event, context):\n    global n\n    n += 1\n    return n, inline_helper.V\n",
        "inline_helper.py": "V = 2\n",
    }
    function = lab.function(files, executor=Executor.INLINE, handler="inline_app_mod.handler")
    path = list(sys.path)
    assert [function.result(), function.result()] == [[1, 2], [2, 2]]
    assert {"inline_app_mod", "inline_helper"}.isdisjoint(sys.modules)
    assert sys.path == path


def test_what_the_test_patched_is_patched(lab, tmp_path, monkeypatch):
    (tmp_path / "inline_patched.py").write_text(
        "def price(): return 1\ndef handler(event, context): return price()\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    code = lab.store.code.directory(str(tmp_path))
    function = lab.function("", executor=Executor.INLINE, handler="inline_patched.handler", code=code)
    with mock.patch("inline_patched.price", return_value=7):
        assert function.result() == 7
    assert function.result() == 1
    del sys.modules["inline_patched"]


def test_one_runs_at_a_time(lab):
    running = []
    most = []

    def handler(event, context):
        running.append(1)
        most.append(len(running))
        running.pop()

    functions = [inline(lab, handler) for _ in range(10)]
    for function in functions:
        lab.send(function.name, function.spec)
    for function in functions:
        lab.outcome(function.name)
    assert most == [1] * 10


def test_one_that_waits_for_another_makes_way(lab):
    inner = inline(lab, lambda event, context: "inner", environment=(("WHO", "inner"),))

    def handler(event, context):
        before = os.environ["WHO"]
        found = inner.invoke().payload.decode()
        return before, found, os.environ["WHO"]

    assert inline(lab, handler, environment=(("WHO", "outer"),)).result() == ["outer", '"inner"', "outer"]


def test_one_that_is_sent_asynchronously_waits(lab):
    order = []
    inner = inline(lab, lambda event, context: order.append("inner"))

    def handler(event, context):
        lab.send(inner.name, inner.spec, kind=InvocationKind.EVENT)
        order.append("outer")

    inline(lab, handler).invoke()
    lab.outcome(inner.name)
    assert order == ["outer", "inner"]


def test_stubs_run_at_once_and_together(lab):
    barrier = threading.Barrier(2, timeout=20)
    stubs = [
        lab.function("", executor=Executor.STUB, target=lambda event, context: barrier.wait() >= 0)
        for _ in range(2)
    ]
    for stub in stubs:
        lab.send(stub.name, stub.spec)
    assert [lab.outcome(stub.name).payload for stub in stubs] == [b"true", b"true"]
    assert SendInvocation is not None
