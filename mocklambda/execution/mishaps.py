"""What is planned to go wrong with functions: per function, the next attempts' mishaps, in order."""

from __future__ import annotations

from collections import deque

from mocklambda.execution.values import Mishap


class Mishaps:
    """Plans of one session, by unqualified function ARN."""

    def __init__(self) -> None:
        self._plans: dict[str, deque[Mishap]] = {}

    def plan(self, arn: str, mishap: Mishap, times: int) -> None:
        """Let it happen to ``times`` attempts, after those that are planned already."""
        self._plans.setdefault(arn, deque()).extend([mishap] * times)

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
