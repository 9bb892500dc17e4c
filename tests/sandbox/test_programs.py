"""A function may bring its own runtime: a program that speaks the Runtime API."""

from __future__ import annotations

import io
import json
import shutil
import socket
import sys
import zipfile
from functools import partial

import pytest

from mocklambda.execution.values import OutcomeKind
from mocklambda.sandbox.loop import Loop
from mocklambda.sandbox.runtime_protocol import Reply
from mocklambda.sandbox.runtime_server import RuntimeServer
from tests.sandbox.lab import IN_BOTH, document, lines, zip_of

REQUEST_ID = "6f1f0f5e-0000-4000-8000-000000000001"
SHELL = r"""#!/bin/sh
set -euo pipefail
echo starting
while true
do
  HEADERS="$(mktemp)"
  EVENT=$(curl -sS -LD "$HEADERS" "http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation/next")
  ID=$(grep -Fi Lambda-Runtime-Aws-Request-Id "$HEADERS" | tr -d '[:space:]' | cut -d: -f2)
  echo "got $EVENT"
  curl -sS -X POST "http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation/$ID/response" --data @- <<< "$EVENT"
done
"""
PYTHON = """#!{}
import http.client, json, os, sys
line = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
def call(method, path, body=None, **headers):
    line.request(method, "/2018-06-01/runtime/" + path, body, headers)
    answer = line.getresponse()
    return answer, answer.read()
def post(body, kind="response", **headers):
    return call("POST", "invocation/" + ID + "/" + kind, body, **headers)
{}
while True:
    answer, event = call("GET", "invocation/next")
    ID = answer.headers["Lambda-Runtime-Aws-Request-Id"]
    event = json.loads(event)
    exec(event["do"])
"""


def bootstrap(text, mode=0o755):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        member = zipfile.ZipInfo("bootstrap")
        member.external_attr = (0o100000 | mode) << 16
        archive.writestr(member, text)
    return buffer.getvalue()


def program(lab, text, mode=0o755, **options):
    code = lab.supervisor.code.put_zip(bootstrap(text, mode)).code
    return lab.function("", code=code, runtime="provided.al2023", handler="file.function", **options)


def python(lab, before="", **options):
    return program(lab, PYTHON.format(sys.executable, before), **options)


@pytest.mark.skipif(shutil.which("curl") is None, reason="the script uses curl")
@IN_BOTH
def test_a_shell_script_is_a_runtime(lab):
    function = program(lab, SHELL)
    outcome = function.invoke({"text": 'a\ud83e\\"b'})
    assert json.loads(outcome.payload) == {"text": 'a\ud83e\\"b'}
    assert lines(outcome)[:2] == ["starting", f"START RequestId: {REQUEST_ID} Version: $LATEST"]
    assert outcome.init_ms > 0
    assert lines(function.invoke([2])) == [
        f"START RequestId: {REQUEST_ID} Version: $LATEST",
        "got [2]",
        '{"status":"OK"}',
        f"END RequestId: {REQUEST_ID}",
    ]


def test_next_tells_of_the_invocation(lab):
    function = python(lab, timeout_ms=5000)
    do = "post(json.dumps({k: v for k, v in answer.headers.items() if k.startswith('Lambda')}))"
    found = function.result(
        {"do": do}, trace_header="Root=1-2", client_context='{"custom": {}}', tenant_id="t"
    )
    assert found == {
        "Lambda-Runtime-Aws-Request-Id": REQUEST_ID,
        "Lambda-Runtime-Deadline-Ms": str(lab.now + 5000),
        "Lambda-Runtime-Invoked-Function-Arn": function.spec.arn,
        "Lambda-Runtime-Trace-Id": "Root=1-2",
        "Lambda-Runtime-Client-Context": '{"custom": {}}',
        "Lambda-Runtime-Aws-Tenant-Id": "t",
    }


def test_the_variables_are_lambdas(lab):
    do = "post(json.dumps([os.environ.get(n) for n in ('_HANDLER', 'AWS_EXECUTION_ENV')] + [os.getcwd()]))"
    root = "/var/task" if lab.supervisor.isolation == "namespaces" else None
    found = python(lab).result({"do": do})
    assert found == ["file.function", None, root or found[2]]


def test_an_error_is_the_callers(lab):
    body = '{"errorMessage": "boom", "errorType": "Odd", "extra": 1}'
    outcome = python(lab).invoke({"do": f"post({body!r}, 'error')"})
    assert (outcome.kind, outcome.payload.decode()) == (OutcomeKind.FAILED, body)
    assert (outcome.error_type, outcome.error_message) == ("Odd", "boom")


def test_a_large_event_and_a_large_result_pass(lab):
    function = python(lab)
    text = "x" * 5_000_000
    assert function.result({"do": "post(json.dumps(event['text']))", "text": text}) == text


