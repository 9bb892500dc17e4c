"""What buses are to other services: something to put events on."""

from __future__ import annotations

from mocklambda.execution.ports import Delivery, Undeliverable
from mocklambda.services.events.bus import DEFAULT, Bus
from mocklambda.services.events.entries import Rejected, detail_from
from mocklambda.services.events.event import Event
from mocklambda.services.events.state import Buses
from mocklambda.services.resources import Resource


def destination(state: Buses, arn: str) -> BusDestination | None:
    """Return the bus under this ARN as something to deliver to."""
    bus = state.buses.get(arn.split(":", 5)[5].removeprefix("event-bus/"))
    return None if bus is None else BusDestination(state, bus)


def resource_policy(state: Buses, arn: str) -> str | None:
    """Return the policy of the bus under this ARN."""
    bus = state.buses.get(arn.split(":", 5)[5].removeprefix("event-bus/"))
    return None if bus is None else bus.policy


def resource(state: Buses, arn: str) -> Resource | None:
    """Return tags of the bus or rule under this ARN."""
    kind, _, path = arn.split(":", 5)[5].partition("/")
    if kind == "event-bus":
        bus = state.buses.get(path)
        return None if bus is None else Resource(tags=bus.tags)
    bus_name, _, name = path.rpartition("/")
    bus = state.buses.get(bus_name or DEFAULT)
    rule = None if bus is None else bus.rules.get(name)
    return None if rule is None else Resource(tags=rule.tags)


class BusDestination:
    """A bus that takes deliveries as events."""

    def __init__(self, state: Buses, bus: Bus) -> None:
        self._state = state
        self._bus = bus

    @property
    def arn(self) -> str:
        return self._bus.arn

    def deliver(self, delivery: Delivery) -> str:
        """Put an event whose detail is the body; returns its id."""
        scope = self._state.scope
        try:
            detail = detail_from(delivery.body)
        except Rejected as fault:
            raise Undeliverable(fault.code, fault.message) from None
        event = Event(
            event_id=scope.ids.uuid(),
            detail_type=delivery.detail_type or "",
            source=delivery.event_source or delivery.principal,
            account=scope.account,
            region=scope.region,
            time=scope.clock.now(),
            resources=delivery.resources,
            detail=detail,
            trace_header=delivery.trace_header,
        )
        self._state.put(self._bus, event)
        return event.event_id

    def permits(self, principal: str, source_arn: str, source_account: str) -> bool:
        """Tell whether a service may put events for a resource of that account."""
        return self._bus.lets_account(source_account)
