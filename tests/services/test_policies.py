"""What a policy says: actions, resources, principals, conditions and variables, for every kind of asker."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mocklambda.services.policies import Question, Verdict, judge
from mocklambda.services.policy_conditions import holds, like

ACCOUNT = "123456789012"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/fn"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/worker"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders"


def verdict(*statements: dict[str, Any], **question: Any) -> Verdict:
    asked: dict[str, Any] = {"principal": None, "action": "sqs:SendMessage", "resource": QUEUE} | question
    filled = [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": QUEUE} | one for one in statements]
    return judge(json.dumps({"Version": "2012-10-17", "Statement": filled}), Question(**asked))


def allowed(*statements: dict[str, Any], **question: Any) -> bool:
    return verdict(*statements, **question) is Verdict.ALLOW


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({}, True),
        ({"Action": "SQS:sendmessage"}, True),
        ({"Action": "sqs:Send*"}, True),
        ({"Action": "sqs:SendMessag?"}, True),
        ({"Action": ["s3:GetObject", "sqs:*"]}, True),
        ({"Action": "*"}, True),
        ({"Action": "sqs:ReceiveMessage"}, False),
        ({"Action": "sqs:[S]endMessage"}, False),
        ({"Resource": "*"}, True),
        ({"Resource": f"arn:aws:sqs:*:{ACCOUNT}:ord*"}, True),
        ({"Resource": QUEUE.upper()}, False),
        ({"Resource": [f"{QUEUE}-2", QUEUE]}, True),
    ],
)
def test_actions_match_in_any_case_and_resources_as_they_are(
    statement: dict[str, Any], expected: bool
) -> None:
    assert allowed(statement) is expected


def without(name: str, **members: Any) -> str:
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": QUEUE} | members
    del statement[name]
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (without("Action", NotAction="sqs:DeleteQueue"), Verdict.ALLOW),
        (without("Action", NotAction="sqs:Send*"), Verdict.SILENT),
        (without("Resource", NotResource=f"{QUEUE}-2"), Verdict.ALLOW),
        (without("Resource", NotResource=[QUEUE, "arn:aws:s3:::b"]), Verdict.SILENT),
    ],
)
def test_negated_elements_match_what_they_do_not_name(policy: str, expected: Verdict) -> None:
    assert judge(policy, Question(principal=None, action="sqs:SendMessage", resource=QUEUE)) is expected


def test_an_explicit_deny_wins_and_silence_is_no_consent() -> None:
    assert verdict({}, {"Effect": "Deny", "Action": "sqs:*"}) is Verdict.DENY
    assert verdict({"Action": "s3:*"}) is Verdict.SILENT
    assert judge(None, Question(principal=None, action="a:B", resource="*")) is Verdict.SILENT


@pytest.mark.parametrize(
    ("principal", "is_allowed", "is_denied"),
    [
        ("*", True, True),
        ({"AWS": "*"}, True, True),
        ({"AWS": ROLE}, True, True),
        ({"AWS": [f"{ROLE}-2", SESSION]}, True, True),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, False, True),
        ({"AWS": ACCOUNT}, False, True),
        ({"AWS": f"{ROLE}-2"}, False, False),
        ({"Service": "lambda.amazonaws.com"}, False, False),
    ],
)
def test_a_session_is_let_in_by_its_names_but_kept_out_by_its_account_too(
    principal: Any, is_allowed: bool, is_denied: bool
) -> None:
    asker = {"principal": ACCOUNT, "names": (SESSION, ROLE)}
    assert allowed({"Principal": principal}, **asker) is is_allowed
    assert (verdict({"Effect": "Deny", "Principal": principal}, **asker) is Verdict.DENY) is is_denied


CONTEXT = {
    "aws:sourceip": "10.1.2.3",
    "aws:currenttime": "2024-01-01T12:00:00Z",
    "aws:username": "ada*",
    "s3:max-keys": "10",
    "aws:securetransport": "true",
    "aws:sourcearn": "arn:aws:s3:::uploads",
    "dynamodb:leadingkeys": ["ada", "bob"],
}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {"aws:username": "ada*"}}, True),
        ({"StringEquals": {"aws:UserName": ["eve", "ada*"]}}, True),
        ({"StringEquals": {"aws:username": "ADA*"}}, False),
        ({"StringEqualsIgnoreCase": {"aws:username": "ADA*"}}, True),
        ({"StringNotEquals": {"aws:username": ["eve", "ada*"]}}, False),
        ({"StringNotEquals": {"aws:missing": "x"}}, True),
        ({"StringEquals": {"aws:missing": "x"}}, False),
        ({"StringEqualsIfExists": {"aws:missing": "x"}}, True),
        ({"StringEqualsIfExists": {"aws:username": "x"}}, False),
        ({"StringLike": {"aws:username": "a?a*"}}, True),
        ({"StringNotLike": {"aws:username": "a?a*"}}, False),
        ({"NumericLessThanEquals": {"s3:max-keys": "10"}}, True),
        ({"NumericLessThan": {"s3:max-keys": 10}}, False),
        ({"NumericGreaterThan": {"s3:max-keys": "nine"}}, False),
        ({"NumericNotEquals": {"s3:max-keys": "9"}}, True),
        ({"DateGreaterThan": {"aws:CurrentTime": "2023-12-31T00:00:00Z"}}, True),
        ({"DateLessThan": {"aws:CurrentTime": "2023-12-31"}}, False),
        ({"Bool": {"aws:SecureTransport": True}}, True),
        ({"Bool": {"aws:SecureTransport": "false"}}, False),
        ({"IpAddress": {"aws:SourceIp": ["192.168.0.0/16", "10.1.0.0/16"]}}, True),
        ({"NotIpAddress": {"aws:SourceIp": "10.1.2.3"}}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::up*"}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:*:uploads"}}, False),
        ({"ArnNotEquals": {"aws:SourceArn": "arn:aws:s3:::other"}}, True),
        ({"Null": {"aws:missing": "true", "aws:username": "false"}}, True),
        ({"Null": {"aws:username": True}}, False),
        ({"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["ada", "bob", "eve"]}}, True),
        ({"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["ada"]}}, False),
        ({"ForAllValues:StringEquals": {"aws:missing": ["ada"]}}, True),
        ({"ForAnyValue:StringEquals": {"dynamodb:LeadingKeys": ["bob"]}}, True),
        ({"ForAnyValue:StringLike": {"dynamodb:LeadingKeys": ["e*"]}}, False),
        ({"ForAnyValue:StringEquals": {"aws:missing": ["ada"]}}, False),
        ({"StringEquals": {"aws:username": "ada*", "aws:missing": "x"}}, False),
        ({"StringEquals": {"aws:username": "${aws:username}"}}, True),
        ({"StringEquals": {"aws:username": "${aws:missing}"}}, False),
        ({"SoundsLike": {"aws:username": "ada*"}}, False),
    ],
)
def test_a_condition_holds_as_its_operator_says(condition: dict[str, Any], expected: bool) -> None:
    assert holds(condition, CONTEXT) is expected


@pytest.mark.parametrize(
    ("value", "pattern", "expected"),
    [
        ("home/ada*/x", "home/${aws:username}/*", True),
        ("home/adam/x", "home/${aws:username}/*", False),
        ("home/x", "home/${aws:missing}", False),
        ("home/all", "home/${aws:missing, 'all'}", True),
        ("a*b", "a${*}b", True),
        ("acb", "a${*}b", False),
        ("a[b]", "a[b]", True),
    ],
)
def test_variables_are_filled_in_as_they_are_and_unknown_ones_match_nothing(
    value: str, pattern: str, expected: bool
) -> None:
    assert like(value, pattern, CONTEXT) is expected
