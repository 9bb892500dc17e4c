"""Lists: page by page, each item once, for every operation that lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from control_plane_support import PROFILE
from lambda_support import ROLE, ZIP, client, create, refused, violation

ROLE_AND_CODE = {"Role": ROLE, "Code": {"ZipFile": ZIP}}
QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"


@pytest.fixture
def lam(mock_lambda: Any) -> Any:
    return client()


def functions(lam: Any, number: int) -> dict[str, Any]:
    for each in range(number):
        create(lam, f"f{each:03}")
    return {}


def versions(lam: Any, number: int) -> dict[str, Any]:
    create(lam)
    for each in range(number - 1):  # $LATEST is one of them
        lam.update_function_configuration(FunctionName="fn", Description=str(each))
        lam.publish_version(FunctionName="fn")
    return {"FunctionName": "fn"}


def aliases(lam: Any, number: int) -> dict[str, Any]:
    create(lam, Publish=True)
    for each in range(number):
        lam.create_alias(FunctionName="fn", Name=f"a{each:03}", FunctionVersion="1")
    return {"FunctionName": "fn"}


def urls(lam: Any, number: int) -> dict[str, Any]:
    named = aliases(lam, number)
    for each in range(number):
        lam.create_function_url_config(FunctionName="fn", Qualifier=f"a{each:03}", AuthType="NONE")
    return named


def event_configs(lam: Any, number: int) -> dict[str, Any]:
    named = aliases(lam, number)
    for each in range(number):
        lam.put_function_event_invoke_config(FunctionName=f"fn:a{each:03}", MaximumRetryAttempts=0)
    return named


def provisioned(lam: Any, number: int) -> dict[str, Any]:
    named = aliases(lam, number)
    for each in range(number):
        lam.put_provisioned_concurrency_config(
            FunctionName="fn", Qualifier=f"a{each:03}", ProvisionedConcurrentExecutions=1
        )
    return named


def layers(lam: Any, number: int) -> dict[str, Any]:
    for each in range(number):
        lam.publish_layer_version(LayerName=f"l{each:03}", Content={"ZipFile": ZIP})
    return {}


def layer_versions(lam: Any, number: int) -> dict[str, Any]:
    for _ in range(number):
        lam.publish_layer_version(LayerName="l", Content={"ZipFile": ZIP})
    return {"LayerName": "l"}


def signing_configs(lam: Any, number: int) -> dict[str, Any]:
    for _ in range(number):
        lam.create_code_signing_config(AllowedPublishers={"SigningProfileVersionArns": [PROFILE]})
    return {}


def signed_functions(lam: Any, number: int) -> dict[str, Any]:
    publishers = {"SigningProfileVersionArns": [PROFILE]}
    arn = lam.create_code_signing_config(AllowedPublishers=publishers)["CodeSigningConfig"][
        "CodeSigningConfigArn"
    ]
    for each in range(number):
        create(lam, f"f{each:03}", CodeSigningConfigArn=arn)
    return {"CodeSigningConfigArn": arn}


def mappings(lam: Any, number: int) -> dict[str, Any]:
    boto3.client("sqs", region_name="us-east-1").create_queue(QueueName="q")
    for each in range(number):
        create(lam, f"f{each:03}")
        lam.create_event_source_mapping(FunctionName=f"f{each:03}", EventSourceArn=QUEUE)
    return {}


LISTS: list[tuple[str, str, Callable[[Any, int], dict[str, Any]], int, int]] = [
    ("list_functions", "Functions", functions, 50, 10_000),
    ("list_versions_by_function", "Versions", versions, 50, 10_000),
    ("list_aliases", "Aliases", aliases, 50, 10_000),
    ("list_function_url_configs", "FunctionUrlConfigs", urls, 50, 50),
    ("list_function_event_invoke_configs", "FunctionEventInvokeConfigs", event_configs, 50, 50),
    ("list_provisioned_concurrency_configs", "ProvisionedConcurrencyConfigs", provisioned, 50, 50),
    ("list_layers", "Layers", layers, 50, 50),
    ("list_layer_versions", "LayerVersions", layer_versions, 50, 50),
    ("list_code_signing_configs", "CodeSigningConfigs", signing_configs, 50, 10_000),
    ("list_functions_by_code_signing_config", "FunctionArns", signed_functions, 50, 10_000),
    ("list_event_source_mappings", "EventSourceMappings", mappings, 100, 10_000),
]
"""Operation, member, what makes so many of them, the most on one page, and the greatest MaxItems."""


def paged(call: Callable[..., Any], member: str, named: dict[str, Any], size: int) -> list[list[Any]]:
    pages, more = [], {}
    while True:
        answer = call(**named, MaxItems=size, **more)
        pages.append(answer[member])
        if "NextMarker" not in answer:
            return pages
        more = {"Marker": answer["NextMarker"]}


@pytest.mark.parametrize(("operation", "member", "make", "page", "most"), LISTS)
def test_a_list_is_the_same_whatever_its_pages(
    lam: Any, operation: str, member: str, make: Any, page: int, most: int
) -> None:
    named = make(lam, 4)
    call = getattr(lam, operation)
    whole = call(**named)
    assert "NextMarker" not in whole
    for size, lengths in ((1, [1, 1, 1, 1]), (2, [2, 2]), (3, [3, 1]), (4, [4])):
        pages = paged(call, member, named, size)
        assert [one for each in pages for one in each] == whole[member]
        assert [len(each) for each in pages] == lengths


@pytest.mark.parametrize(("operation", "member", "make", "page", "most"), LISTS)
def test_a_list_of_none_is_empty_and_ends(
    lam: Any, operation: str, member: str, make: Any, page: int, most: int
) -> None:
    named = make(lam, 0)
    answer = getattr(lam, operation)(**named)
    assert (len(answer[member]), "NextMarker" in answer) == (1 if make is versions else 0, False)


@pytest.mark.parametrize(("operation", "member", "make", "page", "most"), LISTS)
def test_max_items_has_bounds(lam: Any, operation: str, member: str, make: Any, page: int, most: int) -> None:
    named = make(lam, 1)
    call = getattr(lam, operation)
    bounds = [
        (0, "Member must have value greater than or equal to 1"),
        (most + 1, f"Member must have value less than or equal to {most}"),
    ]
    for asked, constraint in bounds:
        expected = (400, "ValidationException", violation(str(asked), "maxItems", constraint))
        assert refused(call, **named, MaxItems=asked) == expected
    assert len(call(**named, MaxItems=most)[member]) == 1


@pytest.mark.parametrize("asked", [{}, {"MaxItems": 10_000}])
@pytest.mark.parametrize(
    ("operation", "member", "make", "page"),
    [
        one[:4]
        for one in LISTS
        if one[0] in {"list_aliases", "list_layer_versions", "list_event_source_mappings"}
    ],
)
def test_a_page_has_its_most_whatever_is_asked(
    lam: Any, operation: str, member: str, make: Any, page: int, asked: Any
) -> None:
    named = make(lam, page + 1)
    sent = {"MaxItems": 50} if asked and operation == "list_layer_versions" else asked
    answer = getattr(lam, operation)(**named, **sent)
    assert (len(answer[member]), "NextMarker" in answer) == (page, True)


BROKEN = ["???", "bm8ganNvbg==", "W10=", "e30=", "bnVsbA==", "dHJ1ZQ==", "MS41"]
"""No base64, no JSON, and JSON of every kind that no marker is."""


@pytest.mark.parametrize(("operation", "member", "make", "page", "most"), LISTS)
def test_a_broken_marker_is_refused(
    lam: Any, operation: str, member: str, make: Any, page: int, most: int
) -> None:
    named = make(lam, 1)
    found = {marker: refused(getattr(lam, operation), **named, Marker=marker)[:2] for marker in BROKEN}
    assert found == dict.fromkeys(BROKEN, (400, "InvalidParameterValueException"))


def test_a_list_goes_on_after_an_item_that_is_gone_since(lam: Any) -> None:
    functions(lam, 4)
    marker = lam.list_functions(MaxItems=2)["NextMarker"]
    lam.delete_function(FunctionName="f001")
    found = lam.list_functions(Marker=marker)["Functions"]
    assert [one["FunctionName"] for one in found] == ["f002", "f003"]


@pytest.mark.parametrize("marker", ["???", "bm8ganNvbg==", "W10=", "WzEsIDJd", "WyJhIiwgImIiXQ==", "ImEi"])
def test_a_broken_marker_of_all_versions_is_refused(lam: Any, marker: str) -> None:
    functions(lam, 1)
    found = refused(lam.list_functions, FunctionVersion="ALL", Marker=marker)
    assert found[:2] == (400, "InvalidParameterValueException")


@pytest.mark.parametrize("size", [1, 2, 5, 6, 7])
def test_all_versions_of_all_functions_are_the_same_whatever_their_pages(lam: Any, size: int) -> None:
    for name in ("a", "b"):
        create(lam, name)
        for each in range(2):
            lam.update_function_configuration(FunctionName=name, Description=str(each))
            lam.publish_version(FunctionName=name)
    pages = paged(lam.list_functions, "Functions", {"FunctionVersion": "ALL"}, size)
    found = [one["FunctionArn"].partition(":function:")[2] for each in pages for one in each]
    assert found == ["a:$LATEST", "a:1", "a:2", "b:$LATEST", "b:1", "b:2"]
    assert all(pages)
