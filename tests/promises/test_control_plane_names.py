"""Which forms of a function's name each operation takes, and what goes with a function that is deleted."""

from __future__ import annotations

from typing import Any

import pytest
from control_plane_support import REQUESTS, ask, build
from lambda_support import FARN, client, create, plain, refused, status, violation
from test_control_plane_refusals import INVALID, LONG, OF_FUNCTIONS

GONE = "The resource you requested does not exist."
FORMS = [
    "function:fn",
    "123456789012:function:fn",
    "us-east-1:123456789012:function:fn",
    "arn:aws:lambda:us-east-1:123456789012:function:fn",
]


@pytest.fixture
def lam(mock_lambda: Any) -> Any:
    return client()


@pytest.mark.parametrize("form", FORMS)
def test_each_operation_finds_a_function_under_each_form_of_its_name(lam: Any, form: str) -> None:
    world = build(lam)
    found = {
        operation: status(
            ask(lam, operation, world, FunctionName=form + "x" if operation == "CreateFunction" else form)
        )
        for operation in OF_FUNCTIONS
    }
    assert found == {operation: REQUESTS[operation][0] for operation in OF_FUNCTIONS}


def test_a_bare_name_of_64_characters_is_the_longest(lam: Any) -> None:
    assert create(lam, "a" * 64)["FunctionName"] == "a" * 64
    assert refused(lambda: create(lam, LONG)) == (
        400,
        INVALID,
        violation(LONG, "functionName", "Member must have length less than or equal to 64"),
    )


@pytest.mark.parametrize("qualifier", ["1", "live", "$LATEST"])
def test_a_name_and_a_qualifier_that_are_equal_are_one(lam: Any, qualifier: str) -> None:
    create(lam, Publish=True)
    lam.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
    found = lam.get_function_configuration(FunctionName=f"fn:{qualifier}", Qualifier=qualifier)
    assert found["FunctionArn"] == f"{FARN}:{qualifier}"


def test_all_of_a_function_goes_with_it(lam: Any) -> None:
    world = build(lam)
    url = lam.get_function_url_config(FunctionName="fn")["FunctionUrl"]
    lam.delete_function(FunctionName="fn")
    create(lam)
    found = [
        [one["Version"] for one in lam.list_versions_by_function(FunctionName="fn")["Versions"]],
        lam.list_aliases(FunctionName="fn")["Aliases"],
        lam.list_function_url_configs(FunctionName="fn")["FunctionUrlConfigs"],
        lam.list_function_event_invoke_configs(FunctionName="fn")["FunctionEventInvokeConfigs"],
        lam.list_provisioned_concurrency_configs(FunctionName="fn")["ProvisionedConcurrencyConfigs"],
        lam.list_tags(Resource=FARN)["Tags"],
        plain(lam.get_function_code_signing_config(FunctionName="fn")),
    ]
    assert found == [["$LATEST"], [], [], [], [], {}, {}]
    assert refused(lam.get_policy, FunctionName="fn")[2] == GONE
    assert lam.publish_version(FunctionName="fn")["Version"] == "1"
    assert lam.create_function_url_config(FunctionName="fn", AuthType="NONE")["FunctionUrl"] != url
    assert lam.get_event_source_mapping(UUID=world.mapping)["State"] == "Enabled"
