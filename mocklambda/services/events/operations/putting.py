"""PutEvents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mocklambda.services.events import errors
from mocklambda.services.events.bus import DEFAULT
from mocklambda.services.events.entries import Rejected, check_call, detail_of
from mocklambda.services.events.event import Event
from mocklambda.services.events.operations.finding import Events, home
from mocklambda.services.service import Request, Result, operation


@operation("PutEvents")
def put_events(ctx: Events, request: Request) -> Result:
    entries: Sequence[Mapping[str, Any]] = request["Entries"]
    if request.get("EndpointId") is not None:
        raise errors.not_served("Global endpoints are not supported.")
    check_call(entries)
    for entry in entries:
        _check_consent(ctx, entry)
    answers = [_put(ctx, entry) for entry in entries]
    return {"FailedEntryCount": sum("ErrorCode" in answer for answer in answers), "Entries": answers}


def _check_consent(ctx: Events, entry: Mapping[str, Any]) -> None:
    state, name = home(ctx, entry.get("EventBusName") or DEFAULT)
    bus = state.buses.get(name)
    if bus is not None and not bus.lets_account(ctx.account):
        raise errors.not_authorized(ctx.account, "PutEvents", bus.arn)


def _put(ctx: Events, entry: Mapping[str, Any]) -> dict[str, str]:
    try:
        detail = detail_of(entry)
    except Rejected as fault:
        return {"ErrorCode": fault.code, "ErrorMessage": fault.message}
    state, name = home(ctx, entry.get("EventBusName") or DEFAULT)
    time = entry.get("Time")
    event = Event(
        event_id=ctx.scope.ids.uuid(),
        detail_type=entry["DetailType"],
        source=entry["Source"],
        account=ctx.account,
        region=state.scope.region,
        time=ctx.now if time is None else time,
        resources=entry.get("Resources") or [],
        detail=detail,
        trace_header=entry.get("TraceHeader") or ctx.trace_header,
    )
    bus = state.buses.get(name)
    if bus is not None:  # R: an event for an unknown bus is accepted, and lost
        state.put(bus, event)
    return {"EventId": event.event_id}
