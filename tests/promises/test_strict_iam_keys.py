"""Under strict_iam what is encrypted with a KMS key of one's own takes the role's right to that key, too."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

pytest.importorskip("moto")
pytestmark = pytest.mark.mock_lambda(strict_iam=True)
ACCOUNT = "123456789012"
CALL = """
import boto3
from botocore.exceptions import ClientError

def handler(event, context):
    try:
        boto3.client(event["service"]).__getattribute__(event["call"])(**event["with"])
    except ClientError as error:
        return [error.response["Error"]["Code"], error.response["Error"]["Message"]]
    return "done"
"""
DECRYPT, GENERATE = "kms:Decrypt", "kms:GenerateDataKey"


@pytest.fixture
def key(mock_lambda: Any) -> str:
    kms = boto3.client("kms")
    arn = str(kms.create_key()["KeyMetadata"]["Arn"])
    kms.create_alias(AliasName="alias/mine", TargetKeyId=arn)
    return arn


@pytest.fixture
def role(mock_lambda: Any) -> Any:
    services = ("s3", "sqs", "sns", "kinesis", "secretsmanager")
    statement = {"Effect": "Allow", "Action": [f"{service}:*" for service in services], "Resource": "*"}
    return mock_lambda.role("worker", statements=[statement])


@pytest.fixture
def function(mock_lambda: Any, role: Any) -> Any:
    return mock_lambda.function("fn", source=CALL, role=role, timeout=30)


def call(function: Any, service: str, operation: str, **params: Any) -> Any:
    return function.invoke({"service": service, "call": operation, "with": params}).payload


def denied(action: str, key: str) -> str:
    return (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/worker/fn is not authorized to perform: {action} on resource: "
        f"{key} because no identity-based policy allows the {action} action"
    )


def encrypt_bucket(key: str, algorithm: str = "aws:kms") -> None:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm, "KMSMasterKeyID": key}}
    boto3.client("s3").put_bucket_encryption(
        Bucket="uploads", ServerSideEncryptionConfiguration={"Rules": [rule]}
    )


def test_an_object_is_read_with_the_right_to_decrypt(mock_lambda, key, role, function):
    mock_lambda.bucket("uploads")
    boto3.client("s3").put_object(
        Bucket="uploads", Key="a", Body="x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key
    )
    get = {"Bucket": "uploads", "Key": "a"}
    assert call(function, "s3", "get_object", **get) == ["AccessDenied", denied(DECRYPT, key)]
    assert call(function, "s3", "head_object", **get) == "done"
    role.allow(DECRYPT, key)
    assert call(function, "s3", "get_object", **get) == "done"


def test_an_old_version_is_read_and_copied_with_rights_to_its_own_key(mock_lambda, key, role, function):
    s3, other = boto3.client("s3"), boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
    mock_lambda.bucket("uploads")
    s3.put_bucket_versioning(Bucket="uploads", VersioningConfiguration={"Status": "Enabled"})
    old, new = [
        s3.put_object(Bucket="uploads", Key="a", ServerSideEncryption="aws:kms", SSEKMSKeyId=one)["VersionId"]
        for one in (key, other)
    ]
    get = {"Bucket": "uploads", "Key": "a"}
    copy = {"Bucket": "uploads", "Key": "b", "CopySource": {**get, "VersionId": old}}
    role.allow(DECRYPT, other)
    assert call(function, "s3", "get_object", **get) == "done"
    assert call(function, "s3", "get_object", **get, VersionId=new) == "done"
    assert call(function, "s3", "get_object", **get, VersionId=old) == ["AccessDenied", denied(DECRYPT, key)]
    assert call(function, "s3", "copy_object", **copy) == ["AccessDenied", denied(DECRYPT, key)]
    role.allow(DECRYPT, key)
    assert call(function, "s3", "get_object", **get, VersionId=old) == "done"
    assert call(function, "s3", "copy_object", **copy) == "done"


@pytest.mark.parametrize("way", ["asked", "bucket", "alias"])
def test_an_object_is_written_with_the_right_to_generate_data_keys(mock_lambda, key, role, function, way):
    bucket = mock_lambda.bucket("uploads")
    if way != "asked":
        encrypt_bucket(key if way == "bucket" else "alias/mine")
    more = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if way == "asked" else {}
    put = {"Bucket": "uploads", "Key": "a", "Body": "x", **more}
    assert call(function, "s3", "put_object", **put) == ["AccessDenied", denied(GENERATE, key)]
    assert bucket.keys() == []
    role.allow(GENERATE, key)
    assert call(function, "s3", "put_object", **put) == "done"


def test_keys_of_awss_own_and_none_take_no_right(mock_lambda, key, function):
    mock_lambda.bucket("uploads")
    put = {"Bucket": "uploads", "Key": "a", "Body": "x"}
    assert call(function, "s3", "put_object", **put) == "done"
    assert call(function, "s3", "put_object", **put, ServerSideEncryption="aws:kms") == "done"
    assert call(function, "s3", "get_object", Bucket="uploads", Key="a") == "done"
    encrypt_bucket(key)
    assert call(function, "s3", "put_object", **put, ServerSideEncryption="AES256") == "done"
    queue = mock_lambda.queue("orders")
    attributes = {"KmsMasterKeyId": "alias/aws/sqs"}
    boto3.client("sqs").set_queue_attributes(QueueUrl=queue.url, Attributes=attributes)
    assert call(function, "sqs", "send_message", QueueUrl=queue.url, MessageBody="x") == "done"


def test_a_copy_takes_rights_to_both_keys(mock_lambda, key, role, function):
    other = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
    mock_lambda.bucket("uploads")
    encrypt_bucket(key)
    boto3.client("s3").put_object(
        Bucket="uploads", Key="a", Body="x", ServerSideEncryption="aws:kms", SSEKMSKeyId=other
    )
    copy = {"Bucket": "uploads", "Key": "b", "CopySource": {"Bucket": "uploads", "Key": "a"}}
    assert call(function, "s3", "copy_object", **copy)[1] == denied(DECRYPT, other)
    role.allow(DECRYPT, other)
    assert call(function, "s3", "copy_object", **copy)[1] == denied(GENERATE, key)
    role.allow(GENERATE, key)
    assert call(function, "s3", "copy_object", **copy) == "done"


def test_an_encrypted_queue_is_written_and_read_with_rights_to_its_key(mock_lambda, key, role, function):
    queue = mock_lambda.queue("orders")
    attributes = {"KmsMasterKeyId": "alias/mine"}
    boto3.client("sqs").set_queue_attributes(QueueUrl=queue.url, Attributes=attributes)
    send = {"QueueUrl": queue.url, "MessageBody": "x"}
    batch = {"QueueUrl": queue.url, "Entries": [{"Id": "1", "MessageBody": "x"}]}
    code = "KMS.AccessDeniedException"
    assert call(function, "sqs", "send_message", **send) == [code, denied(GENERATE, key)]
    role.allow(GENERATE, key)
    assert call(function, "sqs", "send_message_batch", **batch) == [code, denied(DECRYPT, key)]
    assert call(function, "sqs", "receive_message", QueueUrl=queue.url) == [code, denied(DECRYPT, key)]
    role.allow(DECRYPT, key)
    assert call(function, "sqs", "send_message", **send) == "done"
    assert call(function, "sqs", "receive_message", QueueUrl=queue.url) == "done"


def test_encrypted_topics_streams_and_secrets_take_rights_to_their_keys(mock_lambda, key, role, function):
    topic, stream = mock_lambda.topic("news"), mock_lambda.stream("clicks")
    boto3.client("sns").set_topic_attributes(
        TopicArn=topic.arn, AttributeName="KmsMasterKeyId", AttributeValue=key
    )
    boto3.client("kinesis").start_stream_encryption(
        StreamName="clicks", EncryptionType="KMS", KeyId=key.rpartition("/")[2]
    )
    boto3.client("secretsmanager").create_secret(Name="s", SecretString="x", KmsKeyId=key)
    put = {"StreamName": "clicks", "Data": "x", "PartitionKey": "k"}
    wanted = [
        ("sns", "publish", {"TopicArn": topic.arn, "Message": "x"}, "KMSAccessDenied", GENERATE),
        ("kinesis", "put_record", put, "KMSAccessDeniedException", GENERATE),
    ]
    for service, operation, params, code, action in wanted:
        assert call(function, service, operation, **params) == [code, denied(action, key)]
    refused = ["AccessDeniedException", "Access to KMS is not allowed"]
    assert call(function, "secretsmanager", "get_secret_value", SecretId="s") == refused
    role.allow([GENERATE, DECRYPT], key)
    for service, operation, params, _, _ in wanted:
        assert call(function, service, operation, **params) == "done"
    assert call(function, "secretsmanager", "get_secret_value", SecretId="s") == "done"
    assert len(stream.records) == 1


def test_a_keys_policy_may_keep_a_role_out_or_let_it_in(mock_lambda, key, role, function):
    mock_lambda.bucket("uploads")
    encrypt_bucket(key)

    def put_policy(effect: str, principal: str) -> None:
        root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
        statements = [
            {"Effect": "Allow", "Principal": root, "Action": "kms:Put*", "Resource": "*"},
            {"Effect": effect, "Principal": {"AWS": principal}, "Action": "kms:*", "Resource": "*"},
        ]
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        boto3.client("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=policy)

    put = {"Bucket": "uploads", "Key": "a", "Body": "x"}
    put_policy("Allow", str(role))
    assert call(function, "s3", "put_object", **put) == "done"
    role.allow("kms:*", key)
    put_policy("Deny", str(role))
    assert "explicit deny in a resource-based policy" in call(function, "s3", "put_object", **put)[1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("kms:ViaService", "s3.us-east-1.amazonaws.com"),
        ("kms:CallerAccount", ACCOUNT),
        ("kms:EncryptionContext:aws:s3:arn", "arn:aws:s3:::uploads/a"),
    ],
)
def test_conditions_see_for_what_a_key_is_used(mock_lambda, key, role, function, name, value):
    mock_lambda.bucket("uploads")
    encrypt_bucket(key)
    condition = {"StringEquals": {name: value}}
    statement = {"Effect": "Allow", "Action": "kms:*", "Resource": key, "Condition": condition}
    mock_lambda.add_statement(role, statement)
    assert call(function, "s3", "put_object", Bucket="uploads", Key="a", Body="x") == "done"
    other = {**condition["StringEquals"], name: f"{value}x"}
    mock_lambda.add_statement(
        role, {"Effect": "Deny", "Action": "kms:*", "Resource": key, "Condition": {"StringNotEquals": other}}
    )
    assert call(function, "s3", "put_object", Bucket="uploads", Key="a", Body="x")[0] == "AccessDenied"


def test_an_encrypted_queue_is_polled_once_the_role_may_decrypt(mock_lambda, key, role, function):
    queue = mock_lambda.queue("orders")
    boto3.client("sqs").set_queue_attributes(QueueUrl=queue.url, Attributes={"KmsMasterKeyId": key})
    function.on_queue(queue)
    queue.send("a")
    assert function.invocations == []
    assert any("may not kms:Decrypt" in line for line in mock_lambda.denied)
    role.allow(DECRYPT, key)
    assert len(function.invocations) == 1


def test_an_encrypted_stream_is_read_once_the_role_may_decrypt(mock_lambda, key, role, function):
    stream = mock_lambda.stream("clicks")
    boto3.client("kinesis").start_stream_encryption(StreamName="clicks", EncryptionType="KMS", KeyId=key)
    function.on_stream(stream)
    stream.put("x")
    assert function.invocations == []
    role.allow(DECRYPT, key)
    mock_lambda.advance(minutes=2)
    assert len(function.invocations) >= 1


def test_a_dead_letter_is_put_into_an_encrypted_queue_with_rights_to_its_key(mock_lambda, key, role):
    queue = mock_lambda.queue("letters")
    boto3.client("sqs").set_queue_attributes(QueueUrl=queue.url, Attributes={"KmsMasterKeyId": key})
    fails = "def handler(event, context):\n    raise ValueError\n"
    function = mock_lambda.function("fails", source=fails, role=role, retries=0, dead_letter=queue)
    function.send({})
    assert queue.messages == []
    role.allow([DECRYPT, GENERATE], key)
    function.send({})
    assert len(queue.messages) == 1


def test_a_schedule_sends_to_an_encrypted_queue_with_its_roles_rights_to_the_key(mock_lambda, key):
    queue = mock_lambda.queue("orders")
    boto3.client("sqs").set_queue_attributes(QueueUrl=queue.url, Attributes={"KmsMasterKeyId": key})
    acts = mock_lambda.role("acts", trusts="scheduler.amazonaws.com", allow={"sqs:SendMessage": queue})
    boto3.client("scheduler").create_schedule(
        Name="s",
        ScheduleExpression="rate(5 minutes)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": queue.arn, "RoleArn": acts, "Input": "x"},
    )
    mock_lambda.advance(minutes=1)
    assert queue.messages == []
    acts.allow([DECRYPT, GENERATE], key)
    mock_lambda.advance(minutes=5)
    assert len(queue.messages) == 1


@pytest.mark.mock_lambda(strict_iam=False)
def test_without_strict_iam_nothing_is_asked(mock_lambda, key):
    queue = mock_lambda.queue("orders")
    boto3.client("sqs").set_queue_attributes(QueueUrl=queue.url, Attributes={"KmsMasterKeyId": key})
    function = mock_lambda.function("fn", source=CALL)
    assert call(function, "sqs", "send_message", QueueUrl=queue.url, MessageBody="x") == "done"


@pytest.mark.xfail(strict=True, reason="services that act by no role are not asked for rights to keys")
def test_a_topic_sends_to_an_encrypted_queue_only_if_the_keys_policy_lets_sns_in(mock_lambda, key):
    queue, topic = mock_lambda.queue("orders"), mock_lambda.topic("news")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue.arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    attributes = {"KmsMasterKeyId": key, "Policy": policy}
    boto3.client("sqs").set_queue_attributes(QueueUrl=queue.url, Attributes=attributes)
    boto3.client("sns").subscribe(TopicArn=topic.arn, Protocol="sqs", Endpoint=queue.arn)
    boto3.client("sns").publish(TopicArn=topic.arn, Message="x")
    assert queue.messages == []


@pytest.mark.xfail(strict=True, reason="keys of DynamoDB's tables take no rights")
def test_an_encrypted_table_is_read_with_rights_to_its_key(mock_lambda, key, role, function):
    role.allow("dynamodb:*")
    boto3.client("dynamodb").create_table(
        TableName="t",
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
    )
    get = {"TableName": "t", "Key": {"k": {"S": "a"}}}
    assert call(function, "dynamodb", "get_item", **get)[0] == "AccessDeniedException"
