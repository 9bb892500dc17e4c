"""moto answers for what is not ours: from the test, from handlers, with its state begun and ended by the cloud."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

import boto3
import pytest
from botocore.exceptions import ClientError

from mocklambda import NotImplementedInMock, UnmockedAWSCall, mock_lambda as mocking, neighbours

pytest.importorskip("moto")
from moto import mock_aws

NOON = datetime(2024, 1, 1, 12, tzinfo=timezone.utc)
KEY = {
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def make_table(name="things", *, stream=False, **client):
    streams = (
        {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}} if stream else {}
    )
    dynamodb = boto3.client("dynamodb", **client)
    schema = [{"AttributeName": "id", "KeyType": "HASH"}]
    return dynamodb.create_table(TableName=name, KeySchema=schema, **KEY, **streams)["TableDescription"]


def tables(**client):
    return boto3.client("dynamodb", **client).list_tables()["TableNames"]


def put(name="a", **client):
    boto3.client("dynamodb", **client).put_item(TableName="things", Item={"id": {"S": name}})


def error_of(call):
    with pytest.raises(ClientError) as caught:
        call()
    return caught.value.response["Error"]["Code"]


CALLS = {
    "secretsmanager": lambda client: client.create_secret(Name="s", SecretString="x")["Name"] == "s",
    "ssm": lambda client: client.put_parameter(Name="/p", Value="v", Type="String")["Version"] == 1,
    "iam": lambda client: (
        client.create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["RoleName"] == "r"
    ),
    "kms": lambda client: client.create_key()["KeyMetadata"]["Enabled"],
    "ec2": lambda client: len(client.describe_subnets()["Subnets"]) > 0,
    "ecr": lambda client: (
        client.create_repository(repositoryName="rr")["repository"]["repositoryName"] == "rr"
    ),
    "sts": lambda client: client.get_caller_identity()["Account"] == "123456789012",
    "route53": lambda client: client.list_hosted_zones()["HostedZones"] == [],
}


@pytest.mark.parametrize("wire", [False, True], ids=["fast", "wire"])
@pytest.mark.parametrize("service", CALLS)
def test_a_service_that_is_not_ours_is_answered(service, wire):
    with mocking(wire=wire):
        assert CALLS[service](boto3.client(service))


def test_an_error_of_motos_is_the_clients(mock_lambda):
    get = boto3.client("secretsmanager").get_secret_value

    assert error_of(lambda: get(SecretId="no")) == "ResourceNotFoundException"


@pytest.mark.mock_lambda(clock=NOON)
def test_its_times_are_the_clouds(mock_lambda):
    mock_lambda.advance(hours=1)
    role = boto3.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]
    table = make_table(stream=True)
    later = NOON.replace(hour=13)

    assert (role["CreateDate"], table["CreationDateTime"]) == (later, later)
    assert table["LatestStreamLabel"].startswith("2024-01-01T13:00:00")


def test_its_clock_is_taken_back():
    from moto.core import utils

    before = utils.datetime
    with mocking(clock=NOON):
        make_table()
        assert utils.datetime is not before

    assert utils.datetime is before
    assert utils.utcnow().year > 2024


def test_a_handler_gets_the_same_answers(mock_lambda):
    code = """
    import boto3
    secret = boto3.client("secretsmanager").get_secret_value(SecretId="s")["SecretString"]

    def handler(event, context):
        table = boto3.resource("dynamodb").Table("things")
        table.put_item(Item={"id": "from a handler", "secret": secret})
        return table.get_item(Key={"id": "from a handler"})["Item"]
    """
    boto3.client("secretsmanager").create_secret(Name="s", SecretString="x")
    make_table()
    fn = mock_lambda.function("fn", source=textwrap.dedent(code))

    assert fn.invoke().payload == {"id": "from a handler", "secret": "x"}
    assert boto3.client("dynamodb").scan(TableName="things")["Count"] == 1


def test_a_program_that_a_handler_runs_gets_the_same_answers(mock_lambda):
    code = """
    import subprocess, sys
    PROGRAM = "import boto3; boto3.client('dynamodb').put_item(TableName='things', Item={'id': {'S': 'b'}})"

    def handler(event, context):
        return subprocess.run([sys.executable, "-c", PROGRAM], check=True).returncode
    """
    arn = make_table(stream=True)["LatestStreamArn"]
    reader = mock_lambda.stub("reader", returns=None)
    reader.on_stream(arn)
    fn = mock_lambda.function("fn", source=textwrap.dedent(code), timeout=30)

    assert fn.invoke().payload == 0
    assert len(reader.invocations) == 1


def test_accounts_and_regions_are_kept_apart(mock_lambda):
    make_table("here")
    make_table("there", region_name="eu-west-1")
    make_table("theirs", aws_access_key_id="111122223333", aws_secret_access_key="x")
    theirs = boto3.client("sts", aws_access_key_id="111122223333", aws_secret_access_key="x")

    assert (tables(), tables(region_name="eu-west-1")) == (["here"], ["there"])
    assert tables(aws_access_key_id="111122223333", aws_secret_access_key="x") == ["theirs"]
    assert theirs.get_caller_identity()["Account"] == "111122223333"


@pytest.mark.mock_lambda(account_id="444455556666", region="ap-south-1")
def test_the_clouds_own_account_and_region_are_motos(mock_lambda):
    assert make_table()["TableArn"] == "arn:aws:dynamodb:ap-south-1:444455556666:table/things"


def test_a_stream_in_another_region_sets_a_function_off_there(mock_lambda):
    arn = make_table(stream=True, region_name="eu-west-1")["LatestStreamArn"]
    there = boto3.client("lambda", region_name="eu-west-1")
    code = mock_lambda.function(
        "zip", source="def handler(event, context):\n    return len(event['Records'])\n"
    )
    here = boto3.client("lambda").get_function(FunctionName=code.name)["Configuration"]
    assert here["FunctionName"] == "zip"
    from mocklambda.packaging import zip_of

    package = zip_of({"index.py": "def handler(event, context): return len(event['Records'])"})
    there.create_function(
        FunctionName="fn",
        Runtime=here["Runtime"],
        Role=here["Role"],
        Handler="index.handler",
        Code={"ZipFile": package},
    )
    there.create_event_source_mapping(FunctionName="fn", EventSourceArn=arn, StartingPosition="TRIM_HORIZON")
    put(region_name="eu-west-1")

    assert [ran.result for ran in mock_lambda.invocations("fn")] == [1]


def test_its_state_ends_with_the_cloud():
    with mocking():
        make_table()
    with mocking():
        assert tables() == []


def test_an_inner_start_shares_its_state():
    with mocking():
        make_table()
        with mocking():
            assert tables() == ["things"]
        assert tables() == ["things"]


def test_inside_mock_aws_its_state_is_used_and_left_alone():
    with mock_aws():
        make_table(region_name="us-east-1")
        with mocking() as cloud:
            assert tables() == ["things"]
            make_table("ours")
            cloud.queue("q")
            assert [url.rpartition("/")[2] for url in boto3.client("sqs").list_queues()["QueueUrls"]] == ["q"]
        assert tables(region_name="us-east-1") == ["things", "ours"]
        assert "QueueUrls" not in boto3.client("sqs", region_name="us-east-1").list_queues()


def test_around_mock_aws_lambda_stays_ours_and_the_tables_are_motos():
    with mocking() as cloud:
        with mock_aws():
            make_table()
            assert (
                cloud.function("fn", source="def handler(event, context):\n    return 1\n").invoke().payload
                == 1
            )
            assert boto3.client("lambda").list_functions()["Functions"][0]["FunctionName"] == "fn"
            assert tables() == ["things"]
        assert tables() == []
        assert boto3.client("lambda").list_functions()["Functions"][0]["FunctionName"] == "fn"


def test_decorators_compose_in_both_orders():
    @mocking()
    @mock_aws
    def one():
        make_table()
        return tables()

    @mock_aws
    @mocking()
    def other():
        make_table()
        return tables()

    assert (one(), other()) == (["things"], ["things"])


@pytest.mark.parametrize(
    "order", [(mocking, mock_aws), (mock_aws, mocking)], ids=["ours first", "moto's first"]
)
def test_the_environment_is_as_before(order, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "mine too")
    before = dict(os.environ)
    outer, inner = order
    with outer(), inner():
        make_table(region_name="us-east-1")

    assert dict(os.environ) == before


def test_a_stream_that_was_there_before_is_a_source():
    with mock_aws():
        arn = make_table(stream=True, region_name="us-east-1")["LatestStreamArn"]
        with mocking() as cloud:
            reader = cloud.stub("reader", returns=None)
            reader.on_stream(arn)
            put()
            assert len(reader.invocations) == 1


def test_updates_from_many_threads_are_all_counted(mock_lambda):
    make_table()
    dynamodb = boto3.client("dynamodb")

    def add(_):
        dynamodb.update_item(
            TableName="things",
            Key={"id": {"S": "a"}},
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(80)))

    assert dynamodb.get_item(TableName="things", Key={"id": {"S": "a"}})["Item"]["n"] == {"N": "80"}


def test_a_stream_tells_changes_in_their_order_whoever_writes(mock_lambda):
    arn = make_table(stream=True)["LatestStreamArn"]
    reader = mock_lambda.stub("reader", returns=None)
    reader.on_stream(arn)
    dynamodb = boto3.client("dynamodb")

    def add(_):
        dynamodb.update_item(
            TableName="things",
            Key={"id": {"S": "a"}},
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(20)))
    told = [
        int(record["dynamodb"]["NewImage"]["n"]["N"])
        for ran in reader.invocations
        for record in ran.event["Records"]
    ]

    assert sorted(told) == told == list(range(1, 21))


@pytest.mark.parametrize("wire", [False, True], ids=["fast", "wire"])
def test_a_planned_failure_strikes_motos_services_too(wire):
    with mocking(wire=wire) as cloud:
        make_table()
        cloud.faults.fail("dynamodb", "PutItem", "ConditionalCheckFailedException")

        assert error_of(put) == "ConditionalCheckFailedException"
        put()
        assert boto3.client("dynamodb").scan(TableName="things")["Count"] == 1


@pytest.mark.mock_lambda(clock=NOON)
def test_a_call_to_it_runs_what_fell_due_before(mock_lambda):
    arn = make_table(stream=True)["LatestStreamArn"]
    reader = mock_lambda.stub("reader", returns=None)
    reader.on_stream(arn, window=60, batch_size=10)
    put("a")
    assert reader.invocations == []
    mock_lambda.advance(seconds=60)

    assert len(reader.invocations) == 1


def test_a_cloud_that_needs_no_moto_loads_none():
    program = """
    import sys
    from mocklambda import mock_lambda
    with mock_lambda() as cloud:
        cloud.stub("fn", returns=1).invoke()
        cloud.queue("q").send("x")
        cloud.bucket("bucket").put("k", "x")
    assert not [name for name in sys.modules if name.partition(".")[0] in {"moto", "flask"}]
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=True, timeout=60)


