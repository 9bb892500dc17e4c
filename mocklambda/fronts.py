"""Requests that are none of an API's operations: at a service's own front, or at hosts where no API answers.

Finds who is meant and prepares the visit; when it runs, and who waits for it, is the gateway's to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mocklambda.engine import Engine
from mocklambda.execution.ports import Causes
from mocklambda.ids import Ids
from mocklambda.services import DOORS
from mocklambda.services.registry import Registry
from mocklambda.services.service import AwsError, Context, RawReply, Reply
from mocklambda.wire.message import CutOffError, Request, Response

if TYPE_CHECKING:
    from mocklambda.calls import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request that is about to be answered by other than an operation."""

    run: Callable[[Causes], Any]
    """To be called in a turn: a RawReply, a pending one, or None where nobody is at home."""
    request_id: str
    error_form: Callable[[AwsError], Response]
    headers: dict[str, str]
    """That go on its reply unless that has them."""

    def response(self, raw: RawReply | None) -> Response | None:
        """Turn what the service answered into what travels."""
        if raw is None:
            return None
        headers = {**self.headers, **raw.headers}
        body = raw.body if raw.chunks is None else _pieces(raw.chunks, raw.is_cut_off)
        return Response(status=raw.status, headers=headers, body=body, repeated=raw.repeated)


def _pieces(chunks: Iterable[bytes], is_cut_off: Callable[[], bool]) -> Iterator[bytes]:
    yield from chunks
    if is_cut_off():
        raise CutOffError


class Fronts:
    """Finds who answers requests that are no operations."""

    def __init__(self, registry: Registry, engine: Engine, ids: Ids) -> None:
        self._registry = registry
        self._engine = engine
        self._ids = Ids(ids.seed + 1)  # of its own: who is asked in vain takes no id from the service

    def at_service(
        self, service: str, request: Request, account: str, region: str, origin: Origin
    ) -> Visit | None:
        """Return the visit of a service's own front, if it has one: forms, preflights, websites."""
        from mocklambda.wire.addresses import path_style
        from mocklambda.wire.models import service_model
        from mocklambda.wire.protocols import codec_for

        front = self._registry.plug(service).front
        if front is None:
            return None
        path, request_id = path_style(request)[0], self._ids.uuid()

        def run(causes: Causes) -> Any:
            ctx = self._context(
                service, request, origin, account=account, region=region, request_id=request_id, causes=causes
            )
            return front(ctx, request.method, path, request.body)

        def error_form(error: AwsError) -> Response:
            return codec_for(service_model(service)).encode_error(None, error, request_id=request_id)

        return Visit(
            run=run, request_id=request_id, error_form=error_form, headers={"x-amz-request-id": request_id}
        )

    def at_door(
        self,
        request: Request,
        account: str,
        access_key: str | None,
        origin: Origin,
        *,
        is_read_on: bool = True,
    ) -> Visit | None:
        """Return the visit of what stands at a host where no API answers; None for hosts of APIs.

        ``is_read_on`` says whether who asks can wait for the rest of an answer.
        """
        from mocklambda.wire.doors import door_of

        door = door_of(request.host)
        if door is None:
            return None
        service, request_id = DOORS[door.kind], self._ids.uuid()
        enter = self._registry.plug(service).doors[door.kind]
        request = replace(request, host=door.host)

        def run(causes: Causes) -> Any:
            ctx = self._context(
                service,
                request,
                origin,
                account=account,
                region=door.region,
                request_id=request_id,
                causes=causes,
            )
            ctx.access_key = access_key
            ctx.reader = origin if is_read_on else None
            return enter(ctx, request.method, request.path, request.body)

        def error_form(error: AwsError) -> Response:
            raise error  # doors answer in their own forms; this one is a fault of ours

        return Visit(run=run, request_id=request_id, error_form=error_form, headers={})

    def follow(self, service: str, account: str, region: str, causes: Causes) -> None:
        """Look at what a neighbour has done where ours go by it: load balancers, and rights of pollers."""
        if service == "iam":
            _, scope = self._registry.state("lambda", account, region)
            if scope.access is not None:
                self._engine.turn(scope.execution.mappings.wake, causes)
        if service == "elbv2":
            state, scope = self._registry.state("lambda", account, region)
            groups = scope.links.target_groups(account, region)
            self._engine.turn(lambda: state.health_checks.follow(groups))

    def _context(
        self,
        service: str,
        request: Request,
        origin: Origin,
        *,
        account: str,
        region: str,
        request_id: str,
        causes: Causes,
    ) -> Context[Any]:
        state, scope = self._registry.state(service, account, region)
        return Context(
            state=state,
            scope=scope,
            account=account,
            region=region,
            now=self._engine.clock.now(),
            request_id=request_id,
            reply=Reply(),
            causes=causes,
            trace_header=request.headers.get("x-amzn-trace-id"),
            caller_arn=origin.caller_arn,
            caller_id=origin.caller_id,
            caller_role=origin.role,
            caller_function=origin.function_arn,
            host=request.host,
            scheme=request.scheme,
            source_ip=origin.source_ip,
            path=request.path,
            query=request.query,
            headers=request.headers,
        )
