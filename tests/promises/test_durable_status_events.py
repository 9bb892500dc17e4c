"""EventBridge hears of durable executions: when one begins and when it has ended."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from mocklambda import mock_lambda
from tests.promises.durable_support import client, deploy, start

NEW_YEAR = datetime(2024, 1, 1, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("body", "stops", "status"),
    [
        ("return done(1)", False, "SUCCEEDED"),
        ("return {'Status': 'FAILED', 'Error': {}}", False, "FAILED"),
        ("run.checkpoint(run.update('a', 'CALLBACK', 'START'))\nreturn PENDING", False, "TIMED_OUT"),
        ("run.checkpoint(run.update('a', 'CALLBACK', 'START'))\nreturn PENDING", True, "STOPPED"),
    ],
)
def test_a_rule_gets_an_event_for_each_change_of_an_executions_status(
    body: str, stops: bool, status: str
) -> None:
    with mock_lambda(clock=NEW_YEAR) as cloud:
        heard = cloud.stub("heard")
        heard.on_rule({"source": ["aws.lambda"], "detail-type": ["Durable Execution Status Change"]})
        deploy(cloud, body, timeout=30)
        arn = start(DurableExecutionName="one")
        if stops:
            client().stop_durable_execution(DurableExecutionArn=arn)
        cloud.advance(seconds=30)

        first, last = (each.event for each in heard.invocations)
        assert first["resources"] == [arn]
        assert first["detail"] == {
            "durableExecutionArn": arn,
            "durableExecutionName": "one",
            "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:flow:$LATEST",
            "status": "RUNNING",
            "startTimestamp": "2024-01-01T00:00:00.000Z",
        }
        ended_at = "2024-01-01T00:00:30.000Z" if status == "TIMED_OUT" else "2024-01-01T00:00:00.000Z"
        assert last["detail"] == first["detail"] | {"status": status, "endTimestamp": ended_at}
