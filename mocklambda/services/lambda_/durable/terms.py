"""DurableConfig: what a function's executions may take, and what AWS gives where nothing is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocklambda.execution.values import DurableTerms
from mocklambda.services.lambda_ import errors

DAY_MS = 86_400_000
DEFAULT = DurableTerms(timeout_ms=DAY_MS, retention_ms=30 * DAY_MS)
"""D: the retention; the timeout is I."""


def durable_terms(current: DurableTerms | None, sent: Mapping[str, Any]) -> DurableTerms:
    """Return what a request makes of the terms that there are."""
    if sent.get("KMSKeyArn"):
        raise errors.not_simulated("DurableConfig.KMSKeyArn")
    before = current or DEFAULT
    timeout_s, days = sent.get("ExecutionTimeout"), sent.get("RetentionPeriodInDays")
    return DurableTerms(
        timeout_ms=before.timeout_ms if timeout_s is None else timeout_s * 1000,
        retention_ms=before.retention_ms if days is None else days * DAY_MS,
    )
