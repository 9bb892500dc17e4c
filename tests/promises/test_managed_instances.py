"""Capacity providers and functions on managed instances, through boto3, on the virtual clock."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.config import Config
from lambda_support import client, create, plain, refused, status, zipped
from mapping_support import function, queue

ARN = "arn:aws:lambda:us-east-1:123456789012:capacity-provider:cp"
FARN = "arn:aws:lambda:us-east-1:123456789012:function:fn"
ROLE = "arn:aws:iam::123456789012:role/operator"
PROVIDER: dict[str, Any] = {
    "CapacityProviderName": "cp",
    "VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
    "PermissionsConfig": {"CapacityProviderOperatorRoleArn": ROLE},
}
ONCE = Config(retries={"total_max_attempts": 1})
TELL = """
    import os

    started_as = os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]

    def handler(event, context):
        return [started_as, os.environ["AWS_LAMBDA_MAX_CONCURRENCY"], context.function_version]
"""

COUNT_RUNNING = """
    import json, boto3
    from botocore.config import Config
    client = boto3.client("lambda", config=Config(retries={"total_max_attempts": 1}))

    def handler(event, context):
        try:
            answer = client.invoke(FunctionName="fn", Qualifier="1")
        except client.exceptions.TooManyRequestsException:
            return 1
        return 1 + json.load(answer["Payload"])
