"""Each member of a statement decides who is let in: to functions, their URLs, and layers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from lambda_support import FARN, ZIP, client, create, refused

OTHER, THIRD = "111111111111", "222222222222"
LAYER = "arn:aws:lambda:us-east-1:123456789012:layer:l"
REGION = {"region_name": "us-east-1"}


@pytest.fixture
def lam(mock_lambda: Any) -> Any:
    lam = client()
    create(lam, Publish=True)
    lam.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
    return lam


def permit(lam: Any, **members: Any) -> Any:
    wanted = {"FunctionName": "fn", "StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": OTHER}
    return lam.add_permission(**(wanted | members))


def may(account: str, operation: str = "invoke", arn: str = FARN) -> bool:
    """Tell whether an account's call gets through."""
    return gets_through(lambda: getattr(client(account=account), operation)(FunctionName=arn))


def gets_through(call: Callable[[], Any]) -> bool:
    try:
        call()
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDeniedException":
            raise
        return False
    return True


# -- functions -------------------------------------------------------------------------------------------


def test_nobody_else_gets_in_without_a_statement(lam: Any) -> None:
    assert (may(OTHER), may(THIRD)) == (False, False)


@pytest.mark.parametrize(
    ("members", "others", "thirds"),
    [
        pytest.param({}, True, False, id="Principal"),
        pytest.param({"Principal": "*"}, True, True, id="Principal-all"),
        pytest.param({"Action": "lambda:GetFunction"}, False, False, id="Action"),
        pytest.param({"SourceArn": "arn:aws:s3:::b"}, False, False, id="SourceArn"),
        pytest.param({"SourceAccount": OTHER}, False, False, id="SourceAccount"),
        pytest.param({"EventSourceToken": "t"}, False, False, id="EventSourceToken"),
        pytest.param({"PrincipalOrgID": "o-1234567890"}, False, False, id="PrincipalOrgID"),
        pytest.param({"FunctionUrlAuthType": "AWS_IAM"}, False, False, id="FunctionUrlAuthType"),
        pytest.param({"InvokedViaFunctionUrl": True}, False, False, id="InvokedViaFunctionUrl"),
        pytest.param({"Qualifier": "live"}, False, False, id="Qualifier"),
    ],
)
def test_a_statement_lets_in_whom_all_its_members_fit(
    lam: Any, members: dict[str, Any], others: bool, thirds: bool
) -> None:
    permit(lam, **members)
    assert (may(OTHER), may(THIRD)) == (others, thirds)


def test_a_statement_lets_in_for_its_action(lam: Any) -> None:
    permit(lam, Action="lambda:GetFunction")
    assert (may(OTHER, "get_function"), may(OTHER)) == (True, False)


def test_a_qualifiers_statement_lets_in_by_that_qualifier(lam: Any) -> None:
    permit(lam, Qualifier="live")
    assert [may(OTHER, arn=f"{FARN}:{one}") for one in ("live", "1")] == [True, False]


def test_a_refused_revision_lets_nobody_in(lam: Any) -> None:
    assert refused(lambda: permit(lam, RevisionId="wrong"))[0] == 412
    assert not may(OTHER)


def test_a_removed_statement_lets_nobody_in_and_the_others_stay(lam: Any) -> None:
    permit(lam)
    permit(lam, StatementId="third", Principal=THIRD)
    lam.remove_permission(FunctionName="fn", StatementId="s")
    assert (may(OTHER), may(THIRD)) == (False, True)


@pytest.mark.parametrize(
    ("members", "count"),
    [
        ({"SourceArn": "arn:aws:sns:us-east-1:123456789012:mine"}, 1),
        ({"SourceArn": "arn:aws:sns:us-east-1:123456789012:*"}, 2),
        ({"SourceAccount": "123456789012"}, 2),
        ({"SourceAccount": OTHER}, 0),
    ],
    ids=["SourceArn", "SourceArn-pattern", "SourceAccount", "SourceAccount-other"],
)
def test_a_service_gets_in_for_the_source_of_the_statement(
    mock_lambda: Any, lam: Any, members: dict[str, Any], count: int
) -> None:
    permit(lam, Principal="sns.amazonaws.com", **members)
    sns = boto3.client("sns", **REGION)
    for name in ("mine", "yours"):
        topic = sns.create_topic(Name=name)["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=FARN)
        sns.publish(TopicArn=topic, Message="m")
    assert len(mock_lambda.invocations("fn")) == count


def document(*accounts: str) -> str:
    statements = [
        {
            "Sid": f"s{account}",
            "Effect": "Allow",
            "Principal": {"AWS": account},
            "Action": "lambda:InvokeFunction",
            "Resource": FARN,
        }
        for account in accounts
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def test_a_whole_document_lets_in_whom_it_names_and_nobody_else(lam: Any) -> None:
    permit(lam)
    put = lam.put_resource_policy(ResourceArn=FARN, Policy=document(THIRD))
    assert (may(OTHER), may(THIRD)) == (False, True)
    assert refused(lam.put_resource_policy, ResourceArn=FARN, Policy=document(OTHER), RevisionId=FARN[:36])[
        0
    ] in {400, 412}
    lam.put_resource_policy(ResourceArn=FARN, Policy=document(OTHER), RevisionId=put["RevisionId"])
    assert (may(OTHER), may(THIRD)) == (True, False)


def test_without_its_document_a_function_lets_nobody_in(lam: Any) -> None:
    lam.put_resource_policy(ResourceArn=FARN, Policy=document(OTHER))
    lam.delete_resource_policy(ResourceArn=FARN)
    assert not may(OTHER)


# -- layers ----------------------------------------------------------------------------------------------


def share(lam: Any, **members: Any) -> None:
    wanted = {
        "LayerName": "l",
        "VersionNumber": 1,
        "StatementId": "s",
        "Action": "lambda:GetLayerVersion",
        "Principal": OTHER,
    }
    lam.add_layer_version_permission(**(wanted | members))


def uses(account: str, version: int = 1) -> bool:
    """Tell whether a function of an account is made with the layer."""
    other = client(account=account)
    return gets_through(lambda: create(other, f"fn{version}", Layers=[f"{LAYER}:{version}"]))


@pytest.fixture
def layer(lam: Any) -> None:
    for _ in range(2):
        lam.publish_layer_version(LayerName="l", Content={"ZipFile": ZIP})


@pytest.mark.parametrize(
    ("members", "seen"),
    [
        pytest.param({}, (True, False, False), id="Principal"),
        pytest.param({"Principal": "*"}, (True, True, False), id="Principal-all"),
        pytest.param({"VersionNumber": 2}, (False, False, True), id="VersionNumber"),
        pytest.param(
            {"Principal": "*", "OrganizationId": "o-1234567890"}, (False, False, False), id="OrganizationId"
        ),
    ],
)
def test_a_layers_statement_lets_in_whom_all_its_members_fit(
    lam: Any, layer: None, members: dict[str, Any], seen: Any
) -> None:
    share(lam, **members)
    assert (uses(OTHER), uses(THIRD), uses(OTHER, 2)) == seen


def test_a_refused_revision_shares_no_layer(lam: Any, layer: None) -> None:
    assert refused(lambda: share(lam, RevisionId="wrong"))[0] in {404, 412}
    assert not uses(OTHER)


def test_a_removed_statement_shares_a_layer_no_more(lam: Any, layer: None) -> None:
    share(lam)
    lam.remove_layer_version_permission(LayerName="l", VersionNumber=1, StatementId="s")
    assert not uses(OTHER)
