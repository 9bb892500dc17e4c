"""Who a handler is to STS: the session of its function's role, whichever way it asks."""

from __future__ import annotations

import boto3
import pytest

from mocklambda import mock_lambda as mocking

ACCOUNT = "123456789012"
ASK = """
import boto3

def handler(event, context):
    reply = boto3.client("sts", **event).get_caller_identity()
    return {name: reply[name] for name in ("Account", "Arn", "UserId")}
"""
PROGRAM = '''
import json, os, subprocess, sys

PROGRAM = """
import boto3, json
reply = boto3.client("sts").get_caller_identity()
print(json.dumps({name: reply[name] for name in ("Account", "Arn", "UserId")}))
"""

def handler(event, context):
    assert "AWS_ENDPOINT_URL" in os.environ
    return json.loads(subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True).stdout)
'''


def session_arn(name="fn", role="worker"):
    return f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}"


@pytest.mark.parametrize("source", [ASK, PROGRAM], ids=["handler", "program"])
def test_a_handler_is_a_session_of_its_role_named_as_the_function(mock_lambda, source):
    fn = mock_lambda.function(
        "fn", source=source, role=f"arn:aws:iam::{ACCOUNT}:role/team/worker", timeout=30
    )
    identity = fn.invoke({}).payload
    assert identity == {"Account": ACCOUNT, "Arn": session_arn(), "UserId": identity["UserId"]}
    role_id, _, session = identity["UserId"].partition(":")
    assert (role_id[:4], len(role_id), session) == ("AROA", 21, "fn")


@pytest.mark.mock_lambda(wire=True)
def test_a_handler_that_asks_in_bytes_is_told_the_same(mock_lambda):
    role = f"arn:aws:iam::{ACCOUNT}:role/worker"
    fn = mock_lambda.function("fn", source=ASK, role=role)
    assert fn.invoke({}).payload["Arn"] == session_arn()


@pytest.mark.mock_lambda(executor="inline")
def test_an_inline_handler_is_told_the_same(mock_lambda):
    role = f"arn:aws:iam::{ACCOUNT}:role/worker"
    fn = mock_lambda.function(
        "fn", handler=lambda *_: boto3.client("sts").get_caller_identity()["Arn"], role=role
    )
    assert fn.invoke({}).payload == session_arn()


def test_a_name_of_one_character_is_made_long_enough_for_sts(mock_lambda):
    role = f"arn:aws:iam::{ACCOUNT}:role/worker"
    fn = mock_lambda.function("f", source=ASK, role=role)
    assert fn.invoke({}).payload["Arn"] == session_arn("f@lambda_function")


def test_two_environments_are_one_identity_and_two_functions_of_a_role_share_its_id(mock_lambda):
    role = f"arn:aws:iam::{ACCOUNT}:role/worker"
    first, other = (mock_lambda.function(name, source=ASK, role=role) for name in ("first", "other"))
    before = first.invoke({}).payload
    boto3.client("lambda").update_function_configuration(
        FunctionName="first", Environment={"Variables": {"AA": "1"}}
    )
    assert first.invoke({}).payload == before
    assert other.invoke({}).payload["UserId"] == before["UserId"].replace(":first", ":other")


def test_the_users_id_begins_with_the_id_of_the_role_that_iam_has(mock_lambda):
    pytest.importorskip("moto")
    role = mock_lambda.role("worker")
    role_id = boto3.client("iam").get_role(RoleName="worker")["Role"]["RoleId"]
    assert mock_lambda.function("fn", source=ASK, role=role).invoke({}).payload["UserId"] == f"{role_id}:fn"


def test_what_a_handler_sends_bears_the_same_id(mock_lambda):
    queue = mock_lambda.queue("orders")
    source = f"""
import boto3

def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl="{queue.url}", MessageBody="x")
    return boto3.client("sts").get_caller_identity()["UserId"]
"""
    user_id = mock_lambda.function("fn", source=source).invoke({}).payload
    received = boto3.client("sqs").receive_message(
        QueueUrl=queue.url, MessageSystemAttributeNames=["SenderId"]
    )
    assert received["Messages"][0]["Attributes"]["SenderId"] == user_id


