"""Resource policies of functions: statements, revisions, refusals."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lambda_support import FARN, P_QUAL, client, create, pattern_violation, plain, refused, status

GONE = (404, "ResourceNotFoundException", "The resource you requested does not exist.")


@pytest.fixture
def lam(mock_lambda: Any) -> Any:
    lam = client()
    create(lam, Publish=True)
    return lam


def permit(lam: Any, **members: Any) -> Any:
    wanted = {
        "FunctionName": "fn",
        "StatementId": "s3",
        "Action": "lambda:InvokeFunction",
        "Principal": "s3.amazonaws.com",
    }
    return lam.add_permission(**(wanted | members))


def policy(lam: Any, **named: Any) -> list[Any]:
    return json.loads(lam.get_policy(FunctionName="fn", **named)["Policy"])["Statement"]


def test_a_permission_becomes_a_statement_of_the_policy(lam: Any) -> None:
    answer = permit(lam, SourceArn="arn:aws:s3:::bucket")
    statement = {
        "Sid": "s3",
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": FARN,
        "Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::bucket"}},
    }
    assert status(answer) == 201
    assert (json.loads(answer["Statement"]), list(json.loads(answer["Statement"]))) == (
        statement,
        list(statement),
    )
    found = plain(lam.get_policy(FunctionName="fn"))
    assert json.loads(found["Policy"]) == {"Version": "2012-10-17", "Id": "default", "Statement": [statement]}


@pytest.mark.parametrize(
    ("members", "part"),
    [
        ({"Principal": "*"}, {"Principal": "*"}),
        ({"Principal": "123456789012"}, {"Principal": {"AWS": "arn:aws:iam::123456789012:root"}}),
        (
            {"Principal": "arn:aws:iam::123456789012:user/u"},
            {"Principal": {"AWS": "arn:aws:iam::123456789012:user/u"}},
        ),
        (
            {"SourceAccount": "123456789012", "SourceArn": "arn:aws:s3:::b"},
            {
                "Condition": {
                    "StringEquals": {"AWS:SourceAccount": "123456789012"},
                    "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::b"},
                }
            },
        ),
        (
            {"Principal": "*", "FunctionUrlAuthType": "NONE"},
            {"Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}},
        ),
        (
            {"PrincipalOrgID": "o-1234567890"},
            {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}},
        ),
        ({"EventSourceToken": "t"}, {"Condition": {"StringEquals": {"lambda:EventSourceToken": "t"}}}),
        ({"InvokedViaFunctionUrl": True}, {"Condition": {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}}),
    ],
)
def test_each_member_has_its_place_in_the_statement(lam: Any, members: Any, part: Any) -> None:
    assert json.loads(permit(lam, **members)["Statement"]).items() >= part.items()


def test_every_qualifier_has_a_policy_of_its_own(lam: Any) -> None:
    lam.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
    permit(lam)
    permit(lam, Qualifier="1")
    permit(lam, FunctionName="fn:live")
    found = [policy(lam, **named)[0]["Resource"] for named in ({}, {"Qualifier": "1"}, {"Qualifier": "live"})]
    assert found == [FARN, f"{FARN}:1", f"{FARN}:live"]


def test_statements_keep_their_order_and_the_last_one_takes_the_policy_with_it(lam: Any) -> None:
    for sid in ("b", "a"):
        permit(lam, StatementId=sid)
    assert [one["Sid"] for one in policy(lam)] == ["b", "a"]
    for sid in ("b", "a"):
        assert status(lam.remove_permission(FunctionName="fn", StatementId=sid)) == 204
    assert refused(lam.get_policy, FunctionName="fn") == GONE


def test_the_revision_is_the_policys_own(lam: Any) -> None:
    permit(lam)
    first = lam.get_policy(FunctionName="fn")["RevisionId"]
    lam.update_function_configuration(FunctionName="fn", Description="d")
    lam.publish_version(FunctionName="fn")
    permit(lam, Qualifier="1")
    assert lam.get_policy(FunctionName="fn")["RevisionId"] == first
    permit(lam, StatementId="other", RevisionId=first)
    assert lam.get_policy(FunctionName="fn")["RevisionId"] != first


STALE = (
    412,
    "PreconditionFailedException",
    (
        "The Revision Id provided does not match the latest Revision Id. "
        "Call the GetPolicy API to retrieve the latest Revision Id"
    ),
)


@pytest.mark.parametrize("is_there", [True, False])
def test_a_stale_revision_is_refused(lam: Any, is_there: bool) -> None:
    if is_there:
        permit(lam)
        assert (
            refused(lam.remove_permission, FunctionName="fn", StatementId="s3", RevisionId="wrong") == STALE
        )
    assert refused(lambda: permit(lam, StatementId="other", RevisionId="wrong")) == STALE


def test_an_aliass_revision_is_good_for_its_first_statement(lam: Any) -> None:
    alias = lam.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
    assert status(permit(lam, Qualifier="live", RevisionId=alias["RevisionId"])) == 201


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        (
            {"StatementId": "example.com"},
            (400, "ValidationException", pattern_violation("example.com", "statementId", "([a-zA-Z0-9-_]+)")),
        ),
        (
            {"Qualifier": "invalid!"},
            (400, "ValidationException", pattern_violation("invalid!", "qualifier", P_QUAL)),
        ),
        (
            {"Qualifier": "$LATEST"},
            (
                400,
                "InvalidParameterValueException",
                "We currently do not support adding policies for $LATEST.",
            ),
        ),
        (
            {"Principal": "invalid.nonaws.com"},
            (
                400,
                "InvalidParameterValueException",
                "The provided principal was invalid. Please check the principal and try again.",
            ),
        ),
        (
            {},
            (
                409,
                "ResourceConflictException",
                "The statement id (s3) provided already exists. Please provide a new statement id, or remove the existing statement.",
            ),
        ),
        ({"Qualifier": "42"}, (404, "ResourceNotFoundException", f"Function not found: {FARN}:42")),
        ({"Qualifier": "live"}, (404, "ResourceNotFoundException", f"Cannot find alias arn: {FARN}:live")),
        ({"Qualifier": "a-$-b"}, (404, "ResourceNotFoundException", f"Function not found: {FARN}:a-$-b")),
    ],
)
def test_a_permission_that_can_not_be_is_refused(lam: Any, members: Any, expected: Any) -> None:
    permit(lam)
    assert refused(lambda: permit(lam, **members)) == expected


@pytest.mark.parametrize(
    ("name", "sid", "message"),
    [
        ("nobody", "s3", "No policy found for: arn:aws:lambda:us-east-1:123456789012:function:nobody"),
        ("fn:1", "s3", "No policy is associated with the given resource."),
        ("fn", "x", "Statement x is not found in resource policy."),
        ("fn:live", "s3", f"Cannot find alias arn: {FARN}:live"),
    ],
)
def test_what_is_not_there_can_not_be_removed(lam: Any, name: str, sid: str, message: str) -> None:
    permit(lam)
    found = refused(lam.remove_permission, FunctionName=name, StatementId=sid)
    assert found == (404, "ResourceNotFoundException", message)


def test_a_whole_document_replaces_the_policy(lam: Any) -> None:
    permit(lam)
    statement = {
        "Sid": "x",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "lambda:InvokeFunction",
        "Resource": FARN,
    }
    document = json.dumps({"Version": "2012-10-17", "Id": "default", "Statement": [statement]})
    put = lam.put_resource_policy(ResourceArn=FARN, Policy=document)
    assert policy(lam) == [statement]
    assert plain(lam.get_resource_policy(ResourceArn=FARN)) == plain(put)
    assert status(lam.delete_resource_policy(ResourceArn=FARN, RevisionId=put["RevisionId"])) == 204
    assert refused(lam.get_policy, FunctionName="fn") == GONE


@pytest.mark.parametrize("document", ["no json", "[]", "{}", '{"Statement": [{"Effect": "Allow"}]}'])
def test_a_malformed_document_is_refused(lam: Any, document: str) -> None:
    found = refused(lam.put_resource_policy, ResourceArn=FARN, Policy=document)
    assert found[:2] == (400, "InvalidParameterValueException")
