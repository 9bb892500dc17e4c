"""DurableConfig: what a function's executions may take, and what AWS gives where nothing is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocklambda.execution.values import DurableTerms

DAY_MS = 86_400_000
DEFAULT = DurableTerms(timeout_ms=DAY_MS, retention_ms=30 * DAY_MS)
"""D: the retention; the timeout is I."""


def durable_terms(current: DurableTerms | None, sent: Mapping[str, Any]) -> DurableTerms:
    """Return what a request makes of the terms that there are."""
    before = current or DEFAULT
    timeout_s, days = sent.get("ExecutionTimeout"), sent.get("RetentionPeriodInDays")
    key_arn = sent.get("KMSKeyArn")
    return DurableTerms(
        timeout_ms=before.timeout_ms if timeout_s is None else timeout_s * 1000,
        retention_ms=before.retention_ms if days is None else days * DAY_MS,
        key_arn=before.key_arn if key_arn is None else key_arn,
    )
