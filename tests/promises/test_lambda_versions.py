"""Versions and aliases."""

from __future__ import annotations

from typing import Any

import pytest
from lambda_support import (
    FARN,
    ZIP,
    client,
    create,
    pattern_violation,
    plain,
    refused,
    status,
    violation,
    zipped,
)

INVALID = "InvalidParameterValueException"


@pytest.fixture
def lam(mock_lambda: Any) -> Any:
    return client()


def revision(lam: Any, **named: Any) -> str:
    return lam.get_function_configuration(FunctionName="fn", **named)["RevisionId"]


def two_versions(lam: Any) -> None:
    create(lam, Publish=True)
    lam.update_function_configuration(FunctionName="fn", Description="second")
    lam.publish_version(FunctionName="fn")


# -- versions --------------------------------------------------------------------------------------------


def test_a_published_version_is_active_at_once(lam: Any) -> None:
    create(lam)
    answer = lam.publish_version(FunctionName="fn")
    version = plain(answer)
    assert (status(answer), version["Version"], version["FunctionArn"]) == (201, "1", f"{FARN}:1")
    assert (version["State"], version["LastUpdateStatus"]) == ("Active", "Successful")


def test_publishing_changes_latests_revision_and_keeps_the_versions(lam: Any) -> None:
    create(lam)
    before = revision(lam)
    published = lam.publish_version(FunctionName="fn")["RevisionId"]
    assert len({before, revision(lam), published}) == 3
    assert revision(lam, Qualifier="1") == published


def test_publishing_without_a_change_returns_the_version_that_is_there(lam: Any) -> None:
    create(lam)
    first = plain(lam.publish_version(FunctionName="fn"))
    before = revision(lam)
    assert plain(lam.publish_version(FunctionName="fn", Description="ignored")) == first
    assert revision(lam) == before


@pytest.mark.parametrize("change", [{"Description": "d"}, {"Environment": {"Variables": {"KEY": "v"}}}])
def test_a_change_of_the_configuration_makes_a_version(lam: Any, change: Any) -> None:
    create(lam, Publish=True)
    lam.update_function_configuration(FunctionName="fn", **change)
    assert lam.publish_version(FunctionName="fn")["Version"] == "2"


def test_a_description_given_at_publication_is_the_versions_alone(lam: Any) -> None:
    create(lam, Description="of latest")
    lam.publish_version(FunctionName="fn", Description="of one")
    found = [
        lam.get_function_configuration(FunctionName="fn", Qualifier=one)["Description"]
        for one in ("1", "$LATEST")
    ]
    assert found == ["of one", "of latest"]


def test_publish_at_creation_answers_version_one_with_three_revisions(lam: Any) -> None:
    created = create(lam, Publish=True)
    assert (created["Version"], created["FunctionArn"], created["State"]) == ("1", FARN, "Pending")
    assert len({created["RevisionId"], revision(lam), revision(lam, Qualifier="1")}) == 3


def test_publish_with_new_code_answers_the_pending_version(mock_lambda: Any, lam: Any) -> None:
    create(lam)
    with mock_lambda.paused():
        version = plain(lam.update_function_code(FunctionName="fn", ZipFile=zipped("x = 1"), Publish=True))
        assert plain(lam.get_function_configuration(FunctionName="fn", Qualifier="1")) == version
        latest = lam.get_function_configuration(FunctionName="fn")
    assert (version["Version"], version["State"], "LastUpdateStatus" in version) == ("1", "Pending", False)
    assert (latest["State"], latest["LastUpdateStatus"]) == ("Active", "InProgress")
    later = lam.get_function_configuration(FunctionName="fn", Qualifier="1")
    assert (later["State"], later["LastUpdateStatus"], later["RevisionId"]) == (
        "Active",
        "Successful",
        version["RevisionId"],
    )


