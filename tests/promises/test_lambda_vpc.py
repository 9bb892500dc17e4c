"""Functions in VPCs: subnets and groups must be there, network interfaces are made, shared and removed in time."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from lambda_support import client, create, refused, zipped

pytest.importorskip("moto")

OTHER = "def handler(event, context):\n    return 'other'\n"


@pytest.fixture
def lam(mock_lambda: Any) -> Any:
    return client()


@pytest.fixture
def ec2(mock_lambda: Any) -> Any:
    return boto3.client("ec2", region_name="us-east-1")


@pytest.fixture
def vpc(ec2: Any) -> str:
    return ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]


@pytest.fixture
def subnet(ec2: Any, vpc: str) -> str:
    return ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]


@pytest.fixture
def group(ec2: Any, vpc: str) -> str:
    return ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]


@pytest.fixture
def inside(subnet: str, group: str) -> dict[str, list[str]]:
    return {"SubnetIds": [subnet], "SecurityGroupIds": [group]}


def await_active(lam: Any, name: str = "fn") -> None:
    lam.get_waiter("function_active_v2").wait(FunctionName=name)


def interfaces(ec2: Any, description: str = "AWS Lambda VPC ENI-*") -> list[dict[str, Any]]:
    found = ec2.describe_network_interfaces(Filters=[{"Name": "description", "Values": [description]}])
    return found["NetworkInterfaces"]


def state(lam: Any, name: str = "fn") -> tuple[str, str | None, str | None]:
    shown = lam.get_function_configuration(FunctionName=name)
    return shown["State"], shown.get("StateReasonCode"), shown.get("LastUpdateStatus")


def answer(found: Any) -> Any:
    return json.loads(found["Payload"].read())


def code_of(call: Any, **members: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**members)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


# -- what a request may say ------------------------------------------------------------------------------


def test_the_reply_has_the_vpc_of_the_subnets(
    lam: Any, vpc: str, subnet: str, group: str, inside: dict[str, list[str]]
) -> None:
    shown = create(lam, VpcConfig=inside)["VpcConfig"]

    assert shown == {
        "SubnetIds": [subnet],
        "SecurityGroupIds": [group],
        "VpcId": vpc,
        "Ipv6AllowedForDualStack": False,
    }


def test_unknown_security_groups_are_refused_before_unknown_subnets(lam: Any, subnet: str) -> None:
    create(lam, "other")
    unknown = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    error = (
        400,
        "InvalidParameterValueException",
        (
            "Error occurred while DescribeSecurityGroups. EC2 Error Code: InvalidGroup.NotFound. "
            "EC2 Error Message: The security group 'sg-1' does not exist"
        ),
    )

    assert refused(create, lam=lam, VpcConfig=unknown) == error
    assert refused(lam.update_function_configuration, FunctionName="other", VpcConfig=unknown) == error


def test_unknown_subnets_are_refused(lam: Any, group: str) -> None:
    assert refused(create, lam=lam, VpcConfig={"SubnetIds": ["subnet-1"], "SecurityGroupIds": [group]}) == (
        400,
        "InvalidParameterValueException",
        (
            "Error occurred while DescribeSubnets. EC2 Error Code: InvalidSubnetID.NotFound. "
            "EC2 Error Message: The subnet ID 'subnet-1' does not exist"
        ),
    )


def test_as_long_as_ec2_was_asked_nothing_any_subnet_is_taken_as_existing(mock_lambda: Any, lam: Any) -> None:
    made_up = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    shown = create(lam, VpcConfig=made_up)["VpcConfig"]
    assert (shown["SubnetIds"], shown["SecurityGroupIds"]) == (["subnet-1"], ["sg-1"])
    assert shown["VpcId"].startswith("vpc-")
    assert answer(lam.invoke(FunctionName="fn", Payload=b"1")) == 1  # at once: nothing is to be made

    ec2 = boto3.client("ec2", region_name="us-east-1")
    assert interfaces(ec2) == []
    changed = lam.update_function_configuration(FunctionName="fn", VpcConfig=made_up)
    assert changed["VpcConfig"] == shown


def test_empty_lists_take_a_function_out_of_its_vpc(lam: Any, inside: dict[str, list[str]]) -> None:
    create(lam, VpcConfig=inside)
    await_active(lam)

    shown = lam.update_function_configuration(
        FunctionName="fn", VpcConfig={"SubnetIds": [], "SecurityGroupIds": []}
    )

    assert shown["VpcConfig"] == {
        "SubnetIds": [],
        "SecurityGroupIds": [],
        "VpcId": "",
        "Ipv6AllowedForDualStack": False,
    }


# -- interfaces ------------------------------------------------------------------------------------------


def test_a_function_is_pending_until_its_network_interface_is_there(
    mock_lambda: Any, lam: Any, ec2: Any, inside: dict[str, list[str]]
) -> None:
    create(lam, VpcConfig=inside)
    assert state(lam) == ("Pending", "Creating", None)
    assert interfaces(ec2) == []
    assert refused(lam.invoke, FunctionName="fn") == (
        409,
        "ResourceConflictException",
        "The operation cannot be performed at this time. The function is currently in the following state: Pending",
    )

    mock_lambda.advance(minutes=1)

    assert state(lam) == ("Active", None, "Successful")
    assert len(interfaces(ec2)) == 1
    assert answer(lam.invoke(FunctionName="fn", Payload=b"1")) == 1


def test_a_waiter_takes_virtual_time_only(mock_lambda: Any, lam: Any, inside: dict[str, list[str]]) -> None:
    create(lam, VpcConfig=inside)
    before = mock_lambda.now

    await_active(lam)

    assert state(lam)[0] == "Active"
    assert 10 <= (mock_lambda.now - before).total_seconds() < 15


def test_an_interface_looks_as_lambdas_own(
    lam: Any, ec2: Any, vpc: str, subnet: str, group: str, inside: dict[str, list[str]]
) -> None:
    create(lam, VpcConfig=inside)
    await_active(lam)

    (found,) = interfaces(ec2, "AWS Lambda VPC ENI-fn-*")

    members = (
        "InterfaceType",
        "Status",
        "OwnerId",
        "VpcId",
        "SubnetId",
        "RequesterManaged",
        "SourceDestCheck",
    )
    assert [found[name] for name in members] == ["lambda", "in-use", "123456789012", vpc, subnet, False, True]
    assert found["Groups"] == [{"GroupId": group, "GroupName": "g"}]
    assert found["RequesterId"].startswith("AROA")
    assert found["RequesterId"].endswith(":123456789012")
    assert found["PrivateIpAddress"].startswith("10.0.1.")
    attachment = found["Attachment"]
    assert attachment.pop("AttachmentId").startswith("ela-attach-")
    assert attachment == {
        "DeviceIndex": 1,
        "DeleteOnTermination": False,
        "InstanceOwnerId": "amazon-aws",
        "Status": "attached",
    }


def test_functions_share_the_interface_of_a_subnet_and_its_groups(
    lam: Any, ec2: Any, inside: dict[str, list[str]]
) -> None:
    create(lam, VpcConfig=inside)
    await_active(lam)

    create(lam, "second", VpcConfig=inside)

    assert state(lam, "second")[0] == "Active"  # at once
    assert len(interfaces(ec2)) == 1


def test_other_groups_and_other_subnets_take_interfaces_of_their_own(
    lam: Any, ec2: Any, vpc: str, subnet: str, group: str
) -> None:
    more = ec2.create_security_group(GroupName="h", Description="d", VpcId=vpc)["GroupId"]
    another = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.2.0/24")["Subnet"]["SubnetId"]
    create(lam, VpcConfig={"SubnetIds": [subnet, another], "SecurityGroupIds": [group]})
    create(lam, "second", VpcConfig={"SubnetIds": [subnet], "SecurityGroupIds": [group, more]})
    create(lam, "third", VpcConfig={"SubnetIds": [subnet], "SecurityGroupIds": [more, group]})
    await_active(lam, "third")

    found = sorted((one["SubnetId"], len(one["Groups"])) for one in interfaces(ec2))

    assert found == sorted([(subnet, 1), (another, 1), (subnet, 2)])


def test_dual_stack_gives_an_interface_an_ipv6_address(lam: Any, ec2: Any, vpc: str, group: str) -> None:
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.3.0/24", Ipv6CidrBlock="2001:db8::/64")["Subnet"]
    inside = {"SubnetIds": [subnet["SubnetId"]], "SecurityGroupIds": [group]}
    shown = create(lam, VpcConfig=inside | {"Ipv6AllowedForDualStack": True})["VpcConfig"]
    create(lam, "plain", VpcConfig=inside)
    await_active(lam)

    assert shown["Ipv6AllowedForDualStack"] is True
    (dual,) = interfaces(ec2, "AWS Lambda VPC ENI-fn-*")
    (plain,) = interfaces(ec2, "AWS Lambda VPC ENI-plain-*")
    assert (len(dual["Ipv6Addresses"]), plain["Ipv6Addresses"]) == (1, [])


def test_dual_stack_that_comes_by_an_update_gives_an_ipv6_address_too(
    lam: Any, ec2: Any, vpc: str, group: str
) -> None:
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.3.0/24", Ipv6CidrBlock="2001:db8::/64")["Subnet"]
    create(lam)
    config = {
        "SubnetIds": [subnet["SubnetId"]],
        "SecurityGroupIds": [group],
        "Ipv6AllowedForDualStack": True,
    }
    lam.update_function_configuration(FunctionName="fn", VpcConfig=config)
    lam.get_waiter("function_updated_v2").wait(FunctionName="fn")
    (dual,) = interfaces(ec2)
    assert len(dual["Ipv6Addresses"]) == 1


def test_the_old_configuration_serves_while_an_update_makes_its_interface(
    mock_lambda: Any, lam: Any, ec2: Any, inside: dict[str, list[str]]
) -> None:
    create(lam, Environment={"Variables": {"AGE": "old"}}, Code={"ZipFile": zipped(READ)})
    lam.update_function_configuration(
        FunctionName="fn", VpcConfig=inside, Environment={"Variables": {"AGE": "new"}}
    )

    assert state(lam) == ("Active", None, "InProgress")
    assert answer(lam.invoke(FunctionName="fn")) == "old"
    for call in (lam.publish_version, lam.update_function_configuration):
        assert refused(call, FunctionName="fn")[:2] == (409, "ResourceConflictException")

    mock_lambda.advance(minutes=1)
    assert answer(lam.invoke(FunctionName="fn")) == "new"
    assert state(lam)[2] == "Successful"
    assert len(interfaces(ec2)) == 1


READ = "import os\ndef handler(event, context):\n    return os.environ['AGE']\n"


def test_messages_wait_for_a_function_that_is_pending(
    mock_lambda: Any, lam: Any, inside: dict[str, list[str]]
) -> None:
    queue = mock_lambda.queue("q")
    create(lam, VpcConfig=inside)
    lam.create_event_source_mapping(EventSourceArn=queue.arn, FunctionName="fn")
    queue.send("x")
    assert mock_lambda.invocations("fn") == []

    mock_lambda.advance(minutes=3)

    assert len(mock_lambda.invocations("fn")) == 1
    assert queue.messages == []


def test_a_stub_of_a_pending_function_waits_with_it(
    mock_lambda: Any, lam: Any, inside: dict[str, list[str]]
) -> None:
    queue = mock_lambda.queue("q")
    create(lam, VpcConfig=inside)
    mock_lambda.stub("fn", returns=None)
    lam.create_event_source_mapping(EventSourceArn=queue.arn, FunctionName="fn")
    queue.send("x")
    assert mock_lambda.invocations("fn") == []

    mock_lambda.advance(minutes=3)

    assert len(mock_lambda.invocations("fn")) == 1


def test_a_version_published_at_creation_waits_too(
    mock_lambda: Any, lam: Any, inside: dict[str, list[str]]
) -> None:
    create(lam, VpcConfig=inside, Publish=True)
    assert refused(lam.invoke, FunctionName="fn:1")[1] == "ResourceConflictException"

    mock_lambda.advance(minutes=1)

    assert answer(lam.invoke(FunctionName="fn:1", Payload=b"1")) == 1


def test_the_sugar_gives_a_function_that_is_active(mock_lambda: Any, inside: dict[str, list[str]]) -> None:
    function = mock_lambda.function("sweet", source=OTHER, VpcConfig=inside)

    assert function.invoke({}).payload == "other"


# -- removal ---------------------------------------------------------------------------------------------


def test_an_interface_goes_twenty_minutes_after_its_last_user(
    mock_lambda: Any, lam: Any, ec2: Any, inside: dict[str, list[str]]
) -> None:
    create(lam, VpcConfig=inside)
    create(lam, "second", VpcConfig=inside)
    await_active(lam)
    lam.delete_function(FunctionName="fn")
    mock_lambda.advance(hours=1)
    assert len(interfaces(ec2)) == 1

    lam.delete_function(FunctionName="second")
    mock_lambda.advance(minutes=19)
    assert len(interfaces(ec2)) == 1
    mock_lambda.advance(minutes=1)
    assert interfaces(ec2) == []


def test_a_published_version_keeps_its_interface(
    mock_lambda: Any, lam: Any, ec2: Any, inside: dict[str, list[str]]
) -> None:
    create(lam, VpcConfig=inside)
    await_active(lam)
    lam.publish_version(FunctionName="fn")
    lam.update_function_configuration(FunctionName="fn", VpcConfig={"SubnetIds": [], "SecurityGroupIds": []})
    mock_lambda.advance(hours=1)
    assert len(interfaces(ec2)) == 1

    lam.delete_function(FunctionName="fn", Qualifier="1")
    mock_lambda.advance(minutes=20)

    assert interfaces(ec2) == []


def test_an_interface_that_is_used_again_in_time_stays(
    mock_lambda: Any, lam: Any, ec2: Any, inside: dict[str, list[str]]
) -> None:
    create(lam, VpcConfig=inside)
    await_active(lam)
    (before,) = interfaces(ec2)
    lam.delete_function(FunctionName="fn")
    mock_lambda.advance(minutes=10)

    create(lam, VpcConfig=inside)
    mock_lambda.advance(hours=1)

    assert state(lam)[0] == "Active"
    assert [one["NetworkInterfaceId"] for one in interfaces(ec2)] == [before["NetworkInterfaceId"]]


def test_what_an_interface_needs_can_not_be_deleted_until_it_is_gone(
    mock_lambda: Any, lam: Any, ec2: Any, subnet: str, group: str, inside: dict[str, list[str]]
) -> None:
    create(lam, VpcConfig=inside)
    await_active(lam)
    interface = interfaces(ec2)[0]["NetworkInterfaceId"]

    assert code_of(ec2.delete_network_interface, NetworkInterfaceId=interface) == (
        "InvalidParameterValue",
        f"Network interface '{interface}' is currently in use.",
    )
    assert code_of(ec2.delete_subnet, SubnetId=subnet)[0] == "DependencyViolation"
    assert code_of(ec2.delete_security_group, GroupId=group)[0] == "DependencyViolation"

    lam.delete_function(FunctionName="fn")
    mock_lambda.advance(minutes=20)
    ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_security_group(GroupId=group)


def test_other_interfaces_are_deleted_as_ever(lam: Any, ec2: Any, subnet: str) -> None:
    made = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]

    ec2.delete_network_interface(NetworkInterfaceId=made)
    ec2.delete_subnet(SubnetId=subnet)


# -- roles -----------------------------------------------------------------------------------------------


@pytest.mark.mock_lambda(strict_iam=True)
def test_a_role_that_may_not_make_interfaces_is_refused_where_roles_count(
    mock_lambda: Any, lam: Any, inside: dict[str, list[str]]
) -> None:
    poor = mock_lambda.role("poor", allow={"logs:*": "*"})
    able = mock_lambda.role("able", allow={"ec2:CreateNetworkInterface": "*"})

    assert refused(create, lam=lam, Role=poor.arn, VpcConfig=inside) == (
        400,
        "InvalidParameterValueException",
        "The provided execution role does not have permissions to call CreateNetworkInterface on EC2",
    )
    create(lam, Role=able.arn, VpcConfig=inside)
