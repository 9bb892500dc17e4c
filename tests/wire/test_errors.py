"""A fault in each protocol's form, and what the SDK shows of it."""

from __future__ import annotations

from typing import Any

import pytest

from mocklambda.wire.errors import MalformedRequest
from mocklambda.wire.models import service_model
from mocklambda.wire.protocols import codec_for, host_id


class Refusal(Exception):
    def __init__(self, code: str, message: str | None, status: int = 400, **more: Any) -> None:
        self.code = code
        self.message = message
        self.status = status
        self.fields = more.get("fields", {})
        self.headers = more.get("headers", {})
        self.query_code = more.get("query_code")
        self.sender_fault = status < 500


def answer(
    service: str, operation: str | None, fault: Any, protocol: str | None = None
) -> tuple[Any, dict[str, Any]]:
    model = service_model(service)
    named = None if operation is None else model.operation_model(operation)
    codec = codec_for(model, protocol)
    response = codec.encode_error(named, fault, request_id="rid")
    parsed = codec.parsed_error(named, fault, response)
    del parsed["ResponseMetadata"]["HTTPHeaders"]
    return response, parsed


def metadata(status: int = 400, **more: str) -> dict[str, Any]:
    return {"RequestId": "rid", **more, "HTTPStatusCode": status, "RetryAttempts": 0}


@pytest.mark.parametrize("code", ["AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"])
def test_sqs_shows_the_query_code_and_names_the_shape(code):
    fault = Refusal(
        code if code == "QueueDoesNotExist" else "QueueDoesNotExist",
        "The specified queue does not exist.",
        query_code="AWS.SimpleQueueService.NonExistentQueue",
    )

    response, parsed = answer("sqs", "SendMessage", fault)

    assert response.body == (
        b'{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."}'
    )
    assert response.headers == {
        "x-amzn-RequestId": "rid",
        "x-amzn-query-error": "AWS.SimpleQueueService.NonExistentQueue;Sender",
        "Content-Type": "application/x-amz-json-1.0",
        "Content-Length": "96",
    }
    assert parsed == {
        "Error": {
            "Message": "The specified queue does not exist.",
            "Code": "AWS.SimpleQueueService.NonExistentQueue",
            "QueryErrorCode": "QueueDoesNotExist",
            "Type": "Sender",
        },
        "ResponseMetadata": metadata(),
    }


def test_a_code_equal_to_its_shape_repeats_the_message_at_the_top():
    _, parsed = answer(
        "sqs", "SetQueueAttributes", Refusal("InvalidAttributeName", "Unknown Attribute Foobar.")
    )

    assert parsed["message"] == "Unknown Attribute Foobar."


def test_sqs_in_query_is_an_error_response_with_an_empty_detail():
    fault = Refusal("QueueDoesNotExist", "No queue.", query_code="AWS.SimpleQueueService.NonExistentQueue")

    response, parsed = answer("sqs", "SendMessage", fault, "query")

    assert response.body == (
        b'<?xml version="1.0"?><ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><Error>'
        b"<Type>Sender</Type><Code>AWS.SimpleQueueService.NonExistentQueue</Code><Message>No queue.</Message>"
        b"<Detail/></Error><RequestId>rid</RequestId></ErrorResponse>"
    )
    assert parsed["Error"] == {
        "Type": "Sender",
        "Code": "AWS.SimpleQueueService.NonExistentQueue",
        "Message": "No queue.",
        "Detail": None,
    }


@pytest.mark.parametrize(
    ("code", "fields", "body", "more"),
    [
        (
            "InvalidParameterValueException",
            {"Type": "User"},
            b'{"Type":"User","message":"m"}',
            {"Type": "User", "message": "m"},
        ),
        ("InvalidParameterValueException", {}, b'{"message":"m"}', {"message": "m"}),
        (
            "ResourceNotFoundException",
            {"Type": "User"},
            b'{"Type":"User","Message":"m"}',
            {"Type": "User", "Message": "m"},
        ),
        ("ValidationException", {}, b'{"message":"m"}', {}),
        ("RequestEntityTooLargeException", {"Message": "m"}, b'{"Message":"m"}', {}),
        (
            "TooManyRequestsException",
            {
                "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded",
                "Type": "User",
                "Retry-After": "1",
            },
            b'{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"m"}',
            {
                "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded",
                "Type": "User",
                "message": "m",
                "retryAfterSeconds": "1",
            },
        ),
    ],
)
def test_lambda_spells_the_message_as_the_error_does(code, fields, body, more):
    response, parsed = answer("lambda", "Invoke", Refusal(code, "m", fields=fields))

    assert (response.body, response.headers["x-amzn-ErrorType"], parsed) == (
        body,
        code,
        {"Error": {"Message": "m", "Code": code}, "ResponseMetadata": metadata(), **more},
    )


