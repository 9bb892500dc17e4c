"""Health checks of functions in target groups: when they run, and what their results say of the target.

They decide nothing about requests: a load balancer whose only target is unhealthy sends them to it all the
same (D).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from mocklambda.execution.invoker import InvokeRequest
from mocklambda.execution.refusals import NotNow
from mocklambda.execution.tracing import RecursionStopped
from mocklambda.execution.values import Invocation, InvocationKind, Outcome
from mocklambda.services.balancers import HealthCheck, TargetGroup
from mocklambda.services.lambda_.front_ends.balancer_event import health_event
from mocklambda.services.lambda_.front_ends.balancer_reply import BadResult, target_reply
from mocklambda.services.service import Scope


@dataclass(slots=True, kw_only=True)
class Health:
    """What is known of one target; ``state`` in elbv2's words."""

    group: TargetGroup
    state: str = "initial"
    streak: int = 0
    """Results in a row that speak against ``state``."""
    is_followed: bool = False
    """Whether somebody else keeps the group."""

    def note(self, check: HealthCheck, *, is_well: bool) -> None:
        """Take one more result: the first success makes a new target healthy, other changes take several."""
        said = "healthy" if is_well else "unhealthy"
        if said == self.state:
            self.streak = 0
            return
        self.streak += 1
        enough = check.healthy_after if is_well else check.unhealthy_after
        if self.streak >= enough or (is_well and self.state == "initial"):
            self.state, self.streak = said, 0


class HealthChecks:
    """The checks of one account and region, each on a timer of its own."""

    def __init__(self, scope: Scope[Any]) -> None:
        self._scope = scope
        self._known: dict[str, Health] = {}

    def state_of(self, group_arn: str) -> str:
        """Return ``initial``, ``healthy`` or ``unhealthy``; ``unavailable`` where nothing is checked (D)."""
        known = self._known.get(group_arn)
        return "unavailable" if known is None else known.state

    def watch(self, group: TargetGroup) -> None:
        """Begin to check a group's target, or go on by its settings of now."""
        known = self._known.get(group.arn)
        if known is not None:
            known.group = group
        elif _is_checked(group):
            self._known[group.arn] = health = Health(group=group)
            self._park(health)

    def follow(self, groups: Sequence[TargetGroup]) -> None:
        """Watch these groups, which are all that others keep: one that is no longer there is left alone."""
        for group in groups:
            self.watch(group)
        kept = {group.arn for group in groups}
        for arn in kept & self._known.keys():
            self._known[arn].is_followed = True
        for arn, health in self._known.items():
            if health.is_followed and arn not in kept:
                health.group = replace(health.group, health_check=None)

    def _park(self, health: Health) -> None:
        check = health.group.health_check
        assert check is not None
        self._scope.clock.call_at(
            self._scope.clock.now() + check.interval_ms,
            lambda: self._check(health),
            label=f"health check of {health.group.arn}",
            recurring=True,
        )

    def _check(self, health: Health) -> None:
        group, check = health.group, health.group.health_check
        if check is None or group.target_arn is None:
            del self._known[group.arn]
            return
        self._park(health)
        target = self._scope.execution.directories.resolve(group.target_arn)
        if target is None or target.spec.is_tenant_isolated:
            health.note(check, is_well=False)
            return
        event = health_event(target_group_arn=group.arn, is_multi_value=group.is_multi_value, path=check.path)
        wish = InvokeRequest(
            spec=target.spec,
            invoked_arn=group.target_arn,
            payload=json.dumps(event, separators=(",", ":")).encode(),
            kind=InvocationKind.REQUEST_RESPONSE,
            trigger="alb:health-check",
            request_id=self._scope.ids.uuid(),
            is_recursion_allowed=target.is_recursion_allowed,
        )

        def done(outcome: Outcome, _: Invocation) -> None:
            health.note(check, is_well=_is_well(outcome, group, check))

        try:
            self._scope.execution.invoker.invoke(wish, done)
        except (NotNow, RecursionStopped):
            health.note(check, is_well=False)


def _is_checked(group: TargetGroup) -> bool:
    return group.health_check is not None and group.target_arn is not None


def _is_well(outcome: Outcome, group: TargetGroup, check: HealthCheck) -> bool:
    if outcome.is_error or outcome.duration_ms > check.timeout_ms:
        return False
    try:
        status = target_reply(outcome.payload, is_multi_value=group.is_multi_value).status
    except BadResult:
        return False
    return any(_covers(part, status) for part in check.codes.split(","))


def _covers(part: str, status: int) -> bool:
    low, _, high = part.strip().partition("-")
    return int(low) <= status <= int(high or low)
