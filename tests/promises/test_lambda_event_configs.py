"""Event invoke configs: the API. What they do to events is tested elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from lambda_support import FARN, client, create, pattern_violation, plain, refused, status

QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"
INVALID = "InvalidParameterValueException"
NONE: dict[str, Any] = {"OnSuccess": {}, "OnFailure": {}}
P_DEST = (
    r"$|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:"
    r"((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)"
)


@pytest.fixture
def lam(mock_lambda: Any) -> Any:
    lam = client()
    create(lam, Publish=True)
    lam.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
    return lam


def stable(answer: Any) -> dict[str, Any]:
    return {key: value for key, value in plain(answer).items() if key != "LastModified"}


def test_what_is_not_set_is_absent_and_destinations_are_always_there(lam: Any) -> None:
    put = lam.put_function_event_invoke_config(FunctionName="fn", MaximumRetryAttempts=0)
    expected = {"FunctionArn": f"{FARN}:$LATEST", "MaximumRetryAttempts": 0, "DestinationConfig": NONE}
    assert stable(put) == expected
    assert plain(lam.get_function_event_invoke_config(FunctionName="fn")) == plain(put)


def test_put_drops_and_update_keeps_what_is_not_sent(lam: Any) -> None:
    destinations = {"OnFailure": {"Destination": QUEUE}}
    lam.put_function_event_invoke_config(
        FunctionName="fn", MaximumRetryAttempts=1, DestinationConfig=destinations
    )
    updated = lam.update_function_event_invoke_config(FunctionName="fn", MaximumEventAgeInSeconds=60)
    put = lam.put_function_event_invoke_config(FunctionName="fn", MaximumEventAgeInSeconds=90)
    assert stable(updated) == {
        "FunctionArn": f"{FARN}:$LATEST",
        "MaximumRetryAttempts": 1,
        "MaximumEventAgeInSeconds": 60,
        "DestinationConfig": {"OnSuccess": {}, "OnFailure": {"Destination": QUEUE}},
    }
    assert stable(put) == {
        "FunctionArn": f"{FARN}:$LATEST",
        "MaximumEventAgeInSeconds": 90,
        "DestinationConfig": NONE,
    }


@pytest.mark.parametrize("member", ["OnSuccess", "OnFailure"])
def test_an_empty_destination_counts_as_a_setting(lam: Any, member: str) -> None:
    assert (
        status(lam.put_function_event_invoke_config(FunctionName="fn", DestinationConfig={member: {}})) == 200
    )


@pytest.mark.parametrize(
    ("named", "qualifier"),
    [
        ({"FunctionName": "fn:live"}, "live"),
        ({"FunctionName": "fn", "Qualifier": "1"}, "1"),
        ({"FunctionName": "fn:$LATEST", "Qualifier": "$LATEST"}, "$LATEST"),
    ],
)
def test_every_qualifier_has_a_config_of_its_own(lam: Any, named: Any, qualifier: str) -> None:
    lam.put_function_event_invoke_config(**named, MaximumRetryAttempts=1)
    (found,) = lam.list_function_event_invoke_configs(FunctionName="fn")["FunctionEventInvokeConfigs"]
    assert found["FunctionArn"] == f"{FARN}:{qualifier}"


def test_a_published_version_does_not_inherit_the_config(lam: Any) -> None:
    lam.put_function_event_invoke_config(FunctionName="fn", MaximumRetryAttempts=1)
    lam.update_function_configuration(FunctionName="fn", Description="d")
    lam.publish_version(FunctionName="fn")
    assert refused(lam.get_function_event_invoke_config, FunctionName="fn:2")[0] == 404


def test_configs_are_listed_page_by_page(lam: Any) -> None:
    for qualifier in ("$LATEST", "1", "live"):
        lam.put_function_event_invoke_config(FunctionName="fn", Qualifier=qualifier, MaximumRetryAttempts=1)
    pages = lam.get_paginator("list_function_event_invoke_configs").paginate(
        FunctionName="fn", PaginationConfig={"PageSize": 2}
    )
    assert [len(page["FunctionEventInvokeConfigs"]) for page in pages] == [2, 1]


def test_a_deleted_config_is_gone(lam: Any) -> None:
    lam.put_function_event_invoke_config(FunctionName="fn", MaximumRetryAttempts=1)
    assert status(lam.delete_function_event_invoke_config(FunctionName="fn")) == 204
    assert lam.list_function_event_invoke_configs(FunctionName="fn")["FunctionEventInvokeConfigs"] == []


@pytest.mark.parametrize(
    ("operation", "sent"),
    [
        ("put_function_event_invoke_config", {"MaximumRetryAttempts": 1}),
        ("update_function_event_invoke_config", {"MaximumRetryAttempts": 1}),
        ("list_function_event_invoke_configs", {}),
    ],
)
def test_a_missing_function_does_not_exist(lam: Any, operation: str, sent: Any) -> None:
    found = refused(getattr(lam, operation), FunctionName="nobody", **sent)
    assert found == (404, "ResourceNotFoundException", "The function doesn't exist.")


def test_a_config_can_not_be_put_on_a_missing_alias(lam: Any) -> None:
    found = refused(lam.put_function_event_invoke_config, FunctionName="fn:nobody", MaximumRetryAttempts=1)
    assert found[2] == "The function doesn't exist."


@pytest.mark.parametrize("operation", ["get", "delete"])
@pytest.mark.parametrize(
    ("name", "shown"),
    [("fn", "fn:$LATEST"), ("fn:1", "fn:1"), ("fn:no", "fn:no"), ("nobody", "nobody:$LATEST")],
)
def test_a_config_that_is_not_there_is_named(lam: Any, operation: str, name: str, shown: str) -> None:
    found = refused(getattr(lam, f"{operation}_function_event_invoke_config"), FunctionName=name)
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{shown}"
    assert found == (
        404,
        "ResourceNotFoundException",
        f"The function {arn} doesn't have an EventInvokeConfig",
    )


@pytest.mark.parametrize(
    ("sent", "code", "message"),
    [
        ({}, INVALID, "You must specify at least one of error handling or destination setting."),
        (
            {"DestinationConfig": {"OnSuccess": {"Destination": FARN + "x"}}},
            INVALID,
            f"The destination ARN {FARN}x is invalid.",
        ),
        (
            {"DestinationConfig": {"OnSuccess": {"Destination": FARN}}},
            INVALID,
            "You can't specify the function as a destination for itself.",
        ),
        (
            {"DestinationConfig": {"OnSuccess": {"Destination": "arn:aws:iam::123456789012:role/r"}}},
            INVALID,
            "The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=arn:aws:iam::123456789012:role/r), onFailure=null) is invalid.",
        ),
        (
            {"DestinationConfig": {"OnFailure": {"Destination": "bad"}}},
            "ValidationException",
            pattern_violation("bad", "destinationConfig.onFailure.destination", P_DEST),
        ),
    ],
)
def test_a_config_that_can_not_be_is_refused(lam: Any, sent: Any, code: str, message: str) -> None:
    found = refused(lam.put_function_event_invoke_config, FunctionName="fn", **sent)
    assert found == (400, code, message)


def test_a_config_with_nothing_is_refused_before_a_missing_function(lam: Any) -> None:
    assert refused(lam.put_function_event_invoke_config, FunctionName="nobody")[1] == INVALID


def test_an_empty_destination_clears(lam: Any) -> None:
    lam.put_function_event_invoke_config(
        FunctionName="fn", DestinationConfig={"OnFailure": {"Destination": QUEUE}}
    )
    updated = lam.update_function_event_invoke_config(
        FunctionName="fn", DestinationConfig={"OnFailure": {"Destination": ""}}
    )
    assert updated["DestinationConfig"] == NONE
