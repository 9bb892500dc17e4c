"""Each setting of an event source mapping acts, whether it was there from the beginning or came by an update."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from lambda_effects_mappings import (
    BOTH,
    QUEUE,
    REFUSED,
    REFUSED_AT_CREATION,
    SOURCE,
    Setting,
    batches,
    connect,
    put,
)
from lambda_support import refused


@pytest.fixture
def cloud(mock_lambda: Any) -> Any:
    boto3.client("kinesis").create_stream(StreamName="s", ShardCount=1)
    for name in ("q", "dead"):
        mock_lambda.queue(name, visibility_timeout=30)
    for name in ("fn", "other"):
        mock_lambda.function(name, source=SOURCE)
    return mock_lambda


def update(mapping: str, members: dict[str, Any]) -> None:
    boto3.client("lambda").update_event_source_mapping(UUID=mapping, **members)


@pytest.mark.parametrize("setting", [pytest.param(one, id=name) for name, one in BOTH.items()])
def test_a_setting_of_a_new_mapping_acts(cloud: Any, setting: Setting) -> None:
    mapping = connect(setting.is_stream, **(setting.base | setting.sent))
    assert setting.see(cloud, mapping) == setting.after


@pytest.mark.parametrize("setting", [pytest.param(one, id=name) for name, one in BOTH.items()])
def test_without_the_setting_it_is_otherwise(cloud: Any, setting: Setting) -> None:
    mapping = connect(setting.is_stream, **setting.base)
    assert setting.see(cloud, mapping) == setting.before


@pytest.mark.parametrize("setting", [pytest.param(one, id=name) for name, one in BOTH.items()])
def test_a_setting_that_comes_by_an_update_acts(cloud: Any, setting: Setting) -> None:
    mapping = connect(setting.is_stream, **setting.base)
    update(mapping, setting.sent)
    assert setting.see(cloud, mapping) == setting.after


@pytest.mark.parametrize(("position", "seen"), [("TRIM_HORIZON", [["old"], ["new"]]), ("LATEST", [["new"]])])
def test_a_mapping_begins_at_its_starting_position(cloud: Any, position: str, seen: Any) -> None:
    put("old")
    connect(is_stream=True, StartingPosition=position)
    put("new")
    assert batches(cloud) == seen


def test_a_mapping_begins_at_its_timestamp(cloud: Any) -> None:
    put("old")
    cloud.advance(minutes=2)
    put("new")
    at = cloud.now.timestamp() - 60
    connect(is_stream=True, StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=at)
    assert batches(cloud) == [["new"]]


@pytest.mark.parametrize(
    ("way", "sent"),
    [
        *(
            pytest.param(way, one, id=f"{way}-{name}")
            for name, one in REFUSED.items()
            for way in ("create", "update")
        ),
        *(pytest.param("create", one, id=f"create-{name}") for name, one in REFUSED_AT_CREATION.items()),
    ],
)
def test_a_setting_that_would_not_act_is_refused(cloud: Any, way: str, sent: dict[str, Any]) -> None:
    client = boto3.client("lambda")
    mapping = connect(is_stream=False) if way == "update" else ""
    before = client.list_event_source_mappings()["EventSourceMappings"]
    members = {"FunctionName": "fn", "EventSourceArn": QUEUE} | sent
    wanted = {name: value for name, value in members.items() if value is not None}
    status, code, message = refused(
        lambda: update(mapping, sent) if way == "update" else client.create_event_source_mapping(**wanted)
    )
    assert (status, code) == (400, "InvalidParameterValueException")
    assert message.endswith("is not simulated by mocklambda, and is not stored without effect.")
    assert client.list_event_source_mappings()["EventSourceMappings"] == before


@pytest.mark.xfail(strict=True, reason="CloudWatch metrics of event source mappings are not simulated")
def test_a_mapping_may_have_metrics(cloud: Any) -> None:
    connect(is_stream=False, MetricsConfig={"Metrics": ["EventCount"]})


@pytest.mark.parametrize("way", ["create", "update"])
def test_a_mapping_has_no_destination_for_what_went_well(cloud: Any, way: str) -> None:
    sent = {"DestinationConfig": {"OnSuccess": {"Destination": "arn:aws:sqs:us-east-1:123456789012:dead"}}}
    mapping = connect(is_stream=True) if way == "update" else ""
    found = refused(lambda: update(mapping, sent) if way == "update" else connect(is_stream=True, **sent))
    assert found == (
        400,
        "InvalidParameterValueException",
        "Unsupported DestinationConfig parameter for given event source mapping type.",
    )
