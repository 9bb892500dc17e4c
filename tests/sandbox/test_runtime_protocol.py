"""The Runtime API answers as AWS's own, without a socket."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest

from mocklambda.execution.values import Streamed
from mocklambda.sandbox.runtime_protocol import OK, Call, News, Reply, RuntimeApi, State, Told

NEXT = Call(method="GET", path="/2018-06-01/runtime/invocation/next")
HEADERS = {"Lambda-Runtime-Aws-Request-Id": "one"}
ERROR = b'{"errorMessage": "boom", "errorType": "Odd", "stackTrace": []}'


def post(path, body=b"", is_whole=True, **headers):
    names = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    return Call(
        method="POST", path=f"/2018-06-01/runtime/{path}", body=body, headers=names, is_whole=is_whole
    )


def running():
    api = RuntimeApi()
    api.answer(NEXT)
    api.offer("one", HEADERS, b"{}")
    return api


def document(reply):
    return reply.status, *json.loads(reply.body).values()


def test_next_waits_until_there_is_an_invocation():
    api = RuntimeApi()
    assert api.answer(NEXT) == (None, News(told=Told.READY))
    assert api.handed() is None
    assert api.offer("one", HEADERS, b"[1]") == Reply(status=200, headers=HEADERS, body=b"[1]")


def test_an_invocation_waits_until_there_is_a_next():
    api = RuntimeApi()
    assert api.offer("one", HEADERS, b"[1]") is None
    assert api.answer(NEXT) == (None, News(told=Told.READY))
    assert api.handed() == Reply(status=200, headers=HEADERS, body=b"[1]")


def test_an_invocation_is_kept_for_a_caller_that_comes_back():
    api = RuntimeApi()
    api.answer(NEXT)
    api.is_waiting = False
    assert api.offer("one", HEADERS, b"{}") is None
    assert (api.answer(NEXT), api.handed().status) == ((None, None), 200)


def test_a_response_is_the_result_once_the_runtime_asks_for_more():
    api = running()
    assert api.answer(post("invocation/one/response", b"not json")) == (OK, None)
    assert api.answer(NEXT) == (None, News(told=Told.RESULT, payload=b"not json"))


def test_an_error_is_passed_on_as_it_is():
    api = running()
    assert api.answer(post("invocation/one/error", ERROR)) == (OK, None)
    told = News(told=Told.FAILED, payload=ERROR, error_type="Odd", error_message="boom")
    assert api.answer(NEXT) == (None, told)


def test_an_error_that_is_no_document_has_the_type_of_its_header():
    api = running()
    api.answer(post("invocation/one/error", b"text", Lambda_Runtime_Function_Error_Type="Function.Odd"))
    assert api.left_over() == News(told=Told.FAILED, payload=b"text", error_type="Function.Odd")


def test_the_cause_of_an_error_is_taken_out():
    api = running()
    body = b'{"errorMessage": "m", "errorType": "T", "errorCause": {"x": 1}}'
    cause = "application/vnd.aws.lambda.error.cause+json"
    api.answer(post("invocation/one/error", body, Content_Type=cause))
    assert json.loads(api.left_over().payload) == {"errorMessage": "m", "errorType": "T"}


def test_a_stream_may_fail_at_its_end():
    api = running()
    error = base64.b64encode(ERROR).decode()
    api.answer(post("invocation/one/response", b"begun", Lambda_Runtime_Function_Error_Body=error))
    assert (api.left_over().told, api.left_over()) == (Told.FAILED, None)


STREAMING = {"Lambda_Runtime_Function_Response_Mode": "streaming"}


def test_a_stream_is_kept_in_its_chunks_until_the_next_invocation():
    api = running()
    call = post("invocation/one/response", b"ab", **STREAMING)
    api.answer(replace(call, chunks=(b"a", b"", b"b")))
    assert api.streamed == Streamed(chunks=(b"a", b"b"), content_type="application/octet-stream")
    api.offer("two", HEADERS, b"{}")
    assert api.streamed is None


def test_what_has_come_of_a_stream_is_known_before_its_end():
    api = running()
    call = post("invocation/one/response", b"a", is_whole=False, Content_Type="text/html", **STREAMING)
    api.note_begun(replace(call, chunks=(b"a",)))
    assert (api.streamed, api.state) == (Streamed(chunks=(b"a",), content_type="text/html"), State.RUNNING)


def test_what_comes_for_another_request_is_not_its_stream():
    api = running()
    api.note_begun(post("invocation/two/response", b"a", is_whole=False, **STREAMING))
    assert api.streamed is None


def test_a_stream_that_is_cut_off_has_failed_once_the_runtime_asks_for_more():
    api = running()
    reply, _ = api.answer(post("invocation/one/response", b"a", is_whole=False, **STREAMING))
    assert document(reply) == (400, "HTTP request detected as truncated", "TruncatedHTTPRequest")
    _, news = api.answer(NEXT)
    assert (news.told, news.error_type, api.streamed.chunks) == (
        Told.FAILED,
        "Runtime.TruncatedResponse",
        (b"a",),
    )


def test_a_stream_that_is_cut_off_by_the_end_of_its_runtime_tells_nothing_itself():
    api = running()
    api.answer(post("invocation/one/response", b"a", is_whole=False, **STREAMING))
    assert (api.left_over(), api.streamed.chunks) == (None, (b"a",))


def coming(path="invocation/one/response", chunks=(b"a", b"b"), **headers):
    return replace(post(path, is_whole=False, **headers), chunks=chunks)


def test_what_comes_of_a_stream_is_told_up_to_the_limit_of_a_response():
    api = running()
    assert api.coming(coming(**STREAMING)) == Streamed(
        chunks=(b"a", b"b"), content_type="application/octet-stream"
    )
    assert api.coming(coming(chunks=(b"x" * 6291556,), **STREAMING)).chunks == (b"x" * (6291556 - 2),)
    assert api.coming(coming(**STREAMING)) is None


@pytest.mark.parametrize(
    "call",
    [
        coming(),
        coming(Lambda_Runtime_Function_Response_Mode="buffered"),
        coming("invocation/two/response", **STREAMING),
        coming("invocation/one/error", **STREAMING),
    ],
)
def test_nothing_is_told_of_what_comes_otherwise(call):
    assert running().coming(call) is None


def test_an_init_error_is_told_at_once():
    api = RuntimeApi()
    told = News(told=Told.INIT_FAILED, payload=ERROR, error_type="Odd", error_message="boom")
    assert api.answer(post("init/error", ERROR)) == (OK, told)
    assert api.state is State.INIT_ERROR


def test_a_response_over_the_limit_is_refused_and_is_the_result():
    api = running()
    body = b"x" * 6291557
    reply, _ = api.answer(post("invocation/one/response", body))
    assert document(reply) == (
        413,
        "Exceeded maximum allowed payload size (6291556 bytes).",
        "RequestEntityTooLarge",
    )
    assert api.left_over() == News(told=Told.RESULT, payload=body)


NOT_ALLOWED = "State transition from {} to {} failed for runtime. Error: State transition is not allowed"


@pytest.mark.parametrize(
    ("make", "call", "refusal"),
    [
        (
            RuntimeApi,
            post("invocation/one/response"),
            (403, NOT_ALLOWED.format("Started", "InvocationResponse"), "InvalidStateTransition"),
        ),
        (
            RuntimeApi,
            post("invocation/one/error"),
            (403, NOT_ALLOWED.format("Started", "InvocationErrorResponse"), "InvalidStateTransition"),
        ),
        (
            running,
            post("init/error"),
            (403, NOT_ALLOWED.format("Running", "InitError"), "InvalidStateTransition"),
        ),
        (running, NEXT, (403, NOT_ALLOWED.format("Running", "Ready"), "InvalidStateTransition")),
        (running, post("invocation/two/response"), (400, "Invalid request ID", "InvalidRequestID")),
        (
            running,
            post("invocation/one/response", is_whole=False),
            (400, "HTTP request detected as truncated", "TruncatedHTTPRequest"),
        ),
        (
            running,
            post("invocation/one/response", Lambda_Runtime_Function_Response_Mode="odd"),
            (400, "Invalid function response mode", "InvalidFunctionResponseMode"),
        ),
    ],
)
def test_what_is_not_allowed_is_refused_and_changes_nothing(make, call, refusal):
    api = make()
    before = api.state
    reply, news = api.answer(call)
    assert (document(reply), news, api.state) == (refusal, None, before)


def test_a_second_answer_has_no_invocation_to_go_with():
    api = running()
    api.answer(post("invocation/one/response"))
    reply, _ = api.answer(post("invocation/one/response"))
    assert document(reply) == (400, "Invalid request ID", "InvalidRequestID")


@pytest.mark.parametrize(
    "path", ["/", "/2018-06-01/runtime/", "/2018-06-01/runtime/restore/next", "/2018-06-01/x"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_what_is_not_known_is_not_found(method, path):
    reply, news = RuntimeApi().answer(Call(method=method, path=path))
    assert (reply.status, news) == (404, None)
