"""CloudWatch Logs, which is moto's, has what functions logged."""

from __future__ import annotations

from datetime import datetime, timezone

import boto3
import pytest
from botocore.exceptions import ClientError

from mocklambda import mock_lambda as mocking

pytest.importorskip("moto")

NOON = datetime(2024, 1, 1, 12, tzinfo=timezone.utc)
HELLO = "def handler(event, context):\n    print('hello', event)\n"


def messages(group="/aws/lambda/greet", **asked):
    found = boto3.client("logs").filter_log_events(logGroupName=group, **asked)["events"]
    assert all(event["message"].endswith("\n") for event in found)  # as on AWS
    return [event["message"].rstrip("\n") for event in found]


def test_what_a_function_printed_is_found_by_filter_log_events(mock_lambda):
    result = mock_lambda.function("greet", source=HELLO).invoke(1)
    init, start, hello, end, report = messages()
    assert init.startswith("INIT_START Runtime Version: python:")
    assert (start, hello, end) == (
        f"START RequestId: {result.request_id} Version: $LATEST",
        "hello 1",
        f"END RequestId: {result.request_id}",
    )
    assert report.startswith(f"REPORT RequestId: {result.request_id}\tDuration: ")
    assert messages(filterPattern="hello") == ["hello 1"]


def test_events_have_the_time_of_the_cloud():
    with mocking(clock=NOON) as cloud:
        function = cloud.function("greet", source=HELLO)
        function.invoke(1)
        cloud.advance(minutes=1)
        function.invoke(2)
        at = int(NOON.timestamp()) * 1000
        assert messages(filterPattern="hello", startTime=at, endTime=at + 30_000) == ["hello 1"]
        assert messages(filterPattern="hello", startTime=at + 30_000) == ["hello 2"]
        (group,) = boto3.client("logs").describe_log_groups()["logGroups"]
        assert (group["logGroupName"], group["creationTime"]) == ("/aws/lambda/greet", at)


def test_each_environment_has_its_stream_and_each_event_is_there_once(mock_lambda):
    function = mock_lambda.function("greet", source=HELLO)
    logs = boto3.client("logs")
    function.invoke(1)
    assert messages(filterPattern="hello") == ["hello 1"]
    function.invoke(2)
    mock_lambda.advance(hours=1)
    function.invoke(3)
    first, second = logs.describe_log_streams(logGroupName="/aws/lambda/greet")["logStreams"]
    assert [
        [
            event["message"].rstrip("\n")
            for event in logs.get_log_events(
                logGroupName="/aws/lambda/greet", logStreamName=stream["logStreamName"], startFromHead=True
            )["events"]
            if "hello" in event["message"]
        ]
        for stream in sorted((first, second), key=lambda stream: stream["creationTime"])
    ] == [["hello 1", "hello 2"], ["hello 3"]]


def test_a_group_that_was_there_before_keeps_what_it_was_given_and_gets_the_events(mock_lambda):
    logs = boto3.client("logs")
    logs.create_log_group(logGroupName="/aws/lambda/greet")
    logs.put_retention_policy(logGroupName="/aws/lambda/greet", retentionInDays=7)
    mock_lambda.function("greet", source=HELLO).invoke(1)
    (group,) = logs.describe_log_groups()["logGroups"]
    assert (group["retentionInDays"], messages(filterPattern="hello")) == (7, ["hello 1"])


def test_a_group_that_was_deleted_comes_back_with_what_is_logged_after_that(mock_lambda):
    function = mock_lambda.function("greet", source=HELLO)
    function.invoke(1)
    logs = boto3.client("logs")
    logs.delete_log_group(logGroupName="/aws/lambda/greet")
    with pytest.raises(ClientError, match="The specified log group does not exist"):
        messages()
    function.invoke(2)
    assert messages(filterPattern="hello") == ["hello 2"]


def test_a_function_without_invocations_has_no_group(mock_lambda):
    mock_lambda.function("greet", source=HELLO)
    assert boto3.client("logs").describe_log_groups()["logGroups"] == []


def test_what_no_longer_fits_the_journal_is_not_there_and_nothing_else_is_missing():
    with mocking(journal_size=12) as cloud:
        function = cloud.function("greet", source=HELLO)
        for number in range(6):
            function.invoke(number)
            if number == 1:
                assert messages(filterPattern="hello") == ["hello 0", "hello 1"]
        assert messages(filterPattern="hello") == ["hello 0", "hello 1", "hello 3", "hello 4", "hello 5"]


def test_logs_of_other_regions_and_groups_lie_where_they_were_written(mock_lambda):
    mock_lambda.function("greet", source=HELLO, LoggingConfig={"LogGroup": "/shared"}).invoke(1)
    assert messages("/shared", filterPattern="hello") == ["hello 1"]
    assert boto3.client("logs", region_name="eu-west-1").describe_log_groups()["logGroups"] == []