def test_a_result_over_the_limit_is_an_error_and_the_runtime_goes_on(lab):
    function = python(lab)
    outcome = function.invoke({"do": "post(b'x' * 6291557)"})
    assert document(outcome)["errorType"] == "Function.ResponseSizeTooLarge"
    assert function.result({"do": "post(b'1')"}) == 1


def test_an_init_error_is_tried_again_inside_the_invocation(lab):
    before = "print('init', flush=True); call('POST', 'init/error', '{\"errorMessage\": \"no\", \"errorType\": \"Runtime.Bad\"}'); sys.exit(1)"
    outcome = python(lab, before).invoke()
    assert document(outcome) == {"errorMessage": "no", "errorType": "Runtime.Bad"}
    assert outcome.logs.count("init\n") == 2


def test_a_program_that_ends_has_crashed(lab):
    function = python(lab)
    outcome = function.invoke({"do": "sys.exit(7)"})
    assert document(outcome)["errorMessage"].endswith("Error: Runtime exited with error: exit status 7")
    assert function.result({"do": "post(b'1')"}) == 1


def test_a_result_counts_though_the_program_ends_after_it(lab):
    assert python(lab).result({"do": "post(b'1'); sys.exit(0)"}) == 1


def test_a_program_that_overruns_is_killed(lab):
    function = python(lab, timeout_ms=500)
    assert function.invoke({"do": "import time; time.sleep(60)"}).kind is OutcomeKind.TIMED_OUT
    assert function.result({"do": "post(b'1')"}) == 1


def test_without_a_bootstrap_there_is_no_entry_point(lab):
    outcome = program(lab, "", mode=0o644).invoke()
    assert document(outcome) == {
        "errorType": "Runtime.InvalidEntrypoint",
        "errorMessage": f"RequestId: {REQUEST_ID} Error: Couldn't find valid bootstrap(s): "
        "[/var/task/bootstrap /opt/bootstrap]",
    }


def test_a_bootstrap_that_can_not_be_run_is_no_entry_point(lab):
    outcome = program(lab, "#!/not/there\n").invoke()
    assert document(outcome)["errorType"] == "Runtime.InvalidEntrypoint"
    assert document(outcome)["errorMessage"].endswith("/bootstrap: no such file or directory")


@IN_BOTH
def test_a_layer_may_hold_the_bootstrap(lab):
    text = PYTHON.format(sys.executable, "")
    layer = lab.supervisor.code.put_zip(bootstrap(text)).code
    code = lab.supervisor.code.put_zip(zip_of({"other": "x"})).code
    function = lab.function("", code=code, layers=(layer,), runtime="provided.al2")
    assert function.result({"do": "post(b'1')"}) == 1


class TestListener:
    @pytest.fixture
    def calls(self):
        return []

    @pytest.fixture
    def exchange(self, calls):
        loop = Loop(lambda error: None)

        def answer(call, line):
            calls.append(call)
            line.reply(Reply(status=202, body=b"ok"))

        server = RuntimeServer(loop, lambda action: action, answer, lambda line: None)
        yield partial(self.exchanged, server)
        loop.close()
        server.close()

    def exchanged(self, server, *pieces):
        host, _, port = server.address.partition(":")
        answers = b""
        with socket.create_connection((host, int(port))) as client:
            for piece in pieces:
                client.sendall(piece)
            client.shutdown(socket.SHUT_WR)
            while data := client.recv(1 << 16):
                answers += data
        return answers

    def test_a_body_may_come_in_chunks_with_trailers(self, exchange, calls):
        head = b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        exchange(head + b"3\r\nabc\r\n2;x=y\r\n", b"de\r\n0\r\nLate: yes\r\n\r\n")
        assert [(call.body, call.headers["late"]) for call in calls] == [(b"abcde", "yes")]

    def test_a_body_is_awaited_with_100_continue(self, exchange, calls):
        answers = exchange(b"POST /x HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n", b"hi")
        assert answers.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Accepted\r\n")
        assert [call.body for call in calls] == [b"hi"]

    def test_requests_may_share_a_connection(self, exchange, calls):
        exchange(b"GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n")
        assert [call.path for call in calls] == ["/1", "/2"]

    def test_a_body_that_ends_early_is_told_so(self, exchange, calls):
        exchange(b"POST /x HTTP/1.1\r\nContent-Length: 5\r\n\r\n", b"abc")
        assert [(call.body, call.is_whole) for call in calls] == [(b"abc", False)]

    @pytest.mark.parametrize(
        "data", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"y" * 70_000]
    )
    def test_what_is_no_http_is_hung_up_on(self, exchange, calls, data):
        assert (exchange(data), calls) == (b"", [])
