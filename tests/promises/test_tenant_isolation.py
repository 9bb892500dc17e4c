"""Functions that isolate tenants, through boto3: no environment ever serves two tenants."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from lambda_support import client, create, refused
from mapping_support import bodies, function, queue

from mocklambda import mock_lambda as started

COUNT = """
    import logging
    seen = []

    def handler(event, context):
        seen.append(context.tenant_id)
        logging.getLogger().warning("at work")
        return {"seen": seen, "stream": context.log_stream_name}
"""
TENANCY = {"TenantIsolationMode": "PER_TENANT"}
MISSING = (
    "The invoked function is enabled with tenancy configuration. "
    "Add a valid tenant ID in your request and try again."
)


def run(tenant: str, name: str = "fn") -> Any:
    answer = boto3.client("lambda").invoke(FunctionName=name, TenantId=tenant)
    return json.loads(answer["Payload"].read())


def test_each_tenant_has_environments_of_its_own_that_stay_warm(mock_lambda) -> None:
    function(COUNT, TenancyConfig=TENANCY)
    answers = [run(tenant) for tenant in ("blue", "green", "blue", "green")]
    assert [answer["seen"] for answer in answers] == [
        ["blue"], ["green"], ["blue", "blue"], ["green", "green"],
    ]  # fmt: skip
    assert answers[0]["stream"] == answers[2]["stream"] != answers[1]["stream"]


def test_a_streamed_invocation_names_its_tenant_in_bytes_too() -> None:
    with started(wire=True):
        function(COUNT, TenancyConfig=TENANCY)
        answer = boto3.client("lambda").invoke_with_response_stream(FunctionName="fn", TenantId="blue")
        chunks = [
            event["PayloadChunk"]["Payload"] for event in answer["EventStream"] if "PayloadChunk" in event
        ]
    assert json.loads(b"".join(chunks))["seen"] == ["blue"]


def test_new_code_reaches_the_environments_of_every_tenant(mock_lambda) -> None:
    function(COUNT, TenancyConfig=TENANCY)
    for tenant in ("blue", "green"):
        run(tenant)
    boto3.client("lambda").update_function_configuration(FunctionName="fn", Timeout=4)
    assert [run(tenant)["seen"] for tenant in ("blue", "green")] == [["blue"], ["green"]]


def test_an_event_keeps_its_tenant_through_its_retries(mock_lambda) -> None:
    function(
        """
        def handler(event, context):
            print("for", context.tenant_id)
            raise ValueError
        """,
        TenancyConfig=TENANCY,
    )
    boto3.client("lambda").invoke(FunctionName="fn", InvocationType="Event", TenantId="blue")
    mock_lambda.advance(minutes=5)
    ran = mock_lambda.invocations("fn")
    assert ["for blue" in one.logs for one in ran] == [True, True, True]
    assert len({one.environment_id for one in ran}) == 1


def test_the_mode_is_told_by_the_configuration_and_kept_by_versions(mock_lambda) -> None:
    function(COUNT, TenancyConfig=TENANCY)
    lam = boto3.client("lambda")
    assert lam.get_function_configuration(FunctionName="fn")["TenancyConfig"] == TENANCY
    assert lam.publish_version(FunctionName="fn")["TenancyConfig"] == TENANCY


def test_without_a_tenant_the_function_is_not_run(mock_lambda) -> None:
    function(COUNT, TenancyConfig=TENANCY)
    lam = client()
    wanted = (400, "InvalidParameterValueException", MISSING)
    assert refused(lam.invoke, FunctionName="fn") == wanted
    assert refused(lam.invoke, FunctionName="fn", InvocationType="Event") == wanted
    assert refused(lam.invoke_async, FunctionName="fn", InvokeArgs=b"{}") == wanted
    assert mock_lambda.invocations() == []


def test_a_function_without_the_mode_takes_no_tenant(mock_lambda) -> None:
    function(COUNT)
    wanted = (
        "The invoked function is not enabled with tenancy configuration. "
        "Remove the tenant id from the request."
    )
    found = refused(client().invoke, FunctionName="fn", TenantId="blue")
    assert found == (400, "InvalidParameterValueException", wanted)


def test_a_tenant_is_named_by_the_models_characters(mock_lambda) -> None:
    function(COUNT, TenancyConfig=TENANCY)
    status, code, message = refused(client().invoke, FunctionName="fn", TenantId="blue!")
    assert (status, code) == (400, "ValidationException")
    assert "Value 'blue!' at 'tenantId'" in message


def test_snapshots_urls_mappings_and_provisioned_environments_are_refused(mock_lambda) -> None:
    lam = client()
    _, arn = queue()
    create(lam, TenancyConfig=TENANCY, Publish=True)
    tail = "is not supported for functions with tenancy configuration."

    def text(call: Any, **members: Any) -> str:
        status, code, message = refused(call, **members)
        assert (status, code) == (400, "InvalidParameterValueException")
        return message

    assert [
        text(
            lam.create_function,
            FunctionName="other",
            Runtime="python3.12",
            Role="arn:aws:iam::123456789012:role/r",
            Handler="index.handler",
            Code={"ZipFile": b"x"},
            TenancyConfig=TENANCY,
            SnapStart={"ApplyOn": "PublishedVersions"},
        ),
        text(
            lam.update_function_configuration, FunctionName="fn", SnapStart={"ApplyOn": "PublishedVersions"}
        ),
        text(lam.create_function_url_config, FunctionName="fn", AuthType="NONE"),
        text(lam.create_event_source_mapping, FunctionName="fn", EventSourceArn=arn),
        text(
            lam.put_provisioned_concurrency_config,
            FunctionName="fn",
            Qualifier="1",
            ProvisionedConcurrentExecutions=1,
        ),
    ] == [
        f"SnapStart {tail}",
        f"SnapStart {tail}",
        f"A function URL {tail}",
        f"An event source mapping {tail}",
        f"Provisioned concurrency {tail}",
    ]


def test_a_load_balancer_names_no_tenant_and_answers_for_itself(mock_lambda) -> None:
    assert mock_lambda.alb(function(COUNT, TenancyConfig=TENANCY)).get().status == 502
    assert mock_lambda.invocations() == []


def test_a_topic_names_no_tenant_and_what_it_can_not_deliver_goes_to_its_dead_letters(mock_lambda) -> None:
    arn = function(COUNT, TenancyConfig=TENANCY)
    sns, (url, dead) = boto3.client("sns"), queue("dead")
    boto3.client("lambda").add_permission(
        FunctionName="fn", StatementId="sns", Action="lambda:InvokeFunction", Principal="sns.amazonaws.com"
    )
    allow = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"}]}
    boto3.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(allow)})
    topic = sns.create_topic(Name="t")["TopicArn"]
    sns.subscribe(
        TopicArn=topic,
        Protocol="lambda",
        Endpoint=arn,
        Attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead})},
    )
    sns.publish(TopicArn=topic, Message="m")
    mock_lambda.advance(hours=24)
    assert [message["Message"] for message in bodies(url)] == ["m"]
    assert mock_lambda.invocations() == []


@pytest.mark.parametrize("kind", ["platform.start", "platform.runtimeDone", "platform.report"])
def test_json_logs_tell_the_tenant(mock_lambda, kind: str) -> None:
    function(COUNT, TenancyConfig=TENANCY, LoggingConfig={"LogFormat": "JSON", "SystemLogLevel": "DEBUG"})
    run("blue")
    [ran] = mock_lambda.invocations()
    lines = [json.loads(line) for line in ran.logs.splitlines()]
    [event] = [line["record"] for line in lines if line.get("type") == kind]
    [record] = [line for line in lines if line.get("message") == "at work"]
    assert (event["tenantId"], record["tenantId"]) == ("blue", "blue")
