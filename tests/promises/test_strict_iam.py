"""Under strict_iam a function may do what its role allows: its calls, polls, deliveries and logs; the test may all."""

from __future__ import annotations

import base64
import json
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError

from mocklambda import UsageError, mock_lambda as mocking
from mocklambda.explain import explain

STRICT = pytest.mark.mock_lambda(strict_iam=True)
ACCOUNT = "123456789012"
SEND = """
import boto3
from botocore.exceptions import ClientError

def handler(event, context):
    try:
        boto3.client(event["service"]).__getattribute__(event["call"])(**event["with"])
    except ClientError as error:
        return [error.response["Error"]["Code"], error.response["Error"]["Message"],
                error.response["ResponseMetadata"]["HTTPStatusCode"]]
    return "done"
"""


def caller(cloud, name="fn", **role):
    return cloud.function(name, source=SEND, role=cloud.role("worker", **role), timeout=60)


def call(function, service, call, **params):
    return function.invoke({"service": service, "call": call, "with": params}).payload


def session(name="fn", role="worker"):
    return f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}"


def denied(action, resource, *, shown=None, why="because no identity-based policy allows the {} action"):
    shown = shown or action
    return (
        f"User: {session()} is not authorized to perform: {shown} on resource: {resource} {why.format(shown)}"
    )


@STRICT
def test_a_handlers_call_is_refused_unless_its_role_allows_it(mock_lambda):
    queue = mock_lambda.queue("orders")
    function = caller(mock_lambda)
    assert call(function, "sqs", "send_message", QueueUrl=queue.url, MessageBody="x") == [
        "AccessDenied",
        denied("sqs:SendMessage", queue.arn, shown="sqs:sendmessage"),
        403,
    ]
    assert queue.messages == []


@STRICT
def test_a_handler_may_do_what_its_role_allows(mock_lambda):
    queue = mock_lambda.queue("orders")
    function = caller(mock_lambda, allow={"sqs:SendMessage": queue})
    assert call(function, "sqs", "send_message", QueueUrl=queue.url, MessageBody="x") == "done"
    assert [message.body for message in queue.messages] == ["x"]
    assert call(function, "sqs", "purge_queue", QueueUrl=queue.url)[0] == "AccessDenied"


@STRICT
def test_the_test_itself_may_do_everything(mock_lambda):
    queue = mock_lambda.queue("orders")
    boto3.client("sqs").send_message(QueueUrl=queue.url, MessageBody="x")
    assert len(queue.messages) == 1


def test_without_strict_iam_roles_need_not_exist(mock_lambda):
    queue = mock_lambda.queue("orders")
    function = mock_lambda.function("fn", source=SEND, role=f"arn:aws:iam::{ACCOUNT}:role/nobody")
    assert call(function, "sqs", "send_message", QueueUrl=queue.url, MessageBody="x") == "done"


@STRICT
def test_an_explicit_deny_wins(mock_lambda):
    topic = mock_lambda.topic("news")
    role = mock_lambda.role("worker", allow={"sns:*": "*"})
    function = mock_lambda.function("fn", source=SEND, role=role)
    assert call(function, "sns", "publish", TopicArn=topic.arn, Message="x") == "done"
    role.deny("sns:Publish", topic)
    assert call(function, "sns", "publish", TopicArn=topic.arn, Message="x") == [
        "AuthorizationError",
        denied(
            "sns:Publish",
            topic.arn,
            shown="SNS:Publish",
            why="with an explicit deny in an identity-based policy",
        ),
        403,
    ]


@STRICT
def test_s3_names_the_object_and_hides_whether_a_key_is_there(mock_lambda):
    bucket = mock_lambda.bucket("uploads")
    bucket.put("a", "text")
    role = mock_lambda.role("worker")
    function = mock_lambda.function("fn", source=SEND, role=role)
    text = (
        f'User: {session()} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::uploads/a" because '
        "no identity-based policy allows the s3:GetObject action"
    )
    assert call(function, "s3", "get_object", Bucket="uploads", Key="a") == ["AccessDenied", text, 403]
    assert call(function, "s3", "head_object", Bucket="uploads", Key="a") == ["403", "Forbidden", 403]
    role.allow("s3:GetObject", f"{bucket.arn}/*")
    assert call(function, "s3", "head_object", Bucket="uploads", Key="a") == "done"
    assert call(function, "s3", "get_object", Bucket="uploads", Key="b")[0] == "AccessDenied"
    assert call(function, "s3", "head_object", Bucket="uploads", Key="b")[0] == "403"
    role.allow("s3:ListBucket", bucket)
    assert call(function, "s3", "get_object", Bucket="uploads", Key="b")[0] == "NoSuchKey"
    assert call(function, "s3", "head_object", Bucket="uploads", Key="b")[0] == "404"


