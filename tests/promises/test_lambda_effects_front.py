"""Each setting of a function URL and of an event invoke config acts, whether it was put first or by an update."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from lambda_support import client

ORIGIN = "https://a.example.com"
ALLOWED = {"AllowOrigins": [ORIGIN]}
FAILS = (
    "def handler(event, context):\n    if event.get('fail'):\n        raise ValueError\n    return event\n"
)


@pytest.fixture
def lam(mock_lambda: Any) -> Any:
    return client()


@pytest.fixture
def fn(mock_lambda: Any) -> Any:
    return mock_lambda.function("fn", source=FAILS)


# -- function URLs ---------------------------------------------------------------------------------------


def open_to_all(lam: Any, **named: Any) -> None:
    lam.add_permission(
        FunctionName="fn",
        StatementId="all",
        Action="lambda:InvokeFunctionUrl",
        Principal="*",
        FunctionUrlAuthType="NONE",
        **named,
    )


def asked(url: str) -> requests.Response:
    return requests.get(url, headers={"Origin": ORIGIN}, timeout=5)


def preflight(url: str) -> requests.Response:
    headers = {"Origin": ORIGIN, "Access-Control-Request-Method": "PUT"}
    return requests.options(url, headers=headers, timeout=5)


def header(ask: Any, name: str) -> Any:
    return lambda url: ask(url).headers.get(name)


URL_SETTINGS: dict[str, tuple[dict[str, Any], dict[str, Any], Any, Any, Any]] = {
    "AuthType": ({"AuthType": "AWS_IAM"}, {"AuthType": "NONE"}, lambda url: asked(url).status_code, 403, 200),
    "Cors.AllowOrigins": (
        {},
        {"Cors": ALLOWED},
        header(asked, "Access-Control-Allow-Origin"),
        None,
        ORIGIN,
    ),
    "Cors.AllowCredentials": (
        {"Cors": ALLOWED},
        {"Cors": {**ALLOWED, "AllowCredentials": True}},
        header(asked, "Access-Control-Allow-Credentials"),
        None,
        "true",
    ),
    "Cors.ExposeHeaders": (
        {"Cors": ALLOWED},
        {"Cors": {**ALLOWED, "ExposeHeaders": ["x-own"]}},
        header(asked, "Access-Control-Expose-Headers"),
        None,
        "x-own",
    ),
    "Cors.AllowMethods": (
        {"Cors": ALLOWED},
        {"Cors": {**ALLOWED, "AllowMethods": ["PUT"]}},
        header(preflight, "Access-Control-Allow-Methods"),
        None,
        "PUT",
    ),
    "Cors.AllowHeaders": (
        {"Cors": ALLOWED},
        {"Cors": {**ALLOWED, "AllowHeaders": ["x-own"]}},
        header(preflight, "Access-Control-Allow-Headers"),
        None,
        "x-own",
    ),
    "Cors.MaxAge": (
        {"Cors": ALLOWED},
        {"Cors": {**ALLOWED, "MaxAge": 60}},
        header(preflight, "Access-Control-Max-Age"),
        None,
        "60",
    ),
    "InvokeMode": (
        {},
        {"InvokeMode": "RESPONSE_STREAM"},
        header(asked, "Content-Type"),
        "application/json",
        "application/octet-stream",
    ),
}


@pytest.mark.parametrize(
    ("base", "sent", "see", "before", "after"),
    [pytest.param(*one, id=name) for name, one in URL_SETTINGS.items()],
)
@pytest.mark.parametrize("way", ["create", "update"])
def test_a_setting_of_a_url_acts(
    lam: Any, fn: Any, way: str, base: Any, sent: Any, see: Any, before: Any, after: Any
) -> None:
    open_to_all(lam)
    first = {"AuthType": "NONE", **base, **(sent if way == "create" else {})}
    url = lam.create_function_url_config(FunctionName="fn", **first)["FunctionUrl"]
    if way == "update":
        assert see(url) == before
        lam.update_function_url_config(FunctionName="fn", **sent)
    assert see(url) == after


def test_an_update_of_an_aliass_url_leaves_the_functions_alone(lam: Any, fn: Any) -> None:
    lam.publish_version(FunctionName="fn")
    lam.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
    urls = []
    for named in ({}, {"Qualifier": "live"}):
        open_to_all(lam, **named)
        made = lam.create_function_url_config(FunctionName="fn", AuthType="NONE", **named)
        urls.append(made["FunctionUrl"])
    lam.update_function_url_config(FunctionName="fn", Qualifier="live", AuthType="AWS_IAM")
    assert [asked(url).status_code for url in urls] == [200, 403]


def test_a_deleted_url_runs_nothing(lam: Any, fn: Any) -> None:
    open_to_all(lam)
    url = lam.create_function_url_config(FunctionName="fn", AuthType="NONE")["FunctionUrl"]
    asked(url)
    lam.delete_function_url_config(FunctionName="fn")
    assert (asked(url).status_code, len(fn.invocations)) == (403, 1)


# -- event invoke configs --------------------------------------------------------------------------------


def attempts(cloud: Any, **named: Any) -> int:
    client().invoke(FunctionName="fn", InvocationType="Event", Payload=b'{"fail": true}', **named)
    cloud.advance(hours=7)
    return len(cloud.invocations("fn"))


def records(cloud: Any, payload: bytes) -> int:
    client().invoke(FunctionName="fn", InvocationType="Event", Payload=payload)
    cloud.advance(hours=7)
    return len(cloud.queue("records"))


RECORDS = {"Destination": "arn:aws:sqs:us-east-1:123456789012:records"}
EVENT_SETTINGS: dict[str, tuple[dict[str, Any], Any, Any, Any]] = {
    "MaximumRetryAttempts": ({"MaximumRetryAttempts": 0}, attempts, 3, 1),
    "MaximumEventAgeInSeconds": ({"MaximumEventAgeInSeconds": 90}, attempts, 3, 2),
    "DestinationConfig.OnSuccess.Destination": (
        {"DestinationConfig": {"OnSuccess": RECORDS}},
        lambda cloud: records(cloud, b"{}"),
        0,
        1,
    ),
    "DestinationConfig.OnFailure.Destination": (
        {"DestinationConfig": {"OnFailure": RECORDS}},
        lambda cloud: records(cloud, b'{"fail": true}'),
        0,
        1,
    ),
}
each_event_setting = pytest.mark.parametrize(
    ("sent", "see", "before", "after"), [pytest.param(*one, id=name) for name, one in EVENT_SETTINGS.items()]
)
USUAL = {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 21600, "DestinationConfig": {"OnSuccess": {}}}


@each_event_setting
@pytest.mark.parametrize("way", ["put", "update"])
def test_a_setting_for_events_acts(
    mock_lambda: Any, lam: Any, fn: Any, way: str, sent: Any, see: Any, before: Any, after: Any
) -> None:
    mock_lambda.queue("records")
    if way == "put":
        lam.put_function_event_invoke_config(FunctionName="fn", **sent)
    else:
        lam.put_function_event_invoke_config(FunctionName="fn", **USUAL)
        lam.update_function_event_invoke_config(FunctionName="fn", **sent)
    assert see(mock_lambda) == after


@each_event_setting
def test_a_deleted_setting_for_events_acts_no_more(
    mock_lambda: Any, lam: Any, fn: Any, sent: Any, see: Any, before: Any, after: Any
) -> None:
    mock_lambda.queue("records")
    lam.put_function_event_invoke_config(FunctionName="fn", **sent)
    lam.delete_function_event_invoke_config(FunctionName="fn")
    assert see(mock_lambda) == before


@pytest.mark.parametrize(("qualifier", "count"), [("live", 1), ("1", 3)])
@pytest.mark.parametrize("way", ["put", "update"])
def test_a_setting_for_events_counts_for_its_qualifier(
    mock_lambda: Any, lam: Any, fn: Any, way: str, qualifier: str, count: int
) -> None:
    lam.publish_version(FunctionName="fn")
    lam.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
    named = {"FunctionName": "fn", "Qualifier": "live"}
    if way == "put":
        lam.put_function_event_invoke_config(**named, MaximumRetryAttempts=0)
    else:
        lam.put_function_event_invoke_config(**named, MaximumRetryAttempts=1)
        lam.update_function_event_invoke_config(**named, MaximumRetryAttempts=0)
    assert attempts(mock_lambda, Qualifier=qualifier) == count
