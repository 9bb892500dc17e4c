"""Durable executions whose data is under a KMS key of one's own: moto's KMS decides who has it decrypted."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from durable_support import client, deploy, history, look, start
from lambda_support import refused

from mocklambda.cloud import Cloud

pytest.importorskip("moto")

NAP = """
if run.status("nap") is None:
    run.checkpoint(run.update("nap", "WAIT", "START", WaitOptions={"WaitSeconds": 60}))
return done(7) if run.status("nap") == "SUCCEEDED" else PENDING
"""
CALLBACK = """
if run.status("ask") is None:
    run.checkpoint(run.update("ask", "CALLBACK", "START", CallbackOptions={"TimeoutSeconds": 6000}))
return done(7) if run.status("ask") == "SUCCEEDED" else PENDING
"""


@pytest.fixture
def cloud(mock_lambda: Cloud) -> Cloud:
    return mock_lambda


@pytest.fixture
def kms(cloud: Cloud) -> Any:
    return boto3.client("kms", region_name="us-east-1")


@pytest.fixture
def key(kms: Any) -> str:
    return str(kms.create_key()["KeyMetadata"]["Arn"])


def id_of(key: str) -> str:
    return key.rpartition("/")[2]


def deny(kms: Any, key: str, principal: Any) -> None:
    statement = {"Effect": "Deny", "Principal": principal, "Action": "kms:Decrypt", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    kms.put_key_policy(KeyId=id_of(key), PolicyName="default", Policy=policy)


def disabled(key: str) -> tuple[int, str, str]:
    message = (
        "Lambda was unable to decrypt the durable execution data because the KMS key used is disabled. Please check "
        f"the function's KMS key settings. KMS Exception: DisabledException KMS Message: {key} is disabled."
    )
    return (502, "KMSDisabledException", message)


def test_the_key_is_shown_kept_and_taken_away(cloud: Cloud, key: str) -> None:
    deploy(cloud, NAP, config={"KMSKeyArn": key})
    lam = client()

    shown = lam.get_function_configuration(FunctionName="flow")["DurableConfig"]
    assert shown == {"ExecutionTimeout": 600, "RetentionPeriodInDays": 30, "KMSKeyArn": key}
    lam.update_function_configuration(FunctionName="flow", DurableConfig={"ExecutionTimeout": 60})
    assert lam.get_function_configuration(FunctionName="flow")["DurableConfig"]["KMSKeyArn"] == key
    lam.update_function_configuration(FunctionName="flow", DurableConfig={"KMSKeyArn": ""})
    assert "KMSKeyArn" not in lam.get_function_configuration(FunctionName="flow")["DurableConfig"]


def test_a_key_that_is_not_there_or_an_alias_is_refused(cloud: Cloud, kms: Any, key: str) -> None:
    kms.create_alias(AliasName="alias/mine", TargetKeyId=id_of(key))
    gone, alias = f"{key[:-4]}0000", f"{key.rpartition(':')[0]}:alias/mine"
    for arn, why in (
        (gone, "NotFoundException"),
        (alias, "Key Aliases are not supported for this operation."),
    ):
        with pytest.raises(Exception, match=f"configure access to your durable execution data.*{why}"):
            deploy(cloud, NAP, config={"KMSKeyArn": arn})


def test_an_execution_goes_through_with_a_key_in_service(cloud: Cloud, key: str) -> None:
    deploy(cloud, NAP, config={"KMSKeyArn": key})
    arn = start()
    cloud.advance(minutes=2)
    assert (look(arn)["Status"], look(arn)["Result"]) == ("SUCCEEDED", "7")


def test_nothing_is_told_of_data_whose_key_is_disabled_but_what_needs_none(
    cloud: Cloud, kms: Any, key: str
) -> None:
    deploy(cloud, NAP, config={"KMSKeyArn": key})
    arn, lam = start(), client()
    cloud.advance(minutes=2)
    kms.disable_key(KeyId=id_of(key))

    for operation in (lam.get_durable_execution, lam.get_durable_execution_history):
        assert refused(operation, DurableExecutionArn=arn) == disabled(key)
    assert len(history(arn, IncludeExecutionData=False)) > 2
    (listed,) = lam.list_durable_executions_by_function(FunctionName="flow")["DurableExecutions"]
    assert listed["Status"] == "SUCCEEDED"
    kms.enable_key(KeyId=id_of(key))
    assert look(arn)["Result"] == "7"


def test_what_would_change_an_execution_is_refused_while_its_key_is_disabled(
    cloud: Cloud, kms: Any, key: str
) -> None:
    deploy(cloud, CALLBACK, config={"KMSKeyArn": key})
    arn, lam = start(), client()
    (asked,) = (
        event["CallbackStartedDetails"]["CallbackId"]
        for event in history(arn)
        if event["EventType"] == "CallbackStarted"
    )
    kms.disable_key(KeyId=id_of(key))

    for operation in (
        lam.stop_durable_execution,
        lam.pause_durable_execution,
        lam.resume_durable_execution,
    ):
        assert refused(operation, DurableExecutionArn=arn) == disabled(key)
    for operation in (
        lam.send_durable_execution_callback_success,
        lam.send_durable_execution_callback_failure,
    ):
        assert refused(operation, CallbackId=asked) == disabled(key)
    lam.send_durable_execution_callback_heartbeat(CallbackId=asked)
    kms.enable_key(KeyId=id_of(key))
    assert look(arn)["Status"] == "RUNNING"
    lam.send_durable_execution_callback_success(CallbackId=asked, Result=b"1")
    assert look(arn)["Status"] == "SUCCEEDED"


def test_no_execution_begins_while_its_key_is_disabled_even_where_an_environment_is_warm(
    cloud: Cloud, kms: Any, key: str
) -> None:
    deploy(cloud, "return done(7)", config={"KMSKeyArn": key})
    lam = client()
    lam.invoke(FunctionName="flow:$LATEST")
    kms.disable_key(KeyId=id_of(key))
    assert refused(lam.invoke, FunctionName="flow:$LATEST") == disabled(key)
    assert len(lam.list_durable_executions_by_function(FunctionName="flow")["DurableExecutions"]) == 1


def test_an_execution_that_waits_goes_on_once_its_key_is_enabled_again(
    cloud: Cloud, kms: Any, key: str
) -> None:
    fn = deploy(cloud, NAP, config={"KMSKeyArn": key})
    arn = start()
    kms.disable_key(KeyId=id_of(key))
    cloud.advance(minutes=2)
    assert len(fn.invocations) == 1
    kms.enable_key(KeyId=id_of(key))
    cloud.advance(minutes=2)
    assert (look(arn)["Status"], len(fn.invocations)) == ("SUCCEEDED", 2)


def test_a_handler_can_not_checkpoint_once_its_role_may_not_decrypt(cloud: Cloud, kms: Any, key: str) -> None:
    body = f"""
