"""What is planned to go wrong with functions: per function, the next attempts' mishaps and slow starts, in order."""

from __future__ import annotations

from collections import deque

from mocklambda.clock.base import Millis
from mocklambda.execution.values import Mishap


class Mishaps:
    """Plans of one session, by unqualified function ARN."""

    def __init__(self) -> None:
        self._plans: dict[str, deque[Mishap]] = {}
        self._slow_starts: dict[str, deque[Millis]] = {}

    def plan(self, arn: str, mishap: Mishap, times: int) -> None:
        """Let it happen to ``times`` attempts, after those that are planned already."""
        self._plans.setdefault(arn, deque()).extend([mishap] * times)

    def plan_slow_starts(self, arn: str, lag_ms: Millis, times: int) -> None:
        """Let ``times`` cold starts take that much longer, after those that are planned already."""
        self._slow_starts.setdefault(arn, deque()).extend([lag_ms] * times)

    def is_throttled(self, arn: str) -> bool:
        """Tell whether the next attempt is not to be admitted; asked once per attempt."""
        plan = self._plans.get(arn)
        if plan is None or plan[0] is not Mishap.THROTTLE:
            return False
        self.take(arn)
        return True

    def take(self, arn: str) -> Mishap | None:
        """Return what is to happen to an attempt that was admitted."""
        plan = self._plans.get(arn)
        if plan is None:
            return None
        mishap = plan.popleft()
        if not plan:
            del self._plans[arn]
        return mishap

    def take_slow_start(self, arn: str) -> Millis:
        """Return how much longer than by itself a cold start is to take."""
        plan = self._slow_starts.get(arn)
        if plan is None:
            return 0
        lag_ms = plan.popleft()
        if not plan:
            del self._slow_starts[arn]
        return lag_ms
