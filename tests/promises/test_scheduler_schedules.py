"""Schedules run functions at their time."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from mapping_support import bodies, depth, function, queue
from messaging_support import RECORD_TO_QUEUE

ROLE = "arn:aws:iam::123456789012:role/scheduler"


@pytest.fixture
def out(mock_lambda) -> str:
    return queue("out")[0]


def create(expression: str, out: str, **options: Any) -> None:
    arn = function(RECORD_TO_QUEUE, Environment={"Variables": {"OUT": out}})
    boto3.client("scheduler").create_schedule(
        Name="s",
        ScheduleExpression=expression,
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": ROLE, "Input": '{"tick": true}'},
        **options,
    )


def test_a_one_time_schedule_runs_once(mock_lambda, out):
    at = mock_lambda.now + timedelta(hours=1)
    create(f"at({at:%Y-%m-%dT%H:%M:%S})", out, ActionAfterCompletion="DELETE")
    before = bodies(out)
    mock_lambda.run_until_idle()
    assert (before, bodies(out), boto3.client("scheduler").list_schedules()["Schedules"]) == (
        [],
        [{"tick": True}],
        [],
    )


def test_a_rate_runs_at_once_and_every_period(mock_lambda, out):
    create("rate(1 hour)", out)
    first = depth(out)
    mock_lambda.advance(hours=2)
    assert (first, depth(out)) == ((1, 0), (3, 0))


def test_a_cron_follows_its_time_zone(mock_lambda, out):
    create("cron(0 9 * * ? *)", out, ScheduleExpressionTimezone="Asia/Tokyo")
    mock_lambda.advance(hours=24)
    assert len(bodies(out)) == 1


def test_a_schedule_is_shown_with_its_dates(mock_lambda, out):
    start = (mock_lambda.now + timedelta(days=1)).replace(microsecond=0)
    create("rate(1 hour)", out, StartDate=start)
    shown = boto3.client("scheduler").get_schedule(Name="s")
    assert (shown["StartDate"], shown["State"], shown["CreationDate"] <= datetime.now(timezone.utc)) == (
        start,
        "ENABLED",
        True,
    )


def test_a_bad_expression_is_refused(out):
    with pytest.raises(ClientError) as caught:
        create("rate(10 seconds)", out)
    assert caught.value.response["Error"]["Message"] == "Invalid Schedule Expression rate(10 seconds)."
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_groups_carry_tags(mock_lambda):
    scheduler = boto3.client("scheduler")
    arn = scheduler.create_schedule_group(Name="g", Tags=[{"Key": "a", "Value": "1"}])["ScheduleGroupArn"]
    scheduler.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"] == []
