"""Single calls on the wire, byte for byte where AWS was recorded."""

from __future__ import annotations

from datetime import datetime, timezone
from io import BytesIO
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings, strategies as st

from mocklambda.wire import cbor_body
from mocklambda.wire.errors import MalformedRequest
from mocklambda.wire.eventstream import exception_frame
from mocklambda.wire.message import Request, Response
from mocklambda.wire.models import service_model
from mocklambda.wire.protocols import codec_for


def asked(
    body: bytes = b"", path: str = "/", query: str = "", method: str = "POST", **headers: str
) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(
        method=method,
        scheme="https",
        host="x.amazonaws.com",
        path=path,
        query=query,
        headers=named,
        body=body,
    )


def decode(service: str, operation: str, request: Request, protocol: str | None = None) -> dict[str, Any]:
    model = service_model(service)
    return codec_for(model, protocol).decode(model.operation_model(operation), request)


def encode(
    service: str, operation: str, result: dict[str, Any], protocol: str | None = None, **more: Any
) -> Response:
    model = service_model(service)
    return codec_for(model, protocol).encode(
        model.operation_model(operation), result, request_id="rid", **more
    )


def parsed(service: str, operation: str, result: dict[str, Any], **more: Any) -> dict[str, Any]:
    model = service_model(service)
    return codec_for(model).answer(model.operation_model(operation), result, request_id="rid", **more)[1]


# -- JSON ----------------------------------------------------------------------------------------------


def test_sqs_answers_compact_json_with_its_headers():
    result = {"MD5OfMessageBody": "m", "MessageId": "i", "Strange": 1, "MD5OfMessageAttributes": None}

    assert encode("sqs", "SendMessage", result) == Response(
        status=200,
        headers={
            "x-amzn-RequestId": "rid",
            "Content-Type": "application/x-amz-json-1.0",
            "Content-Length": "40",
        },
        body=b'{"MD5OfMessageBody":"m","MessageId":"i"}',
    )


@pytest.mark.parametrize(("service", "operation"), [("sqs", "DeleteMessage"), ("kinesis", "DeleteStream")])
def test_an_operation_without_result_members_answers_nothing(service, operation):
    assert encode(service, operation, {}).body == b""


def test_null_and_unknown_members_of_a_request_are_not_seen():
    body = b'{"QueueUrl":"u","MessageBody":"b","DelaySeconds":null,"Strange":1}'

    assert decode("sqs", "SendMessage", asked(body)) == {"QueueUrl": "u", "MessageBody": "b"}


@pytest.mark.parametrize(
    ("member", "value", "text"),
    [
        ("StreamName", "true", "class java.lang.Boolean can not be converted to an String"),
        (
            "StreamName",
            "1",
            "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String",
        ),
        ("StreamName", "[]", "Start of list found where not expected"),
        ("StreamName", "{}", "Start of structure or map found where not expected."),
        ("ShardCount", '"23"', "class java.lang.String can not be converted to an Integer"),
        ("ShardCount", "true", "class java.lang.Boolean can not be converted to an Integer"),
        ("StreamModeDetails", '"x"', "Expected null"),
        ("StreamModeDetails", "[]", "Start of list found where not expected"),
        ("Tags", "[]", "Start of list found where not expected"),
        ("Tags", "1", "Expected map or null"),
    ],
)
def test_a_member_of_the_wrong_kind_is_refused_in_aws_words(member, value, text):
    with pytest.raises(MalformedRequest) as caught:
        decode("kinesis", "CreateStream", asked(f'{{"{member}":{value}}}'.encode()))

    assert caught.value.message == text


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (
            "23456",
            "'23456' can not be converted to a Blob: Base64 encoded length is expected a multiple of 4 bytes but found: 5",
        ),
        ("=+/=", "'=+/=' can not be converted to a Blob: Invalid Base64 character: '='"),
        ("a!cd", "'a!cd' can not be converted to a Blob: Invalid Base64 character: '!'"),
        ("+/+=", "'+/+=' can not be converted to a Blob: Invalid last non-pad Base64 character dectected"),
    ],
)
def test_a_blob_that_is_no_base64_is_refused_in_aws_words(data, text):
    with pytest.raises(MalformedRequest) as caught:
        decode("kinesis", "PutRecord", asked(f'{{"Data":"{data}"}}'.encode()))

    assert caught.value.message == text


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b"1"])
def test_a_body_that_is_no_object_is_refused(body):
    with pytest.raises(MalformedRequest):
        decode("sqs", "SendMessage", asked(body))


