"""What is a policy document, and that no service keeps what is none: calls that come later would fall over it."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from mocklambda.services.policy_grammar import is_well_formed

GOOD: dict[str, Any] = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
BAD_STATEMENTS = [
    1,
    {**GOOD, "Effect": "Maybe"},
    {**GOOD, "Effect": ["Allow"]},
    {name: value for name, value in GOOD.items() if name != "Effect"},
    {**GOOD, "Action": 5},
    {**GOOD, "Action": None},
    {**GOOD, "NotAction": {}},
    {**GOOD, "Resource": ["*", 5]},
    {**GOOD, "NotResource": 5},
    {**GOOD, "Principal": 5},
    {**GOOD, "Principal": "123456789012"},
    {**GOOD, "Principal": {"AWS": 5}},
    {**GOOD, "NotPrincipal": ["*"]},
    {**GOOD, "Condition": []},
    {**GOOD, "Condition": {"StringEquals": "x"}},
    {**GOOD, "Condition": {"StringEquals": {"aws:SourceArn": {}}}},
    {**GOOD, "Condition": {"Null": {"aws:SourceArn": []}}},
]


@pytest.mark.parametrize(
    "statement",
    [
        GOOD,
        {**GOOD, "Principal": {"AWS": ["111111111111", "222222222222"], "Service": "sns.amazonaws.com"}},
        {"Effect": "Deny", "NotPrincipal": {"AWS": "*"}, "NotAction": ["sqs:*"], "NotResource": []},
        {**GOOD, "Condition": {"Bool": {"aws:SecureTransport": False}, "NumericLessThan": {"n": [1, "2"]}}},
    ],
    ids=str,
)
def test_a_policy_has_statements_of_known_elements(statement: Any) -> None:
    assert is_well_formed({"Statement": statement})
    assert is_well_formed({"Version": "2012-10-17", "Statement": [statement, GOOD]})


@pytest.mark.parametrize("statement", BAD_STATEMENTS, ids=str)
def test_a_statement_with_an_element_of_another_kind_is_none(statement: Any) -> None:
    assert not is_well_formed({"Statement": [GOOD, statement]})


@pytest.mark.parametrize("document", [None, [], "text", 5])
def test_what_is_no_object_is_no_policy(document: Any) -> None:
    assert not is_well_formed(document)


@pytest.mark.parametrize(
    ("service", "code", "message"),
    [
        ("sqs", "InvalidAttributeValue", "Invalid value for the parameter Policy."),
        ("sns", "InvalidParameter", "Invalid parameter: Policy Error: null"),
        ("events", "ValidationException", "Parameter Policy is not valid."),
        ("kinesis", "ValidationException", "The policy is not a valid JSON document."),
        ("s3", "MalformedPolicy", "Invalid policy syntax."),
        (
            "lambda",
            "InvalidParameterValueException",
            "The resource policy is malformed: a statement has an element that is not of its kind.",
        ),
    ],
)
def test_each_service_refuses_what_is_no_policy_in_its_own_words(
    mock_lambda: Any, service: str, code: str, message: str
) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{**GOOD, "Action": 5}]})
    client = boto3.client(service)
    with pytest.raises(ClientError) as caught:
        _put(mock_lambda, service, client, policy)
    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"]) == (code, message)


def _put(cloud: Any, service: str, client: Any, policy: str) -> None:
    if service == "sqs":
        client.set_queue_attributes(QueueUrl=cloud.queue("q").url, Attributes={"Policy": policy})
    elif service == "sns":
        topic = client.create_topic(Name="t")["TopicArn"]
        client.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    elif service == "events":
        client.create_event_bus(Name="b")
        client.put_permission(EventBusName="b", Policy=policy)
    elif service == "kinesis":
        client.put_resource_policy(ResourceARN=cloud.stream("s").arn, Policy=policy)
    elif service == "s3":
        client.put_bucket_policy(Bucket=cloud.bucket("bucket").name, Policy=policy)
    else:
        function = cloud.function("fn", source="def handler(event, context):\n    pass\n")
        client.put_resource_policy(ResourceArn=function.arn, Policy=policy)
