"""Whether and when a refused delivery is tried again, where AWS documents only back-off with jitter."""

from __future__ import annotations

from mocklambda.clock.base import Millis
from mocklambda.execution.ports import Undeliverable

_LONGEST_DELAY_MS = 600_000
_THROTTLES = {
    "ProvisionedThroughputExceededException",
    "RequestThrottled",
    "ThrottlingException",
    "TooManyRequestsException",
}
"""Of these some services say 400."""
_CODES = ((404, "NO_RESOURCE"), (403, "NO_PERMISSIONS"))


def is_worth_another_try(refusal: Undeliverable) -> bool:
    """Whether the fault lies with the target's service, not with what was asked of it."""
    return refusal.status >= 500 or _is_throttle(refusal)


def retry_delay_ms(retry: int, fraction: float) -> Millis:
    """Return how long to wait before that retry (the first is 1); ``fraction`` (0 to 1) is the jitter."""
    ceiling: int = min(_LONGEST_DELAY_MS, 1_000 << min(retry, 20))
    return round(ceiling * (0.5 + fraction / 2))


def error_code(refusal: Undeliverable) -> str:
    """Return the word for a refusal that dead letters carry."""
    return "THROTTLING" if _is_throttle(refusal) else dict(_CODES).get(refusal.status, "SDK_CLIENT_ERROR")


def _is_throttle(refusal: Undeliverable) -> bool:
    return refusal.status == 429 or refusal.code in _THROTTLES
