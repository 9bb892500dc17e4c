"""A bucket with EventBridge on tells the default bus of everything."""

from __future__ import annotations

import json

import pytest
from s3_support import BUCKET, client, client_with_bucket, plain

QUEUE = "arn:aws:sqs:us-east-1:123456789012:events"


@pytest.fixture
def s3(mock_lambda):
    s3 = client_with_bucket()
    s3.put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    return s3


@pytest.fixture
def queue(mock_lambda):
    allowed = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": QUEUE}
    url = client("sqs").create_queue(
        QueueName="events", Attributes={"Policy": json.dumps({"Statement": [allowed]})}
    )["QueueUrl"]
    client("events").put_rule(Name="all", EventPattern=json.dumps({"source": ["aws.s3"]}))
    client("events").put_targets(Rule="all", Targets=[{"Id": "queue", "Arn": QUEUE}])
    return url


def events_of(queue):
    messages = client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", ())
    return [json.loads(message["Body"]) for message in messages]


def test_a_put_is_told_with_its_plain_key(s3, queue):
    s3.put_object(Bucket=BUCKET, Key="a b", Body=b"abcd")

    (event,) = events_of(queue)
    detail = event.pop("detail")
    assert event == {
        "version": "0",
        "id": event["id"],
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": "123456789012",
        "time": event["time"],
        "region": "us-east-1",
        "resources": [f"arn:aws:s3:::{BUCKET}"],
    }
    assert detail == {
        "version": "0",
        "bucket": {"name": BUCKET},
        "object": {
            "key": "a b",
            "size": 4,
            "etag": "e2fc714c4727ee9395f324cd2e7f331f",
            "sequencer": detail["object"]["sequencer"],
        },
        "request-id": detail["request-id"],
        "requester": "123456789012",
        "source-ip-address": "127.0.0.1",
        "reason": "PutObject",
    }


def test_a_delete_says_of_which_kind_it_was(s3, queue):
    s3.delete_object(Bucket=BUCKET, Key="k")
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    s3.delete_object(Bucket=BUCKET, Key="k")

    found = [(event["detail-type"], event["detail"]["deletion-type"]) for event in events_of(queue)]

    assert found == [("Object Deleted", "Permanently Deleted"), ("Object Deleted", "Delete Marker Created")]


def test_the_configuration_comes_back(s3):
    assert plain(s3.get_bucket_notification_configuration(Bucket=BUCKET)) == {"EventBridgeConfiguration": {}}
