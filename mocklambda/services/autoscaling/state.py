"""All scalable targets of one account and region: what runs at its time, what alarms lead to, what was done."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.execution.ports import NotScaled, Scalable
from mocklambda.services.autoscaling.target import Action, Activity, Policy, Target
from mocklambda.services.autoscaling.tracking import MINUTE_MS, Meter, Minute, Side
from mocklambda.services.service import Scope

NAMESPACE = "lambda"
DIMENSION = "lambda:function:ProvisionedConcurrency"
MOST_ACTIVITIES = 1_000
"""AWS keeps six weeks of them."""


class AutoScaling:
    """Application Auto Scaling in one account and region, for the namespace ``lambda``."""

    def __init__(self, scope: Scope[AutoScaling]) -> None:
        self.scope = scope
        self.targets: dict[str, Target] = {}
        """By resource id, ``function:NAME:QUALIFIER``."""
        self.activities: list[Activity] = []
        """Oldest first."""

    def resource_arn(self, resource_id: str) -> str:
        """Return the function ARN that a resource id stands for."""
        return f"arn:aws:lambda:{self.scope.region}:{self.scope.account}:{resource_id}"

    def arn(self, resource: str, service: str = "autoscaling") -> str:
        return f"arn:aws:{service}:{self.scope.region}:{self.scope.account}:{resource}"

    def scalable(self, resource_id: str) -> Scalable | None:
        """Return what a resource id stands for, if it is there."""
        return self.scope.links.scalable(self.resource_arn(resource_id))

    def register(self, target: Target, resource: Scalable) -> None:
        """Keep a target and follow its capacity."""
        self.targets[target.resource_id] = target
        target.watching = resource.watch(_Watcher(self, target))

    def deregister(self, target: Target) -> None:
        """Forget a target with its policy, alarms and scheduled actions; its capacity stays (D)."""
        del self.targets[target.resource_id]
        target.policy = None
        if target.watching is not None:
            target.watching.cancel()
        for action in list(target.actions.values()):
            self.drop_action(target, action)

    # -- policies ----------------------------------------------------------------------------------------

    def measure(self, target: Target, in_use: int, allocated: int) -> None:
        """Take one value of the metric; the minute it falls in is looked at when it is over."""
        number = self.scope.clock.now() // MINUTE_MS
        if target.meter is None:
            target.meter = meter = Meter(number)
            self.scope.clock.call_at(
                (number + 1) * MINUTE_MS,
                lambda: self._end_minute(target, meter),
                label=f"utilization of {target.resource_id}",
                recurring=True,
            )
        target.meter.add(in_use, allocated)

    def _end_minute(self, target: Target, meter: Meter) -> None:
        policy = target.policy
        if target.meter is not meter or policy is None:
            return  # of a policy that is gone
        target.meter = None
        minute = meter.minute()
        side = policy.tracking.take(minute)
        if side is not None:
            self._track(target, policy, side, minute)

    def _track(self, target: Target, policy: Policy, side: Side, minute: Minute) -> None:
        resource, now = self.scope.links.scalable(target.resource_arn), self.scope.clock.now()
        if resource is None:
            return
        tracking, current = policy.tracking, resource.capacity
        wanted = target.clamp(tracking.wanted(minute))
        cause = f"monitor alarm {policy.alarms[side][0]} in state ALARM triggered policy {policy.name}"
        if side is Side.HIGH:
            is_free = not target.suspended["DynamicScalingOutSuspended"]
            if wanted > current and is_free and tracking.lets_out(wanted - current, now):
                tracking.went_out(wanted - current, now)
                self._scale(target, resource, wanted, cause)
        else:
            is_free = policy.scales_in and not target.suspended["DynamicScalingInSuspended"]
            if wanted < current and is_free and tracking.lets_in(now):
                tracking.went_in(now)
                self._scale(target, resource, wanted, cause)

    # -- scheduled actions -------------------------------------------------------------------------------

    def put_action(self, target: Target, action: Action) -> None:
        """Keep a scheduled action, in place of that of the same name, and park its first run."""
        previous = target.actions.get(action.name)
        if previous is not None:
            self.drop_action(target, previous)
        target.actions[action.name] = action
        self._park(target, action, self.scope.clock.now())

    @staticmethod
    def drop_action(target: Target, action: Action) -> None:
        """Forget a scheduled action."""
        del target.actions[action.name]
        if action.timer is not None:
            action.timer.cancel()

    def _park(self, target: Target, action: Action, since: Millis) -> None:
        due = action.next_after(since)
        action.timer = (
            None
            if due is None
            else self.scope.clock.call_at(
                due,
                partial(self._run, target, action, due),
                label=f"scheduled action {action.name} of {target.resource_id}",
                recurring=not action.is_one_time,
            )
        )

    def _run(self, target: Target, action: Action, due: Millis) -> None:
        self._park(target, action, due)
        if target.suspended["ScheduledScalingSuspended"]:
            return
        limits: Mapping[str, Any] = action.members["ScalableTargetAction"]
        minimum, maximum = limits.get("MinCapacity"), limits.get("MaxCapacity")
        target.minimum = target.minimum if minimum is None else minimum
        target.maximum = target.maximum if maximum is None else maximum
        told = f"min capacity to {target.minimum} and max capacity to {target.maximum}"
        cause = f"scheduled action name {action.name} was triggered"
        activity = self._begin(target, f"Setting {told}", cause)
        activity.end("Successful", f"Successfully set {told}", self.scope.clock.now())
        resource = self.scope.links.scalable(target.resource_arn)
        if resource is None:
            self._fail(target, target.minimum, cause, f"Function not found: {target.resource_arn}")
        elif target.clamp(resource.capacity) != resource.capacity:
            is_low = resource.capacity < target.minimum
            bound = f"{'minimum' if is_low else 'maximum'} capacity was set to"
            wanted = target.clamp(resource.capacity)
            self._scale(target, resource, wanted, f"{bound} {wanted}")

    # -- scaling -----------------------------------------------------------------------------------------

    def _scale(self, target: Target, resource: Scalable, wanted: int, cause: str) -> None:
        now = self.scope.clock.now()
        if target.activity is not None:
            target.activity.end("Overridden", "Another scaling activity has begun.", now)
        activity = self._begin(target, f"Setting desired concurrency to {wanted}.", cause)
        target.activity = activity
        try:
            resource.scale(wanted)
        except NotScaled as refusal:
            target.activity = None
            activity.end("Failed", _failed(wanted, str(refusal)), now)
            return
        activity.message = f"Successfully set desired concurrency to {wanted}. Waiting for change to be "
        activity.message += "fulfilled by lambda."
        if not wanted:
            self.settle(target, is_reached=True)

    def _fail(self, target: Target, wanted: int, cause: str, reason: str) -> None:
        activity = self._begin(target, f"Setting desired concurrency to {wanted}.", cause)
        activity.end("Failed", _failed(wanted, reason), self.scope.clock.now())

    def settle(self, target: Target, *, is_reached: bool) -> None:
        """Note how the change of capacity that was under way came out."""
        activity, now = target.activity, self.scope.clock.now()
        if activity is None:
            return
        target.activity = None
        head = activity.message.partition(" Waiting")[0]
        if is_reached:
            activity.end("Successful", f"{head} Change successfully fulfilled by lambda.", now)
        else:
            activity.end("Unfulfilled", f"{head} The change could not be fulfilled by lambda.", now)

    def _begin(self, target: Target, description: str, cause: str) -> Activity:
        activity = Activity(
            activity_id=self.scope.ids.uuid(),
            resource_id=target.resource_id,
            description=description,
            cause=cause,
            started_at=self.scope.clock.now(),
        )
        self.activities.append(activity)
        del self.activities[:-MOST_ACTIVITIES]
        return activity


def _failed(wanted: int, reason: str) -> str:
    return f"Failed to set desired concurrency to {wanted}. Reason: {reason}"


class _Watcher:
    """Follows one target's capacity."""

    def __init__(self, state: AutoScaling, target: Target) -> None:
        self._state = state
        self._target = target

    def used(self, in_use: int, allocated: int) -> None:
        if self._target.policy is not None:
            self._state.measure(self._target, in_use, allocated)

    def settled(self, *, is_reached: bool) -> None:
        self._state.settle(self._target, is_reached=is_reached)
