"""The control calls under ``/_mocklambda/``: for test suites in any language. JSON in, JSON out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from mocklambda.errors import MocklambdaError, NotSettled, UsageError
from mocklambda.wire.message import Request, Response

if TYPE_CHECKING:
    from mocklambda.server.instance import Instance

PREFIX = "/_mocklambda/"
Given = Mapping[str, Any]
Action = Callable[["Instance", Given], Any]


def answer(instance: Instance, request: Request) -> Response:
    """Do a control call and tell what came of it."""
    name = request.path[len(PREFIX) :].strip("/")
    action = ACTIONS.get((request.method, name))
    if action is None:
        known = ", ".join(f"{method} {PREFIX}{path}" for method, path in ACTIONS)
        return _json(404, {"message": f"there is no {request.method} {request.path}; there are {known}"})
    try:
        return _json(200, action(instance, _given(request)))
    except NotSettled as error:
        told = {"message": str(error), "in_flight": error.in_flight, "parked": error.parked}
        return _json(503, told)
    except UsageError as error:
        return _json(400, {"message": str(error)})
    except MocklambdaError as error:
        return _json(500, {"message": str(error)})


def _given(request: Request) -> dict[str, Any]:
    content = request.content()
    try:
        body = json.loads(content) if content.strip() else {}
    except ValueError as error:
        raise UsageError(f"the body is not JSON: {error}") from None
    if not isinstance(body, dict):
        raise UsageError("the body is not a JSON object")
    return {**dict(parse_qsl(request.query)), **body}


def _health(instance: Instance, given: Given) -> Any:
    from mocklambda.services import SERVICES

    _take(given)
    return {"status": "ok", "services": sorted(SERVICES), **_now(instance)}


def _reset(instance: Instance, given: Given) -> Any:
    _take(given)
    instance.reset()
    return _now(instance)


def _advance(instance: Instance, given: Given) -> Any:
    _take(given, "milliseconds", "seconds", "minutes", "hours", "days", "weeks")
    try:
        units: dict[str, Any] = {unit: float(value) for unit, value in given.items()}
    except (TypeError, ValueError) as error:
        raise UsageError(f"that is no length of time: {error}") from None
    instance.cloud.advance(**units)
    return _now(instance)


def _settle(instance: Instance, given: Given) -> Any:
    _take(given)
    instance.cloud.settle()
    return _now(instance)


def _invocations(instance: Instance, given: Given) -> Any:
    _take(given, "function")
    return {"invocations": [asdict(one) for one in instance.cloud.invocations(given.get("function"))]}


ACTIONS: dict[tuple[str, str], Action] = {
    ("GET", "health"): _health,
    ("POST", "reset"): _reset,
    ("POST", "advance"): _advance,
    ("POST", "settle"): _settle,
    ("GET", "invocations"): _invocations,
}


def _take(given: Given, *known: str) -> None:
    strange = sorted(given.keys() - set(known))
    if strange:
        raise UsageError(f"{', '.join(strange)}: not understood; {', '.join(known) or 'nothing'} is")


def _now(instance: Instance) -> dict[str, Any]:
    return {"now": instance.cloud.now}


def _json(status: int, document: Any) -> Response:
    body = json.dumps(document, default=_plain).encode()
    return Response(status=status, headers={"Content-Type": "application/json"}, body=body)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    raise TypeError(f"not JSON: {value!r}")