def test_a_null_message_is_sent_as_null():
    response, parsed = answer(
        "lambda", "CreateFunction", Refusal("AccessDeniedException", "", 403, fields={"Message": None})
    )

    assert (response.body, parsed["Error"]) == (
        b'{"Message":null}',
        {"Message": None, "Code": "AccessDeniedException"},
    )


def test_kinesis_names_the_type_without_a_namespace():
    response, parsed = answer("kinesis", "DescribeStream", Refusal("ResourceNotFoundException", "gone"))

    assert response.body == b'{"__type":"ResourceNotFoundException","message":"gone"}'
    assert parsed == {
        "Error": {"Message": "gone", "Code": "ResourceNotFoundException"},
        "ResponseMetadata": metadata(),
        "message": "gone",
    }


@pytest.mark.parametrize("protocol", ["smithy-rpc-v2-cbor", "json"])
def test_cloudwatch_shows_the_query_code(protocol):
    fault = Refusal("InvalidParameterCombination", "m")

    response, parsed = answer("cloudwatch", "PutMetricData", fault, protocol)

    assert response.headers["x-amzn-query-error"] == "InvalidParameterCombination;Sender"
    assert parsed["Error"] == {
        "Message": "m",
        "Code": "InvalidParameterCombination",
        "QueryErrorCode": "InvalidParameterCombinationException",
        "Type": "Sender",
    }


def test_a_fault_may_name_its_whole_type_and_have_no_message():
    fault = Refusal("com.amazon.coral.validate#ValidationException", None, query_code="ValidationError")

    response, parsed = answer("cloudwatch", "SetAlarmState", fault, "json")

    assert (response.body, parsed["Error"]["Code"], parsed["Error"]["Message"]) == (
        b'{"__type":"com.amazon.coral.validate#ValidationException"}',
        "ValidationError",
        "",
    )


def test_s3_puts_extra_members_between_message_and_ids():
    fault = Refusal("NoSuchKey", "The specified key does not exist.", 404, fields={"Key": "a&b"})

    response, parsed = answer("s3", "GetObject", fault)

    assert response.body.decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code>'
        "<Message>The specified key does not exist.</Message><Key>a&amp;b</Key>"
        f"<RequestId>rid</RequestId><HostId>{host_id('rid')}</HostId></Error>"
    )
    assert parsed == {
        "Error": {"Code": "NoSuchKey", "Message": "The specified key does not exist.", "Key": "a&b"},
        "ResponseMetadata": metadata(404, HostId=host_id("rid")),
    }


@pytest.mark.parametrize(("operation", "status"), [("HeadObject", 404), ("GetObject", 304)])
def test_answers_without_a_body_show_their_status(operation, status):
    response, parsed = answer("s3", operation, Refusal("NoSuchKey", "gone", status))

    assert (response.body, parsed["Error"]["Code"]) == (b"", str(status))


def test_sns_is_an_error_response_with_its_codes():
    response, parsed = answer("sns", "Publish", Refusal("NotFoundException", "Topic does not exist", 404))

    assert response.headers["Content-Type"] == "text/xml"
    assert parsed == {
        "Error": {"Type": "Sender", "Code": "NotFound", "Message": "Topic does not exist"},
        "ResponseMetadata": metadata(404),
    }


def test_ec2_has_a_form_of_its_own():
    _, parsed = answer("ec2", "DescribeInstances", Refusal("InvalidInstanceID.Malformed", 'Invalid id: "1"'))

    assert parsed == {
        "Error": {"Code": "InvalidInstanceID.Malformed", "Message": 'Invalid id: "1"'},
        "ResponseMetadata": metadata(),
    }


def test_a_malformed_request_is_itself_a_fault():
    response, parsed = answer(
        "kinesis", "PutRecord", MalformedRequest("Start of list found where not expected")
    )

    assert (response.status, parsed["Error"]) == (
        400,
        {"Message": "Start of list found where not expected", "Code": "SerializationException"},
    )


def test_a_fault_before_any_operation_has_its_form_too():
    response, _ = answer(
        "sqs", None, Refusal("InvalidAction", "The action FooBar is not valid.", 400), "query"
    )

    assert b"<Code>InvalidAction</Code>" in response.body