def test_another_digest_is_refused(lam: Any) -> None:
    current = create(lam)["CodeSha256"]
    assert refused(lam.publish_version, FunctionName="fn", CodeSha256="X") == (
        400,
        INVALID,
        (
            f"CodeSHA256 (X) is different from current CodeSHA256 in $LATEST ({current}). "
            "Please try again with the CodeSHA256 in $LATEST."
        ),
    )


def test_versions_are_listed_after_latest_ascending(lam: Any) -> None:
    two_versions(lam)
    versions = lam.list_versions_by_function(FunctionName="fn")["Versions"]
    assert [one["FunctionArn"] for one in versions] == [f"{FARN}:$LATEST", f"{FARN}:1", f"{FARN}:2"]
    assert not any("State" in one or "RuntimeVersionConfig" in one for one in versions)


def test_numbers_never_come_back(lam: Any) -> None:
    two_versions(lam)
    before = revision(lam)
    lam.delete_function(FunctionName="fn", Qualifier="2")
    assert revision(lam) == before
    assert [one["Version"] for one in lam.list_versions_by_function(FunctionName="fn")["Versions"]] == [
        "$LATEST",
        "1",
    ]
    assert lam.publish_version(FunctionName="fn")["Version"] == "3"


def test_deleting_a_version_that_is_not_there_is_fine(lam: Any) -> None:
    create(lam)
    assert [lam.delete_function(FunctionName="fn", Qualifier="9")["StatusCode"] for _ in range(2)] == [
        204,
        204,
    ]


def test_a_version_that_an_alias_uses_stays(lam: Any) -> None:
    two_versions(lam)
    lam.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
    assert refused(lam.delete_function, FunctionName="fn:1") == (
        409,
        "ResourceConflictException",
        "Unable to delete version because the following aliases reference it: [live]",
    )


# -- aliases ---------------------------------------------------------------------------------------------


def test_an_alias_shows_the_same_when_made_and_when_got(lam: Any) -> None:
    create(lam, Publish=True)
    made = lam.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
    alias = plain(made)
    assert status(made) == 201
    assert alias == {
        "AliasArn": f"{FARN}:live",
        "Name": "live",
        "FunctionVersion": "1",
        "Description": "",
        "RevisionId": alias["RevisionId"],
    }
    assert plain(lam.get_alias(FunctionName="fn", Name="live")) == alias
    assert lam.list_aliases(FunctionName="fn")["Aliases"] == [alias]


def test_an_update_without_a_field_changes_the_revision_alone(lam: Any) -> None:
    two_versions(lam)
    weights = {"AdditionalVersionWeights": {"2": 0.2}}
    alias = plain(
        lam.create_alias(
            FunctionName="fn", Name="a", FunctionVersion="1", Description="d", RoutingConfig=weights
        )
    )
    updated = plain(lam.update_alias(FunctionName="fn", Name="a"))
    assert updated.pop("RevisionId") != alias.pop("RevisionId")
    assert (
        updated
        == alias
        == {
            "AliasArn": f"{FARN}:a",
            "Name": "a",
            "FunctionVersion": "1",
            "Description": "d",
            "RoutingConfig": weights,
        }
    )


def test_empty_weights_take_the_routing_off(lam: Any) -> None:
    two_versions(lam)
    lam.create_alias(
        FunctionName="fn",
        Name="a",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.2}},
    )
    updated = lam.update_alias(FunctionName="fn", Name="a", RoutingConfig={"AdditionalVersionWeights": {}})
    assert "RoutingConfig" not in updated


def test_a_stale_alias_revision_is_refused(lam: Any) -> None:
    create(lam, Publish=True)
    lam.create_alias(FunctionName="fn", Name="a", FunctionVersion="1")
    assert refused(lam.update_alias, FunctionName="fn", Name="a", RevisionId="wrong")[:2] == (
        412,
        "PreconditionFailedException",
    )