@STRICT
def test_a_copy_takes_reading_and_writing(mock_lambda):
    source, target = mock_lambda.bucket("source"), mock_lambda.bucket("target")
    source.put("a", "text")
    role = mock_lambda.role("worker", allow={"s3:PutObject": target})
    function = mock_lambda.function("fn", source=SEND, role=role)
    copy = {"Bucket": "target", "Key": "b", "CopySource": {"Bucket": "source", "Key": "a"}}
    assert "s3:GetObject" in call(function, "s3", "copy_object", **copy)[1]
    role.allow("s3:GetObject", source)
    assert call(function, "s3", "copy_object", **copy) == "done"
    assert target.keys() == ["b"]


@STRICT
def test_keys_that_may_not_be_deleted_are_told_one_by_one(mock_lambda):
    bucket = mock_lambda.bucket("uploads")
    for key in ("mine/a", "yours/b"):
        bucket.put(key, "x")
    delete = """
import boto3

def handler(event, context):
    objects = [{"Key": "mine/a"}, {"Key": "yours/b"}]
    reply = boto3.client("s3").delete_objects(Bucket="uploads", Delete={"Objects": objects})
    return [[one["Key"] for one in reply["Deleted"]], [[one["Key"], one["Code"]] for one in reply["Errors"]]]
"""
    role = mock_lambda.role("worker", allow={"s3:DeleteObject": f"{bucket.arn}/mine/*"})
    function = mock_lambda.function("fn", source=delete, role=role)
    assert function.invoke().payload == [["mine/a"], [["yours/b", "AccessDenied"]]]
    assert bucket.keys() == ["yours/b"]


