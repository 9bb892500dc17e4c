"""Which rights calls take: actions as AWS's own policies call them, resources as requests name them."""

from __future__ import annotations

import importlib
import json
from typing import Any

import pytest

from mocklambda.iam.resources import Place
from mocklambda.iam.rights import Right, rights
from mocklambda.services import SERVICES
from mocklambda.wire.models import service_model

PLACE = Place(account="123456789012", region="eu-west-1")
HERE = "eu-west-1:123456789012"


def needed(service: str, operation: str, **params: Any) -> list[tuple[str, str]]:
    model = service_model(service).operation_model(operation)
    return [(right.action, right.resource) for right in rights(model, params, PLACE)]


@pytest.mark.parametrize(
    ("service", "operation", "params", "expected"),
    [
        (
            "sqs",
            "SendMessageBatch",
            {"QueueUrl": "https://sqs/123456789012/q"},
            [("sqs:SendMessage", f"arn:aws:sqs:{HERE}:q")],
        ),
        ("sqs", "GetQueueUrl", {"QueueName": "q"}, [("sqs:GetQueueUrl", f"arn:aws:sqs:{HERE}:q")]),
        ("sqs", "ListQueues", {"QueueNamePrefix": "q"}, [("sqs:ListQueues", "*")]),
        (
            "sns",
            "PublishBatch",
            {"TopicArn": f"arn:aws:sns:{HERE}:t"},
            [("sns:Publish", f"arn:aws:sns:{HERE}:t")],
        ),
        ("sns", "Publish", {"PhoneNumber": "+1"}, [("sns:Publish", "*")]),
        ("s3", "ListBuckets", {}, [("s3:ListAllMyBuckets", "*")]),
        ("s3", "ListObjectsV2", {"Bucket": "b"}, [("s3:ListBucket", "arn:aws:s3:::b")]),
        ("s3", "GetObject", {"Bucket": "b", "Key": "k"}, [("s3:GetObject", "arn:aws:s3:::b/k")]),
        (
            "s3",
            "HeadObject",
            {"Bucket": "b", "Key": "k", "VersionId": "1"},
            [("s3:GetObjectVersion", "arn:aws:s3:::b/k")],
        ),
        ("s3", "UploadPart", {"Bucket": "b", "Key": "k"}, [("s3:PutObject", "arn:aws:s3:::b/k")]),
        (
            "s3",
            "PutObject",
            {"Bucket": "b", "Key": "k", "Tagging": "a=b", "ACL": "private", "GrantRead": "id=1"},
            [
                ("s3:PutObject", "arn:aws:s3:::b/k"),
                ("s3:PutObjectTagging", "arn:aws:s3:::b/k"),
                ("s3:PutObjectAcl", "arn:aws:s3:::b/k"),
            ],
        ),
        (
            "s3",
            "CopyObject",
            {"Bucket": "b", "Key": "k", "CopySource": "/a/x%20y?versionId=1"},
            [("s3:GetObjectVersion", "arn:aws:s3:::a/x y"), ("s3:PutObject", "arn:aws:s3:::b/k")],
        ),
        (
            "s3",
            "DeleteObject",
            {"Bucket": "b", "Key": "k", "VersionId": "1", "BypassGovernanceRetention": True},
            [
                ("s3:DeleteObjectVersion", "arn:aws:s3:::b/k"),
                ("s3:BypassGovernanceRetention", "arn:aws:s3:::b/k"),
            ],
        ),
        (
            "s3",
            "GetObjectAttributes",
            {"Bucket": "b", "Key": "k"},
            [("s3:GetObjectAttributes", "arn:aws:s3:::b/k"), ("s3:GetObject", "arn:aws:s3:::b/k")],
        ),
        (
            "lambda",
            "Invoke",
            {"FunctionName": "fn", "Qualifier": "live"},
            [("lambda:InvokeFunction", f"arn:aws:lambda:{HERE}:function:fn:live")],
        ),
        (
            "lambda",
            "Invoke",
            {"FunctionName": "123456789012:function:fn"},
            [("lambda:InvokeFunction", f"arn:aws:lambda:{HERE}:function:fn")],
        ),
        (
            "lambda",
            "CreateFunction",
            {"FunctionName": "fn", "Role": "arn:aws:iam::123456789012:role/r"},
            [
                ("lambda:CreateFunction", f"arn:aws:lambda:{HERE}:function:fn"),
                ("iam:PassRole", "arn:aws:iam::123456789012:role/r"),
            ],
        ),
        (
            "lambda",
            "GetLayerVersion",
            {"LayerName": "l", "VersionNumber": 2},
            [("lambda:GetLayerVersion", f"arn:aws:lambda:{HERE}:layer:l:2")],
        ),
        (
            "events",
            "PutEvents",
            {"Entries": [{"EventBusName": "a"}, {}, {"EventBusName": "a"}]},
            [
                ("events:PutEvents", f"arn:aws:events:{HERE}:event-bus/a"),
                ("events:PutEvents", f"arn:aws:events:{HERE}:event-bus/default"),
            ],
        ),
        (
            "scheduler",
            "CreateSchedule",
            {"Name": "s", "GroupName": "g", "Target": {"Arn": "a", "RoleArn": "arn:aws:iam::1:role/r"}},
            [
                ("scheduler:CreateSchedule", f"arn:aws:scheduler:{HERE}:schedule/g/s"),
                ("iam:PassRole", "arn:aws:iam::1:role/r"),
            ],
        ),
        (
            "dynamodbstreams",
            "GetRecords",
            {"ShardIterator": f"arn:aws:dynamodb:{HERE}:table/t/stream/x|1|abc"},
            [("dynamodb:GetRecords", f"arn:aws:dynamodb:{HERE}:table/t/stream/x")],
        ),
        (
            "dynamodb",
            "TransactWriteItems",
            {"TransactItems": [{"Put": {"TableName": "t"}}, {"ConditionCheck": {"TableName": "u"}}]},
            [
                ("dynamodb:PutItem", f"arn:aws:dynamodb:{HERE}:table/t"),
                ("dynamodb:ConditionCheckItem", f"arn:aws:dynamodb:{HERE}:table/u"),
            ],
        ),
        (
            "dynamodb",
            "BatchGetItem",
            {"RequestItems": {"t": {}}},
            [("dynamodb:BatchGetItem", f"arn:aws:dynamodb:{HERE}:table/t")],
        ),
        (
            "dynamodb",
            "ExecuteStatement",
            {"Statement": 'SELECT * FROM "t" WHERE id = 1'},
            [("dynamodb:PartiQLSelect", f"arn:aws:dynamodb:{HERE}:table/t")],
        ),
        (
            "dynamodb",
            "ExecuteStatement",
            {"Statement": "update t set a = 1"},
            [("dynamodb:PartiQLUpdate", f"arn:aws:dynamodb:{HERE}:table/t")],
        ),
        (
            "dynamodb",
            "ExecuteStatement",
            {"Statement": 'SELECT a FROM "t.u"."by-a" WHERE a = 1'},
            [("dynamodb:PartiQLSelect", f"arn:aws:dynamodb:{HERE}:table/t.u/index/by-a")],
        ),
        (
            "logs",
            "PutLogEvents",
            {"logGroupName": "g", "logStreamName": "s"},
            [("logs:PutLogEvents", f"arn:aws:logs:{HERE}:log-group:g:log-stream:s")],
        ),
        (
            "logs",
            "CreateLogGroup",
            {"logGroupName": "g"},
            [("logs:CreateLogGroup", f"arn:aws:logs:{HERE}:log-group:g:*")],
        ),
        (
            "ssm",
            "GetParameters",
            {"Names": ["/a", "b"]},
            [
                ("ssm:GetParameters", f"arn:aws:ssm:{HERE}:parameter/a"),
                ("ssm:GetParameters", f"arn:aws:ssm:{HERE}:parameter/b"),
            ],
        ),
        ("cloudwatch", "PutMetricData", {"Namespace": "n"}, [("cloudwatch:PutMetricData", "*")]),
        (
            "stepfunctions",
            "StartExecution",
            {"stateMachineArn": f"arn:aws:states:{HERE}:stateMachine:m"},
            [("states:StartExecution", f"arn:aws:states:{HERE}:stateMachine:m")],
        ),
        ("sts", "GetCallerIdentity", {}, []),
        (
            "apigatewaymanagementapi",
            "PostToConnection",
            {"ConnectionId": "c"},
            [("execute-api:ManageConnections", "*")],
        ),
    ],
)
def test_a_call_takes_these_rights(
    service: str, operation: str, params: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert needed(service, operation, **params) == expected


def test_the_full_name_of_what_is_named_comes_from_whoever_knows_it() -> None:
    place = Place(
        account="1", region="r", full_name=lambda service, _, __, name: f"arn:{service}:{name}-AbCdEf"
    )
    model = service_model("secretsmanager").operation_model("GetSecretValue")
    assert rights(model, {"SecretId": "db"}, place) == [
        Right("secretsmanager:GetSecretValue", "arn:secretsmanager:db-AbCdEf")
    ]


NOT_IN_A_MANAGED_POLICY = {"s3:PutBucketRequestPayment", "s3:PutObjectLegalHold"}


def test_every_action_of_s3_is_one_that_aws_own_policies_name() -> None:
    """Elsewhere actions are called as operations; S3's names come from a table, which must have no slip."""
    pytest.importorskip("moto")
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    named = set(NOT_IN_A_MANAGED_POLICY)
    for policy in json.loads(aws_managed_policies_data).values():
        statements = policy["Document"]["Statement"]
        for statement in statements if isinstance(statements, list) else [statements]:
            actions = statement.get("Action", [])
            named.update(actions if isinstance(actions, list) else [actions])
    plug = importlib.import_module(f"mocklambda.services.{SERVICES['s3']}").SERVICE
    used = {action for name in plug.operations for action, _ in needed("s3", name, Bucket="b", Key="k")}
    assert used - named == set()