def test_aliases_are_listed_by_main_version_and_page_by_page(lam: Any) -> None:
    two_versions(lam)
    for name, version in (("c", "1"), ("a", "1"), ("b", "2")):
        lam.create_alias(FunctionName="fn", Name=name, FunctionVersion=version)
    listed = lam.list_aliases(FunctionName="fn", FunctionVersion="1")["Aliases"]
    pages = lam.get_paginator("list_aliases").paginate(FunctionName="fn", PaginationConfig={"PageSize": 1})
    assert [one["Name"] for one in listed] == ["a", "c"]
    assert [[one["Name"] for one in page["Aliases"]] for page in pages] == [["a"], ["b"], ["c"]]


def test_deleting_an_alias_that_is_not_there_is_fine(lam: Any) -> None:
    create(lam)
    assert status(lam.delete_alias(FunctionName="fn", Name="a")) == 204


P_ALIAS = r"(?!^[0-9]+$)([a-zA-Z0-9-_]+)"
RANGE = (
    "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, "
    "Member must have value greater than or equal to 0.0, Member must not be null]"
)
KEYS = (
    "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, "
    "Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]"
)
WEIGHTS = "routingConfig.additionalVersionWeights"


@pytest.mark.parametrize(
    ("name", "version", "weights", "code", "message"),
    [
        (
            "a",
            "1",
            {"2": 0.2, "3": 0.2},
            INVALID,
            "Number of items in AdditionalVersionWeights cannot be greater than 1",
        ),
        ("a", "1", {"2": 2}, "ValidationException", violation("{2=2.0}", WEIGHTS, RANGE)),
        ("a", "1", {"2": -1}, "ValidationException", violation("{2=-1.0}", WEIGHTS, RANGE)),
        ("a", "1", {"$LATEST": 0.5}, "ValidationException", violation("{$LATEST=0.5}", WEIGHTS, KEYS)),
        (
            "a",
            "1",
            {"1": 0.5},
            INVALID,
            "Invalid function version 1. Function version 1 is already included in routing configuration.",
        ),
        (
            "a",
            "$LATEST",
            {"1": 0.5},
            INVALID,
            "$LATEST is not supported for an alias pointing to more than 1 version",
        ),
        ("a", "10", None, "ResourceNotFoundException", f"Function not found: {FARN}:10"),
        ("a", "1", {"10": 0.5}, "ResourceNotFoundException", f"Function not found: {FARN}:10"),
        ("2024", "1", None, "ValidationException", pattern_violation("2024", "name", P_ALIAS)),
        ("live", "1", None, "ResourceConflictException", f"Alias already exists: {FARN}:live"),
    ],
)
def test_an_alias_that_can_not_be_is_refused(
    lam: Any, name: str, version: str, weights: Any, code: str, message: str
) -> None:
    two_versions(lam)
    lam.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
    routing = {} if weights is None else {"RoutingConfig": {"AdditionalVersionWeights": weights}}
    found = refused(lam.create_alias, FunctionName="fn", Name=name, FunctionVersion=version, **routing)
    assert found[1:] == (code, message)


def test_a_date_is_an_aliass_name(lam: Any) -> None:
    create(lam)
    assert (
        lam.create_alias(FunctionName="fn", Name="2024-01-02", FunctionVersion="$LATEST")["Name"]
        == "2024-01-02"
    )


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        ("get_alias", f"Cannot find alias arn: {FARN}:a"),
        ("update_alias", f"Alias not found: {FARN}:a"),
    ],
)
def test_a_missing_alias_is_named(lam: Any, operation: str, message: str) -> None:
    create(lam)
    assert refused(getattr(lam, operation), FunctionName="fn", Name="a") == (
        404,
        "ResourceNotFoundException",
        message,
    )


def test_an_alias_does_not_move_with_code_or_publication(lam: Any) -> None:
    create(lam, Publish=True)
    lam.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
    lam.update_function_code(FunctionName="fn", ZipFile=zipped("x = 1"), Publish=True)
    assert lam.get_function_configuration(FunctionName="fn:live")["Version"] == "1"
    assert len(ZIP) == lam.get_function_configuration(FunctionName="fn:live")["CodeSize"]