@STRICT
def test_a_bucket_policy_lets_a_role_of_its_account_in_and_keeps_it_out(mock_lambda):
    mock_lambda.bucket("uploads").put("a", "text")
    role = mock_lambda.role("worker")
    function = mock_lambda.function("fn", source=SEND, role=role)
    get = {"Bucket": "uploads", "Key": "a"}

    def put_policy(effect, principal):
        statement = {
            "Effect": effect,
            "Principal": {"AWS": principal},
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::uploads/*",
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
        boto3.client("s3").put_bucket_policy(Bucket="uploads", Policy=policy)

    put_policy("Allow", f"arn:aws:iam::{ACCOUNT}:root")  # the account may then let its roles in
    assert call(function, "s3", "get_object", **get)[0] == "AccessDenied"
    put_policy("Allow", role)
    assert call(function, "s3", "get_object", **get) == "done"
    role.allow("s3:*")
    put_policy("Deny", session())
    assert "with an explicit deny in a resource-based policy" in call(function, "s3", "get_object", **get)[1]


@STRICT
@pytest.mark.parametrize(
    ("service", "operation", "params", "action", "resource"),
    [
        (
            "lambda",
            "invoke",
            {"FunctionName": "fn"},
            "lambda:InvokeFunction",
            "lambda:us-east-1:{}:function:fn",
        ),
        (
            "kinesis",
            "put_record",
            {"StreamName": "s", "Data": "x", "PartitionKey": "k"},
            "kinesis:PutRecord",
            "kinesis:us-east-1:{}:stream/s",
        ),
        (
            "events",
            "put_events",
            {"Entries": [{"Source": "a", "DetailType": "b", "Detail": "{}"}]},
            "events:PutEvents",
            "events:us-east-1:{}:event-bus/default",
        ),
        (
            "scheduler",
            "get_schedule",
            {"Name": "s"},
            "scheduler:GetSchedule",
            "scheduler:us-east-1:{}:schedule/default/s",
        ),
        (
            "dynamodb",
            "get_item",
            {"TableName": "t", "Key": {}},
            "dynamodb:GetItem",
            "dynamodb:us-east-1:{}:table/t",
        ),
        (
            "dynamodb",
            "query",
            {"TableName": "t", "IndexName": "idx", "KeyConditionExpression": "a = :a"},
            "dynamodb:Query",
            "dynamodb:us-east-1:{}:table/t/index/idx",
        ),
        ("ssm", "get_parameter", {"Name": "/a/b"}, "ssm:GetParameter", "ssm:us-east-1:{}:parameter/a/b"),
    ],
)
def test_each_service_refuses_in_its_own_way(mock_lambda, service, operation, params, action, resource):
    if service in {"dynamodb", "ssm"}:
        pytest.importorskip("moto")
    function = caller(mock_lambda)
    status = 403 if service in {"lambda", "scheduler"} else 400
    assert call(function, service, operation, **params) == [
        "AccessDeniedException",
        denied(action, f"arn:aws:{resource.format(ACCOUNT)}"),
        status,
    ]


@STRICT
def test_what_was_refused_is_told_with_the_statement_that_would_allow_it(mock_lambda):
    queue = mock_lambda.queue("orders")
    function = caller(mock_lambda)
    call(function, "sqs", "send_message", QueueUrl=queue.url, MessageBody="x")
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue.arn}
    assert mock_lambda.denied[0] == (
        f"fn (role worker) may not sqs:SendMessage on {queue.arn} because no identity-based policy allows the "
        f"sqs:SendMessage action; allowed by {json.dumps(statement)}"
    )


@STRICT
def test_a_function_that_was_given_no_role_may_log_and_no_more(mock_lambda):
    queue = mock_lambda.queue("orders")
    function = mock_lambda.function("fn", source=SEND)
    answer = call(function, "sqs", "send_message", QueueUrl=queue.url, MessageBody="x")
    assert answer[0] == "AccessDenied"
    assert "START RequestId" in function.logs


@STRICT
def test_a_role_that_may_not_log_does_not_but_the_tail_is_there(mock_lambda):
    source = "def handler(event, context):\n    print('hello')\n"
    function = mock_lambda.function("fn", source=source, role=mock_lambda.role("silent"))
    result = function.invoke()
    assert "hello" in result.logs
    assert function.logs == ""


@STRICT
def test_a_function_is_made_only_with_a_role_that_lambda_can_assume(mock_lambda):
    source = PASS
    text = "The role defined for the function cannot be assumed by Lambda."
    for role in (f"arn:aws:iam::{ACCOUNT}:role/nobody", mock_lambda.role("ec2s", trusts="ec2.amazonaws.com")):
        with pytest.raises(ClientError) as caught:
            mock_lambda.function("fn", source=source, role=role)
        assert caught.value.response["Error"] == {
            "Code": "InvalidParameterValueException",
            "Message": text,
        } | ({"Type": "User"} if "Type" in caught.value.response["Error"] else {})
    mock_lambda.function("fn", source=source)
    with pytest.raises(ClientError, match=text):
        boto3.client("lambda").update_function_configuration(
            FunctionName="fn", Role=f"arn:aws:iam::{ACCOUNT}:role/nobody"
        )


def refusal(call):
    with pytest.raises(ClientError) as caught:
        call()
    assert caught.value.response["Error"]["Code"] == "InvalidParameterValueException"
    return caught.value.response["Error"]["Message"]


@STRICT
@pytest.mark.parametrize("missing", ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"])
def test_a_queue_is_mapped_only_to_a_function_whose_role_may_poll_it(mock_lambda, missing):
    queue = mock_lambda.queue("orders")
    calls = {"ReceiveMessage", "DeleteMessage", "GetQueueAttributes"} - {missing}
    role = mock_lambda.role("worker", allow={f"sqs:{call}": queue for call in calls})
    function = mock_lambda.function("fn", source=SEND, role=role)
    assert refusal(lambda: function.on_queue(queue)) == (
        f"The provided execution role does not have permissions to call {missing} on SQS"
    )
    role.allow(f"sqs:{missing}", queue)
    function.on_queue(queue)


@STRICT
def test_a_stream_is_mapped_only_to_a_function_whose_role_may_read_it(mock_lambda):
    stream = mock_lambda.stream("clicks")
    function = caller(mock_lambda)
    assert refusal(lambda: function.on_stream(stream)) == (
        f"Cannot access stream {stream.arn}. Please ensure the role can perform the GetRecords, GetShardIterator, "
        "DescribeStream, ListShards, and ListStreams Actions on your stream in IAM."
    )


POLLING = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]


@STRICT
def test_a_role_that_may_no_longer_poll_leaves_the_queue_alone_until_it_may_again(mock_lambda):
    queue = mock_lambda.queue("orders")
    role = mock_lambda.role("worker", statements=[{"Effect": "Allow", "Action": POLLING, "Resource": queue}])
    function = mock_lambda.function("fn", source=PASS, role=role)
    function.on_queue(queue)
    queue.send("a")
    assert len(function.invocations) == 1
    iam = boto3.client("iam")
    iam.put_role_policy(RoleName="worker", PolicyName="statements", PolicyDocument=NOTHING)
    queue.send("b")
    assert [len(function.invocations), len(queue.messages)] == [1, 1]
    role.allow(POLLING, queue)
    assert [len(function.invocations), len(queue.messages)] == [2, 0]


NOTHING = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "xray:*", "Resource": "*"}]}
)
READING = ["kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStream", "kinesis:ListShards"]


@STRICT
def test_a_stream_that_may_no_longer_be_read_is_told_as_a_problem(mock_lambda):
    stream = mock_lambda.stream("clicks")
    role = mock_lambda.role("worker", statements=[{"Effect": "Allow", "Action": READING, "Resource": stream}])
    function = mock_lambda.function("fn", source=PASS, role=role)
    uuid = function.on_stream(stream)
    role.deny("kinesis:GetRecords")
    stream.put("a")
    shown = boto3.client("lambda").get_event_source_mapping(UUID=uuid)
    assert shown["LastProcessingResult"].startswith(f"PROBLEM: Cannot access stream {stream.arn}.")
    assert function.invocations == []
    boto3.client("iam").delete_role_policy(
        RoleName="worker",
        PolicyName=boto3.client("iam").list_role_policies(RoleName="worker")["PolicyNames"][-1],
    )
    assert len(function.invocations) == 1


PASS = "def handler(event, context):\n    return None\n"
FAIL = "def handler(event, context):\n    raise ValueError\n"


@STRICT
def test_a_dead_letter_queue_and_destinations_are_set_only_if_the_role_may_write_to_them(mock_lambda):
    queue, topic, bus = (
        mock_lambda.queue("dead"),
        mock_lambda.topic("news"),
        "arn:aws:events:us-east-1:{}:event-bus/b",
    )
    role = mock_lambda.role("worker")
    for target, text in ((queue, "SendMessage on SQS"), (topic, "Publish on SNS")):
        assert refusal(
            lambda target=target: mock_lambda.function("fn", source=FAIL, role=role, dead_letter=target)
        ) == (f"The provided execution role does not have permissions to call {text}")
    function = mock_lambda.function("fn", source=FAIL, role=role)
    other = mock_lambda.function("other", source=FAIL, role=role)
    bus = bus.format(ACCOUNT)
    for arn, call in (
        (queue.arn, "SendMessage"),
        (topic.arn, "Publish"),
        (other.arn, "InvokeFunction"),
        (bus, "PutEvents"),
    ):
        assert refusal(lambda arn=arn: function.configure_events(on_failure=arn)) == (
            f"The function's execution role does not have permissions to call {call} on {arn}"
        )


@STRICT
def test_a_delivery_that_the_role_may_no_longer_make_is_dropped(mock_lambda):
    dead, failed = mock_lambda.queue("dead"), mock_lambda.queue("failed")
    role = mock_lambda.role("worker", allow={"sqs:SendMessage": [dead, failed]})
    function = mock_lambda.function(
        "fn", source=FAIL, role=role, retries=0, dead_letter=dead, on_failure=failed
    )
    function.send({})
    assert [len(dead.messages), len(failed.messages)] == [1, 1]
    role.deny("sqs:SendMessage", dead)
    function.send({})
    assert [len(dead.messages), len(failed.messages)] == [1, 2]
    assert (
        f"DeadLetter record could not be sent ({role} may not SendMessage on {dead.arn})"
        in mock_lambda.timeline()
    )


@STRICT
def test_active_tracing_takes_rights(mock_lambda):
    role = mock_lambda.role("worker")
    tracing = {"TracingConfig": {"Mode": "Active"}}
    assert refusal(lambda: mock_lambda.function("fn", source=FAIL, role=role, **tracing)) == (
        "The provided execution role does not have permissions to call PutTraceSegments on XRAY"
    )
    role.allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"])
    mock_lambda.function("fn", source=FAIL, role=role, **tracing)


@STRICT
def test_aws_own_managed_policies_count(mock_lambda):
    pytest.importorskip("moto")
    queue = mock_lambda.queue("orders")
    sqs_execution = "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"
    role = mock_lambda.role("worker", policies=[sqs_execution])
    function = mock_lambda.function("fn", source=PASS, role=role)
    function.on_queue(queue)
    queue.send("x")
    assert len(function.invocations) == 1
    assert "START" in function.logs


@STRICT
def test_roles_of_iam_itself_count_with_policies_attached_inline_and_bounding(mock_lambda):
    pytest.importorskip("moto")
    queue = mock_lambda.queue("orders")
    iam = boto3.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(
        RoleName="worker", Path="/service-role/", AssumeRolePolicyDocument=json.dumps({"Statement": trust})
    )["Role"]["Arn"]
    function = mock_lambda.function("fn", source=SEND, role=role)
    send = {"QueueUrl": queue.url, "MessageBody": "x"}
    statement = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    policy = iam.create_policy(PolicyName="queues", PolicyDocument=document)["Policy"]["Arn"]
    assert call(function, "sqs", "send_message", **send)[1] == denied(
        "sqs:SendMessage", queue.arn, shown="sqs:sendmessage"
    )
    iam.attach_role_policy(RoleName="worker", PolicyArn=policy)
    assert call(function, "sqs", "send_message", **send) == "done"
    boundary = iam.create_policy(PolicyName="bounds", PolicyDocument=NOTHING)["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="worker", PermissionsBoundary=boundary)
    assert "because no permissions boundary allows" in call(function, "sqs", "send_message", **send)[1]
    iam.delete_role_permissions_boundary(RoleName="worker")
    iam.detach_role_policy(RoleName="worker", PolicyArn=policy)
    iam.attach_role_policy(RoleName="worker", PolicyArn="arn:aws:iam::aws:policy/AmazonSQSFullAccess")
    assert call(function, "sqs", "send_message", **send) == "done"


@STRICT
def test_secrets_are_matched_by_their_full_arn(mock_lambda):
    pytest.importorskip("moto")
    arn = boto3.client("secretsmanager").create_secret(Name="db", SecretString="x")["ARN"]
    function = caller(mock_lambda, allow={"secretsmanager:GetSecretValue": f"{arn[:-6]}??????"})
    assert call(function, "secretsmanager", "get_secret_value", SecretId="db") == "done"
    assert call(function, "secretsmanager", "describe_secret", SecretId="db")[1] == denied(
        "secretsmanager:DescribeSecret", arn
    )


def trust_account(role, principal=f"arn:aws:iam::{ACCOUNT}:root"):
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": statement})
    boto3.client("iam").update_assume_role_policy(RoleName=role.name, PolicyDocument=trust)


@STRICT
def test_a_role_is_assumed_only_if_it_trusts_the_one_that_asks(mock_lambda):
    pytest.importorskip("moto")
    other, role = mock_lambda.role("other"), mock_lambda.role("worker")
    role.allow("sts:AssumeRole", other)
    function = mock_lambda.function("fn", source=SEND, role=role)
    assume = {"RoleArn": other, "RoleSessionName": "me"}
    assert call(function, "sts", "assume_role", **assume) == [
        "AccessDenied",
        denied("sts:AssumeRole", other, why="because no resource-based policy allows the {} action"),
        403,
    ]
    assert mock_lambda.denied[0].endswith("; its own policy must let the role in, or the role's account")
    trust_account(other, role)
    assert call(function, "sts", "assume_role", **assume) == "done"


@STRICT
def test_a_key_is_used_as_its_own_policy_and_grants_let(mock_lambda):
    pytest.importorskip("moto")
    kms = boto3.client("kms")
    role = mock_lambda.role("worker")
    function = mock_lambda.function("fn", source=SEND, role=role)
    key = kms.create_key()["KeyMetadata"]["Arn"]
    assert "no identity-based policy" in call(function, "kms", "encrypt", KeyId=key, Plaintext="x")[1]
    kms.create_grant(KeyId=key, GranteePrincipal=role, Operations=["Encrypt"])
    assert call(function, "kms", "encrypt", KeyId=key, Plaintext="x") == "done"
    role.allow("kms:*")
    statement = {"Effect": "Allow", "Principal": {"AWS": f"{role}-2"}, "Action": "kms:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=document)
    refused = call(function, "kms", "generate_data_key", KeyId=key, KeySpec="AES_256")
    assert "because no resource-based policy allows the kms:GenerateDataKey action" in refused[1]


@STRICT
def test_a_role_that_the_handler_assumes_decides_for_calls_with_its_credentials(mock_lambda):
    pytest.importorskip("moto")
    queue = mock_lambda.queue("orders")
    other = mock_lambda.role("other", allow={"sqs:SendMessage": queue})
    trust_account(other)
    source = f"""
import boto3

def handler(event, context):
    given = boto3.client("sts").assume_role(RoleArn="{other}", RoleSessionName="me")["Credentials"]
    session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    session.client("sqs").send_message(QueueUrl="{queue.url}", MessageBody="x")
    try:
        session.client("sqs").purge_queue(QueueUrl="{queue.url}")
    except Exception as error:
        return str(error)
"""
    role = mock_lambda.role("worker", allow={"sts:AssumeRole": other})
    answer = mock_lambda.function("fn", source=source, role=role).invoke().payload
    assert f"User: {session('me', 'other')} is not authorized to perform: sqs:purgequeue" in answer
    assert len(queue.messages) == 1


@STRICT
def test_a_session_policy_keeps_the_credentials_of_an_assumed_role_to_less(mock_lambda):
    pytest.importorskip("moto")
    queue, topic = mock_lambda.queue("orders"), mock_lambda.topic("news")
    other = mock_lambda.role("other", allow={"sqs:*": "*"})
    trust_account(other)
    statements = [
        {"Effect": "Allow", "Action": ["sqs:SendMessage", "sns:*"], "Resource": "*"},
        {"Effect": "Deny", "Action": "sqs:PurgeQueue", "Resource": "*"},
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    source = f"""
import boto3

def handler(event, context):
    given = boto3.client("sts").assume_role(
        RoleArn="{other}", RoleSessionName="me", Policy={policy!r})["Credentials"]
    session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    sqs, sns, url = session.client("sqs"), session.client("sns"), "{queue.url}"
    answers = []
    for call in (
        lambda: sqs.send_message(QueueUrl=url, MessageBody="x"),
        lambda: sqs.receive_message(QueueUrl=url),
        lambda: sqs.purge_queue(QueueUrl=url),
        lambda: sns.publish(TopicArn="{topic.arn}", Message="x"),
    ):
        try:
            call()
        except Exception as error:
            answers.append(str(error))
    return answers
"""
    role = mock_lambda.role("worker", allow={"sts:AssumeRole": other})
    answers = mock_lambda.function("fn", source=source, role=role).invoke().payload
    assert len(queue.messages) == 1
    for answer, why in zip(
        answers,
        (
            "because no session policy allows the sqs:receivemessage action",
            "with an explicit deny in a session policy",
            "because no identity-based policy allows the SNS:Publish action",
        ),
        strict=True,
    ):
        assert why in answer


@STRICT
@pytest.mark.xfail(strict=True, reason="moto's AssumeRole does not keep PolicyArns")
def test_managed_policies_keep_a_session_to_less(mock_lambda):
    pytest.importorskip("moto")
    queue = mock_lambda.queue("orders")
    other = mock_lambda.role("other", allow={"sqs:*": "*"})
    trust_account(other)
    source = f"""
import boto3

def handler(event, context):
    arns = [{{"arn": "arn:aws:iam::aws:policy/AmazonS3FullAccess"}}]
    given = boto3.client("sts").assume_role(
        RoleArn="{other}", RoleSessionName="me", PolicyArns=arns)["Credentials"]
    session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    session.client("sqs").send_message(QueueUrl="{queue.url}", MessageBody="x")
"""
    role = mock_lambda.role("worker", allow={"sts:AssumeRole": other})
    assert mock_lambda.function("fn", source=source, role=role).invoke().error is not None


@STRICT
def test_conditions_see_the_request_and_the_function(mock_lambda):
    bucket = mock_lambda.bucket("uploads")
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:fn"
    conditions = {"StringLike": {"s3:prefix": "mine/*"}, "ArnEquals": {"lambda:SourceFunctionArn": arn}}
    statement = {
        "Effect": "Allow",
        "Action": "s3:ListBucket",
        "Resource": bucket.arn,
        "Condition": conditions,
    }
    function = caller(mock_lambda, statements=[statement])
    assert call(function, "s3", "list_objects_v2", Bucket="uploads", Prefix="mine/a") == "done"
    assert call(function, "s3", "list_objects_v2", Bucket="uploads", Prefix="yours/")[0] == "AccessDenied"


@STRICT
def test_a_role_that_a_handler_hands_on_is_one_that_it_may_pass(mock_lambda):
    other, role = (
        mock_lambda.role("other", trusts="scheduler.amazonaws.com"),
        mock_lambda.role("worker", allow={"scheduler:CreateSchedule": "*"}),
    )
    function = mock_lambda.function("fn", source=SEND, role=role)
    schedule = {
        "Name": "later",
        "ScheduleExpression": "rate(1 hour)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": function.arn, "RoleArn": other},
    }
    assert call(function, "scheduler", "create_schedule", **schedule)[1] == denied("iam:PassRole", other)
    passing = {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}
    mock_lambda.add_statement(
        role, {"Effect": "Allow", "Action": "iam:PassRole", "Resource": other, "Condition": passing}
    )
    assert call(function, "scheduler", "create_schedule", **schedule) == "done"


@STRICT
def test_a_role_may_be_kept_to_one_region(mock_lambda):
    condition = {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}
    away = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}
    source = """
import boto3

def handler(region, context):
    return len(boto3.client("sqs", region_name=region).list_queues().get("QueueUrls", []))
"""
    role = mock_lambda.role("worker", allow={"sqs:*": "*"}, statements=[away])
    function = mock_lambda.function("fn", source=source, role=role)
    assert function.invoke("us-east-1").payload == 0
    assert "explicit deny in an identity-based policy" in function.invoke("eu-west-1").error["errorMessage"]


@STRICT
def test_inline_handlers_are_held_to_their_roles_too(mock_lambda):
    queue = mock_lambda.queue("orders")

    def handler(event, context):
        boto3.client("sqs").send_message(QueueUrl=queue.url, MessageBody="x")

    function = mock_lambda.function("fn", handler, inline=True)
    assert "AccessDenied" in function.invoke().error["errorMessage"]


@STRICT
def test_a_function_url_that_asks_for_iam_takes_the_right_to_invoke_it(mock_lambda):
    target = mock_lambda.function("target", source=PASS)
    url = target.url(auth="AWS_IAM").url
    source = f"""
import boto3, urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

def handler(event, context):
    request = AWSRequest("GET", "{url}")
    SigV4Auth(boto3.Session().get_credentials(), "lambda", "us-east-1").add_auth(request)
    return urllib3.request("GET", "{url}", headers=dict(request.headers)).status
"""
    role = mock_lambda.role("worker")
    function = mock_lambda.function("fn", source=source, role=role)
    assert function.invoke().payload == 403
    role.allow("lambda:InvokeFunctionUrl", target)
    assert function.invoke().payload == 200


@STRICT
def test_a_queue_policy_that_keeps_one_role_out_lets_others_in(mock_lambda):
    queue = mock_lambda.queue("orders")
    roles = {name: mock_lambda.role(name, allow={"sqs:SendMessage": queue}) for name in ("in", "out")}
    statement = {
        "Effect": "Deny",
        "Principal": {"AWS": roles["out"]},
        "Action": "sqs:*",
        "Resource": queue.arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    boto3.client("sqs").set_queue_attributes(QueueUrl=queue.url, Attributes={"Policy": policy})
    send = {"QueueUrl": queue.url, "MessageBody": "x"}
    answers = {}
    for name, role in roles.items():
        answers[name] = call(
            mock_lambda.function(name, source=SEND, role=role), "sqs", "send_message", **send
        )
    assert answers["in"] == "done"
    assert "with an explicit deny in a resource-based policy" in answers["out"][1]


@STRICT
def test_an_iterator_stands_for_its_stream(mock_lambda):
    stream, other = mock_lambda.stream("clicks"), mock_lambda.stream("other")
    read = """
import boto3

def handler(name, context):
    kinesis = boto3.client("kinesis")
    shard = kinesis.list_shards(StreamName=name)["Shards"][0]["ShardId"]
    iterator = kinesis.get_shard_iterator(StreamName=name, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    return len(kinesis.get_records(ShardIterator=iterator["ShardIterator"])["Records"])
"""
    role = mock_lambda.role("worker", allow={"kinesis:*": stream, "kinesis:ListShards": "*"})
    role.allow("kinesis:GetShardIterator", other)
    function = mock_lambda.function("fn", source=read, role=role)
    stream.put("a")
    assert function.invoke("clicks").payload == 1
    assert denied("kinesis:GetRecords", other.arn) in function.invoke("other").error["errorMessage"]


@pytest.mark.mock_lambda(strict_iam=True, wire=True)
def test_calls_that_travel_as_bytes_are_held_to_roles_alike(mock_lambda):
    queue = mock_lambda.queue("orders")
    bucket = mock_lambda.bucket("uploads")
    bucket.put("a", "text")
    function = caller(mock_lambda, allow={"s3:GetObject": bucket})
    assert call(function, "sqs", "send_message", QueueUrl=queue.url, MessageBody="x")[0] == "AccessDenied"
    assert call(function, "s3", "get_object", Bucket="uploads", Key="a") == "done"
    assert call(function, "s3", "put_object", Bucket="uploads", Key="b", Body="x")[::2] == [
        "AccessDenied",
        403,
    ]


@STRICT
def test_programs_that_a_handler_runs_are_held_to_its_role(mock_lambda):
    queue = mock_lambda.queue("orders")
    source = f"""
import subprocess, sys

PROGRAM = '''
import boto3
try:
    boto3.client("sqs").send_message(QueueUrl="{queue.url}", MessageBody="x")
except Exception as error:
    print(error.response["Error"]["Code"])
'''

def handler(event, context):
    return subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True).stdout.strip()
"""
    role = mock_lambda.role("worker")
    function = mock_lambda.function("fn", source=source, role=role, timeout=30)
    assert function.invoke().payload == "AccessDenied"
    role.allow("sqs:SendMessage", queue)
    assert function.invoke().payload == ""
    assert len(queue.messages) == 1


@STRICT
def test_a_url_that_the_test_signed_is_good_in_a_handler_that_may_not_read(mock_lambda):
    mock_lambda.bucket("uploads").put("a", "text")
    url = boto3.client("s3", aws_access_key_id="a", aws_secret_access_key="b").generate_presigned_url(
        "get_object", Params={"Bucket": "uploads", "Key": "a"}
    )
    source = (
        "import urllib3\n\ndef handler(url, context):\n    return urllib3.request('GET', url).data.decode()\n"
    )
    assert mock_lambda.function("fn", source=source).invoke(url).payload == "text"


@STRICT
def test_a_tables_stream_is_mapped_only_to_a_function_whose_role_may_read_it(mock_lambda):
    pytest.importorskip("moto")
    table = boto3.client("dynamodb").create_table(
        TableName="things",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]
    arn = table["LatestStreamArn"]
    role = mock_lambda.role("worker")
    function = mock_lambda.function("fn", source=PASS, role=role)
    assert refusal(lambda: function.on_stream(arn)) == (
        f"Cannot access stream {arn}. Please ensure the role can perform the GetRecords, GetShardIterator, "
        "DescribeStream, and ListStreams Actions on your stream in IAM."
    )
    role.allow(["dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream"], arn)
    function.on_stream(arn)
    boto3.client("dynamodb").put_item(TableName="things", Item={"id": {"S": "a"}})
    assert len(function.invocations) == 1


@STRICT
def test_records_of_a_stream_that_are_given_up_go_only_where_the_role_may_write(mock_lambda):
    stream, failed = mock_lambda.stream("clicks"), mock_lambda.queue("failed")
    role = mock_lambda.role("worker", statements=[{"Effect": "Allow", "Action": READING, "Resource": stream}])
    function = mock_lambda.function("fn", source=FAIL, role=role)
    assert refusal(lambda: function.on_stream(stream, retries=0, on_failure=failed)) == (
        f"The function's execution role does not have permissions to call SendMessage on {failed.arn}"
    )
    role.allow("sqs:SendMessage", failed)
    function.on_stream(stream, retries=0, on_failure=failed)
    stream.put("a")
    assert len(failed.messages) == 1
    role.deny("sqs:SendMessage")
    stream.put("b")
    assert len(failed.messages) == 1
    assert (
        f"OnFailure record could not be sent ({role} may not SendMessage on {failed.arn})"
        in mock_lambda.timeline()
    )


@STRICT
def test_ciphertext_stands_for_its_key(mock_lambda):
    pytest.importorskip("moto")
    kms = boto3.client("kms")
    key, other = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    blobs = [kms.encrypt(KeyId=arn, Plaintext=b"x")["CiphertextBlob"] for arn in (key, other)]
    source = """
import base64, boto3

def handler(event, context):
    return boto3.client("kms").decrypt(CiphertextBlob=base64.b64decode(event))["Plaintext"].decode()
"""
    role = mock_lambda.role("worker", allow={"kms:Decrypt": key})
    function = mock_lambda.function("fn", source=source, role=role)
    answers = [function.invoke(base64.b64encode(blob).decode()) for blob in blobs]
    assert answers[0].payload == "x"
    assert denied("kms:Decrypt", other) in answers[1].error["errorMessage"]


@STRICT
def test_a_failing_tests_report_tells_what_was_not_allowed(mock_lambda):
    queue = mock_lambda.queue("orders")
    call(caller(mock_lambda), "sqs", "send_message", QueueUrl=queue.url, MessageBody="x")
    report = explain(mock_lambda)
    assert "not allowed (strict_iam):\n  - fn (role worker) may not sqs:SendMessage" in report


@STRICT
def test_a_condition_on_what_is_not_known_is_named(mock_lambda):
    queue = mock_lambda.queue("orders")
    condition = {"StringEquals": {"aws:SourceVpce": "vpce-1"}}
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue, "Condition": condition}
    function = caller(mock_lambda, statements=[statement])
    call(function, "sqs", "send_message", QueueUrl=queue.url, MessageBody="x")
    assert mock_lambda.denied[0].endswith(
        "; conditions ask for what is not known of this call: aws:sourcevpce"
    )


@STRICT
def test_a_queue_named_by_the_path_of_a_query_request_is_found(mock_lambda):
    queue = mock_lambda.queue("orders")
    path = urlsplit(queue.url)
    source = f"""
import boto3, urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

def handler(event, context):
    body = "Action=SendMessage&MessageBody=x&Version=2012-11-05"
    headers = {{"Content-Type": "application/x-www-form-urlencoded"}}
    request = AWSRequest("POST", "https://{path.netloc}{path.path}", data=body, headers=headers)
    SigV4Auth(boto3.Session().get_credentials(), "sqs", "us-east-1").add_auth(request)
    return urllib3.request("POST", request.url, body=body, headers=dict(request.headers)).status
"""
    role = mock_lambda.role("worker")
    function = mock_lambda.function("fn", source=source, role=role)
    assert function.invoke().payload == 403
    role.allow("sqs:SendMessage", queue)
    assert function.invoke().payload == 200


def test_strict_iam_works_without_moto_with_roles_of_the_session(monkeypatch):
    monkeypatch.setattr("mocklambda.neighbours._is_installed", lambda: False)
    with mocking(strict_iam=True) as cloud:
        queue = cloud.queue("orders")
        role = cloud.role("worker", allow={"sqs:SendMessage": queue})
        function = cloud.function("fn", source=SEND, role=role)
        assert call(function, "sqs", "send_message", QueueUrl=queue.url, MessageBody="x") == "done"
        assert call(function, "sqs", "purge_queue", QueueUrl=queue.url)[0] == "AccessDenied"
        role.allow("sqs:PurgeQueue", queue)
        assert call(function, "sqs", "purge_queue", QueueUrl=queue.url) == "done"
        with pytest.raises(UsageError, match="managed policies"):
            cloud.role("other", policies=["arn:aws:iam::aws:policy/AmazonSQSFullAccess"])
        with pytest.raises(UsageError, match="already"):
            cloud.role("worker")


@pytest.mark.parametrize(
    "arguments",
    [
        {"statements": [{"Effect": "Allow", "Action": "sqs:*"}]},
        {"statements": [{"Effect": "Perhaps", "Action": "sqs:*", "Resource": "*"}]},
        {"policies": ["no policy"]},
        {"policies": [{"Version": "2012-10-17"}]},
        {"policies": ["arn:aws:iam::aws:policy/NoSuchPolicy"]},
    ],
)
def test_a_role_of_policies_that_are_none_is_refused(mock_lambda, arguments):
    with pytest.raises(UsageError):
        mock_lambda.role("worker", **arguments)


def test_a_role_handle_is_its_arn(mock_lambda):
    role = mock_lambda.role("worker")
    assert role == role.arn == f"arn:aws:iam::{ACCOUNT}:role/worker"
    assert role.name == "worker"
    assert boto3.client("iam").get_role(RoleName="worker")["Role"]["Arn"] == role