def test_lone_surrogates_pass_through_json():
    response = encode("sqs", "GetQueueUrl", {"QueueUrl": "\ud800"})

    assert response.body == b'{"QueueUrl":"\\ud800"}'


def test_a_parsed_answer_shares_no_container_with_the_result():
    result = {"StreamNames": ["a"], "HasMoreStreams": False}
    shown = parsed("kinesis", "ListStreams", result)

    shown["StreamNames"].append("b")

    assert result["StreamNames"] == ["a"]


def test_a_timestamp_may_be_given_as_a_datetime():
    at = datetime(2026, 2, 21, 0, 17, 2, 500_000, tzinfo=timezone.utc)
    result = {"StreamDescription": {"StreamCreationTimestamp": at}}
    response = encode("kinesis", "DescribeStream", result)

    assert response.body == b'{"StreamDescription":{"StreamCreationTimestamp":1771633022.5}}'
    assert parsed("kinesis", "DescribeStream", result)["StreamDescription"] == {"StreamCreationTimestamp": at}


# -- REST JSON -----------------------------------------------------------------------------------------


def test_an_invocation_is_read_from_path_query_headers_and_body():
    request = asked(
        b"{}",
        path="/2015-03-31/functions/arn%3Aaws%3Alambda%3A%3Af/invocations",
        query="Qualifier=%24LATEST",
        x_amz_log_type="Tail",
        x_amz_invocation_type="RequestResponse",
    )

    assert decode("lambda", "Invoke", request) == {
        "FunctionName": "arn:aws:lambda::f",
        "Qualifier": "$LATEST",
        "LogType": "Tail",
        "InvocationType": "RequestResponse",
        "Payload": b"{}",
    }


def test_a_streaming_payload_is_handed_on_untouched():
    body = BytesIO(b"x")
    request = Request(
        method="PUT", scheme="https", host="s3.amazonaws.com", path="/b/k", query="", headers={}, body=body
    )

    assert decode("s3", "PutObject", request)["Body"] is body


def test_an_invocation_answers_with_status_headers_and_a_stream():
    result = {"StatusCode": 202, "Payload": b"{}", "ExecutedVersion": "$LATEST"}
    response = encode("lambda", "Invoke", result)
    shown = parsed("lambda", "Invoke", result)

    assert (response.status, response.headers["X-Amz-Executed-Version"], response.body) == (
        202,
        "$LATEST",
        b"{}",
    )
    assert (shown["StatusCode"], shown["ExecutedVersion"], shown["Payload"].read()) == (202, "$LATEST", b"{}")


def test_a_deletion_answers_204_with_nothing():
    assert encode("lambda", "DeleteAlias", {}) == Response(
        status=204, headers={"x-amzn-RequestId": "rid"}, body=b""
    )


def test_repeated_query_keys_are_a_list():
    request = asked(method="DELETE", path="/2017-03-31/tags/arn", query="tagKeys=a&tagKeys=b%20c")

    assert decode("lambda", "UntagResource", request) == {"Resource": "arn", "TagKeys": ["a", "b c"]}


def test_given_headers_win_over_the_protocols_own():
    response = encode(
        "lambda", "Invoke", {"Payload": b""}, headers={"content-type": "text/plain"}, status=299
    )

    assert (response.status, response.headers) == (
        299,
        {"x-amzn-RequestId": "rid", "content-type": "text/plain", "Content-Length": "0"},
    )


# -- REST XML ------------------------------------------------------------------------------------------


def test_s3_lists_in_its_namespace_with_milliseconds():
    result = {
        "Name": "b",
        "Prefix": "",
        "Contents": [{"Key": 'a&<>"\r', "LastModified": 1771633022000, "Size": 1}],
        "CommonPrefixes": [],
    }
    response = encode("s3", "ListObjectsV2", result)

    assert response.body == (
        b'<?xml version="1.0" encoding="UTF-8"?>\n'
        b'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix/>'
        b"<Contents><Key>a&amp;&lt;&gt;&quot;&#xD;</Key><LastModified>2026-02-21T00:17:02.000Z</LastModified>"
        b"<Size>1</Size></Contents></ListBucketResult>"
    )


@pytest.mark.parametrize(
    ("location", "text"),
    [("eu-west-1", b">eu-west-1</LocationConstraint>"), (None, b"/>")],
)
def test_a_buckets_location_is_the_text_of_the_root(location, text):
    response = encode("s3", "GetBucketLocation", {"LocationConstraint": location})

    assert response.body == (
        b'<?xml version="1.0" encoding="UTF-8"?>\n'
        b'<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"' + text
    )


