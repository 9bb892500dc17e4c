"""A bucket tells queues, topics and functions what happened in it."""

from __future__ import annotations

import json

import pytest
from s3_support import BUCKET, client, client_with_bucket, plain, refusal

QUEUE = "arn:aws:sqs:us-east-1:123456789012:events"


@pytest.fixture
def s3(mock_lambda):
    return client_with_bucket()


@pytest.fixture
def queue(mock_lambda):
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": QUEUE,
        "Condition": {"ArnEquals": {"aws:SourceArn": f"arn:aws:s3:::{BUCKET}"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return client("sqs").create_queue(QueueName="events", Attributes={"Policy": policy})["QueueUrl"]


def notify(s3, *events, **members):
    configuration = {"Id": "rule", "QueueArn": QUEUE, "Events": list(events), **members}
    s3.put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"QueueConfigurations": [configuration]}
    )


def received(queue):
    """Return the bodies in the queue, parsed, and empty it."""
    sqs, found = client("sqs"), []
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            found.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return found


def events_of(queue):
    return [
        (record["eventName"], record["s3"]["object"])
        for document in received(queue)
        for record in document.get("Records", ())
    ]


def test_a_new_configuration_sends_a_test_event(s3, queue):
    notify(s3, "s3:ObjectCreated:*")

    (message,) = received(queue)

    assert list(message) == ["Service", "Event", "Time", "Bucket", "RequestId", "HostId"]
    assert (message["Service"], message["Event"], message["Bucket"]) == ("Amazon S3", "s3:TestEvent", BUCKET)


def test_a_put_is_recorded_member_by_member(s3, queue):
    notify(s3, "s3:ObjectCreated:*")
    received(queue)

    answer = s3.put_object(Bucket=BUCKET, Key="dir/red flower@x+=~.jpg", Body=b"abcd")

    ((record,),) = (document["Records"] for document in received(queue))
    sequencer = record["s3"]["object"]["sequencer"]
    owner = record["s3"]["bucket"]["ownerIdentity"]
    elements = record["responseElements"]
    assert record == {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "us-east-1",
        "eventTime": record["eventTime"],
        "eventName": "ObjectCreated:Put",
        "userIdentity": record["userIdentity"],
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "responseElements": {
            "x-amz-request-id": answer["ResponseMetadata"]["RequestId"],
            "x-amz-id-2": elements["x-amz-id-2"],
        },
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "rule",
            "bucket": {"name": BUCKET, "ownerIdentity": owner, "arn": f"arn:aws:s3:::{BUCKET}"},
            "object": {
                "key": "dir/red+flower%40x%2B%3D~.jpg",
                "size": 4,
                "eTag": "e2fc714c4727ee9395f324cd2e7f331f",
                "sequencer": sequencer,
            },
        },
    }


def test_sequencers_grow(s3, queue):
    notify(s3, "s3:ObjectCreated:*")
    for _ in range(3):
        s3.put_object(Bucket=BUCKET, Key="k")

    sequencers = [thing["sequencer"] for _, thing in events_of(queue)]

    assert sequencers == sorted(set(sequencers))


def test_each_way_of_making_an_object_has_its_name(s3, queue):
    notify(s3, "s3:ObjectCreated:*")
    s3.put_object(Bucket=BUCKET, Key="k")
    s3.copy_object(Bucket=BUCKET, Key="copy", CopySource=f"{BUCKET}/k")
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="multi")
    which = {name: upload[name] for name in ("Bucket", "Key", "UploadId")}
    part = s3.upload_part(**which, PartNumber=1, Body=b"x")
    s3.complete_multipart_upload(
        **which, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    )

    names = [name for name, _ in events_of(queue)]

    assert names == ["ObjectCreated:Put", "ObjectCreated:Copy", "ObjectCreated:CompleteMultipartUpload"]


def test_deletes_are_told_even_of_keys_that_never_were(s3, queue):
    notify(s3, "s3:ObjectRemoved:*")

    s3.delete_object(Bucket=BUCKET, Key="never")
    s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "a"}, {"Key": "b"}]})

    found = [(name, thing["key"], sorted(thing)) for name, thing in events_of(queue)]
    assert found == [("ObjectRemoved:Delete", key, ["key", "sequencer"]) for key in ("never", "a", "b")]