policy = json.dumps({{"Version": "2012-10-17", "Statement": [
    {{"Effect": "Deny", "Principal": {{"AWS": "*"}}, "Action": "kms:Decrypt", "Resource": "*"}}]}})
boto3.client("kms").put_key_policy(KeyId="{id_of(key)}", PolicyName="default", Policy=policy)
errors = []
for call in (lambda: run.checkpoint(), lambda: client.get_durable_execution_state(
    DurableExecutionArn=run.arn, CheckpointToken=run.token)):
    try:
        call()
    except Exception as error:
        errors.append(error.response["Error"]["Code"])
return done(errors)
"""
    deploy(cloud, body, config={"KMSKeyArn": key}, timeout=60)
    answer = client().invoke(FunctionName="flow:$LATEST")
    assert json.loads(answer["Payload"].read()) == ["KMSAccessDeniedException"] * 2


def test_a_key_that_keeps_the_role_out_lets_no_execution_begin(cloud: Cloud, kms: Any, key: str) -> None:
    role = "arn:aws:iam::123456789012:role/flows"
    deploy(cloud, NAP, config={"KMSKeyArn": key}, role=role, timeout=60)
    deny(kms, key, {"AWS": role})
    assert refused(client().invoke, FunctionName="flow:$LATEST")[1] == "KMSAccessDeniedException"


def test_what_was_granted_is_retired_with_the_function(cloud: Cloud, kms: Any, key: str) -> None:
    deploy(cloud, NAP, config={"KMSKeyArn": key})
    (granted,) = kms.list_grants(KeyId=id_of(key))["Grants"]
    assert granted["GranteePrincipal"].endswith("/flow")
    client().delete_function(FunctionName="flow")
    assert kms.list_grants(KeyId=id_of(key))["Grants"] == []


def test_a_stub_needs_no_key(cloud: Cloud, kms: Any, key: str) -> None:
    deploy(cloud, NAP, config={"KMSKeyArn": key}, timeout=60)
    flow = cloud.stub("flow", returns=7)
    kms.disable_key(KeyId=id_of(key))
    client().invoke(FunctionName="flow:$LATEST")
    assert len(flow.invocations) == 1
