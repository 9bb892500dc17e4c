"""All buses of one account in one region: events go in, rules are looked at, schedules run."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.execution.ports import Undeliverable
from mocklambda.services.events.bus import DEFAULT, Bus
from mocklambda.services.events.delivery import Parcel
from mocklambda.services.events.event import Event
from mocklambda.services.events.rule import Rule
from mocklambda.services.links import Arn
from mocklambda.services.schedules import Schedule
from mocklambda.services.service import Scope
from mocklambda.services.undelivered import Undelivered


class Buses:
    """EventBridge in one account and region."""

    def __init__(self, scope: Scope[Buses]) -> None:
        self.scope = scope
        self.undelivered = Undelivered()
        self.buses: dict[str, Bus] = {}
        self.create(DEFAULT, {}, {}, scope.clock.now())

    def arn(self, resource: str) -> str:
        return f"arn:aws:events:{self.scope.region}:{self.scope.account}:{resource}"

    def create(self, name: str, settings: dict[str, Any], tags: dict[str, str], now: Millis) -> Bus:
        """Make a bus; whether one of that name is there has been looked at."""
        bus = Bus(
            name=name,
            arn=self.arn(f"event-bus/{name}"),
            account=self.scope.account,
            created_at=now,
            modified_at=now,
            settings=settings,
            tags=tags,
        )
        self.buses[name] = bus
        return bus

    def delete(self, name: str) -> None:
        """Delete a bus with its rules, if it is there."""
        bus = self.buses.pop(name, None)
        for rule in () if bus is None else bus.rules.values():
            self._unpark(rule)

    # -- events ------------------------------------------------------------------------------------------

    def put(self, bus: Bus, event: Event) -> None:
        """Bring an event to every target of every rule that wants it."""
        for rule in list(bus.rules.values()):
            if rule.wants(event):
                self._send(rule, event)

    def _send(self, rule: Rule, event: Event) -> None:
        now = self.scope.clock.now()
        for target in list(rule.targets.values()):
            Parcel(
                scope=self.scope,
                undelivered=self.undelivered,
                forward=self._forward,
                rule=rule,
                target=target,
                event=event,
                came_at=now,
            ).send()

    def _forward(self, arn: str, event: Event, account: str) -> None:
        """Put an event on another bus. Documented: what came from a bus is not sent on to a third."""
        if event.is_forwarded:
            return
        place = Arn.parse(arn)
        state = self.scope.peer(place.account, place.region)
        bus = state.buses.get(place.resource.removeprefix("event-bus/"))
        if bus is None:
            raise Undeliverable("ResourceNotFoundException", f"{arn} does not exist.", 404)
        if not bus.lets_account(account):
            raise Undeliverable("AccessDeniedException", f"{arn} does not let {account} put events.", 403)
        is_abroad = place.region != self.scope.region
        event_id = self.scope.ids.uuid() if is_abroad else event.event_id
        state.put(bus, replace(event, event_id=event_id, is_forwarded=True))

    # -- schedules ---------------------------------------------------------------------------------------

    def schedule(self, rule: Rule, schedule: Schedule | None) -> None:
        """Let a rule run by a schedule, in place of the one it had."""
        self._unpark(rule)
        rule.schedule = schedule
        if rule.is_enabled:
            self._park(rule)

    def drop(self, bus: Bus, rule: Rule) -> None:
        """Delete a rule."""
        self._unpark(rule)
        del bus.rules[rule.name]

    def _park(self, rule: Rule) -> None:
        when = None if rule.schedule is None else rule.schedule.after(self.scope.clock.now())
        if when is not None:
            run = partial(self._run, rule)
            label = f"schedule of rule {rule.name}"
            rule.timer = self.scope.clock.call_at(when, run, label=label, recurring=True)

    @staticmethod
    def _unpark(rule: Rule) -> None:
        if rule.timer is not None:
            rule.timer.cancel()
            rule.timer = None

    def _run(self, rule: Rule) -> None:
        scope = self.scope
        event = Event(
            event_id=scope.ids.uuid(),
            detail_type="Scheduled Event",
            source="aws.events",
            account=scope.account,
            region=scope.region,
            time=scope.clock.now(),
            resources=[rule.arn],
            detail={},
        )
        rule.timer = None
        self._park(rule)
        self._send(rule, event)
