"""Finds the bus and rule that a request means, and turns pages; shared by the operations."""

from __future__ import annotations

import base64
from bisect import bisect_right
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from mocklambda.services.events import errors
from mocklambda.services.events.bus import DEFAULT, Bus
from mocklambda.services.events.rule import Rule
from mocklambda.services.events.state import Buses
from mocklambda.services.links import Arn
from mocklambda.services.service import Context, Request

Events = Context[Buses]
T = TypeVar("T")
PAGE = 100


def home(ctx: Events, name: str) -> tuple[Buses, str]:
    """Return the state that a bus's name or ARN belongs to, and the plain name."""
    if not name.startswith("arn:"):
        return ctx.state, name
    arn = Arn.parse(name)
    is_here = (arn.account, arn.region) == (ctx.account, ctx.region)
    state = ctx.state if is_here else ctx.scope.peer(arn.account, arn.region)
    return state, arn.resource.removeprefix("event-bus/")


def find_bus(ctx: Events, name: str | None, action: str) -> tuple[Buses, Bus]:
    """Return a bus and its state; other accounts need the bus's consent."""
    state, plain = home(ctx, name or DEFAULT)
    bus = state.buses.get(plain)
    if bus is None:
        raise errors.bus_not_found(plain)
    if not bus.lets_account(ctx.account, action):
        raise errors.not_authorized(ctx.account, action, bus.arn)
    return state, bus


def find_rule(ctx: Events, request: Request, action: str, parameter: str = "Name") -> tuple[Buses, Bus, Rule]:
    """Return the rule that a request names, with its bus and state."""
    state, bus = find_bus(ctx, request.get("EventBusName"), action)
    return state, bus, bus.rule(request[parameter])


def page(
    request: Request, name: str, items: Mapping[str, T], show: Callable[[T], Any], *, prefix: str = ""
) -> dict[str, Any]:
    """Return a page of items in the order of their names, and the token for the next."""
    names = sorted(key for key in items if key.startswith(prefix))
    start = bisect_right(names, _last_seen(request.get("NextToken")))
    end = start + (request.get("Limit") or PAGE)
    result: dict[str, Any] = {name: [show(items[key]) for key in names[start:end]]}
    if end < len(names):
        result["NextToken"] = base64.b64encode(names[end - 1].encode()).decode()
    return result


def _last_seen(token: str | None) -> str:
    if token is None:
        return ""
    try:
        return base64.b64decode(token, validate=True).decode()
    except ValueError:
        raise errors.validation("Parameter NextToken is not valid.") from None
