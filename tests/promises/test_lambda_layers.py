"""Layers and their policies."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from lambda_support import ZIP, client, create, plain, refused, status, violation, zipped

from mocklambda.services.lambda_.runtimes import ACCEPTED, LAYER_LIST

LAYER = "arn:aws:lambda:us-east-1:123456789012:layer:l"
INVALID = "InvalidParameterValueException"
GONE = (404, "ResourceNotFoundException", "The resource you requested does not exist.")


@pytest.fixture
def lam(mock_lambda: Any) -> Any:
    return client()


def publish(lam: Any, content: bytes = ZIP, **members: Any) -> dict[str, Any]:
    return plain(lam.publish_layer_version(**({"LayerName": "l", "Content": {"ZipFile": content}} | members)))


def test_a_published_layer_shows_what_was_sent(lam: Any) -> None:
    made = publish(
        lam, CompatibleRuntimes=["python3.12"], CompatibleArchitectures=["x86_64"], LicenseInfo="MIT"
    )
    assert made["Content"].pop("Location").startswith("https://")
    assert made == {
        "Content": {
            "CodeSha256": base64.b64encode(hashlib.sha256(ZIP).digest()).decode(),
            "CodeSize": len(ZIP),
        },
        "LayerArn": LAYER,
        "LayerVersionArn": f"{LAYER}:1",
        "Description": "",
        "CreatedDate": made["CreatedDate"],
        "Version": 1,
        "CompatibleRuntimes": ["python3.12"],
        "CompatibleArchitectures": ["x86_64"],
        "LicenseInfo": "MIT",
    }


def test_what_was_not_sent_is_absent_and_what_was_sent_empty_is_empty(lam: Any) -> None:
    bare, empty = publish(lam), publish(lam, CompatibleRuntimes=[], CompatibleArchitectures=[])
    members = ("CompatibleRuntimes", "CompatibleArchitectures", "LicenseInfo")
    assert [[made.get(member) for member in members] for made in (bare, empty)] == [
        [None] * 3,
        [[], [], None],
    ]


@pytest.mark.parametrize("name", ["l", LAYER])
def test_a_version_is_got_by_name_or_arn(lam: Any, name: str) -> None:
    made = publish(lam)
    found = plain(lam.get_layer_version(LayerName=name, VersionNumber=1))
    by_arn = plain(lam.get_layer_version_by_arn(Arn=f"{LAYER}:1"))
    for one in (made, found, by_arn):
        one["Content"].pop("Location")
    assert made == found == by_arn


def test_versions_are_listed_newest_first_and_numbers_never_come_back(lam: Any) -> None:
    for _ in range(2):
        publish(lam)
    listed = lam.list_layer_versions(LayerName="l")["LayerVersions"]
    for number in (1, 2):
        lam.delete_layer_version(LayerName="l", VersionNumber=number)
    assert [one["Version"] for one in listed] == [2, 1]
    assert lam.list_layer_versions(LayerName="l")["LayerVersions"] == []
    assert publish(lam)["Version"] == 3


def test_layers_are_listed_with_their_newest_matching_version(lam: Any) -> None:
    publish(lam, CompatibleRuntimes=["python3.12"])
    publish(lam, CompatibleRuntimes=["nodejs22.x"])
    publish(lam, LayerName="other")
    found = lam.list_layers(CompatibleRuntime="python3.12")["Layers"]
    assert [(one["LayerName"], one["LatestMatchingVersion"]["Version"]) for one in found] == [("l", 1)]
    assert [one["LayerName"] for one in lam.list_layers()["Layers"]] == ["l", "other"]


def test_deleting_what_is_not_there_is_fine(lam: Any) -> None:
    assert status(lam.delete_layer_version(LayerName="l", VersionNumber=1)) == 204


def test_a_function_goes_on_with_a_deleted_layer(lam: Any) -> None:
    publish(lam, zipped("VALUE = 'from the layer'", "python/extra.py"))
    code = zipped("import extra\ndef handler(e, c): return extra.VALUE")
    create(lam, Code={"ZipFile": code}, Layers=[f"{LAYER}:1"])
    lam.delete_layer_version(LayerName="l", VersionNumber=1)
    shown = lam.get_function_configuration(FunctionName="fn")["Layers"]
    assert [one["Arn"] for one in shown] == [f"{LAYER}:1"]
    assert json.loads(lam.invoke(FunctionName="fn")["Payload"].read()) == "from the layer"


def test_an_empty_list_takes_layers_off(lam: Any) -> None:
    publish(lam)
    create(lam, Layers=[f"{LAYER}:1"])
    assert "Layers" not in lam.update_function_configuration(FunctionName="fn", Layers=[])


ARCHITECTURES = (
    "failed to satisfy constraint: Member must satisfy constraint: "
    "[Member must satisfy enum value set: [x86_64, arm64], Member must not be null]"
)
RUNTIMES = f"failed to satisfy constraint: Member must satisfy enum value set: [{', '.join(ACCEPTED)}]"


@pytest.mark.parametrize(
    ("runtimes", "architectures"),
    [
        (["invalidruntime"], ["invalidarch"]),
        (["invalidruntime", "invalidruntime2", "nodejs20.x"], ["invalidarch", "x86_64"]),
    ],
)
def test_wrong_runtimes_and_architectures_are_both_reported(
    lam: Any, runtimes: Any, architectures: Any
) -> None:
    found = refused(lambda: publish(lam, CompatibleRuntimes=runtimes, CompatibleArchitectures=architectures))
    assert found[1] == "ValidationException"
    assert sorted(found[2].removeprefix("2 validation errors detected: ").split("; ")) == sorted(
        [
            f"Value '[{', '.join(runtimes)}]' at 'compatibleRuntimes' {RUNTIMES}",
            f"Value '[{', '.join(architectures)}]' at 'compatibleArchitectures' {ARCHITECTURES}",
        ]
    )


@pytest.mark.parametrize(
    "runtime", ["java8", "go1.x", "provided", "nodejs12.x", "dotnetcore3.1", "ruby2.7", "python3.7"]
)
def test_layers_take_deprecated_runtimes(lam: Any, runtime: str) -> None:
    assert publish(lam, CompatibleRuntimes=[runtime])["CompatibleRuntimes"] == [runtime]


@pytest.mark.parametrize(
    ("asked", "path", "allowed"),
    [
        ({"CompatibleRuntime": "X"}, "compatibleRuntime", LAYER_LIST),
        ({"CompatibleArchitecture": "X"}, "compatibleArchitecture", ("x86_64", "arm64")),
    ],
)
def test_a_wrong_wish_is_refused_with_the_whole_list(lam: Any, asked: Any, path: str, allowed: Any) -> None:
    found = refused(lam.list_layers, **asked)
    assert found[2] == violation("X", path, f"Member must satisfy enum value set: [{', '.join(allowed)}]")


def test_a_missing_version_is_not_found(lam: Any) -> None:
    assert refused(lam.get_layer_version, LayerName="l", VersionNumber=1) == GONE
    assert refused(lam.get_layer_version_by_arn, Arn=f"{LAYER}:1") == GONE


@pytest.mark.parametrize("operation", ["get_layer_version", "delete_layer_version"])
@pytest.mark.parametrize("number", [0, -1])
def test_versions_begin_at_one(lam: Any, operation: str, number: int) -> None:
    found = refused(getattr(lam, operation), LayerName="l", VersionNumber=number)
    assert found == (400, INVALID, "Layer Version Cannot be less than 1")


P_LVARN = (
    r"(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+:"
    r"[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)"
)


def test_an_arn_without_a_version_is_refused(lam: Any) -> None:
    found = refused(lam.get_layer_version_by_arn, Arn=LAYER)
    assert found[2] == violation(LAYER, "arn", f"Member must satisfy regular expression pattern: {P_LVARN}")


@pytest.mark.parametrize(
    ("layers", "code", "message"),
    [
        (
            [f"{LAYER}:1", f"{LAYER}:2"],
            INVALID,
            (
                "Two different versions of the same layer are not allowed to be referenced in the same function. "
                f"{LAYER}:1 and {LAYER}:2 are versions of the same layer."
            ),
        ),
        (
            [f"{LAYER}:1", f"{LAYER}:1"],
            INVALID,
            (
                "Two different versions of the same layer are not allowed to be referenced in the same function. "
                f"{LAYER}:1 and {LAYER}:1 are versions of the same layer."
            ),
        ),
        ([f"{LAYER}:9"], INVALID, f"Layer version {LAYER}:9 does not exist."),
        (
            ["arn:aws:lambda:us-east-2:123456789012:layer:l:1"],
            INVALID,
            "Layers are not in the same region as the function. Layers are expected to be in region us-east-1.",
        ),
        ([f"{LAYER}{n}:1" for n in range(6)], INVALID, "Cannot reference more than 5 layers."),
        (
            [LAYER],
            "ValidationException",
            violation(
                f"[{LAYER}]",
                "layers",
                f"Member must satisfy constraint: [Member must have length less than or equal to 2048, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: {P_LVARN}, Member must not be null]",
            ),
        ),
    ],
)
def test_layers_that_a_function_can_not_use_are_refused(
    lam: Any, layers: Any, code: str, message: str
) -> None:
    publish(lam)
    publish(lam)
    assert refused(lambda: create(lam, Layers=layers))[1:] == (code, message)


def test_a_layer_of_another_region_is_refused_before_an_existing_name(lam: Any) -> None:
    create(lam)
    found = refused(lambda: create(lam, Layers=["arn:aws:lambda:us-east-2:123456789012:layer:l:1"]))
    assert found[2].startswith("Layers are not in the same region")


# -- policies --------------------------------------------------------------------------------------------


def permit(lam: Any, **members: Any) -> dict[str, Any]:
    wanted = {
        "LayerName": "l",
        "VersionNumber": 1,
        "StatementId": "s1",
        "Action": "lambda:GetLayerVersion",
        "Principal": "*",
    }
    return plain(lam.add_layer_version_permission(**(wanted | members)))


def test_a_policy_shows_its_statements(lam: Any) -> None:
    publish(lam)
    made = permit(lam)
    statement = {
        "Sid": "s1",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "lambda:GetLayerVersion",
        "Resource": f"{LAYER}:1",
    }
    found = plain(lam.get_layer_version_policy(LayerName="l", VersionNumber=1))
    assert json.loads(made["Statement"]) == statement
    assert json.loads(found["Policy"]) == {"Version": "2012-10-17", "Id": "default", "Statement": [statement]}
    assert found["RevisionId"] == made["RevisionId"]


def test_every_change_of_a_policy_changes_its_revision(lam: Any) -> None:
    publish(lam)
    revisions = [permit(lam, StatementId=one)["RevisionId"] for one in ("s1", "s2")]
    lam.remove_layer_version_permission(LayerName="l", VersionNumber=1, StatementId="s1")
    revisions.append(lam.get_layer_version_policy(LayerName="l", VersionNumber=1)["RevisionId"])
    assert len(set(revisions)) == 3


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        (
            {"Action": "*"},
            (
                400,
                "ValidationException",
                violation(
                    "*", "action", "Member must satisfy regular expression pattern: lambda:GetLayerVersion"
                ),
            ),
        ),
        (
            {},
            (
                409,
                "ResourceConflictException",
                "The statement id (s1) provided already exists. Please provide a new statement id, or remove the existing statement.",
            ),
        ),
        (
            {"StatementId": "s2", "RevisionId": "wrong"},
            (
                412,
                "PreconditionFailedException",
                "The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to retrieve the latest Revision Id",
            ),
        ),
        (
            {"VersionNumber": 9},
            (404, "ResourceNotFoundException", f"Layer version {LAYER}:9 does not exist."),
        ),
    ],
)
def test_a_statement_that_can_not_be_added_is_refused(lam: Any, members: Any, expected: Any) -> None:
    publish(lam)
    permit(lam)
    assert refused(lambda: permit(lam, **members)) == expected


def test_a_policy_that_is_not_there_is_not_found(lam: Any) -> None:
    publish(lam)
    found = refused(lam.get_layer_version_policy, LayerName="l", VersionNumber=1)
    assert found == (404, "ResourceNotFoundException", "No policy is associated with the given resource.")


def test_a_missing_statement_can_not_be_removed(lam: Any) -> None:
    publish(lam)
    permit(lam)
    found = refused(
        lam.remove_layer_version_permission, LayerName="l", VersionNumber=1, StatementId="doesnotexist"
    )
    assert found[2] == "Statement doesnotexist is not found in resource policy."


def test_another_account_uses_a_layer_where_the_policy_lets_it(lam: Any) -> None:
    publish(lam)
    other = client(account="111111111111")
    assert refused(lambda: create(other, Layers=[f"{LAYER}:1"]))[:2] == (403, "AccessDeniedException")
    assert refused(other.get_layer_version, LayerName=LAYER, VersionNumber=1)[0] == 403
    permit(lam, Principal="111111111111")
    assert create(other, Layers=[f"{LAYER}:1"])["Layers"][0]["Arn"] == f"{LAYER}:1"
    assert other.get_layer_version(LayerName=LAYER, VersionNumber=1)["Version"] == 1
