"""Which refusals an SDK would hide by trying again, and how it waits: on the virtual clock.

Only throughput limits of a shard are among them: AWS's SDKs ride them out, and a test that reads a shard six
times in a second would fail here and pass there. Everything else (Lambda's throttles above all) is shown to
the code under test at once, as with retries switched off; ``wire=True`` has the SDK's own.
"""

from __future__ import annotations

from typing import Any

from mocklambda.clock.base import Millis

RIDDEN_OUT = frozenset({"ProvisionedThroughputExceededException"})
DEFAULT_RETRIES = 4  # botocore's legacy mode: five attempts in all
FIRST_WAIT_MS: Millis = 500


def wait_before_retry(client: Any, parsed: dict[str, Any], retries: int) -> Millis | None:
    """Return how long to wait before the next try, or None when there is none."""
    if parsed.get("Error", {}).get("Code") not in RIDDEN_OUT or retries >= _allowed(client):
        return None
    return FIRST_WAIT_MS << retries


def _allowed(client: Any) -> int:
    configured = getattr(client.meta.config, "retries", None) or {}
    total = configured.get("total_max_attempts")
    return DEFAULT_RETRIES if total is None else int(total) - 1