@pytest.mark.parametrize("is_strict", [False, True], ids=["lax", "strict"])
def test_with_the_credentials_of_a_role_that_it_assumed_a_handler_is_that_one(is_strict):
    pytest.importorskip("moto")
    with mocking(strict_iam=is_strict) as cloud:
        other = cloud.role("other", trusts="lambda.amazonaws.com")
        trust = f'{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": {{"AWS": "{ACCOUNT}"}}, "Action": "sts:AssumeRole"}}]}}'
        boto3.client("iam").update_assume_role_policy(RoleName="other", PolicyDocument=trust)
        source = f"""
import boto3

def handler(event, context):
    given = boto3.client("sts").assume_role(RoleArn="{other}", RoleSessionName="me")["Credentials"]
    session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    return [client.get_caller_identity()["Arn"] for client in (session.client("sts"), boto3.client("sts"))]
"""
        role = cloud.role("worker", allow={"sts:AssumeRole": other})
        fn = cloud.function("fn", source=source, role=role)
        assert fn.invoke({}).payload == [session_arn("me", "other"), session_arn()]


def test_the_credentials_of_another_accounts_role_lead_into_that_account(mock_lambda):
    pytest.importorskip("moto")
    other = "arn:aws:iam::111122223333:role/other"
    source = f"""
import boto3

def handler(event, context):
    given = boto3.client("sts").assume_role(RoleArn="{other}", RoleSessionName="me")["Credentials"]
    session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    queue = session.client("sqs").create_queue(QueueName="orders")["QueueUrl"]
    return [session.client("sts").get_caller_identity()["Account"], queue.split("/")[-2]]
"""
    fn = mock_lambda.function("fn", source=source, timeout=30)
    assert fn.invoke({}).payload == ["111122223333"] * 2
    given = boto3.client("sts").assume_role(RoleArn=other, RoleSessionName="test")["Credentials"]
    names = {"aws_access_key_id": given["AccessKeyId"], "aws_secret_access_key": given["SecretAccessKey"]}
    assert boto3.client("sqs", **names).list_queues()["QueueUrls"][0].split("/")[-2:] == [
        "111122223333",
        "orders",
    ]
    assert "QueueUrls" not in boto3.client("sqs").list_queues()


def test_with_credentials_of_an_account_and_in_the_test_itself_nobody_is_a_function(mock_lambda):
    pytest.importorskip("moto")
    fn = mock_lambda.function("fn", source=ASK)
    user = f"arn:aws:sts::{ACCOUNT}:user/moto"
    assert fn.invoke({"aws_access_key_id": "a", "aws_secret_access_key": "b"}).payload["Arn"] == user
    assert boto3.client("sts").get_caller_identity()["Arn"] == user


def test_a_handler_is_told_who_it_is_without_moto_too(monkeypatch):
    monkeypatch.setattr("mocklambda.neighbours._is_installed", lambda: False)
    with mocking() as cloud:
        fn = cloud.function("fn", source=ASK, role=f"arn:aws:iam::{ACCOUNT}:role/worker")
        assert fn.invoke({}).payload["Arn"] == session_arn()


@pytest.mark.mock_lambda(strict_iam=True)
def test_no_policy_is_needed_to_ask(mock_lambda):
    fn = mock_lambda.function("fn", source=ASK, role=mock_lambda.role("worker"))
    assert fn.invoke({}).payload["Arn"] == session_arn()


def test_a_fault_breaks_the_question_too(mock_lambda):
    mock_lambda.faults.fail("sts", "GetCallerIdentity", code="ExpiredToken")
    fn = mock_lambda.function("fn", source=ASK)
    assert "ExpiredToken" in fn.invoke({}).error["errorMessage"]
