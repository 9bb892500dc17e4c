"""Events of EventBridge."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from mocklambda.events.workshop import DEFAULT_AT, Event, workshop


def eventbridge(
    detail: Mapping[str, Any],
    *,
    source: str = "source",
    detail_type: str = "type",
    resources: Sequence[str] = (),
    **where: Any,
) -> Event:
    """Make the event that a rule passes on.

    Args:
        detail: what it tells.
        source: who tells it.
        detail_type: what kind of thing it is.
        resources: ARNs that it is about.
        where: ``at``, ``seed``, ``region``, ``account_id``.

    See https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
    """
    with workshop(**where) as shop:
        shop.function.on_rule({"source": [source]})
        entry = {"Source": source, "DetailType": detail_type, "Detail": json.dumps(detail)}
        shop.cloud.api("events", "PutEvents", Entries=[{**entry, "Resources": list(resources)}])
        return shop.event()


def scheduled(rule: str = "rule", **where: Any) -> Event:
    """Make the event of a rule with a schedule.

    Args:
        rule: the rule's name.
        where: ``at``, ``seed``, ``region``, ``account_id``.

    See https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html
    """
    period = timedelta(minutes=1)
    with workshop(**{**where, "at": where.get("at", DEFAULT_AT) - period}) as shop:
        shop.function.on_rule(schedule="rate(1 minute)", name=rule)
        shop.cloud.advance(period)
        return shop.event()