def test_a_marker_is_told_with_its_version(s3, queue):
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    notify(s3, "s3:ObjectRemoved:*")

    marker = s3.delete_object(Bucket=BUCKET, Key="k")["VersionId"]

    ((name, thing),) = events_of(queue)
    thing.pop("sequencer")
    assert (name, thing) == (
        "ObjectRemoved:DeleteMarkerCreated",
        {"key": "k", "eTag": "d41d8cd98f00b204e9800998ecf8427e", "versionId": marker},
    )


def test_a_put_while_suspended_has_no_version(s3, queue):
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})
    notify(s3, "s3:ObjectCreated:*")

    s3.put_object(Bucket=BUCKET, Key="k")

    ((_, thing),) = events_of(queue)
    assert "versionId" not in thing


def test_tagging_is_told_without_size_and_sequencer(s3, queue):
    s3.put_object(Bucket=BUCKET, Key="k")
    notify(s3, "s3:ObjectTagging:*")

    s3.put_object_tagging(Bucket=BUCKET, Key="k", Tagging={"TagSet": []})
    s3.delete_object_tagging(Bucket=BUCKET, Key="k")

    thing = {"key": "k", "eTag": "d41d8cd98f00b204e9800998ecf8427e"}
    assert events_of(queue) == [("ObjectTagging:Put", thing), ("ObjectTagging:Delete", thing)]


def test_a_failed_call_is_not_told(s3, queue):
    s3.put_object(Bucket=BUCKET, Key="k")
    notify(s3, "s3:ObjectCreated:*")

    refusal(s3.put_object, Bucket=BUCKET, Key="k", IfNoneMatch="*")

    assert events_of(queue) == []


@pytest.mark.parametrize(("key", "is_told"), [("in/a.jpg", True), ("in/a.png", False), ("out/a.jpg", False)])
def test_filters_look_at_the_plain_key(s3, queue, key, is_told):
    rules = [{"Name": "PREFIX", "Value": "in/"}, {"Name": "suffix", "Value": ".jpg"}]
    notify(s3, "s3:ObjectCreated:*", Filter={"Key": {"FilterRules": rules}})

    s3.put_object(Bucket=BUCKET, Key=key)

    assert bool(events_of(queue)) is is_told


def test_a_configuration_comes_back_as_put(s3, queue):
    rules = [{"Name": "prefix", "Value": "a"}]
    notify(s3, "s3:ObjectCreated:Put", Filter={"Key": {"FilterRules": rules}})

    shown = plain(s3.get_bucket_notification_configuration(Bucket=BUCKET))

    assert shown == {
        "QueueConfigurations": [
            {
                "Id": "rule",
                "QueueArn": QUEUE,
                "Events": ["s3:ObjectCreated:Put"],
                "Filter": {"Key": {"FilterRules": [{"Name": "Prefix", "Value": "a"}]}},
            }
        ]
    }


def test_an_empty_configuration_clears(s3, queue):
    notify(s3, "s3:ObjectCreated:*")
    s3.put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration={})
    received(queue)

    s3.put_object(Bucket=BUCKET, Key="k")

    assert (received(queue), plain(s3.get_bucket_notification_configuration(Bucket=BUCKET))) == ([], {})


def test_a_missing_queue_is_refused(s3):
    configuration = {"QueueConfigurations": [{"QueueArn": QUEUE, "Events": ["s3:ObjectCreated:*"]}]}

    assert refusal(
        s3.put_bucket_notification_configuration, Bucket=BUCKET, NotificationConfiguration=configuration
    ) == {
        "Status": 400,
        "Code": "InvalidArgument",
        "Message": "Unable to validate the following destination configurations",
        "ArgumentName1": QUEUE,
        "ArgumentValue1": "The destination queue does not exist",
    }
    s3.put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration=configuration, SkipDestinationValidation=True
    )
    s3.put_object(Bucket=BUCKET, Key="k")


