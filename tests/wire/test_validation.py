"""The texts with which AWS refuses what its model forbids."""

from __future__ import annotations

import pytest

from mocklambda.wire.constraints import compile_java
from mocklambda.wire.models import service_model
from mocklambda.wire.validation import ValidationFailed, Validator

LAMBDA = {
    "timeout": {"max": 900},
    "architectures": {"not_null": True},
    "layers": {"pattern": "arn:.*", "max": None, "not_null": True},
    "snapStart.applyOn": {"enum": ["PublishedVersions", "None"]},
    "routingConfig.additionalVersionWeights": {"not_null": True},
    "compatibleRuntimes": {"wrapped": False, "enum": ["a", "b"]},
    "role": None,
}
OK = {"FunctionName": "f", "Role": "arn:aws:iam::111111111111:role/r", "Code": {}}


def text(service: str, operation: str, params: dict, overrides: dict | None = None) -> str:
    model = service_model(service).operation_model(operation)
    with pytest.raises(ValidationFailed) as caught:
        Validator(overrides or {}).validate(model, params)
    return caught.value.text


def one(at: str, value: str, phrase: str) -> str:
    return f"1 validation error detected: Value {value} at '{at}' failed to satisfy constraint: {phrase}"


@pytest.mark.parametrize(
    ("service", "operation", "params", "expected"),
    [
        (
            "kinesis",
            "CreateStream",
            {"ShardCount": 0, "StreamName": ""},
            (
                "3 validation errors detected: "
                "Value '' at 'streamName' failed to satisfy constraint: "
                "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; "
                "Value '' at 'streamName' failed to satisfy constraint: Member must have length greater than or equal to 1; "
                "Value '0' at 'shardCount' failed to satisfy constraint: Member must have value greater than or equal to 1"
            ),
        ),
        (
            "kinesis",
            "PutRecord",
            {"StreamName": "s", "PartitionKey": "k"},
            one("data", "null", "Member must not be null"),
        ),
        (
            "kinesis",
            "PutRecords",
            {"StreamName": "s", "Records": [{"Data": b"", "PartitionKey": ""}]},
            one("records.1.member.partitionKey", "''", "Member must have length greater than or equal to 1"),
        ),
        (
            "kinesis",
            "PutRecord",
            {"StreamName": "s", "Data": b"x" * 1048577, "PartitionKey": "k"},
            (
                "1 validation error detected: Value at 'data' failed to satisfy constraint: "
                "Member must have length less than or equal to 1048576"
            ),
        ),
        (
            "events",
            "PutTargets",
            {"Rule": "r", "Targets": [{"Id": "!@#", "Arn": "arn"}]},
            one(
                "targets.1.member.id",
                "'!@#'",
                r"Member must satisfy regular expression pattern: [\.\-_A-Za-z0-9]+",
            ),
        ),
        (
            "logs",
            "DescribeLogStreams",
            {"logGroupName": "g", "limit": 51},
            one("limit", "'51'", "Member must have value less than or equal to 50"),
        ),
    ],
)
def test_a_broken_constraint_is_told_in_aws_words(service, operation, params, expected):
    assert text(service, operation, params, {"Data": {"max": 1048576}}) == expected


@pytest.mark.parametrize(
    ("operation", "params", "expected"),
    [
        (
            "UntagResource",
            {"Resource": "arn:aws:lambda:us-east-1:111111111111:function:f"},
            one("tagKeys", "null", "Member must not be null"),
        ),
        (
            "CreateFunction",
            {**OK, "Timeout": 1200},
            one("timeout", "'1200'", "Member must have value less than or equal to 900"),
        ),
        (
            "CreateFunction",
            {**OK, "Architectures": ["X86_64"]},
            one(
                "architectures",
                "'[X86_64]'",
                "Member must satisfy constraint: "
                "[Member must satisfy enum value set: [x86_64, arm64], Member must not be null]",
            ),
        ),
        (
            "CreateFunction",
            {**OK, "SnapStart": {"ApplyOn": "invalidOption"}},
            one(
                "snapStart.applyOn",
                "'invalidOption'",
                "Member must satisfy enum value set: [PublishedVersions, None]",
            ),
        ),
        (
            "CreateFunction",
            {**OK, "Environment": {"Variables": {"1": "x"}}},
            (
                "1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: "
                "Map keys must satisfy constraint: "
                "[Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]"
            ),
        ),
        (
            "CreateAlias",
            {
                "FunctionName": "f",
                "Name": "a",
                "FunctionVersion": "1",
                "RoutingConfig": {"AdditionalVersionWeights": {"2": 2}},
            },
            one(
                "routingConfig.additionalVersionWeights",
                "'{2=2.0}'",
                "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, "
                "Member must have value greater than or equal to 0.0, Member must not be null]",
            ),
        ),
        (
            "CreateAlias",
            {
                "FunctionName": "f",
                "Name": "a",
                "FunctionVersion": "1",
                "RoutingConfig": {"AdditionalVersionWeights": {"$LATEST": 0.5}},
            },
            one(
                "routingConfig.additionalVersionWeights",
                "'{$LATEST=0.5}'",
                "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, "
                "Member must have length greater than or equal to 1, "
                "Member must satisfy regular expression pattern: [0-9]+]",
            ),
        ),
        (
            "CreateFunction",
            {**OK, "Layers": ["nope"]},
            one(
                "layers",
                "'[nope]'",
                "Member must satisfy constraint: [Member must have length less than or equal to 2048, "
                "Member must have length greater than or equal to 1, "
                "Member must satisfy regular expression pattern: arn:.*, Member must not be null]",
            ),
        ),
        (
            "PublishLayerVersion",
            {"LayerName": "l", "Content": {}, "CompatibleRuntimes": ["c"]},
            one("compatibleRuntimes", "'[c]'", "Member must satisfy enum value set: [a, b]"),
        ),
    ],
)
def test_overrides_lay_the_servers_own_rules_over_the_model(operation, params, expected):
    assert text("lambda", operation, params, LAMBDA) == expected


@pytest.mark.parametrize(
    ("service", "operation", "params", "overrides"),
    [
        ("lambda", "CreateFunction", OK, {}),
        ("lambda", "CreateFunction", {**OK, "Role": "r1"}, {"role": None}),
        ("lambda", "CreateFunction", {**OK, "Role": "r1"}, {"RoleArn": {"pattern": None}}),
        ("kinesis", "CreateStream", {}, {"streamName": {"required": False}}),
        ("sqs", "SendMessage", {"QueueUrl": "u", "MessageBody": "b"}, {}),
        ("kinesis", "PutRecord", {"StreamName": "s", "Data": b"", "PartitionKey": "k"}, {}),
    ],
)
def test_what_keeps_the_rules_passes(service, operation, params, overrides):
    Validator(overrides).validate(service_model(service).operation_model(operation), params)


@pytest.mark.parametrize(
    ("pattern", "value", "holds"),
    [
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", "Zoë 1:/=+-@", True),
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", "no#hash", False),
        (r"\p{ASCII}+", "é", False),
        (r"\p{Alnum}{2}", "a1", True),
    ],
)
def test_java_patterns_are_read(pattern, value, holds):
    assert (compile_java(pattern).fullmatch(value) is not None) is holds
