"""Event source mappings: the API. What they do with records is tested elsewhere."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from lambda_support import FARN, client, create, plain, refused, status, violation

QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"
STREAM = "arn:aws:kinesis:us-east-1:123456789012:stream/s"
INVALID = "InvalidParameterValueException"
GONE = (404, "ResourceNotFoundException", "The resource you requested does not exist.")


@pytest.fixture
def lam(mock_lambda: Any) -> Any:
    boto3.client("sqs", region_name="us-east-1").create_queue(QueueName="q")
    boto3.client("kinesis", region_name="us-east-1").create_stream(StreamName="s", ShardCount=1)
    mock_lambda.advance(seconds=60)
    lam = client()
    create(lam)
    return lam


def map_queue(lam: Any, **members: Any) -> dict[str, Any]:
    return plain(
        lam.create_event_source_mapping(**({"FunctionName": "fn", "EventSourceArn": QUEUE} | members))
    )


def map_stream(lam: Any, **members: Any) -> dict[str, Any]:
    wanted = {"FunctionName": "fn", "EventSourceArn": STREAM, "StartingPosition": "LATEST"}
    return plain(lam.create_event_source_mapping(**(wanted | members)))


def got(lam: Any, mapping: Any) -> dict[str, Any]:
    return plain(lam.get_event_source_mapping(UUID=mapping["UUID"]))


def test_a_queues_mapping_shows_what_queues_have(lam: Any) -> None:
    answer = lam.create_event_source_mapping(FunctionName="fn", EventSourceArn=QUEUE)
    mapping = plain(answer)
    uuid = mapping["UUID"]
    assert status(answer) == 202
    assert mapping == {
        "UUID": uuid,
        "BatchSize": 10,
        "MaximumBatchingWindowInSeconds": 0,
        "EventSourceArn": QUEUE,
        "FunctionArn": FARN,
        "LastModified": mapping["LastModified"],
        "State": "Creating",
        "StateTransitionReason": "USER_INITIATED",
        "FunctionResponseTypes": [],
        "EventSourceMappingArn": f"arn:aws:lambda:us-east-1:123456789012:event-source-mapping:{uuid}",
    }
    assert got(lam, mapping) == {**mapping, "State": "Enabled"}


def test_a_streams_mapping_shows_what_streams_have(lam: Any) -> None:
    mapping = map_stream(lam)
    uuid = mapping["UUID"]
    assert mapping == {
        "UUID": uuid,
        "StartingPosition": "LATEST",
        "BatchSize": 100,
        "MaximumBatchingWindowInSeconds": 0,
        "ParallelizationFactor": 1,
        "EventSourceArn": STREAM,
        "FunctionArn": FARN,
        "LastModified": mapping["LastModified"],
        "LastProcessingResult": "No records processed",
        "State": "Creating",
        "StateTransitionReason": "User action",
        "DestinationConfig": {"OnFailure": {}},
        "MaximumRecordAgeInSeconds": -1,
        "BisectBatchOnFunctionError": False,
        "MaximumRetryAttempts": -1,
        "TumblingWindowInSeconds": 0,
        "FunctionResponseTypes": [],
        "EventSourceMappingArn": f"arn:aws:lambda:us-east-1:123456789012:event-source-mapping:{uuid}",
    }
    assert got(lam, mapping) == {**mapping, "State": "Enabled"}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("fn", FARN),
        (FARN, FARN),
        ("fn:$LATEST", f"{FARN}:$LATEST"),
        ("fn:1", f"{FARN}:1"),
        (f"{FARN}:live", f"{FARN}:live"),
    ],
)
def test_the_function_arn_mirrors_the_name_that_was_sent(lam: Any, name: str, shown: str) -> None:
    lam.publish_version(FunctionName="fn")
    lam.create_alias(FunctionName="fn", Name="live", FunctionVersion="1")
    assert map_queue(lam, FunctionName=name)["FunctionArn"] == shown


def test_a_mapping_made_disabled_is_so_at_once(lam: Any) -> None:
    assert map_queue(lam, Enabled=False)["State"] == "Disabled"


@pytest.mark.parametrize(
    ("sent", "shown", "settled"),
    [
        ({"Enabled": False}, "Disabling", "Disabled"),
        ({"Enabled": True}, "Enabling", "Enabled"),
        ({"BatchSize": 5}, "Updating", "Enabled"),
    ],
)
def test_an_update_shows_its_state_and_then_is_done(lam: Any, sent: Any, shown: str, settled: str) -> None:
    mapping = map_queue(lam)
    updated = lam.update_event_source_mapping(UUID=mapping["UUID"], **sent)
    assert (status(updated), updated["State"], got(lam, mapping)["State"]) == (202, shown, settled)


def test_an_update_shows_the_new_values_at_once_and_keeps_the_others(lam: Any) -> None:
    create(lam, name="other")
    mapping = map_queue(lam, MaximumBatchingWindowInSeconds=5)
    updated = lam.update_event_source_mapping(UUID=mapping["UUID"], FunctionName="other", BatchSize=20)
    assert (updated["FunctionArn"], updated["BatchSize"], updated["MaximumBatchingWindowInSeconds"]) == (
        FARN.replace(":fn", ":other"),
        20,
        5,
    )


def test_a_deleted_mapping_is_shown_once_more_and_then_gone(lam: Any) -> None:
    mapping = map_queue(lam)
    deleted = lam.delete_event_source_mapping(UUID=mapping["UUID"])
    assert (status(deleted), plain(deleted)) == (202, {**mapping, "State": "Deleting"})
    assert refused(lam.get_event_source_mapping, UUID=mapping["UUID"]) == GONE


def test_a_mapping_outlives_its_function(lam: Any) -> None:
    mapping = map_queue(lam)
    lam.delete_function(FunctionName="fn")
    assert got(lam, mapping) == {**mapping, "State": "Enabled"}


def test_mappings_are_listed_by_source_and_function_and_page_by_page(lam: Any) -> None:
    create(lam, name="other")
    made = [map_queue(lam), map_stream(lam), map_queue(lam, FunctionName="other")]
    first, second, third = (one["UUID"] for one in made)

    def listed(**filters: Any) -> list[str]:
        return [one["UUID"] for one in lam.list_event_source_mappings(**filters)["EventSourceMappings"]]

    pages = lam.get_paginator("list_event_source_mappings").paginate(PaginationConfig={"PageSize": 2})
    assert listed(EventSourceArn=QUEUE) == [first, third]
    assert listed(FunctionName="fn") == [first, second]
    assert listed(FunctionName="nobody") == []
    assert [len(page["EventSourceMappings"]) for page in pages] == [2, 1]


@pytest.mark.parametrize(
    "sent",
    [
        {"FilterCriteria": {"Filters": [{"Pattern": '{ "body": {"k": ["v"]} }'}]}},
        {"ScalingConfig": {"MaximumConcurrency": 2}},
        {"FunctionResponseTypes": ["ReportBatchItemFailures"]},
    ],
)
def test_what_is_set_is_shown_as_sent(lam: Any, sent: Any) -> None:
    assert map_queue(lam, **sent).items() >= sent.items()


@pytest.mark.parametrize(
    ("sent", "cleared"),
    [
        (
            {"FilterCriteria": {"Filters": [{"Pattern": '{"body": ["v"]}'}]}},
            {"FilterCriteria": {"Filters": []}},
        ),
        ({"FilterCriteria": {"Filters": [{"Pattern": '{"body": ["v"]}'}]}}, {"FilterCriteria": {}}),
        ({"ScalingConfig": {"MaximumConcurrency": 2}}, {"ScalingConfig": {}}),
    ],
)
def test_what_is_sent_empty_is_taken_off(lam: Any, sent: Any, cleared: Any) -> None:
    mapping = map_queue(lam, **sent)
    updated = lam.update_event_source_mapping(UUID=mapping["UUID"], **cleared)
    assert not updated.keys() & sent.keys()


def test_a_failure_destination_is_shown_and_taken_off(lam: Any) -> None:
    mapping = map_stream(lam, DestinationConfig={"OnFailure": {"Destination": QUEUE}})
    cleared = lam.update_event_source_mapping(
        UUID=mapping["UUID"], DestinationConfig={"OnFailure": {"Destination": ""}}
    )
    assert (mapping["DestinationConfig"], cleared["DestinationConfig"]) == (
        {"OnFailure": {"Destination": QUEUE}},
        {"OnFailure": {}},
    )


def unsupported(name: str) -> str:
    return f"Unsupported {name} parameter for given event source mapping type."


@pytest.mark.parametrize(
    ("members", "code", "message"),
    [
        ({"EventSourceArn": None, "FunctionName": "nobody"}, INVALID, "Unrecognized event source."),
        ({"EventSourceArn": "arn:aws:iam::123456789012:role/r"}, INVALID, "Unrecognized event source."),
        (
            {
                "DestinationConfig": {"OnSuccess": {"Destination": QUEUE}},
                "FunctionName": "nobody",
                "EventSourceArn": QUEUE + "x",
            },
            INVALID,
            unsupported("DestinationConfig"),
        ),
        ({"FunctionName": "nobody", "EventSourceArn": QUEUE + "x"}, INVALID, "Function does not exist"),
        (
            {"EventSourceArn": QUEUE + "x"},
            INVALID,
            "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.",
        ),
        (
            {"EventSourceArn": STREAM + "x", "StartingPosition": "LATEST"},
            INVALID,
            f"Stream not found: {STREAM}x",
        ),
        (
            {"EventSourceArn": STREAM},
            INVALID,
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
        ),
        (
            {"EventSourceArn": STREAM, "StartingPosition": "invalid"},
            "ValidationException",
            violation(
                "invalid",
                "startingPosition",
                "Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]",
            ),
        ),
        (
            {"EventSourceArn": STREAM, "StartingPosition": "AT_TIMESTAMP"},
            INVALID,
            "Need to specify a timestamp",
        ),
        ({"StartingPosition": "LATEST"}, INVALID, "StartingPosition is not valid for SQS event sources."),
        (
            {"BatchSize": 11},
            INVALID,
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
        ),
        (
            {"BatchSize": 10001},
            "ValidationException",
            violation("10001", "batchSize", "Member must have value less than or equal to 10000"),
        ),
        ({"ParallelizationFactor": 2}, INVALID, unsupported("ParallelizationFactor")),
        (
            {
                "EventSourceArn": STREAM,
                "StartingPosition": "LATEST",
                "ScalingConfig": {"MaximumConcurrency": 2},
            },
            INVALID,
            unsupported("ScalingConfig"),
        ),
        (
            {"EventSourceArn": STREAM, "StartingPosition": "LATEST", "MaximumRecordAgeInSeconds": 59},
            INVALID,
            "MaximumRecordAgeInSeconds must be either -1 (forever) or between 60 and 604800 (inclusive)",
        ),
        (
            {
                "EventSourceArn": None,
                "SelfManagedEventSource": {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["kafka:1000"]}},
            },
            INVALID,
            "Required 'sourceAccessConfigurations' parameter is missing.",
        ),
    ],
)
def test_a_mapping_that_can_not_be_is_refused(lam: Any, members: Any, code: str, message: str) -> None:
    wanted = {"FunctionName": "fn", "EventSourceArn": QUEUE} | members
    sent = {key: value for key, value in wanted.items() if value is not None}
    assert refused(lam.create_event_source_mapping, **sent) == (400, code, message)
    assert lam.list_event_source_mappings()["EventSourceMappings"] == []


@pytest.mark.parametrize(
    "pattern",
    [
        "null",
        "simple string",
        "single-string",
        '{"eventSource": "aws:sqs"}',
        '{"eventSource": []}',
        '[{"eventName": ["INSERT"=123}]',
        '{"body": "plain"}',
        "{}",
    ],
)
def test_a_bad_filter_pattern_is_refused_at_creation_and_update(lam: Any, pattern: str) -> None:
    criteria = {"FilterCriteria": {"Filters": [{"Pattern": pattern}]}}
    expected = (400, INVALID, "Invalid filter pattern definition.")
    assert refused(lambda: map_queue(lam, **criteria)) == expected
    mapping = map_queue(lam)
    assert refused(lam.update_event_source_mapping, UUID=mapping["UUID"], **criteria) == expected


def test_a_queue_that_shows_messages_sooner_than_the_function_ends_is_refused(lam: Any) -> None:
    lam.update_function_configuration(FunctionName="fn", Timeout=60)
    found = refused(lambda: map_queue(lam))
    assert found == (
        400,
        INVALID,
        "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds",
    )


def test_what_is_in_another_region_is_no_source(lam: Any) -> None:
    boto3.client("sqs", region_name="eu-west-1").create_queue(QueueName="far")
    boto3.client("kinesis", region_name="eu-west-1").create_stream(StreamName="far", ShardCount=1)
    stream = "arn:aws:kinesis:eu-west-1:123456789012:stream/far"
    assert refused(lambda: map_queue(lam, EventSourceArn="arn:aws:sqs:eu-west-1:123456789012:far")) == (
        400,
        INVALID,
        (
            "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
            "SQS Error Message: The specified queue does not exist."
        ),
    )
    assert refused(lambda: map_queue(lam, EventSourceArn=stream, StartingPosition="LATEST")) == (
        400,
        INVALID,
        f"Stream not found: {stream}",
    )


def test_a_second_mapping_of_a_queue_and_function_conflicts(lam: Any) -> None:
    uuid = map_queue(lam)["UUID"]
    assert refused(lambda: map_queue(lam)) == (
        409,
        "ResourceConflictException",
        (
            f'An event source mapping with SQS arn (" {QUEUE} ") and function (" fn ") already exists. '
            f"Please update or delete the existing mapping with UUID {uuid}"
        ),
    )


def test_a_second_mapping_of_a_stream_and_function_conflicts(lam: Any) -> None:
    uuid = map_stream(lam)["UUID"]
    assert refused(lambda: map_stream(lam)) == (
        409,
        "ResourceConflictException",
        (
            f'The event source arn (" {STREAM} ") and function (" fn ") provided mapping already exists. '
            f"Please update or delete the existing mapping with UUID {uuid}"
        ),
    )


@pytest.mark.parametrize("operation", ["get", "update", "delete"])
def test_an_unknown_mapping_is_not_found(lam: Any, operation: str) -> None:
    call = getattr(lam, f"{operation}_event_source_mapping")
    assert refused(call, UUID="0" * 8 + "-0000-0000-0000-" + "0" * 12) == GONE


def test_a_mapping_takes_no_change_while_one_is_in_progress(mock_lambda: Any, lam: Any) -> None:
    in_use = (
        400,
        "ResourceInUseException",
        "Cannot update the event source mapping because it is in use.",
    )
    with mock_lambda.paused():
        made = map_queue(lam)
        uuid = made["UUID"]
        assert refused(lam.update_event_source_mapping, UUID=uuid, BatchSize=5) == in_use
        assert refused(lam.delete_event_source_mapping, UUID=uuid) == in_use
        assert lam.get_event_source_mapping(UUID=uuid)["State"] == "Creating"
    shown = lam.get_event_source_mapping(UUID=uuid)
    assert (shown["State"], shown["BatchSize"]) == ("Enabled", 10)
    lam.delete_event_source_mapping(UUID=uuid)
