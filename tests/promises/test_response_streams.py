"""Response streaming: what a runtime sends in chunks arrives in those chunks, and its end says how it ended."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from lambda_support import client, create, zipped
from streaming_support import streaming_function

import mocklambda

CHUNKS = ["one", "two\n", "\0three"]
DONE = {"InvokeComplete": {}}


@pytest.fixture(params=["fast", "wire"])
def lam(request: Any) -> Any:
    with mocklambda.mock_lambda(wire=request.param == "wire"):
        yield client()


def events(lam: Any, event: dict[str, Any], **members: Any) -> list[Any]:
    found = lam.invoke_with_response_stream(FunctionName="fn", Payload=json.dumps(event), **members)
    return list(found["EventStream"])


def chunks_of(found: list[Any]) -> list[str]:
    return [event["PayloadChunk"]["Payload"].decode() for event in found if "PayloadChunk" in event]


def complete(found: list[Any]) -> dict[str, str]:
    return found[-1]["InvokeComplete"]


def test_a_stream_comes_in_the_chunks_that_its_runtime_sent(lam: Any) -> None:
    streaming_function(lam)
    found = events(lam, {"chunks": CHUNKS})
    assert found == [*({"PayloadChunk": {"Payload": chunk.encode()}} for chunk in CHUNKS), DONE]


def test_the_reply_says_the_type_of_the_stream(lam: Any) -> None:
    streaming_function(lam)
    event = json.dumps({"chunks": ["a"], "type": "text/html"})
    found = lam.invoke_with_response_stream(FunctionName="fn", Payload=event)
    assert (found["StatusCode"], found["ExecutedVersion"], found["ResponseStreamContentType"]) == (
        200,
        "$LATEST",
        "text/html",
    )


def test_the_log_comes_with_the_end_where_it_is_asked_for(lam: Any) -> None:
    streaming_function(lam)
    found = events(lam, {"chunks": CHUNKS}, LogType="Tail")
    assert base64.b64decode(complete(found)["LogResult"]).startswith(b"START RequestId: ")


def test_an_error_in_the_middle_comes_after_what_was_streamed(lam: Any) -> None:
    streaming_function(lam)
    found = events(lam, {"chunks": CHUNKS, "end": "error"})
    end = complete(found)
    assert (chunks_of(found), end["ErrorCode"], json.loads(end["ErrorDetails"])) == (
        CHUNKS,
        "Unhandled",
        {"errorMessage": "in the middle", "errorType": "Odd", "stackTrace": []},
    )


@pytest.mark.parametrize(
    ("end", "error_type", "message"),
    [
        ("exit", "Runtime.ExitError", "Error: Runtime exited with error: exit status 3"),
        ("hang", "Sandbox.Timedout", "Error: Task timed out after 1.00 seconds"),
        ("cut", "Runtime.TruncatedResponse", "HTTP request detected as truncated"),
    ],
)
def test_what_was_streamed_before_the_runtime_failed_is_not_lost(
    lam: Any, end: str, error_type: str, message: str
) -> None:
    streaming_function(lam, Timeout=1)
    found = events(lam, {"chunks": CHUNKS, "end": end})
    details = json.loads(complete(found)["ErrorDetails"])
    assert (chunks_of(found), details["errorType"]) == (CHUNKS, error_type)
    assert details["errorMessage"].endswith(message)


def test_after_a_failure_in_a_stream_the_next_one_is_whole(lam: Any) -> None:
    streaming_function(lam)
    events(lam, {"chunks": CHUNKS, "end": "exit"})
    events(lam, {"chunks": CHUNKS, "end": "error"})
    assert events(lam, {"chunks": ["again"]}) == [{"PayloadChunk": {"Payload": b"again"}}, DONE]


def test_a_stream_may_be_longer_than_a_response_that_is_kept_whole(lam: Any) -> None:
    streaming_function(lam)
    found = events(lam, {"chunks": [], "megabytes": 7})
    assert ([len(chunk) for chunk in chunks_of(found)], found[-1]) == ([1 << 20] * 7, DONE)


def test_a_stream_ends_at_200_megabytes() -> None:
    with mocklambda.mock_lambda():
        lam = client()
        streaming_function(lam, Timeout=60)
        found = events(lam, {"chunks": ["begun"], "megabytes": 200})
    sizes = [len(event["PayloadChunk"]["Payload"]) for event in found[:-1]]
    assert (sum(sizes), sizes[-1]) == (200 << 20, (1 << 20) - 5)
    assert json.loads(complete(found)["ErrorDetails"]) == {
        "errorMessage": "Response payload size exceeded maximum allowed payload size (209715200 bytes).",
        "errorType": "Function.ResponseSizeTooLarge",
    }


def test_an_invocation_that_does_not_stream_collects_the_chunks(lam: Any) -> None:
    streaming_function(lam)
    found = lam.invoke(FunctionName="fn", Payload=json.dumps({"chunks": ["[1,", " 2]"]}))
    assert (found.get("FunctionError"), json.loads(found["Payload"].read())) == (None, [1, 2])


def test_what_is_collected_is_limited_like_any_response(lam: Any) -> None:
    streaming_function(lam)
    found = lam.invoke(FunctionName="fn", Payload=json.dumps({"chunks": [], "megabytes": 7}))
    error = json.loads(found["Payload"].read())
    assert (found["FunctionError"], error["errorType"]) == ("Unhandled", "Function.ResponseSizeTooLarge")


def test_a_response_in_chunks_that_does_not_say_so_is_no_stream(lam: Any) -> None:
    streaming_function(lam)
    assert chunks_of(events(lam, {"chunks": ["[1,", " 2]"], "mode": ""})) == ["[1, 2]"]


def test_a_generator_of_a_managed_runtime_is_not_streamed_and_can_not_be_sent(lam: Any) -> None:
    create(lam, Code={"ZipFile": zipped("def handler(event, context):\n    yield 'one'\n")})
    found = events(lam, {})
    details = json.loads(complete(found)["ErrorDetails"])
    assert (chunks_of(found), details["errorType"], details["errorMessage"]) == (
        [],
        "Runtime.MarshalError",
        "Unable to marshal response: Object of type generator is not JSON serializable",
    )