@pytest.fixture
def no_moto(monkeypatch):
    """Hide moto from the search for it."""
    find = neighbours.find_spec
    monkeypatch.setattr(neighbours, "find_spec", lambda name: None if name == "moto" else find(name))
    neighbours._is_installed.cache_clear()
    yield
    neighbours._is_installed.cache_clear()


@pytest.mark.usefixtures("no_moto")
def test_without_moto_an_error_names_the_extra():
    mock = mocking()
    cloud = mock.start()
    with pytest.raises(UnmockedAWSCall) as caught:
        boto3.client("dynamodb").list_tables()
    with pytest.raises(UnmockedAWSCall):
        mock.stop()

    assert str(caught.value).startswith("dynamodb.ListTables is not served by mocklambda")
    assert "pip install 'mocklambda[moto]'" in str(caught.value)
    assert (caught.value.service, caught.value.operation) == ("dynamodb", "ListTables")
    assert cloud.invocations() == []


@pytest.mark.usefixtures("no_moto")
def test_without_moto_a_handlers_call_fails_and_so_does_the_test():
    code = """
    import boto3
    def handler(event, context):
        try:
            boto3.client("dynamodb").list_tables()
        except Exception as error:
            return str(error)
    """
    mock = mocking()
    cloud = mock.start()
    answer = cloud.function("fn", source=textwrap.dedent(code)).invoke().payload
    with pytest.raises(UnmockedAWSCall, match="mocklambda\\[moto\\]"):
        mock.stop()

    assert "UnmockedAWSCall" in answer
    assert "mocklambda[moto]" in answer


