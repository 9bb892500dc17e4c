"""Buses: their life, settings and policy."""

from __future__ import annotations

import json
from typing import Any

from mocklambda.services.events import errors
from mocklambda.services.events.bus import DEFAULT, Bus
from mocklambda.services.events.operations.finding import Events, find_bus, page
from mocklambda.services.policy_grammar import is_well_formed
from mocklambda.services.service import Request, Result, operation

_SETTINGS = ("Description", "KmsKeyIdentifier", "DeadLetterConfig")
"""The last two are about keys of the bus, which never fail here."""


@operation("CreateEventBus")
def create_event_bus(ctx: Events, request: Request) -> Result:
    name = request["Name"]
    if request.get("EventSourceName") is not None:
        raise errors.not_served("Partner event sources are not supported.")
    if name in ctx.state.buses:
        raise errors.bus_exists(name)
    tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags") or []}
    bus = ctx.state.create(name, _settings(request), tags, ctx.now)
    return {"EventBusArn": bus.arn, **bus.settings}


@operation("UpdateEventBus")
def update_event_bus(ctx: Events, request: Request) -> Result:
    _, bus = find_bus(ctx, request.get("Name"), "UpdateEventBus")
    bus.settings |= _settings(request)
    bus.modified_at = ctx.now
    return {"Arn": bus.arn, "Name": bus.name, **bus.settings}


def _settings(request: Request) -> dict[str, Any]:
    if (request.get("LogConfig") or {}).get("Level", "OFF") != "OFF":
        raise errors.not_served("Logs of event buses are not supported.")
    return {name: request[name] for name in _SETTINGS if request.get(name) is not None}


@operation("DescribeEventBus")
def describe_event_bus(ctx: Events, request: Request) -> Result:
    return find_bus(ctx, request.get("Name"), "DescribeEventBus")[1].shown()


@operation("ListEventBuses")
def list_event_buses(ctx: Events, request: Request) -> Result:
    return page(request, "EventBuses", ctx.state.buses, _listed, prefix=request.get("NamePrefix") or "")


def _listed(bus: Bus) -> dict[str, Any]:
    shown = bus.shown()
    return {
        name: value for name, value in shown.items() if name not in {"KmsKeyIdentifier", "DeadLetterConfig"}
    }


@operation("DeleteEventBus")
def delete_event_bus(ctx: Events, request: Request) -> Result:
    if request["Name"] == DEFAULT:
        raise errors.validation(f"Cannot delete event bus {DEFAULT}.")
    ctx.state.delete(request["Name"])
    return {}


@operation("PutPermission")
def put_permission(ctx: Events, request: Request) -> Result:
    _, bus = find_bus(ctx, request.get("EventBusName"), "PutPermission")
    policy = request.get("Policy")
    if policy is not None:
        _check_policy(policy)
        bus.policy = policy
        return {}
    missing = [name for name in ("Action", "Principal", "StatementId") if not request.get(name)]
    if missing:
        raise errors.validation(f"Parameter {missing[0]} must be specified.")
    bus.permit(request["StatementId"], request["Action"], request["Principal"], request.get("Condition"))
    return {}


def _check_policy(text: str) -> None:
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not is_well_formed(document) or not isinstance(document.get("Statement"), list):
        raise errors.validation("Parameter Policy is not valid.")


@operation("RemovePermission")
def remove_permission(ctx: Events, request: Request) -> Result:
    _, bus = find_bus(ctx, request.get("EventBusName"), "RemovePermission")
    if request.get("RemoveAllPermissions"):
        bus.policy = None
    else:
        bus.forbid(request.get("StatementId") or "")
    return {}
