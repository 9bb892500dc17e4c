"""One request: route → decode → operation → result or AwsError, for whoever asks.

The test's own calls wait for the answer and for what they caused; calls from inside handlers get theirs by
callback. Holds the package's only broad ``except`` beside the supervisor's: a bug of ours that a handler's
call meets is answered as a 500 and kept, so that it surfaces in the test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mocklambda.calls import (
    TEST,
    Answer,
    Call,
    Fault,
    Guard,
    Neighbours,
    Origin,
    codec_of,
    meet,
    operation_of,
    target_of,
)
from mocklambda.config import Config
from mocklambda.elsewhere import Elsewhere
from mocklambda.engine import Engine
from mocklambda.errors import MocklambdaError, UnmockedAWSCall
from mocklambda.execution.ports import Causes
from mocklambda.flight import PendingReply, held
from mocklambda.fronts import Fronts, Visit
from mocklambda.identity import account_of, caller_identity
from mocklambda.ids import Ids
from mocklambda.input_checks import check_constraints, check_members
from mocklambda.refusals import (
    named_service,
    no_operation,
    not_connected,
    not_implemented,
    not_served,
    refusal,
)
from mocklambda.services.registry import Registry
from mocklambda.services.service import AwsError, Context, Reply
from mocklambda.wire.errors import NoSuchRoute, WireFault
from mocklambda.wire.message import Request, Response

if TYPE_CHECKING:
    from botocore.model import OperationModel


@dataclass(slots=True)
class Gateway:
    """Answers requests to the services of one session."""

    registry: Registry
    engine: Engine
    config: Config
    ids: Ids
    neighbours: Neighbours
    guard: Guard | None = None
    """Where handlers are held to what their roles may do."""
    violations: list[MocklambdaError] = field(default_factory=list)
    """Calls that nothing served, for the end of the test."""
    bugs: list[BaseException] = field(default_factory=list)
    """Exceptions of our own that a handler's call met."""
    faults: list[Fault] = field(default_factory=list)
    fronts: Fronts = field(init=False)
    elsewhere: Elsewhere = field(init=False)

    def __post_init__(self) -> None:
        self.fronts = Fronts(self.registry, self.engine, self.ids)
        self.elsewhere = Elsewhere(
            neighbours=self.neighbours,
            registry=self.registry,
            engine=self.engine,
            fronts=self.fronts,
            settle=self._settle,
            api=self.api,
        )

    # -- the three ways in -------------------------------------------------------------------------------

    def fast(
        self,
        model: OperationModel,
        request: Request,
        *,
        access_key: str | None,
        region: str | None,
        origin: Origin = TEST,
    ) -> Answer:
        """Answer a call whose operation is known, in this process, with no bytes for the caller to parse."""
        service = model.service_model.service_name
        if self.guard is not None:
            origin = self.guard.identified(origin, access_key)
        account, region = self._caller(access_key, region, origin)
        if not self.registry.serves(service, request.content):
            asked = (service, model.name, request)
            return Answer(self._neighbour(*asked, account, region, origin, access_key), None)
        call = Call(
            service=service,
            model=model,
            codec=codec_of(model),
            request=request,
            account=account,
            region=region,
            origin=origin,
        )
        answer = self._answer(call, wants_parsed=True)
        answer.response.delay_ms = call.delay_ms
        return answer

    def api(
        self,
        service: str,
        operation: str,
        params: dict[str, Any],
        *,
        account: str,
        region: str,
        origin: Origin = TEST,
    ) -> dict[str, Any]:
        """Do one API call for the session's own sugar: the operation's input in, its output back.

        Raises ParamValidationError as a client does, and AwsError as the operation does.
        """
        plug = self.registry.plug(service)
        function = plug.operations[operation]
        model, _ = target_of(service, operation)
        check_members(model, params)
        delay_ms = meet(self.faults, service, operation) if self.faults else 0
        if plug.validates:
            check_constraints(plug, model, params)
        engine, request_id, reply = self.engine, self.ids.uuid(), Reply()

        def run(causes: Causes) -> Any:
            state, scope = self.registry.state(service, account, region)
            return function(
                Context(
                    state=state,
                    scope=scope,
                    account=account,
                    region=region,
                    now=engine.clock.now(),
                    request_id=request_id,
                    reply=reply,
                    causes=causes,
                ),
                params,
            )

        try:
            result = self._run(run, origin)
        finally:
            if delay_ms:
                engine.rest(delay_ms, origin.work)
        return {**result, "ResponseMetadata": {"RequestId": request_id}}

    def wire(self, request: Request, origin: Origin = TEST) -> Response:
        """Answer a request of which only the bytes are known."""
        from mocklambda.wire.routing import identify

        target = identify(request)
        if self.guard is not None:
            origin = self.guard.identified(origin, target.access_key)
        account, region = self._caller(target.access_key, target.region, origin)
        answered = self._visited(self.fronts.at_door(request, account, target.access_key, origin), origin)
        if answered is not None:
            return answered
        if not self.registry.serves(target.service, request.content):
            return self._neighbour(target.service, "", request, account, region, origin, target.access_key)
        answered = self._visited(
            self.fronts.at_service(target.service, request, account, region, origin), origin
        )
        if answered is not None:
            return answered
        call = self._route(target.service, request, account, region, origin)
        response = self._answer(call, wants_parsed=False).response
        response.delay_ms = call.delay_ms
        return response

    def foreign(self, request: Request, origin: Origin) -> Response:
        """Answer a request of another program, whatever comes of it; never raises."""
        try:
            response = self.wire(request, origin)
            if response.delay_ms:
                self.engine.rest(response.delay_ms, origin.work)
        except MocklambdaError as error:
            return self._told(named_service(request), error)
        except Exception as error:
            return self._owned_up(named_service(request), error)
        return response

    def submit(
        self,
        service: str,
        operation: str,
        request: Request,
        *,
        access_key: str | None,
        region: str | None,
        origin: Origin,
        reply: Callable[[Response], None],
    ) -> None:
        """Answer a handler's call by calling ``reply`` once, now or later; never blocks, never raises.

        ``service`` and ``operation`` are empty for a request of which only the bytes are known.
        """
        try:
            if not service and self._submit_at_door(request, access_key, origin, reply):
                return
            call = self._handlers_call(service, operation, request, access_key, region, origin)
            if isinstance(call, Response):
                reply(call)
            else:
                self._submit(call, reply)
        except MocklambdaError as error:
            reply(self._told(service, error))
        except Exception as error:
            reply(self._owned_up(service, error))

    def _handlers_call(
        self,
        service: str,
        operation: str,
        request: Request,
        access_key: str | None,
        region: str | None,
        origin: Origin,
    ) -> Call | Response:
        if not service:
            from mocklambda.wire.routing import identify

            target = identify(request)
            service = target.service
            access_key, region = target.access_key or access_key, target.region or region
        if self.guard is not None:
            origin = self.guard.identified(origin, access_key)
        account, region = self._caller(access_key, region, origin)
        if not self.registry.serves(service, request.content):
            return self._neighbour(service, operation, request, account, region, origin, access_key)
        if not operation:
            answered = self._visited(
                self.fronts.at_service(service, request, account, region, origin), origin
            )
            return answered or self._route(service, request, account, region, origin)
        model, codec = target_of(service, operation)
        return Call(
            service=service,
            model=model,
            codec=codec,
            request=request,
            account=account,
            region=region,
            origin=origin,
        )

    def _told(self, service: str, error: MocklambdaError) -> Response:
        return refusal(service, type(error).__name__, str(error), 501, self.ids.uuid())

    def _owned_up(self, service: str, error: Exception) -> Response:
        self.bugs.append(error)
        text = f"A bug in mocklambda, not in your code: {type(error).__name__}: {error}"
        return refusal(service, "InternalFailure", text, 500, self.ids.uuid())

    # -- one call ----------------------------------------------------------------------------------------

    def _answer(self, call: Call, *, wants_parsed: bool) -> Answer:
        request_id = self.ids.uuid()
        reply = Reply()
        try:
            run = self._prepared(call, request_id, reply, call.origin)
            result = self._run(run, call.origin)
        except (AwsError, WireFault) as error:
            return self._refused(call, error, request_id, wants_parsed=wants_parsed)
        codec, model, status, headers = call.codec, call.model, reply.status, reply.headers
        if wants_parsed:
            return Answer(*codec.answer(model, result, request_id=request_id, status=status, headers=headers))
        response = codec.encode(model, result, request_id=request_id, status=status, headers=headers)
        return Answer(response, None)

    def _run(self, run: Callable[[Causes], Any], origin: Origin) -> Any:
        engine = self.engine
        if not origin.settles:
            result = engine.turn(lambda: held(run(origin.causes), origin.work), origin.causes)
            return engine.wait(result) if isinstance(result, PendingReply) else result
        causes = engine.new_call()
        is_expecting = engine.expect()
        try:
            result = engine.call(lambda: run(causes), causes)
            is_pending = isinstance(result, PendingReply)
            try:
                return engine.wait(result) if is_pending else result
            finally:
                if not is_pending or (result.done and not result.goes_on):
                    self._settle(causes)  # what goes on does when it is read; who was interrupted does not
        finally:
            if is_expecting:
                engine.dismiss()

    def _settle(self, causes: Causes) -> None:
        if self.config.settle == "auto":
            self.engine.settle_call(causes)

    def _submit(self, call: Call, reply_to: Callable[[Response], None]) -> None:
        request_id = self.ids.uuid()
        reply = Reply()
        origin = call.origin

        def tell(response: Response) -> None:
            response.delay_ms = call.delay_ms
            reply_to(response)

        def respond(result: Any) -> None:
            tell(
                call.codec.encode(
                    call.model, result, request_id=request_id, status=reply.status, headers=reply.headers
                )
            )

        def later(pending: PendingReply) -> None:
            try:
                respond(pending.result())
            except AwsError as error:
                tell(call.codec.encode_error(call.model, error, request_id=request_id))

        try:
            run = self._prepared(call, request_id, reply, None)
            result = self.engine.turn(lambda: held(run(origin.causes), origin.work, later), origin.causes)
        except (AwsError, WireFault) as error:
            tell(call.codec.encode_error(call.model, error, request_id=request_id))
            return
        if not isinstance(result, PendingReply):
            respond(result)

    def _prepared(
        self, call: Call, request_id: str, reply: Reply, reader: Origin | None
    ) -> Callable[[Causes], Any]:
        plug = self.registry.plug(call.service)
        function = plug.operations.get(call.model.name)
        if function is None:
            raise self._violation(
                not_implemented(call.service, call.model.name, plug.operations, call.request)
            )
        if self.faults:
            call.delay_ms = meet(self.faults, call.service, call.model.name)
        params = call.codec.decode(call.model, call.request)
        if plug.validates:
            check_constraints(plug, call.model, params)
        request = call.request
        headers = request.headers
        guard = self.guard if call.origin.role else None

        def run(causes: Causes) -> Any:
            state, scope = self.registry.state(call.service, call.account, call.region)
            ctx: Context[Any] = Context(
                state=state,
                scope=scope,
                account=call.account,
                region=call.region,
                now=self.engine.clock.now(),
                request_id=request_id,
                reply=reply,
                causes=causes,
                trace_header=headers.get("x-amzn-trace-id"),
                caller_arn=call.origin.caller_arn,
                caller_id=call.origin.caller_id,
                caller_role=call.origin.role,
                caller_function=call.origin.function_arn,
                host=request.host,
                scheme=request.scheme,
                source_ip=call.origin.source_ip,
                reader=reader,
                path=request.path,
                query=request.query,
                headers=headers,
                body=request.body if isinstance(request.body, bytes) else b"",
            )
            if guard is None:
                return function(ctx, params)
            about = None if plug.about is None else plug.about(ctx, params)
            return guard.run(call, function, ctx, params, about)

        return run

    def _visited(self, visit: Visit | None, origin: Origin) -> Response | None:
        """Let whoever is at home answer; None when nobody is."""
        if visit is None:
            return None
        try:
            return visit.response(self._run(visit.run, origin))
        except AwsError as error:
            return visit.error_form(error)

    def _submit_at_door(
        self, request: Request, access_key: str | None, origin: Origin, reply_to: Callable[[Response], None]
    ) -> bool:
        """Have a handler's request answered at a host where no API answers; False if it is none."""
        from mocklambda.wire.routing import identify

        key = identify(request).access_key or access_key
        account = self._caller(key, None, origin)[0]
        visit = self.fronts.at_door(request, account, key, origin, is_read_on=False)
        if visit is None:
            return False

        def respond(raw: Any) -> None:
            response = visit.response(raw)
            assert response is not None
            reply_to(response)

        def turn() -> Any:
            return held(visit.run(origin.causes), origin.work, lambda pending: respond(pending.result()))

        result = self.engine.turn(turn, origin.causes)
        if result is not None and not isinstance(result, PendingReply):
            respond(result)
        return result is not None

    def _refused(
        self, call: Call, error: AwsError | WireFault, request_id: str, *, wants_parsed: bool
    ) -> Answer:
        response = call.codec.encode_error(call.model, error, request_id=request_id)
        parsed = call.codec.parsed_error(call.model, error, response) if wants_parsed else None
        return Answer(response, parsed)

    # -- who and where -----------------------------------------------------------------------------------

    def _caller(self, access_key: str | None, region: str | None, origin: Origin) -> tuple[str, str]:
        account = account_of(access_key, origin, self.neighbours) or self.config.account_id
        if region in {None, "aws-global"}:  # S3's and IAM's pseudo region
            region = self.config.region
        assert region is not None
        return account, region

    def _route(self, service: str, request: Request, account: str, region: str, origin: Origin) -> Call:
        from mocklambda.wire.models import service_model
        from mocklambda.wire.protocols import codec_for
        from mocklambda.wire.routing import route

        model = service_model(service)
        lifted = self.registry.plug(service).lifted
        if lifted is not None:
            request = replace(request, headers=lifted(request.query, request.headers))
        try:
            operation = route(model, request)
        except NoSuchRoute as error:
            raise self._violation(no_operation(service, request, error)) from None
        codec = codec_for(model, request=request)
        return Call(
            service=service,
            model=operation,
            codec=codec,
            request=request,
            account=account,
            region=region,
            origin=origin,
        )

    def _neighbour(
        self,
        service: str,
        operation: str,
        request: Request,
        account: str,
        region: str,
        origin: Origin,
        access_key: str | None,
    ) -> Response:
        identity = caller_identity(service, operation, request, origin, access_key, self.ids.uuid)
        if identity is None and not self.neighbours.serves(service):
            raise self._violation(not_served(service, operation, request, self.neighbours.why_not(service)))
        delay_ms = 0
        try:
            if self.faults:
                delay_ms = meet(self.faults, service, operation or operation_of(service, request))
            guard = self.guard
            if identity is None and guard is not None and origin.role:
                call = (service, operation, request, account, region, origin)
                self.engine.turn(lambda: guard.check(*call), origin.causes)
            response = identity or self.elsewhere.answer(
                service, request, account, region, origin, access_key
            )
        except UnmockedAWSCall as error:
            raise self._violation(error) from None
        except AwsError as error:
            response = refusal(service, error.code, error.message, error.status, self.ids.uuid())
        response.delay_ms = delay_ms
        return response

    def refuse(self, host: str, answered: str) -> UnmockedAWSCall:
        """Note that something tried to connect to an AWS host by itself, and return the error that says so."""
        return self._violation(not_connected(host, answered))

    def _violation(self, error: UnmockedAWSCall) -> UnmockedAWSCall:
        self.violations.append(error)
        return error
