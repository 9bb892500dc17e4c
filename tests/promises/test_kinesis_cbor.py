"""Kinesis speaks CBOR as well as JSON, for SDKs of other languages."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import cbor2
import pytest

from mocklambda.wire.message import Request

CBOR, JSON = "application/x-amz-cbor-1.1", "application/x-amz-json-1.1"
AUTHORIZATION = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20240101/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=0"

pytestmark = pytest.mark.mock_lambda(clock=datetime.fromtimestamp(1_700_000_000, tz=timezone.utc))


@pytest.fixture
def send(mock_lambda):
    def call(operation, body, content_type=CBOR):
        encode = cbor2.dumps if content_type == CBOR else lambda document: json.dumps(document).encode()
        headers = {
            "authorization": AUTHORIZATION,
            "content-type": content_type,
            "x-amz-target": f"Kinesis_20131202.{operation}",
        }
        return mock_lambda.wire(
            Request(
                method="POST",
                scheme="https",
                host="kinesis.us-east-1.amazonaws.com",
                path="/",
                query="",
                headers=headers,
                body=encode(body),
            )
        )

    assert call("CreateStream", {"StreamName": "s", "ShardCount": 1}).body == b""
    return call


def test_an_answer_comes_in_the_form_of_the_question(send):
    response = send("PutRecord", {"StreamName": "s", "PartitionKey": "a", "Data": b"Hello"})

    assert response.headers["Content-Type"] == CBOR
    assert set(cbor2.loads(response.body)) == {"ShardId", "SequenceNumber"}


def test_instants_are_integer_milliseconds_under_tag_1(send):
    response = send("DescribeStream", {"StreamName": "s"})

    assert (
        bytes.fromhex("77") + b"StreamCreationTimestamp" + bytes.fromhex("c11b0000018bcfe56800")
        in response.body
    )


def test_both_forms_read_the_same(send):
    send("PutRecord", {"StreamName": "s", "PartitionKey": "a", "Data": b"\x00\xff"})
    ask = {"StreamName": "s", "ShardId": "0", "ShardIteratorType": "TRIM_HORIZON"}
    iterator = cbor2.loads(send("GetShardIterator", ask).body)["ShardIterator"]
    # cbor2 reads tag 1 as seconds, as the standard says; AWS means milliseconds.
    body = send("GetRecords", {"ShardIterator": iterator}).body.replace(b"\xc1\x1b", b"\x1b")
    (as_cbor,) = cbor2.loads(body)["Records"]
    (as_json,) = json.loads(send("GetRecords", {"ShardIterator": iterator}, JSON).body)["Records"]

    assert (as_cbor["Data"], as_json["Data"]) == (b"\x00\xff", "AP8=")
    assert as_cbor["SequenceNumber"] == as_json["SequenceNumber"]


def test_an_error_is_a_map_of_two_texts(send):
    response = send("DescribeStream", {"StreamName": "no"})

    assert (response.status, cbor2.loads(response.body)) == (
        400,
        {"__type": "ResourceNotFoundException", "message": "Stream no under account 123456789012 not found."},
    )