def test_what_moto_does_not_know_either_is_an_error():
    mock = mocking()
    mock.start()
    with pytest.raises(UnmockedAWSCall, match="does not know artifact either"):
        boto3.client("artifact").list_reports()
    with pytest.raises(UnmockedAWSCall):
        mock.stop()


@pytest.mark.parametrize("wire", [False, True], ids=["fast", "wire"])
@pytest.mark.parametrize(
    ("service", "call", "member"),
    [
        ("bedrock-agent", "list_agents", "agentSummaries"),
        ("efs", "describe_file_systems", "FileSystems"),
        ("elb", "describe_load_balancers", "LoadBalancerDescriptions"),
        ("elbv2", "describe_load_balancers", "LoadBalancers"),
        ("emr", "list_clusters", "Clusters"),
        ("kinesisanalyticsv2", "list_applications", "ApplicationSummaries"),
        ("mediastore-data", "list_items", "Items"),
        ("opensearchserverless", "list_collections", "collectionSummaries"),
        ("ses", "list_identities", "Identities"),
        ("sesv2", "list_contact_lists", "ContactLists"),
        ("sso-admin", "list_instances", "Instances"),
        ("timestream-write", "list_databases", "Databases"),
    ],
)
def test_services_that_sign_with_other_names_are_told_apart_at_both_seams(service, call, member, wire):
    with mocking(wire=wire):
        assert member in getattr(boto3.client(service, region_name="us-east-1"), call)()


