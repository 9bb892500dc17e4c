"""What EventBridge hears of executions: an event on the default bus when one begins and when it has ended.

Documented in prose, not recorded: this is the one place that says what is in it.
"""

from __future__ import annotations

import contextlib
import json
from datetime import datetime, timezone
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.execution.ports import Delivery, Undeliverable
from mocklambda.services.lambda_.durable.execution import DurableExecution

DETAIL_TYPE = "Durable Execution Status Change"


class StatusEvents:
    """Tells the default bus of an account and region."""

    def __init__(self, scope: Any) -> None:
        self._links = scope.links
        self._bus = f"arn:aws:events:{scope.region}:{scope.account}:event-bus/default"

    def tell(self, execution: DurableExecution) -> None:
        """Put an event for an execution's status as it is now."""
        destination = self._links.destination(self._bus)
        if destination is None:
            return
        detail = {
            "durableExecutionArn": execution.arn,
            "durableExecutionName": execution.name,
            "functionArn": execution.function_arn,
            "status": execution.status.value,
            "startTimestamp": _instant(execution.started_at),
        }
        if execution.ended_at is not None:
            detail["endTimestamp"] = _instant(execution.ended_at)
        delivery = Delivery(
            body=json.dumps(detail, separators=(",", ":")),
            principal="lambda.amazonaws.com",
            source_arn=execution.function_arn,
            detail_type=DETAIL_TYPE,
            event_source="aws.lambda",
            resources=(execution.arn,),
            trace_header=execution.origin.trace_header,
        )
        with contextlib.suppress(Undeliverable):
            destination.deliver(delivery)


def _instant(at: Millis) -> str:
    moment = datetime.fromtimestamp(at / 1000, tz=timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
