"""Answers that are late by a plan of the test's: how long a client waits for one, and what it raises then."""

from __future__ import annotations

from typing import Any

from mocklambda.intercept import active


def wait_for(session: active.Answering, delay_ms: int, patience_s: float | None, url: str) -> None:
    """Wait on the virtual clock for an answer, or for as long as a client does: raises botocore's ReadTimeoutError.

    That the answer never came does not mean that nothing was done.
    """
    if patience_s is None or delay_ms < patience_s * 1000:
        session.rest(delay_ms)
        return
    from botocore.exceptions import ReadTimeoutError

    session.rest(int(patience_s * 1000))
    raise ReadTimeoutError(endpoint_url=url)


def read_timeout_of(http_session: Any) -> float | None:
    """Return for how many seconds an HTTP session of botocore's, or aiobotocore's, waits for an answer."""
    timeout = http_session._timeout  # noqa: SLF001 - it tells nobody
    found = getattr(timeout, "sock_read", getattr(timeout, "read_timeout", timeout))
    return float(found) if isinstance(found, (int, float)) else None
