"""How many files the test's process may have open: enough for its environments, and as before once they are gone."""

from __future__ import annotations

import contextlib
from typing import Any

EACH = 8
"""Of one environment: its channels and log, its namespaces, the connections of its SDK."""
OTHERS = 100
"""What the test, its libraries and this one have open besides."""
MOST = 10240
"""What systems without a limit of their own allow at most."""


def affordable(wanted: int) -> int:
    """Return how many environments may be kept alive: those wanted, or as many as there can be files for."""
    resource = _resource()
    if resource is None:
        return wanted
    return max(1, min(wanted, (_hard(resource) - OTHERS) // EACH))


class Room:
    """The room that the environments of one session have."""

    def __init__(self) -> None:
        self._before: int | None = None
        self._made = 0

    def make(self, environments: int) -> None:
        """Raise the soft limit if so many environments may go beyond it."""
        resource = _resource()
        if resource is None:
            return
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        needed = environments * EACH + OTHERS
        if soft == resource.RLIM_INFINITY or needed <= soft:
            return
        wanted = min(2 * needed, _hard(resource))
        if wanted > soft:
            with contextlib.suppress(ValueError, OSError):  # then it stays as it is
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
                self._before = soft if self._before is None else self._before
                self._made = wanted

    def close(self) -> None:
        """Put the limit back, unless somebody has changed it since."""
        resource = _resource()
        if resource is None or self._before is None:
            return
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft == self._made:
            resource.setrlimit(resource.RLIMIT_NOFILE, (self._before, hard))
        self._before = None


def _hard(resource: Any) -> int:
    hard: int = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return MOST if hard == resource.RLIM_INFINITY else hard


def _resource() -> Any:
    try:
        import resource
    except ImportError:  # Windows
        return None
    return resource
