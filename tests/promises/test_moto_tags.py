"""moto's tagging API lists, tags and untags what is mocklambda's own as well as what is moto's."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import boto3
import pytest

import mocklambda

pytest.importorskip("moto.core.resource_tagging", reason="moto 5.2 brings what this is built on")

HOME = "us-east-1:123456789012"
OURS = {
    "lambda:function": f"arn:aws:lambda:{HOME}:function:fn",
    "sqs:queue": f"arn:aws:sqs:{HOME}:jobs",
    "s3:bucket": "arn:aws:s3:::box",
    "kinesis:stream": f"arn:aws:kinesis:{HOME}:stream/clicks",
    "sns:topic": f"arn:aws:sns:{HOME}:news",
    "events:rule": f"arn:aws:events:{HOME}:rule/orders/daily",
}
TABLE = f"arn:aws:dynamodb:{HOME}:table/things"


@pytest.fixture
def api(mock_lambda: Any) -> Any:
    mock_lambda.function("fn", source="def handler(event, context):\n    return 1\n")
    mock_lambda.queue("jobs")
    mock_lambda.bucket("box")
    mock_lambda.stream("clicks")
    mock_lambda.topic("news")
    events = boto3.client("events")
    events.create_event_bus(Name="orders")
    events.put_rule(Name="daily", EventBusName="orders", EventPattern='{"source": ["a"]}')
    boto3.client("dynamodb").create_table(
        TableName="things",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return boto3.client("resourcegroupstaggingapi")


def listed(api: Any, **filters: Any) -> dict[str, dict[str, str]]:
    return {
        one["ResourceARN"]: {tag["Key"]: tag["Value"] for tag in one["Tags"]}
        for page in api.get_paginator("get_resources").paginate(**filters)
        for one in page["ResourceTagMappingList"]
    }


def test_what_is_tagged_here_is_known_there_and_what_has_no_tags_is_not_listed(api: Any) -> None:
    assert listed(api) == {}
    boto3.client("lambda").tag_resource(Resource=OURS["lambda:function"], Tags={"team": "a"})
    queue = boto3.client("sqs").get_queue_url(QueueName="jobs")["QueueUrl"]
    boto3.client("sqs").tag_queue(QueueUrl=queue, Tags={"team": "b", "stage": "test"})
    boto3.client("s3").put_bucket_tagging(Bucket="box", Tagging={"TagSet": [{"Key": "team", "Value": "c"}]})
    boto3.client("kinesis").add_tags_to_stream(StreamName="clicks", Tags={"team": "a"})
    tags = [{"Key": "team", "Value": "d"}]
    boto3.client("sns").tag_resource(ResourceArn=OURS["sns:topic"], Tags=tags)
    boto3.client("events").tag_resource(ResourceARN=OURS["events:rule"], Tags=tags)
    assert listed(api) == {
        OURS["lambda:function"]: {"team": "a"},
        OURS["sqs:queue"]: {"team": "b", "stage": "test"},
        OURS["s3:bucket"]: {"team": "c"},
        OURS["kinesis:stream"]: {"team": "a"},
        OURS["sns:topic"]: {"team": "d"},
        OURS["events:rule"]: {"team": "d"},
    }
    assert sorted(api.get_tag_keys()["TagKeys"]) == ["stage", "team"]
    assert sorted(api.get_tag_values(Key="team")["TagValues"]) == ["a", "b", "c", "d"]


def test_what_is_tagged_there_is_tagged_here(api: Any) -> None:
    arns = [*OURS.values(), TABLE]
    assert api.tag_resources(ResourceARNList=arns, Tags={"team": "a", "old": "x"})["FailedResourcesMap"] == {}
    assert listed(api) == {arn: {"team": "a", "old": "x"} for arn in arns}
    assert boto3.client("lambda").list_tags(Resource=OURS["lambda:function"])["Tags"]["team"] == "a"
    assert boto3.client("s3").get_bucket_tagging(Bucket="box")["TagSet"][0] == {"Key": "team", "Value": "a"}
    assert api.untag_resources(ResourceARNList=arns, TagKeys=["old"])["FailedResourcesMap"] == {}
    assert listed(api) == {arn: {"team": "a"} for arn in arns}


@pytest.mark.parametrize(("kind", "arn"), OURS.items())
def test_resources_are_picked_by_type_tag_and_arn(api: Any, kind: str, arn: str) -> None:
    api.tag_resources(ResourceARNList=[*OURS.values(), TABLE], Tags={"team": "a"})
    api.tag_resources(ResourceARNList=[arn], Tags={"which": "this"})
    found = {arn: {"team": "a", "which": "this"}}
    assert listed(api, ResourceTypeFilters=[kind]) == found
    assert listed(api, ResourceTypeFilters=[kind.partition(":")[0]]) == found
    assert listed(api, TagFilters=[{"Key": "which", "Values": ["this", "that"]}]) == found
    assert listed(api, TagFilters=[{"Key": "which"}]) == found
    assert listed(api, ResourceARNList=[arn]) == found
    assert listed(api, TagFilters=[{"Key": "which", "Values": ["that"]}]) == {}


def test_other_regions_and_accounts_have_their_own(api: Any) -> None:
    api.tag_resources(ResourceARNList=list(OURS.values()), Tags={"team": "a"})
    assert listed(boto3.client("resourcegroupstaggingapi", region_name="eu-west-1")) == {}
    other = boto3.client(
        "resourcegroupstaggingapi", aws_access_key_id="111122223333", aws_secret_access_key="x"
    )
    assert listed(other) == {}


def test_more_than_a_page_is_listed_page_by_page(api: Any, mock_lambda: Any) -> None:
    topics = [mock_lambda.topic(f"t{number}").arn for number in range(120)]
    for start in range(0, 120, 20):
        api.tag_resources(ResourceARNList=topics[start : start + 20], Tags={"team": "a"})
    assert sorted(listed(api, ResourcesPerPage=50)) == sorted(topics)


def test_what_is_not_there_fails_alone(api: Any) -> None:
    gone = f"arn:aws:lambda:{HOME}:function:gone"
    failed = api.tag_resources(ResourceARNList=[gone, OURS["sqs:queue"]], Tags={"team": "a"})[
        "FailedResourcesMap"
    ]
    assert failed == {
        gone: {
            "StatusCode": 404,
            "ErrorCode": "InvalidParameterException",
            "ErrorMessage": f"Function not found: {gone}",
        }
    }
    assert list(listed(api)) == [OURS["sqs:queue"]]


def test_after_a_session_moto_has_its_own_methods_again() -> None:
    with mocklambda.mock_lambda():
        boto3.client("resourcegroupstaggingapi", region_name="us-east-1").get_resources()
        assert backend().tag_resources.__module__.startswith("mocklambda.")
    assert backend().tag_resources.__module__.startswith("moto.")


def backend() -> Any:
    return import_module("moto.resourcegroupstaggingapi.models").ResourceGroupsTaggingAPIBackend