def test_a_grantee_carries_its_type_as_an_attribute():
    grants = [{"Grantee": {"ID": "i", "Type": "CanonicalUser"}, "Permission": "READ"}]
    response = encode("s3", "GetObjectAcl", {"Grants": grants})

    assert (
        b'<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>i</ID></Grantee>'
    ) in response.body
    assert parsed("s3", "GetObjectAcl", {"Grants": grants})["Grants"] == grants


def test_a_put_answers_with_headers_and_no_type():
    response = encode("s3", "PutObject", {"ETag": '"e"'})

    assert {name: response.headers[name] for name in response.headers if name[:2] != "x-"} == {
        "ETag": '"e"',
        "Content-Length": "0",
    }


def test_a_head_keeps_the_length_of_the_object():
    result = {
        "ContentLength": 5,
        "ContentType": "text/plain",
        "Metadata": {"a": "b"},
        "LastModified": 1771633022000,
    }
    shown = parsed("s3", "HeadObject", result)
    del shown["ResponseMetadata"]

    assert shown == {
        "ContentLength": 5,
        "ContentType": "text/plain",
        "Metadata": {"a": "b"},
        "LastModified": datetime(2026, 2, 21, 0, 17, 2, tzinfo=timezone.utc),
    }


def test_an_expiry_is_shown_as_time_and_as_text():
    result = {"Body": b"", "Expires": "tomorrow"}
    shown = parsed("s3", "GetObject", result)

    assert (shown.get("Expires"), shown["ExpiresString"]) == (None, "tomorrow")