def test_a_queue_that_does_not_permit_is_refused(s3):
    client("sqs").create_queue(QueueName="events")
    configuration = {"QueueConfigurations": [{"QueueArn": QUEUE, "Events": ["s3:ObjectCreated:*"]}]}

    error = refusal(
        s3.put_bucket_notification_configuration, Bucket=BUCKET, NotificationConfiguration=configuration
    )

    assert error["ArgumentValue1"] == (
        "Permissions on the destination queue do not allow S3 to publish notifications from this bucket"
    )


def test_a_missing_function_is_refused(s3):
    arn = "arn:aws:lambda:us-east-1:123456789012:function:none"
    configuration = {
        "LambdaFunctionConfigurations": [{"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}]
    }

    error = refusal(
        s3.put_bucket_notification_configuration, Bucket=BUCKET, NotificationConfiguration=configuration
    )

    assert (error["ArgumentName1"], error["ArgumentValue1"]) == (
        f"{arn}, null",
        f"Not authorized to invoke function [{arn}]",
    )


def test_an_arn_that_is_none_is_refused_even_unchecked(s3):
    configuration = {"QueueConfigurations": [{"QueueArn": "none", "Events": ["s3:ObjectCreated:*"]}]}

    assert refusal(
        s3.put_bucket_notification_configuration,
        Bucket=BUCKET,
        NotificationConfiguration=configuration,
        SkipDestinationValidation=True,
    ) == {
        "Status": 400,
        "Code": "InvalidArgument",
        "Message": "The ARN could not be parsed",
        "ArgumentName": "Queue",
        "ArgumentValue": "none",
    }


def test_overlapping_rules_are_refused(s3, queue):
    one = {"QueueArn": QUEUE, "Events": ["s3:ObjectCreated:*"]}
    other = {"QueueArn": QUEUE, "Events": ["s3:ObjectCreated:Put"]}

    error = refusal(
        s3.put_bucket_notification_configuration,
        Bucket=BUCKET,
        NotificationConfiguration={"QueueConfigurations": [one, other]},
    )

    assert error["Message"].startswith("Configuration is ambiguously defined.")


def test_an_expired_object_is_told(mock_lambda, s3, queue):
    notify(s3, "s3:LifecycleExpiration:*")
    rule = {"ID": "r", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}}
    s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [rule]})
    s3.put_object(Bucket=BUCKET, Key="k")

    mock_lambda.advance(days=2)

    assert [name for name, _ in events_of(queue)] == ["LifecycleExpiration:Delete"]


def test_a_restore_is_told_at_both_ends(mock_lambda, s3, queue):
    s3.put_object(Bucket=BUCKET, Key="k", StorageClass="GLACIER")
    notify(s3, "s3:ObjectRestore:Post", "s3:ObjectRestore:Completed")
    s3.restore_object(Bucket=BUCKET, Key="k", RestoreRequest={"Days": 1})
    at_once = [name for name, _ in events_of(queue)]

    mock_lambda.advance(hours=5)

    assert (at_once, [name for name, _ in events_of(queue)]) == (
        ["ObjectRestore:Post"],
        ["ObjectRestore:Completed"],
    )


def test_a_topic_gets_the_document_with_a_subject(mock_lambda, s3, queue):
    sns = client("sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic,
    }
    sns.set_topic_attributes(
        TopicArn=topic,
        AttributeName="Policy",
        AttributeValue=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    allowed = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": QUEUE}
    client("sqs").set_queue_attributes(
        QueueUrl=queue, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [allowed]})}
    )
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=QUEUE)
    s3.put_bucket_notification_configuration(
        Bucket=BUCKET,
        NotificationConfiguration={
            "TopicConfigurations": [{"TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}]
        },
    )
    received(queue)

    s3.put_object(Bucket=BUCKET, Key="k")

    (message,) = received(queue)
    assert message["Subject"] == "Amazon S3 Notification"
    assert json.loads(message["Message"])["Records"][0]["eventName"] == "ObjectCreated:Put"