"""


def provide(cloud: Any, **members: Any) -> None:
    boto3.client("lambda").create_capacity_provider(**{**PROVIDER, **members})
    cloud.advance(minutes=1)


def hosted(**config: Any) -> dict[str, Any]:
    return {"LambdaManagedInstancesCapacityProviderConfig": {"CapacityProviderArn": ARN, **config}}


def deploy(cloud: Any, source: str = TELL, **config: Any) -> None:
    provide(cloud)
    function(source, Runtime="python3.13", CapacityProviderConfig=hosted(**config))


def scale(fewest: int, most: int, qualifier: str = "1") -> str:
    answer = boto3.client("lambda").put_function_scaling_config(
        FunctionName="fn",
        Qualifier=qualifier,
        FunctionScalingConfig={"MinExecutionEnvironments": fewest, "MaxExecutionEnvironments": most},
    )
    return answer["FunctionState"]


def run(payload: Any = None, **options: Any) -> Any:
    lam = boto3.client("lambda", config=ONCE)
    answer = lam.invoke(FunctionName="fn", Payload=json.dumps(payload or {}), **options)
    return json.loads(answer["Payload"].read())


def state(qualifier: str | None = None) -> str:
    where = {} if qualifier is None else {"Qualifier": qualifier}
    return boto3.client("lambda").get_function_configuration(FunctionName="fn", **where)["State"]


# -- capacity providers ----------------------------------------------------------------------------------


def test_a_provider_becomes_active_on_the_clock(mock_lambda) -> None:
    lam = boto3.client("lambda")
    made = lam.create_capacity_provider(**PROVIDER, Tags={"team": "a"})
    assert (status(made), made["CapacityProvider"]["State"]) == (202, "Pending")
    mock_lambda.advance(minutes=1)
    found = lam.get_capacity_provider(CapacityProviderName="cp")["CapacityProvider"]
    assert found.pop("LastModified")
    assert found == {
        "CapacityProviderArn": ARN,
        "State": "Active",
        "VpcConfig": PROVIDER["VpcConfig"],
        "PermissionsConfig": PROVIDER["PermissionsConfig"],
        "InstanceRequirements": {"Architectures": ["x86_64"]},
        "CapacityProviderScalingConfig": {"MaxVCpuCount": 400, "ScalingMode": "Auto"},
    }
    assert lam.list_tags(Resource=ARN)["Tags"] == {"team": "a"}


def test_providers_are_listed_by_state_and_page(mock_lambda) -> None:
    lam = boto3.client("lambda")
    provide(mock_lambda, CapacityProviderName="b")
    lam.create_capacity_provider(**{**PROVIDER, "CapacityProviderName": "a"})

    def names(**members: Any) -> list[str]:
        found = lam.list_capacity_providers(**members)["CapacityProviders"]
        return [one["CapacityProviderArn"].rpartition(":")[2] for one in found]

    assert (names(), names(State="Active"), names(MaxItems=1)) == (["a", "b"], ["b"], ["a"])


def test_a_provider_is_deleted_on_the_clock(mock_lambda) -> None:
    provide(mock_lambda)
    lam = client()
    assert lam.delete_capacity_provider(CapacityProviderName=ARN)["CapacityProvider"]["State"] == "Deleting"
    assert refused(lam.update_capacity_provider, CapacityProviderName="cp")[1] == "ResourceConflictException"
    mock_lambda.advance(minutes=1)
    missing = (404, "ResourceNotFoundException", f"Capacity provider not found: {ARN}")
    assert refused(lam.get_capacity_provider, CapacityProviderName="cp") == missing


def test_one_in_use_stays(mock_lambda) -> None:
    deploy(mock_lambda)
    lam = client()
    assert refused(lam.delete_capacity_provider, CapacityProviderName="cp")[:2] == (
        409,
        "ResourceConflictException",
    )
    lam.delete_function(FunctionName="fn")
    assert status(lam.delete_capacity_provider(CapacityProviderName="cp")) == 202


def test_a_second_of_the_same_name_is_refused(mock_lambda) -> None:
    provide(mock_lambda)
    assert refused(client().create_capacity_provider, **PROVIDER)[:2] == (409, "ResourceConflictException")


def test_its_subnets_must_be_there_once_ec2_was_asked(mock_lambda) -> None:
    boto3.client("ec2").describe_vpcs()
    assert refused(client().create_capacity_provider, **PROVIDER) == (
        400,
        "InvalidParameterValueException",
        (
            "Error occurred while DescribeSecurityGroups. EC2 Error Code: InvalidGroup.NotFound. "
            "EC2 Error Message: The security group 'sg-1' does not exist"
        ),
    )


@pytest.mark.parametrize(
    "members",
    [
        {"InstanceRequirements": {"AllowedInstanceTypes": ["m7g.large"]}},
        {"InstanceRequirements": {"ExcludedInstanceTypes": ["m7g.large"]}},
        {"CapacityProviderScalingConfig": {"ScalingMode": "Manual"}},
        {"PropagateTags": {"Mode": "Explicit", "ExplicitTags": {"a": "b"}}},
        {"TelemetryConfig": {"LoggingConfig": {"SystemLogLevel": "DEBUG"}}},
    ],
)
def test_what_would_act_on_instances_is_refused(mock_lambda, members: dict[str, Any]) -> None:
    status_code, code, text = refused(client().create_capacity_provider, **PROVIDER, **members)
    assert (status_code, code) == (400, "InvalidParameterValueException")
    assert "is not simulated by mocklambda" in text


# -- functions -------------------------------------------------------------------------------------------


def test_latest_is_not_invoked_and_unnamed_means_what_was_published_of_it(mock_lambda) -> None:
    deploy(mock_lambda)
    lam = client()
    assert refused(lam.invoke, FunctionName="fn") == (
        400,
        "NoPublishedVersionException",
        "The function has no published versions available.",
    )
    assert refused(lam.invoke, FunctionName="fn", Qualifier="$LATEST")[1] == "ResourceConflictException"
    assert state() == "ActiveNonInvocable"
    made = lam.publish_version(FunctionName="fn", PublishTo="LATEST_PUBLISHED")
    assert (made["Version"], made["State"]) == ("$LATEST.PUBLISHED", "Pending")
    assert "Pending" in refused(lam.invoke, FunctionName="fn")[2]
    mock_lambda.advance(minutes=1)
    assert state("$LATEST.PUBLISHED") == "Active"
    assert run() == ["lambda-managed-instances", "16", "$LATEST.PUBLISHED"]


def test_published_again_it_runs_the_new_code(mock_lambda) -> None:
    deploy(mock_lambda)
    lam = boto3.client("lambda")
    lam.publish_version(FunctionName="fn", PublishTo="LATEST_PUBLISHED")
    mock_lambda.advance(minutes=1)
    lam.update_function_configuration(FunctionName="fn", MemorySize=4096)
    assert run()[1] == "16"
    lam.publish_version(FunctionName="fn", PublishTo="LATEST_PUBLISHED")
    assert state("$LATEST.PUBLISHED") == "Active"
    mock_lambda.advance(minutes=1)
    assert run()[1] == "32"  # 16 for each of two vCPUs


def test_creating_and_updating_publish_so_too(mock_lambda) -> None:
    provide(mock_lambda)
    lam = boto3.client("lambda")
    members = {"Publish": True, "PublishTo": "LATEST_PUBLISHED"}
    made = create(lam, Runtime="python3.13", CapacityProviderConfig=hosted(), **members)
    assert (made["Version"], state("$LATEST.PUBLISHED")) == ("$LATEST.PUBLISHED", "Pending")
    mock_lambda.advance(minutes=1)
    assert run({"a": 1}) == {"a": 1}
    code = zipped("def handler(event, context):\n    return 'new'\n")
    changed = lam.update_function_code(FunctionName="fn", ZipFile=code, **members)
    assert changed["Version"] == "$LATEST.PUBLISHED"
    mock_lambda.advance(minutes=1)
    assert run() == "new"


def test_what_was_published_of_latest_has_aliases_and_is_deleted(mock_lambda) -> None:
    deploy(mock_lambda)
    lam = client()
    lam.publish_version(FunctionName="fn", PublishTo="LATEST_PUBLISHED")
    mock_lambda.advance(minutes=1)
    lam.create_alias(FunctionName="fn", Name="live", FunctionVersion="$LATEST.PUBLISHED")
    assert run(Qualifier="live")[2] == "$LATEST.PUBLISHED"
    where = {"FunctionName": "fn", "Qualifier": "$LATEST.PUBLISHED"}
    assert refused(lam.delete_function, **where)[1] == "ResourceConflictException"
    lam.delete_alias(FunctionName="fn", Name="live")
    lam.delete_function(**where)
    assert refused(lam.invoke, FunctionName="fn")[1] == "NoPublishedVersionException"
    assert mock_lambda.execution.fleet.alive() == []


def test_an_event_for_the_unnamed_version_runs_what_was_published(mock_lambda) -> None:
    deploy(mock_lambda)
    lam = boto3.client("lambda")
    lam.publish_version(FunctionName="fn", PublishTo="LATEST_PUBLISHED")
    mock_lambda.advance(minutes=1)
    lam.invoke(FunctionName="fn", InvocationType="Event")
    assert [(one.version, one.ok) for one in mock_lambda.invocations()] == [("$LATEST.PUBLISHED", True)]


@pytest.mark.xfail(strict=True, reason="sizes are checked before it is known where a function runs")
def test_a_function_may_have_thirty_two_gigabytes(mock_lambda) -> None:
    provide(mock_lambda)
    create(client(), Runtime="python3.13", MemorySize=32768, CapacityProviderConfig=hosted())


def test_a_version_is_active_when_its_environments_are_there(mock_lambda) -> None:
    deploy(mock_lambda)
    lam = boto3.client("lambda")
    made = lam.publish_version(FunctionName="fn")
    assert (made["Version"], made["State"]) == ("1", "Pending")
    lam.get_waiter("published_version_active").wait(FunctionName="fn", Qualifier="1")
    assert run(Qualifier="1")[2] == "1"
    [ran] = mock_lambda.invocations()
    assert not ran.cold
    assert len(mock_lambda.execution.fleet.alive()) == 3


def test_a_version_whose_init_fails_is_failed(mock_lambda) -> None:
    deploy(mock_lambda, "raise ValueError('no')")
    boto3.client("lambda").publish_version(FunctionName="fn")
    mock_lambda.advance(minutes=1)
    found = boto3.client("lambda").get_function_configuration(FunctionName="fn", Qualifier="1")
    assert (found["State"], found["StateReasonCode"]) == ("Failed", "FunctionError")
    assert refused(client().invoke, FunctionName="fn", Qualifier="1")[1] == "ResourceConflictException"


def test_environments_times_concurrency_is_all_that_runs_at_once(mock_lambda) -> None:
    deploy(mock_lambda, COUNT_RUNNING, PerExecutionEnvironmentMaxConcurrency=3)
    boto3.client("lambda").publish_version(FunctionName="fn")
    scale(1, 1)
    mock_lambda.advance(minutes=1)
    assert run(Qualifier="1") == 3
    scale(1, 2)
    mock_lambda.advance(minutes=1)
    assert run(Qualifier="1") == 6


def test_it_takes_nothing_of_the_accounts_concurrency(mock_lambda) -> None:
    deploy(mock_lambda)
    lam = boto3.client("lambda")
    lam.publish_version(FunctionName="fn")
    mock_lambda.advance(minutes=1)
    assert lam.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] == 1000


def test_a_scaling_config_is_requested_and_then_applied(mock_lambda) -> None:
    deploy(mock_lambda)
    lam = boto3.client("lambda")
    lam.publish_version(FunctionName="fn")
    usual = {"MinExecutionEnvironments": 3, "MaxExecutionEnvironments": 400}
    wanted = {"MinExecutionEnvironments": 1, "MaxExecutionEnvironments": 5}
    mock_lambda.advance(minutes=1)
    assert scale(1, 5) == "Active"
    head = {"FunctionArn": f"{FARN}:1", "RequestedFunctionScalingConfig": wanted}
    found = plain(lam.get_function_scaling_config(FunctionName="fn", Qualifier="1"))
    assert found == {**head, "AppliedFunctionScalingConfig": usual}
    mock_lambda.advance(minutes=1)
    found = plain(lam.get_function_scaling_config(FunctionName="fn", Qualifier="1"))
    assert found == {**head, "AppliedFunctionScalingConfig": wanted}
    assert len(mock_lambda.execution.fleet.alive()) == 1


def test_scaled_to_nothing_a_version_is_deactivated_and_comes_back(mock_lambda) -> None:
    deploy(mock_lambda)
    boto3.client("lambda").publish_version(FunctionName="fn")
    mock_lambda.advance(minutes=1)
    assert scale(0, 0) == "Deactivating"
    mock_lambda.advance(minutes=1)
    assert (state("1"), mock_lambda.execution.fleet.alive()) == ("Deactivated", [])
    assert "Deactivated" in refused(client().invoke, FunctionName="fn", Qualifier="1")[2]
    assert scale(1, 1) == "Pending"
    mock_lambda.advance(minutes=1)
    assert run(Qualifier="1")[2] == "1"


def test_nothing_is_kept_where_none_is_to_be(mock_lambda) -> None:
    deploy(mock_lambda)
    boto3.client("lambda").publish_version(FunctionName="fn")
    scale(0, 1)
    mock_lambda.advance(minutes=1)
    assert (state("1"), mock_lambda.execution.fleet.alive()) == ("Active", [])
    assert run(Qualifier="1")[2] == "1"


def test_the_providers_vcpus_bound_its_versions(mock_lambda) -> None:
    lam = boto3.client("lambda")
    provide(mock_lambda, CapacityProviderScalingConfig={"MaxVCpuCount": 4})
    function(TELL, Runtime="python3.13", MemorySize=4096, CapacityProviderConfig=hosted())
    lam.publish_version(FunctionName="fn")
    mock_lambda.advance(minutes=1)
    found = lam.get_function_scaling_config(FunctionName="fn", Qualifier="1")
    room = {"MinExecutionEnvironments": 2, "MaxExecutionEnvironments": 2}
    assert found["AppliedFunctionScalingConfig"] == room
    assert refused(scale, fewest=3, most=3)[:2] == (400, "InvalidParameterValueException")
    lam.update_capacity_provider(
        CapacityProviderName="cp", CapacityProviderScalingConfig={"MaxVCpuCount": 12}
    )
    mock_lambda.advance(minutes=1)
    found = lam.get_function_scaling_config(FunctionName="fn", Qualifier="1")
    assert found["AppliedFunctionScalingConfig"] == {
        "MinExecutionEnvironments": 3, "MaxExecutionEnvironments": 6,
    }  # fmt: skip


def test_a_provider_that_has_no_room_fails_its_versions_until_it_has(mock_lambda) -> None:
    lam = boto3.client("lambda")
    provide(mock_lambda, CapacityProviderScalingConfig={"MaxVCpuCount": 2})
    function(TELL, Runtime="python3.13", MemorySize=8192, CapacityProviderConfig=hosted())
    lam.publish_version(FunctionName="fn")
    mock_lambda.advance(minutes=1)
    found = lam.get_function_configuration(FunctionName="fn", Qualifier="1")
    assert (found["State"], found["StateReasonCode"]) == ("Failed", "CapacityProviderScalingLimitExceeded")
    lam.update_capacity_provider(CapacityProviderName="cp", CapacityProviderScalingConfig={"MaxVCpuCount": 4})
    mock_lambda.advance(minutes=1)
    assert state("1") == "Active"


def test_bounds_that_were_asked_for_follow_the_providers_vcpus_too(mock_lambda) -> None:
    deploy(mock_lambda)
    lam = boto3.client("lambda")
    lam.publish_version(FunctionName="fn")
    scale(3, 9)
    lam.update_capacity_provider(CapacityProviderName="cp", CapacityProviderScalingConfig={"MaxVCpuCount": 2})
    mock_lambda.advance(minutes=1)
    found = lam.get_function_scaling_config(FunctionName="fn", Qualifier="1")
    assert found["AppliedFunctionScalingConfig"] == {
        "MinExecutionEnvironments": 2, "MaxExecutionEnvironments": 2,
    }  # fmt: skip


def test_a_deleted_version_keeps_nothing(mock_lambda) -> None:
    deploy(mock_lambda)
    lam = boto3.client("lambda")
    lam.publish_version(FunctionName="fn")
    mock_lambda.advance(minutes=1)
    lam.delete_function(FunctionName="fn", Qualifier="1")
    mock_lambda.advance(minutes=1)
    assert mock_lambda.execution.fleet.alive() == []


def test_the_configuration_tells_its_provider_and_what_is_usual(mock_lambda) -> None:
    deploy(mock_lambda)
    found = boto3.client("lambda").get_function_configuration(FunctionName="fn")
    assert found["MemorySize"] == 2048
    assert found["CapacityProviderConfig"] == hosted(
        PerExecutionEnvironmentMaxConcurrency=16, ExecutionEnvironmentMemoryGiBPerVCpu=2.0
    )


def test_a_providers_versions_are_listed(mock_lambda) -> None:
    deploy(mock_lambda)
    lam = boto3.client("lambda")
    lam.publish_version(FunctionName="fn")
    found = plain(lam.list_function_versions_by_capacity_provider(CapacityProviderName="cp"))
    assert found == {
        "CapacityProviderArn": ARN,
        "FunctionVersions": [
            {"FunctionArn": f"{FARN}:$LATEST", "State": "ActiveNonInvocable"},
            {"FunctionArn": f"{FARN}:1", "State": "Pending"},
        ],
    }


def test_a_queue_is_worked_off_on_instances(mock_lambda) -> None:
    deploy(mock_lambda)
    lam = boto3.client("lambda")
    lam.publish_version(FunctionName="fn")
    mock_lambda.advance(minutes=1)
    url, arn = queue()
    lam.create_event_source_mapping(FunctionName=f"{FARN}:1", EventSourceArn=arn)
    boto3.client("sqs").send_message(QueueUrl=url, MessageBody="m")
    assert [(one.version, one.ok) for one in mock_lambda.invocations()] == [("1", True)]


@pytest.mark.parametrize(
    "members",
    [
        {"MemorySize": 1024},
        {"Runtime": "python3.12"},
        {"SnapStart": {"ApplyOn": "PublishedVersions"}},
        {"TenancyConfig": {"TenantIsolationMode": "PER_TENANT"}},
        {"Architectures": ["arm64"]},
        {"VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}},
    ],
)
def test_what_does_not_go_with_instances_is_refused(mock_lambda, members: dict[str, Any]) -> None:
    provide(mock_lambda)
    wanted = {"Runtime": "python3.13", "CapacityProviderConfig": hosted(), **members}
    assert refused(lambda: create(client(), **wanted))[:2] == (400, "InvalidParameterValueException")


def test_a_provider_must_be_there_and_active(mock_lambda) -> None:
    wanted = {"Runtime": "python3.13", "CapacityProviderConfig": hosted()}
    assert refused(lambda: create(client(), **wanted)) == (
        404,
        "ResourceNotFoundException",
        f"Capacity provider not found: {ARN}",
    )
    client().create_capacity_provider(**PROVIDER)
    assert refused(lambda: create(client(), **wanted))[:2] == (409, "ResourceConflictException")


def test_reserved_and_provisioned_concurrency_are_refused(mock_lambda) -> None:
    deploy(mock_lambda)
    lam = client()
    lam.publish_version(FunctionName="fn")
    wanted = (400, "InvalidParameterValueException")
    assert (
        refused(lam.put_function_concurrency, FunctionName="fn", ReservedConcurrentExecutions=1)[:2] == wanted
    )
    assert (
        refused(
            lam.put_provisioned_concurrency_config,
            FunctionName="fn",
            Qualifier="1",
            ProvisionedConcurrentExecutions=1,
        )[:2]
        == wanted
    )


def test_a_function_elsewhere_has_no_scaling_config_and_is_not_published_so(mock_lambda) -> None:
    lam = client()
    create(lam, Publish=True)
    wanted = (400, "InvalidParameterValueException")
    assert refused(lam.get_function_scaling_config, FunctionName="fn", Qualifier="1")[:2] == wanted
    assert refused(lam.publish_version, FunctionName="fn", PublishTo="LATEST_PUBLISHED")[:2] == wanted
    assert (
        refused(lam.update_function_configuration, FunctionName="fn", CapacityProviderConfig=hosted())[:2]
        == wanted
    )
