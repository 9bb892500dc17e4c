"""Under strict_iam a role's conditions see what AWS lets them see: items' keys, tags, networks, whom a mapping is for."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

pytestmark = pytest.mark.mock_lambda(strict_iam=True)
ACCOUNT = "123456789012"
CALL = """
import boto3
from botocore.exceptions import ClientError

def handler(event, context):
    try:
        boto3.client(event["service"]).__getattribute__(event["call"])(**event["with"])
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "done"
"""
DENIED = "AccessDeniedException"


def function_that_may(cloud: Any, action: Any, resource: Any, condition: dict[str, Any]) -> Any:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition}
    return cloud.function("fn", source=CALL, role=cloud.role("worker", statements=[statement]), timeout=30)


def call(function: Any, service: str, operation: str, **params: Any) -> Any:
    return function.invoke({"service": service, "call": operation, "with": params}).payload


# -- items of tables ---------------------------------------------------------------------------------------


@pytest.fixture
def table(mock_lambda: Any) -> str:
    pytest.importorskip("moto")
    named = [{"AttributeName": name, "AttributeType": "S"} for name in ("user", "game", "team")]
    made = boto3.client("dynamodb").create_table(
        TableName="scores",
        AttributeDefinitions=named,
        KeySchema=[
            {"AttributeName": "user", "KeyType": "HASH"},
            {"AttributeName": "game", "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-team",
                "KeySchema": [{"AttributeName": "team", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
        Tags=[{"Key": "stage", "Value": "test"}],
    )
    return str(made["TableDescription"]["TableArn"])


def key(user: str) -> dict[str, Any]:
    return {"user": {"S": user}, "game": {"S": "chess"}}


def query(name: str, value: str, **more: Any) -> dict[str, Any]:
    return {
        "TableName": "scores",
        "KeyConditionExpression": "#n = :v",
        "ExpressionAttributeNames": {"#n": name},
        "ExpressionAttributeValues": {":v": {"S": value}},
        **more,
    }


def of_user(user: str) -> list[tuple[str, dict[str, Any]]]:
    item, table = key(user), {"TableName": "scores"}
    return [
        ("get_item", {**table, "Key": item}),
        ("put_item", {**table, "Item": item}),
        ("update_item", {**table, "Key": item, "AttributeUpdates": {"n": {"Value": {"N": "1"}}}}),
        ("delete_item", {**table, "Key": item}),
        ("query", query("user", user)),
        (
            "query",
            {
                **table,
                "KeyConditions": {
                    "user": {"AttributeValueList": [{"S": user}], "ComparisonOperator": "EQ"},
                },
            },
        ),
        ("query", query("team", user, IndexName="by-team")),
        ("batch_get_item", {"RequestItems": {"scores": {"Keys": [item]}}}),
        ("batch_write_item", {"RequestItems": {"scores": [{"PutRequest": {"Item": item}}]}}),
        ("transact_write_items", {"TransactItems": [{"Put": {**table, "Item": item}}]}),
        ("transact_get_items", {"TransactItems": [{"Get": {**table, "Key": item}}]}),
        *(("execute_statement", statement) for statement in statements_of(user)),
        ("batch_execute_statement", {"Statements": statements_of(user)[:1]}),
        ("execute_transaction", {"TransactStatements": statements_of(user)[2:3]}),
    ]


def statements_of(user: str) -> list[dict[str, Any]]:
    asked = [{"S": user}, {"S": "chess"}]
    return [
        {"Statement": f"SELECT * FROM scores WHERE user = '{user}' AND game = 'chess'"},
        {"Statement": 'SELECT game FROM "scores" WHERE "user" IN [?] AND game = ?', "Parameters": asked},
        {"Statement": f"INSERT INTO scores VALUE {{'user': '{user}', 'game': 'chess'}}"},
        {"Statement": f"DELETE FROM scores WHERE user = '{user}' AND game = 'chess'"},
    ]


@pytest.mark.parametrize("number", range(17))
def test_a_role_may_be_kept_to_the_items_of_one_leading_key(mock_lambda, table, number):
    condition = {
        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["anna"]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }
    function = function_that_may(mock_lambda, "dynamodb:*", [table, f"{table}/index/*"], condition)
    operation, params = of_user("anna")[number]
    assert call(function, "dynamodb", operation, **params) == "done"
    operation, params = of_user("bert")[number]
    assert call(function, "dynamodb", operation, **params) == DENIED


def test_all_items_of_a_batch_are_asked_for_and_a_scan_has_no_leading_key(mock_lambda, table):
    condition = {
        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["anna"]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }
    function = function_that_may(mock_lambda, "dynamodb:*", table, condition)
    keys = [key("anna"), key("bert")]
    assert call(function, "dynamodb", "batch_get_item", RequestItems={"scores": {"Keys": keys}}) == DENIED
    assert call(function, "dynamodb", "scan", TableName="scores") == DENIED


@pytest.mark.parametrize("where", ["", " WHERE game = 'chess'", " WHERE user = 'anna' OR game = 'chess'"])
def test_a_statement_that_looks_through_the_whole_table_has_no_leading_key(mock_lambda, table, where):
    condition = {"Null": {"dynamodb:LeadingKeys": "false"}}
    function = function_that_may(mock_lambda, "dynamodb:*", table, condition)
    assert call(function, "dynamodb", "execute_statement", Statement=f"SELECT * FROM scores{where}") == DENIED


def test_a_role_may_be_kept_from_looking_through_the_whole_table(mock_lambda, table):
    condition = {"Bool": {"dynamodb:FullTableScan": "false"}}
    function = function_that_may(mock_lambda, "dynamodb:PartiQLSelect", table, condition)
    select = "SELECT * FROM scores"
    assert call(function, "dynamodb", "execute_statement", Statement=select) == DENIED
    assert call(function, "dynamodb", "execute_statement", Statement=f"{select} WHERE user = 'a'") == "done"


def test_a_role_may_be_kept_to_some_attributes_of_statements(mock_lambda, table):
    condition = {"ForAllValues:StringEquals": {"dynamodb:Attributes": ["user", "game", "points"]}}
    function = function_that_may(mock_lambda, "dynamodb:*", table, condition)
    where = "WHERE user = 'a' AND game = 'b'"
    for name, end in (("points", "done"), ("password", DENIED)):
        select = f"SELECT {name} FROM scores {where}"
        assert call(function, "dynamodb", "execute_statement", Statement=select) == end
        insert = f"INSERT INTO scores VALUE {{'user': 'a', 'game': 'password', '{name}': 'secret'}}"
        assert call(function, "dynamodb", "execute_statement", Statement=insert) == end


def test_a_role_may_be_kept_to_some_attributes(mock_lambda, table):
    condition = {
        "ForAllValues:StringEquals": {"dynamodb:Attributes": ["user", "game", "points"]},
        "StringEqualsIfExists": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"},
    }
    function = function_that_may(mock_lambda, "dynamodb:*", table, condition)
    get = {"TableName": "scores", "Key": key("anna")}
    assert call(function, "dynamodb", "get_item", **get) == DENIED
    assert call(function, "dynamodb", "get_item", **get, ProjectionExpression="points") == "done"
    names = {"#p": "password"}
    hidden = {"ProjectionExpression": "points, #p.hint", "ExpressionAttributeNames": names}
    assert call(function, "dynamodb", "get_item", **get, **hidden) == DENIED
    change = {**get, "ExpressionAttributeValues": {":v": {"N": "1"}}}
    write = "SET points = if_not_exists(points, :v)"
    assert call(function, "dynamodb", "update_item", **change, UpdateExpression=write) == "done"
    assert call(function, "dynamodb", "update_item", **change, UpdateExpression="SET secret = :v") == DENIED
    assert (
        call(function, "dynamodb", "put_item", TableName="scores", Item={**key("a"), "x": {"S": "x"}})
        == DENIED
    )


def test_what_a_write_gives_back_may_be_asked_for(mock_lambda, table):
    condition = {"StringEquals": {"dynamodb:ReturnValues": ["NONE", "UPDATED_NEW"]}}
    function = function_that_may(mock_lambda, "dynamodb:DeleteItem", table, condition)
    delete = {"TableName": "scores", "Key": key("anna")}
    assert call(function, "dynamodb", "delete_item", **delete) == "done"
    assert call(function, "dynamodb", "delete_item", **delete, ReturnValues="ALL_OLD") == DENIED


# -- tags --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "service", ["lambda", "sqs", "sns", "kinesis", "events", "dynamodb", "secretsmanager"]
)
def test_a_role_may_be_kept_to_resources_with_a_tag(mock_lambda, service):
    def made(name: str, stage: str) -> dict[str, Any]:
        client, pairs = boto3.client(service), [{"Key": "Stage", "Value": stage}]
        if service == "lambda":
            arn = mock_lambda.stub(name, returns=None).arn
            client.tag_resource(Resource=arn, Tags={"Stage": stage})
            return {"FunctionName": name}
        if service == "sqs":
            return {"QueueUrl": client.create_queue(QueueName=name, tags={"Stage": stage})["QueueUrl"]}
        if service == "sns":
            return {"TopicArn": client.create_topic(Name=name, Tags=pairs)["TopicArn"]}
        if service == "kinesis":
            client.create_stream(StreamName=name, ShardCount=1, Tags={"Stage": stage})
            return {"StreamName": name}
        if service == "events":
            client.put_rule(Name=name, EventPattern='{"source": ["a"]}', Tags=pairs)
            return {"Name": name}
        pytest.importorskip("moto")
        if service == "dynamodb":
            client.create_table(
                TableName=name,
                AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
                BillingMode="PAY_PER_REQUEST",
                Tags=pairs,
            )
            return {"TableName": name}
        client.create_secret(Name=name, SecretString="x", Tags=pairs)
        return {"SecretId": name}

    operations = {
        "lambda": "get_function",
        "sqs": "get_queue_attributes",
        "sns": "get_topic_attributes",
        "kinesis": "describe_stream_summary",
        "events": "describe_rule",
        "dynamodb": "describe_table",
        "secretsmanager": "get_secret_value",
    }
    refusals = {"sqs": "AccessDenied", "sns": "AuthorizationError"}
    condition = {"StringEquals": {"aws:ResourceTag/Stage": "test"}}
    function = function_that_may(mock_lambda, f"{service}:*", "*", condition)
    assert call(function, service, operations[service], **made("one", "test")) == "done"
    assert call(function, service, operations[service], **made("two", "live")) == refusals.get(
        service, DENIED
    )


def test_a_role_may_be_kept_to_objects_with_a_tag(mock_lambda):
    bucket = mock_lambda.bucket("uploads")
    s3 = boto3.client("s3")
    s3.put_object(Bucket="uploads", Key="a", Body="x", Tagging="class=open")
    s3.put_object(Bucket="uploads", Key="b", Body="x", Tagging="class=secret")
    condition = {"StringEquals": {"s3:ExistingObjectTag/class": "open"}}
    function = function_that_may(mock_lambda, "s3:GetObject", f"{bucket.arn}/*", condition)
    assert call(function, "s3", "get_object", Bucket="uploads", Key="a") == "done"
    assert call(function, "s3", "get_object", Bucket="uploads", Key="b") == "AccessDenied"


def test_a_role_may_be_kept_to_tags_that_it_gives_and_takes(mock_lambda):
    condition = {
        "StringEquals": {"aws:RequestTag/stage": "test"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["stage"]},
    }
    function = function_that_may(mock_lambda, "sqs:CreateQueue", "*", condition)
    assert call(function, "sqs", "create_queue", QueueName="a", tags={"stage": "test"}) == "done"
    assert call(function, "sqs", "create_queue", QueueName="b", tags={"stage": "live"}) == "AccessDenied"
    assert call(function, "sqs", "create_queue", QueueName="c") == "AccessDenied"
    assert (
        call(function, "sqs", "create_queue", QueueName="d", tags={"stage": "test", "x": "y"})
        == "AccessDenied"
    )


def test_the_tags_that_a_call_takes_away_are_seen(mock_lambda):
    topic = mock_lambda.topic("news").arn
    condition = {"ForAllValues:StringEquals": {"aws:TagKeys": ["stage"]}}
    function = function_that_may(mock_lambda, "sns:UntagResource", "*", condition)
    assert call(function, "sns", "untag_resource", ResourceArn=topic, TagKeys=["stage"]) == "done"
    assert (
        call(function, "sns", "untag_resource", ResourceArn=topic, TagKeys=["owner"]) == "AuthorizationError"
    )


# -- Lambda's own ------------------------------------------------------------------------------------------


def test_a_role_may_be_kept_to_the_mappings_of_one_function(mock_lambda):
    queue = mock_lambda.queue("orders")
    mine, other = (mock_lambda.stub(name, returns=None) for name in ("mine", "other"))
    for one in (mine, other):
        boto3.client("lambda").update_function_configuration(
            FunctionName=one.name, Role=mock_lambda.role(f"{one.name}-reads", allow={"sqs:*": queue})
        )
    condition = {"ArnLike": {"lambda:FunctionArn": mine.arn}}
    function = function_that_may(mock_lambda, "lambda:*", "*", condition)
    create = {"EventSourceArn": queue.arn}
    assert call(function, "lambda", "create_event_source_mapping", **create, FunctionName="mine") == "done"
    assert call(function, "lambda", "create_event_source_mapping", **create, FunctionName="other") == DENIED
    of_other = other.on_queue(queue)
    of_mine = boto3.client("lambda").list_event_source_mappings(FunctionName="mine")["EventSourceMappings"][0]
    assert call(function, "lambda", "delete_event_source_mapping", UUID=of_other) == DENIED
    assert call(function, "lambda", "delete_event_source_mapping", UUID=of_mine["UUID"]) == "done"


@pytest.mark.parametrize(
    ("name", "good"), [("SubnetIds", "subnet"), ("SecurityGroupIds", "group"), ("VpcIds", "vpc")]
)
def test_a_role_may_be_kept_to_networks_that_functions_are_put_into(mock_lambda, name, good):
    pytest.importorskip("moto")
    ec2 = boto3.client("ec2")
    vpcs = [ec2.create_vpc(CidrBlock=f"10.{n}.0.0/16")["Vpc"]["VpcId"] for n in (0, 1)]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.{n}.0.0/24")["Subnet"]["SubnetId"]
        for n, vpc in enumerate(vpcs)
    ]
    groups = [
        ec2.create_security_group(GroupName=f"g{n}", Description="d", VpcId=vpc)["GroupId"]
        for n, vpc in enumerate(vpcs)
    ]
    values = {"subnet": subnets[0], "group": groups[0], "vpc": vpcs[0]}
    stub = mock_lambda.stub("target", returns=None)
    boto3.client("lambda").update_function_configuration(
        FunctionName=stub.name, Role=mock_lambda.role("reads", allow={"ec2:*": "*"})
    )
    condition = {"ForAllValues:StringEquals": {f"lambda:{name}": [values[good]]}}
    function = function_that_may(mock_lambda, "lambda:*", "*", condition)
    update = [
        {"FunctionName": "target", "VpcConfig": {"SubnetIds": [subnet], "SecurityGroupIds": [group]}}
        for subnet, group in zip(subnets, groups, strict=True)
    ]
    assert call(function, "lambda", "update_function_configuration", **update[1]) == DENIED
    assert call(function, "lambda", "update_function_configuration", **update[0]) == "done"