@pytest.mark.parametrize("wire", [False, True], ids=["fast", "wire"])
def test_access_points_are_no_buckets(wire):
    with mocking(wire=wire):
        control = boto3.client("s3control", region_name="us-east-1")
        assert control.list_access_points(AccountId="123456789012")["AccessPointList"] == []


@pytest.mark.parametrize("wire", [False, True], ids=["fast", "wire"])
@pytest.mark.parametrize(
    ("service", "call"),
    [
        ("ssm", "DescribeActivations"),
        ("efs", "DescribeAccountPreferences"),
        ("route53", "ListCidrCollections"),
    ],
)
def test_an_operation_that_moto_lacks_is_an_error_that_names_it_and_fails_the_test(service, call, wire):
    mock = mocking(wire=wire)
    mock.start()
    with pytest.raises(NotImplementedInMock) as caught:
        boto3.client(service, region_name="us-east-1")._make_api_call(call, {})
    with pytest.raises(NotImplementedInMock) as at_the_end:
        mock.stop()
    assert at_the_end.value is caught.value
    assert f"does not implement {service}.{call}; nothing was done" in str(caught.value)


def test_an_operation_that_moto_lacks_fails_the_test_though_a_handler_asked():
    source = """
import boto3

def handler(event, context):
    try:
        boto3.client("efs").describe_account_preferences()
    except Exception as error:
        return str(error)
"""
    mock = mocking()
    told = mock.start().function("asks", source=source).invoke().payload
    with pytest.raises(NotImplementedInMock) as caught:
        mock.stop()
    assert str(caught.value) in told


def test_a_service_for_which_moto_needs_more_is_an_error_that_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "joserfc", None)
    for name in [name for name in sys.modules if name.startswith("moto.cognitoidp")]:
        monkeypatch.delitem(sys.modules, name)
    neighbours._missing.cache_clear()
    mock = mocking()
    mock.start()
    with pytest.raises(UnmockedAWSCall, match="moto needs the package joserfc for it: pip install joserfc"):
        boto3.client("cognito-idp").create_user_pool(PoolName="p")
    with pytest.raises(UnmockedAWSCall):
        mock.stop()
    neighbours._missing.cache_clear()


@pytest.mark.parametrize("is_outside", [True, False], ids=["mock_aws outside", "mock_aws inside"])
def test_on_the_wire_too_lambda_stays_ours(is_outside):
    def make(cloud):
        cloud.queue("q")
        return [url.rpartition("/")[2] for url in boto3.client("sqs").list_queues().get("QueueUrls", ())]

    if is_outside:
        with mock_aws(), mocking(wire=True) as cloud:
            assert make(cloud) == ["q"]
    else:
        with mocking(wire=True) as cloud, mock_aws():
            assert make(cloud) == ["q"]


def test_a_services_documents_pass_unchanged(mock_lambda):
    text = json.dumps({"grün": "\u2028", "n": 1e-9})
    boto3.client("secretsmanager").create_secret(Name="s", SecretString=text)

    assert boto3.client("secretsmanager").get_secret_value(SecretId="s")["SecretString"] == text
