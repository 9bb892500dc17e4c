"""Whom resource policies let in."""

from __future__ import annotations

from typing import Any

import pytest

from mocklambda.services.lambda_.policy import Caller, Policy, statement

INVOKE = "lambda:InvokeFunction"
BUCKET = Caller(service="s3.amazonaws.com", source_arn="arn:aws:s3:::bucket", source_account="123456789012")
OTHER = Caller(account="111111111111")


def policy(**members: Any) -> Policy:
    wanted = {"StatementId": "s", "Action": INVOKE, "Principal": "s3.amazonaws.com"} | members
    found = Policy("revision")
    found.add(statement(wanted, "arn"), "next")
    return found


@pytest.mark.parametrize(
    ("members", "caller", "expected"),
    [
        ({}, BUCKET, True),
        ({"Principal": "*"}, BUCKET, True),
        ({"Principal": "sns.amazonaws.com"}, BUCKET, False),
        ({"Action": "lambda:*"}, BUCKET, True),
        ({"Action": "*"}, BUCKET, True),
        ({"Action": "lambda:GetFunction"}, BUCKET, False),
        ({"SourceArn": "arn:aws:s3:::bucket"}, BUCKET, True),
        ({"SourceArn": "arn:aws:s3:::buck*"}, BUCKET, True),
        ({"SourceArn": "arn:aws:s3:::other"}, BUCKET, False),
        ({"SourceAccount": "123456789012"}, BUCKET, True),
        ({"SourceAccount": "111111111111"}, BUCKET, False),
        ({"SourceArn": "arn:aws:s3:::bucket", "SourceAccount": "111111111111"}, BUCKET, False),
        ({"Principal": "111111111111"}, OTHER, True),
        ({"Principal": "arn:aws:iam::111111111111:role/r"}, OTHER, True),
        ({"Principal": "222222222222"}, OTHER, False),
        ({"Principal": "*"}, OTHER, True),
        ({"Principal": "*", "FunctionUrlAuthType": "NONE"}, OTHER, False),
        (
            {"Principal": "*", "FunctionUrlAuthType": "NONE"},
            Caller(account="anonymous", context={"lambda:functionurlauthtype": "NONE"}),
            True,
        ),
    ],
)
def test_a_statement_lets_in_whom_it_names(members: Any, caller: Caller, expected: bool) -> None:
    assert policy(**members).allows(INVOKE, caller) is expected


def test_a_denial_wins() -> None:
    found = policy()
    denial = {"Sid": "no", "Effect": "Deny", "Principal": "*", "Action": "*"}
    found.add(denial, "later")
    assert not found.allows(INVOKE, BUCKET)


def test_an_operator_that_is_not_known_lets_nobody_in() -> None:
    found = policy()
    found.statements["s"]["Condition"] = {"SoundsLike": {"aws:SourceArn": "arn:aws:s3:::bucket"}}
    assert not found.allows(INVOKE, BUCKET)


def test_nobody_is_let_in_without_a_statement() -> None:
    assert not Policy("revision").allows(INVOKE, BUCKET)
