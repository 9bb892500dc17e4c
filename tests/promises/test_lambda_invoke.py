"""Invoke: what requests must be, and what replies carry."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from lambda_support import FARN, client, create, plain, refused, status, zipped

SHOW = """
def handler(event, context):
    custom = None if context.client_context is None else context.client_context.custom
    return [event, context.function_version, context.invoked_function_arn, custom]
"""
FAIL = "def handler(event, context):\n    raise ValueError('no')\n"


@pytest.fixture
def lam(mock_lambda: Any) -> Any:
    return client()


def answer(found: Any) -> Any:
    return json.loads(found["Payload"].read())


def test_an_invocation_answers_what_the_handler_returns(lam: Any) -> None:
    create(lam)
    found = lam.invoke(FunctionName="fn", Payload=b'{"k": [1, null, "\\u00fc"]}')
    assert (found["StatusCode"], found["ExecutedVersion"], found.get("FunctionError"), answer(found)) == (
        200,
        "$LATEST",
        None,
        {"k": [1, None, "ü"]},
    )


def test_the_request_id_is_the_handlers_own(lam: Any) -> None:
    create(lam, Code={"ZipFile": zipped("def handler(e, c): return c.aws_request_id")})
    found = lam.invoke(FunctionName="fn")
    assert answer(found) == found["ResponseMetadata"]["RequestId"]


def test_a_handlers_exception_is_a_function_error_in_a_200(lam: Any) -> None:
    create(lam, Code={"ZipFile": zipped(FAIL)})
    found = lam.invoke(FunctionName="fn")
    error = answer(found)
    assert (found["StatusCode"], found["FunctionError"], error["errorType"], error["errorMessage"]) == (
        200,
        "Unhandled",
        "ValueError",
        "no",
    )


@pytest.mark.parametrize(
    ("name", "qualifier", "executed", "shown"),
    [
        ("fn", None, "$LATEST", FARN),
        (FARN, None, "$LATEST", FARN),
        ("fn", "$LATEST", "$LATEST", FARN + ":$LATEST"),
        ("fn", "1", "1", FARN + ":1"),
        ("fn:1", "1", "1", FARN + ":1"),
        ("fn", "live", "1", FARN + ":live"),
        (FARN + ":live", None, "1", FARN + ":live"),
    ],
)
def test_the_handler_sees_the_version_that_runs_and_the_arn_that_was_used(
    lam: Any, name: str, qualifier: str | None, executed: str, shown: str
) -> None:
    create(lam, Code={"ZipFile": zipped(SHOW)}, Publish=True)
    lam.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
    asked = {} if qualifier is None else {"Qualifier": qualifier}
    found = lam.invoke(FunctionName=name, **asked)
    assert (found["ExecutedVersion"], answer(found)) == (executed, [{}, executed, shown, None])


def test_the_client_context_reaches_the_handler(lam: Any) -> None:
    create(lam, Code={"ZipFile": zipped(SHOW)})
    context = base64.b64encode(json.dumps({"custom": {"k": "v"}}).encode()).decode()
    assert answer(lam.invoke(FunctionName="fn", ClientContext=context))[3] == {"k": "v"}


def test_the_log_tail_is_sent_when_it_is_asked_for(lam: Any) -> None:
    create(lam, Code={"ZipFile": zipped("def handler(e, c): print('hello')")})
    assert "LogResult" not in lam.invoke(FunctionName="fn")
    tail = base64.b64decode(lam.invoke(FunctionName="fn", LogType="Tail")["LogResult"]).decode()
    assert [line.split(" ")[0] for line in tail.splitlines() if line] == ["START", "hello", "END", "REPORT"]


def test_an_event_is_accepted_with_an_empty_202_and_runs(mock_lambda: Any, lam: Any) -> None:
    create(lam)
    found = lam.invoke(FunctionName="fn", InvocationType="Event", Payload=b"1")
    assert (found["StatusCode"], found["Payload"].read(), "ExecutedVersion" in found) == (202, b"", False)
    (run,) = mock_lambda.invocations("fn")
    assert (run.event, run.request_id) == (1, found["ResponseMetadata"]["RequestId"])


def test_the_old_form_of_an_event_is_accepted_too(mock_lambda: Any, lam: Any) -> None:
    create(lam)
    assert plain(lam.invoke_async(FunctionName="fn", InvokeArgs=b'{"a": 1}')) == {"Status": 202}
    assert [run.event for run in mock_lambda.invocations("fn")] == [{"a": 1}]


def test_a_dry_run_runs_nothing(mock_lambda: Any, lam: Any) -> None:
    create(lam)
    found = lam.invoke(FunctionName="fn", InvocationType="DryRun")
    assert (found["StatusCode"], "ExecutedVersion" in found) == (204, False)
    assert list(mock_lambda.invocations("fn")) == []


def test_a_dry_run_of_nothing_is_refused(lam: Any) -> None:
    assert (
        refused(lam.invoke, FunctionName="fn", InvocationType="DryRun")[2]
        == f"Function not found: {FARN}:$LATEST"
    )


def test_no_payload_at_all_is_an_empty_object(lam: Any) -> None:
    create(lam)
    assert answer(lam.invoke(FunctionName="fn")) == {}


@pytest.mark.parametrize("payload", [b"true", b"false", b"null", b"7", b'"s"', b"[]", b" {} "])
def test_any_json_value_is_a_payload(lam: Any, payload: bytes) -> None:
    create(lam)
    assert answer(lam.invoke(FunctionName="fn", Payload=payload)) == json.loads(payload)


WANTED = "JSON String, Number, Array, Object or token 'null', 'true' or 'false'"


@pytest.mark.parametrize(
    ("payload", "reason", "column"),
    [
        (b"\x99\xeb", f"Unexpected character ((CTRL-CHAR, code 153)): expected a valid value ({WANTED})", 1),
        (b"n\x87", "Invalid UTF-8 start byte 0x87", 3),
        (b"xyz", f"Unrecognized token 'xyz': was expecting ({WANTED})", 4),
        (b"'a'", f"Unexpected character (''' (code 39)): expected a valid value ({WANTED})", 1),
    ],
)
@pytest.mark.parametrize("kind", ["RequestResponse", "Event"])
def test_a_payload_that_is_not_json_is_refused(
    lam: Any, payload: bytes, reason: str, column: int, kind: str
) -> None:
    create(lam)
    assert refused(lam.invoke, FunctionName="fn", Payload=payload, InvocationType=kind) == (
        400,
        "InvalidRequestContentException",
        (
            f"Could not parse request body into json: Could not parse payload into json: {reason}\n"
            " at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); "
            f"line: 1, column: {column}]"
        ),
    )


@pytest.mark.parametrize(
    ("kind", "size", "message"),
    [
        (
            "RequestResponse",
            6_291_457,
            "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
        ),
        (
            "Event",
            1_048_577,
            "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)",
        ),
    ],
)
def test_a_payload_over_the_limit_is_refused(lam: Any, kind: str, size: int, message: str) -> None:
    create(lam)
    payload = b'"' + b"x" * (size - 2) + b'"'
    assert refused(lam.invoke, FunctionName="fn", InvocationType=kind, Payload=payload) == (
        413,
        "RequestEntityTooLargeException",
        message,
    )


def test_a_reservation_of_zero_throttles_with_its_reason(lam: Any) -> None:
    create(lam)
    lam.put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=0)
    with pytest.raises(lam.exceptions.TooManyRequestsException) as caught:
        lam.invoke(FunctionName="fn")
    found = caught.value.response
    assert (status(found), found["Error"]["Message"], found["Reason"], found["Type"]) == (
        429,
        "Rate Exceeded.",
        "ReservedFunctionConcurrentInvocationLimitExceeded",
        "User",
    )


def test_a_version_runs_the_code_and_environment_of_its_publication(lam: Any) -> None:
    source = "import os\ndef handler(e, c): return [{}, os.environ['KEY']]"
    create(
        lam,
        Code={"ZipFile": zipped(source.format(1))},
        Environment={"Variables": {"KEY": "one"}},
        Publish=True,
    )
    lam.update_function_code(FunctionName="fn", ZipFile=zipped(source.format(2)))
    lam.update_function_configuration(FunctionName="fn", Environment={"Variables": {"KEY": "two"}})
    found = [answer(lam.invoke(FunctionName="fn", Qualifier=one)) for one in ("1", "$LATEST", "1")]
    assert found == [[1, "one"], [2, "two"], [1, "one"]]


def test_an_environment_ends_with_an_update(lam: Any) -> None:
    source = "runs = []\ndef handler(e, c):\n    runs.append(1)\n    return len(runs)\n"
    create(lam, Code={"ZipFile": zipped(source)})
    before = [answer(lam.invoke(FunctionName="fn")) for _ in range(2)]
    lam.update_function_configuration(FunctionName="fn", Timeout=4)
    assert (before, answer(lam.invoke(FunctionName="fn"))) == ([1, 2], 1)


def test_tagging_leaves_environments_alone(lam: Any) -> None:
    source = "runs = []\ndef handler(e, c):\n    runs.append(1)\n    return len(runs)\n"
    create(lam, Code={"ZipFile": zipped(source)})
    lam.invoke(FunctionName="fn")
    lam.tag_resource(Resource=FARN, Tags={"a": "b"})
    assert answer(lam.invoke(FunctionName="fn")) == 2


@pytest.mark.mock_lambda(seed=1)
def test_weights_pick_a_version_for_each_invocation(lam: Any) -> None:
    create(lam, Publish=True)
    lam.update_function_configuration(FunctionName="fn", Description="2")
    lam.publish_version(FunctionName="fn")
    lam.create_alias(
        FunctionName="fn",
        Name="live",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.2}},
    )
    runs = [lam.invoke(FunctionName="fn:live")["ExecutedVersion"] for _ in range(200)]
    assert 20 <= runs.count("2") <= 65
    assert set(runs) == {"1", "2"}


def test_another_account_invokes_where_the_policy_lets_it(lam: Any) -> None:
    create(lam)
    other = client(account="111111111111")
    assert refused(other.invoke, FunctionName=FARN)[:2] == (403, "AccessDeniedException")
    lam.add_permission(FunctionName="fn", StatementId="s", Action="lambda:*", Principal="111111111111")
    assert answer(other.invoke(FunctionName=FARN, Payload=b"5")) == 5


def test_code_in_a_bucket_is_deployed(lam: Any) -> None:
    import boto3

    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="code")
    s3.put_object(Bucket="code", Key="a/b.zip", Body=zipped("def handler(e, c): return 'from a bucket'"))
    create(lam, Code={"S3Bucket": "code", "S3Key": "a/b.zip"})
    assert answer(lam.invoke(FunctionName="fn")) == "from a bucket"


def test_a_streamed_invocation_ends_with_its_completion(lam: Any) -> None:
    create(lam)
    found = lam.invoke_with_response_stream(FunctionName="fn", Payload=b'{"a": 1}')
    assert (found["StatusCode"], found["ExecutedVersion"], list(found["EventStream"])) == (
        200,
        "$LATEST",
        [{"PayloadChunk": {"Payload": b'{"a": 1}'}}, {"InvokeComplete": {}}],
    )


def test_a_failure_is_told_at_the_end_of_the_stream(lam: Any) -> None:
    create(lam, Code={"ZipFile": zipped(FAIL)})
    found = lam.invoke_with_response_stream(FunctionName="fn")
    ((name, complete),) = next(iter(found["EventStream"])).items()
    assert (name, complete["ErrorCode"], json.loads(complete["ErrorDetails"])["errorType"]) == (
        "InvokeComplete",
        "Unhandled",
        "ValueError",
    )