@pytest.mark.parametrize("body", [b"<a", b"no xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
def test_xml_that_is_malformed_or_defines_entities_is_refused(body):
    with pytest.raises(MalformedRequest) as caught:
        decode("s3", "PutBucketTagging", asked(body, method="PUT", path="/b", query="tagging"))

    assert caught.value.code == "MalformedXML"


# -- query ---------------------------------------------------------------------------------------------


def test_sqs_receives_in_its_old_form():
    result = {
        "Messages": [
            {
                "MessageId": "i",
                "Body": "foobar",
                "Attributes": {"SentTimestamp": "1545082649183"},
                "MessageAttributes": {"a": {"StringValue": "x", "DataType": "String"}},
            }
        ]
    }

    assert encode("sqs", "ReceiveMessage", result, "query").body == (
        b'<?xml version="1.0"?><ReceiveMessageResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/">'
        b"<ReceiveMessageResult><Message><MessageId>i</MessageId><Body>foobar</Body>"
        b"<Attribute><Name>SentTimestamp</Name><Value>1545082649183</Value></Attribute>"
        b"<MessageAttribute><Name>a</Name><Value><StringValue>x</StringValue><DataType>String</DataType></Value>"
        b"</MessageAttribute></Message></ReceiveMessageResult>"
        b"<ResponseMetadata><RequestId>rid</RequestId></ResponseMetadata></ReceiveMessageResponse>"
    )


@pytest.mark.parametrize(
    ("operation", "inside"),
    [("ReceiveMessage", b"<ReceiveMessageResult/>"), ("DeleteMessage", b"")],
)
def test_nothing_to_give_is_an_empty_result_or_none(operation, inside):
    response = encode("sqs", operation, {}, "query")

    assert response.body == (
        f'<?xml version="1.0"?><{operation}Response xmlns="http://queue.amazonaws.com/doc/2012-11-05/">'.encode()
        + inside
        + f"<ResponseMetadata><RequestId>rid</RequestId></ResponseMetadata></{operation}Response>".encode()
    )


@pytest.mark.parametrize("place", ["query", "body"])
def test_sqs_reads_its_old_names(place):
    form = (
        "Action=SendMessage&QueueUrl=u&MessageBody=a%26b&MessageAttribute.1.Name=n"
        "&MessageAttribute.1.Value.DataType=Binary&MessageAttribute.1.Value.BinaryValue=aGk%3D&DelaySeconds=5"
    )
    request = asked(query=form, method="GET") if place == "query" else asked(form.encode())

    assert decode("sqs", "SendMessage", request, "query") == {
        "QueueUrl": "u",
        "MessageBody": "a&b",
        "DelaySeconds": 5,
        "MessageAttributes": {"n": {"DataType": "Binary", "BinaryValue": b"hi"}},
    }


@pytest.mark.parametrize(
    ("operation", "form", "expected"),
    [
        (
            "CreateQueue",
            "Attribute.1.Name=DelaySeconds&Attribute.1.Value=1",
            {"Attributes": {"DelaySeconds": "1"}},
        ),
        ("CreateQueue", "Tag.1.Key=a&Tag.1.Value=b", {"tags": {"a": "b"}}),
        ("TagQueue", "Tags.1.Key=a&Tags.1.Value=b", {"Tags": {"a": "b"}}),
        ("GetQueueAttributes", "AttributeName.2=b&AttributeName.1=a", {"AttributeNames": ["a", "b"]}),
        ("UntagQueue", "TagKey.1=a", {"TagKeys": ["a"]}),
        ("AddPermission", "AWSAccountId.1=1&ActionName.1=*", {"AWSAccountIds": ["1"], "Actions": ["*"]}),
        (
            "DeleteMessageBatch",
            "DeleteMessageBatchRequestEntry.1.Id=i&DeleteMessageBatchRequestEntry.1.ReceiptHandle=r",
            {"Entries": [{"Id": "i", "ReceiptHandle": "r"}]},
        ),
    ],
)
def test_sqs_flat_names_are_lists_and_maps(operation, form, expected):
    assert decode("sqs", operation, asked(form.encode()), "query") == expected


# -- CBOR ----------------------------------------------------------------------------------------------

TREES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, derandomize=True, deadline=None, database=None)
@given(TREES)
def test_cbor_is_read_and_written_as_another_library_does(tree):
    assert (cbor2.loads(cbor_body.dumps(tree)), cbor_body.loads(cbor2.dumps(tree))) == (tree, tree)


@pytest.mark.parametrize(
    ("data", "tree"),
    [
        ("bf61619f0203ffff", {"a": [2, 3]}),
        ("7f61616162ff", "ab"),
        ("5f41614162ff", b"ab"),
        ("c11a5f5e1000", 1600000000),
        ("f93c00", 1.0),
        ("fa3fc00000", 1.5),
        ("f7", None),
    ],
)
def test_all_forms_of_cbor_are_read(data, tree):
    assert cbor_body.loads(bytes.fromhex(data)) == tree


@pytest.mark.parametrize("data", ["a1", "ff", "61", "1c", "9f", "81" * 500, "0000", "e0", "bf9f0203ff01ff"])
def test_broken_cbor_is_refused(data):
    with pytest.raises(MalformedRequest):
        cbor_body.loads(bytes.fromhex(data))


def test_kinesis_takes_cbor_as_recorded():
    body = bytes.fromhex("a36a53747265616d4e616d6561736c506172746974696f6e4b6579616164446174614548656c6c6f")

    assert decode("kinesis", "PutRecord", asked(body), "json-cbor") == {
        "StreamName": "s",
        "PartitionKey": "a",
        "Data": b"Hello",
    }


def test_kinesis_answers_cbor_with_integer_milliseconds():
    result = {"StreamDescriptionSummary": {"StreamCreationTimestamp": 1700000000000}}
    response = encode("kinesis", "DescribeStreamSummary", result, "json-cbor")

    assert response.headers["Content-Type"] == "application/x-amz-cbor-1.1"
    assert response.body.endswith(bytes.fromhex("c11b0000018bcfe56800"))


def test_cloudwatch_answers_cbor_with_doubles_and_its_header():
    result = {"MetricAlarms": [{"StateUpdatedTimestamp": 1700000000500}]}
    response = encode("cloudwatch", "DescribeAlarms", result, "smithy-rpc-v2-cbor")

    assert response.headers["smithy-protocol"] == "rpc-v2-cbor"
    assert cbor2.loads(response.body) == {
        "MetricAlarms": [{"StateUpdatedTimestamp": datetime.fromtimestamp(1700000000.5, timezone.utc)}]
    }


# -- event streams -------------------------------------------------------------------------------------


def test_the_first_frame_of_a_subscription_is_as_recorded():
    response = encode("kinesis", "SubscribeToShard", {"EventStream": []})

    assert response.body.hex() == (
        "00000068000000564e6817240d3a6d6573736167652d747970650700056576656e740b3a6576656e742d74797065070010696e"
        "697469616c2d726573706f6e73650d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e7b7dfe942c1d"
    )


def test_an_endless_stream_is_sent_and_read_as_it_comes():
    def events():
        yield {
            "SubscribeToShardEvent": {
                "Records": [],
                "ContinuationSequenceNumber": "1",
                "MillisBehindLatest": 0,
            }
        }
        yield exception_frame("ResourceInUseException", "busy")

    result = {"EventStream": events()}
    stream = iter(parsed("kinesis", "SubscribeToShard", result)["EventStream"])

    assert next(stream) == {
        "SubscribeToShardEvent": {"Records": [], "ContinuationSequenceNumber": "1", "MillisBehindLatest": 0}
    }
    with pytest.raises(Exception, match="busy"):
        next(stream)
