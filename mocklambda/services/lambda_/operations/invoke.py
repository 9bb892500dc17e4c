"""Invoke and InvokeAsync: what a request must be, and what the reply carries of the outcome."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from mocklambda.execution.concurrency import Throttled
from mocklambda.execution.invoker import InvokeRequest, OnOutcome
from mocklambda.execution.ports import Pending
from mocklambda.execution.refusals import Unstartable
from mocklambda.execution.tracing import RecursionStopped
from mocklambda.execution.values import Invocation, InvocationKind, Outcome, Streamed
from mocklambda.services.lambda_ import errors, names, snap_start
from mocklambda.services.lambda_.durable.starts import check_durable, obtain
from mocklambda.services.lambda_.function import Version
from mocklambda.services.lambda_.hosting import check_open
from mocklambda.services.lambda_.json_request import check_json
from mocklambda.services.lambda_.operations.locate import Located, locate
from mocklambda.services.lambda_.response_stream import ResponseStream
from mocklambda.services.lambda_.state import Lambda
from mocklambda.services.lambda_.tenancy import check_tenant
from mocklambda.services.service import AwsError, Context, Reply, Request, Result, operation

SYNC_LIMIT = 6_291_456
ASYNC_LIMIT = 1_048_576
INVOKE_ASYNC_LIMIT = 262_144
CLIENT_CONTEXT_LIMIT = 3_583
LONGEST_EVENT = 16 << 20
"""Bytes that one event of a stream can carry; a longer chunk is cut."""
OCTETS = "application/octet-stream"
Tell = Callable[[Outcome, Invocation, Reply, "str | None"], Result]
"""Says in a reply how an invocation came out; the last argument is the log's tail, where asked for."""


@operation("Invoke")
def invoke(ctx: Context[Lambda], request: Request) -> Result | Pending:
    """Run a function and wait for it, have it run later, or only check."""
    kind = request.get("InvocationType") or "RequestResponse"
    payload = _content(request.get("Payload"))
    _check_size(payload, kind)
    found = locate(ctx, request, "InvokeFunction")
    version = _invocable(found, payload, request)
    if kind == "DryRun":
        ctx.reply.status = 204
        return {"StatusCode": 204}
    if version.spec.durable is not None:
        return _invoke_durable(ctx, request, found, version, payload)
    if request.get("DurableExecutionName"):
        raise errors.invalid_parameter(  # I
            "You cannot specify a durable execution name when invoking a function that is not durable."
        )
    if kind == "Event":
        _accept(ctx, found, payload, request.get("TenantId"))
        ctx.reply.status = 202
        return {"StatusCode": 202, "Payload": b""}
    return _run(ctx, request, _wish(ctx, request, found, version, payload), tell=_result)


@operation("InvokeWithResponseStream")
def invoke_with_response_stream(ctx: Context[Lambda], request: Request) -> Result | Pending:
    """Run a function and send its response as a stream: in its chunks, or one for runtimes that do not stream.

    The call returns when the first of it is there, or the function has ended; who can wait reads each chunk when the
    function has made it. What it streamed before an error comes before the error.
    """
    kind = request.get("InvocationType") or "RequestResponse"
    payload = _content(request.get("Payload"))
    _check_size(payload, kind)
    found = locate(ctx, request, "InvokeFunction")
    version = _invocable(found, payload, request)
    if kind == "DryRun":
        ctx.reply.status = 204
        return {"StatusCode": 204}
    check_durable(found.qualifier, version.spec, is_event=False)
    wish = replace(_wish(ctx, request, found, version, payload), is_streamed=True)
    if ctx.reader is None:
        return _run(ctx, request, wish, tell=_stream)
    return _run_open(ctx, request, wish)


@operation("InvokeAsync")
def invoke_async(ctx: Context[Lambda], request: Request) -> Result:
    """Have a function run later: the old form of Invoke's Event."""
    payload = _content(request["InvokeArgs"])
    if len(payload) > INVOKE_ASYNC_LIMIT:
        raise _async_too_large(payload, INVOKE_ASYNC_LIMIT)
    found = locate(ctx, request, "InvokeFunction")
    _invocable(found, payload, request)
    _accept(ctx, found, payload, None)
    ctx.reply.status = 202
    return {"Status": 202}


# -- inside ----------------------------------------------------------------------------------------------


def _content(payload: Any) -> bytes:
    if payload is None:
        return b""
    content: bytes = payload if isinstance(payload, bytes) else payload.read()
    return content


def _check_size(payload: bytes, kind: str) -> None:
    if kind == "Event":
        if len(payload) > ASYNC_LIMIT:
            raise _async_too_large(payload, ASYNC_LIMIT)
    elif len(payload) > SYNC_LIMIT:
        raise errors.too_large(
            f"Request must be smaller than {SYNC_LIMIT} bytes for the InvokeFunction operation"
        )


def _async_too_large(payload: bytes, limit: int) -> AwsError:
    return errors.too_large(
        f"{len(payload)} byte payload is too large for the Event invocation type (limit {limit} bytes)"
    )


def _version(found: Located) -> Version:
    version = None
    if found.function is not None:
        version = found.function.pick(found.qualifier, found.state.scope.ids.choose)
    if version is None:
        if found.function is not None and found.qualifier is None:
            raise errors.no_published_version()
        raise errors.function_not_found(found.state.arn(found.name, found.qualifier or names.LATEST))
    return version


def _invocable(found: Located, payload: bytes, request: Request) -> Version:
    """Return the version that is to run, if it can with this payload."""
    version = _version(found)
    check_json(payload)
    if version.is_pending and snap_start.has_snapshot(version.spec):
        raise snap_start.not_ready()
    if version.is_pending or version.hosting is not None or version.failure is not None:
        check_open(version)
    check_tenant(version.spec, request.get("TenantId"))
    return version


def _accept(
    ctx: Context[Lambda],
    found: Located,
    payload: bytes,
    tenant_id: str | None,
    durable_execution: str | None = None,
) -> None:
    ctx.scope.execution.events.accept(
        found.asked_arn,
        payload,
        trigger="async",
        causes=ctx.causes,
        request_id=ctx.request_id,
        trace_header=ctx.trace_header,
        tenant_id=tenant_id,
        durable_execution=durable_execution,
    )


def _invoke_durable(
    ctx: Context[Lambda], request: Request, found: Located, version: Version, payload: bytes
) -> Result | Pending:
    """Begin a durable execution, or find the one of the same name: nothing is done twice then."""
    is_event = request.get("InvocationType") == "Event"
    check_durable(found.qualifier, version.spec, is_event=is_event)
    wish = _wish(ctx, request, found, version, payload)
    durable = found.state.durable
    execution, is_new = obtain(durable, wish, request.get("DurableExecutionName"))
    if is_event:
        if is_new:
            _accept(ctx, found, payload, request.get("TenantId"), execution.arn)
        ctx.reply.status = 202
        return {"StatusCode": 202, "Payload": b"", "DurableExecutionArn": execution.arn}

    def tell(outcome: Outcome, invocation: Invocation, reply: Reply, tail: str | None) -> Result:
        return _result(outcome, invocation, reply, tail) | {"DurableExecutionArn": execution.arn}

    if not is_new:
        pending, answer = _answering(ctx, request, tell)
        durable.runs.join(execution, answer)
        return pending
    try:
        return _run(ctx, request, replace(wish, durable_execution=execution.arn), tell=tell)
    except AwsError:
        durable.forget(execution)
        raise


def _wish(
    ctx: Context[Lambda], request: Request, found: Located, version: Version, payload: bytes
) -> InvokeRequest:
    is_event = request.get("InvocationType") == "Event"
    return InvokeRequest(
        spec=version.spec,
        invoked_arn=found.asked_arn,
        payload=payload or b"{}",
        kind=InvocationKind.EVENT if is_event else InvocationKind.REQUEST_RESPONSE,
        trigger="async" if is_event else "invoke",
        request_id=ctx.request_id,
        causes=ctx.causes,
        client_context=_client_context(request.get("ClientContext")),
        trace_header=ctx.trace_header,
        tenant_id=request.get("TenantId"),
        is_recursion_allowed=found.function is not None and found.function.recursive_loop == "Allow",
    )


def _answering(ctx: Context[Lambda], request: Request, tell: Tell) -> tuple[Pending, OnOutcome]:
    """Return a reply that is not there yet, and what makes it of an outcome."""
    pending = ctx.scope.outbox.pending()
    reply, wants_tail = ctx.reply, request.get("LogType") == "Tail"

    def answer(outcome: Outcome, invocation: Invocation) -> None:
        if outcome.is_restore_failure:
            pending.fail(snap_start.restore_failed(outcome))
            return
        reply.headers["X-Amzn-Trace-Id"] = invocation.trace_header
        tail = base64.b64encode(outcome.log_tail).decode() if wants_tail else None
        pending.resolve(tell(outcome, invocation, reply, tail))

    return pending, answer


def _run(ctx: Context[Lambda], request: Request, wish: InvokeRequest, *, tell: Tell) -> Pending:
    pending, answer = _answering(ctx, request, tell)
    _invoke(ctx, wish, answer)
    return pending


def _invoke(ctx: Context[Lambda], wish: InvokeRequest, answer: OnOutcome) -> None:
    try:
        ctx.scope.execution.invoker.invoke(wish, answer)
    except Throttled as refusal:
        raise errors.throttled(refusal.reason.value) from None
    except RecursionStopped:
        raise errors.recursion_stopped() from None
    except Unstartable as refusal:
        raise errors.unstartable(refusal.code, refusal.message) from None


def _run_open(ctx: Context[Lambda], request: Request, wish: InvokeRequest) -> Pending:
    """Answer with the first of what is streamed, and go on with what comes; as ``_run`` if the end comes first."""
    stream, complete = ResponseStream(ctx.outbox), dict[str, str]()

    def tell(outcome: Outcome, invocation: Invocation, reply: Reply, tail: str | None) -> Result:
        stream.end(outcome)
        complete.update(_complete(outcome, tail))
        return _stream(outcome, invocation, reply, tail)

    pending, answer = _answering(ctx, request, tell)

    def begin(more: Streamed, invocation: Invocation) -> None:
        stream.add(more)
        if not pending.done:
            ctx.reply.headers["X-Amzn-Trace-Id"] = invocation.trace_header
            events = _events(ctx.follow(stream.take), complete)
            pending.begin(_head(invocation, more.content_type) | {"EventStream": events})

    _invoke(ctx, replace(wish, on_streamed=begin), answer)
    return pending


def _result(outcome: Outcome, invocation: Invocation, reply: Reply, tail: str | None) -> Result:
    reply.headers["x-amzn-Remapped-Content-Length"] = "0"
    result: Result = {
        "StatusCode": 200,
        "ExecutedVersion": invocation.spec.version,
        "Payload": outcome.payload,
    }
    if outcome.is_error:
        result["FunctionError"] = "Unhandled"
    if tail is not None:
        result["LogResult"] = tail
    return result


def _stream(outcome: Outcome, invocation: Invocation, _reply: Reply, tail: str | None) -> Result:
    whole = Streamed(chunks=() if outcome.is_error else (outcome.payload,), content_type=OCTETS)
    response = outcome.streamed or whole
    events = [*_events(response.chunks, _complete(outcome, tail))]
    return _head(invocation, response.content_type) | {"EventStream": events}


def _head(invocation: Invocation, content_type: str) -> Result:
    return {
        "StatusCode": 200,
        "ExecutedVersion": invocation.spec.version,
        "ResponseStreamContentType": content_type,
    }


def _events(chunks: Iterable[bytes], complete: Mapping[str, str]) -> Iterator[Result]:
    for chunk in chunks:
        for piece in _pieces(chunk):
            yield {"PayloadChunk": {"Payload": piece}}
    yield {"InvokeComplete": complete}


def _complete(outcome: Outcome, tail: str | None) -> dict[str, str]:
    complete: dict[str, str] = {} if tail is None else {"LogResult": tail}
    if outcome.is_error:  # D: in a 200 all the same; details I
        complete |= {"ErrorCode": "Unhandled", "ErrorDetails": outcome.payload.decode()}
    return complete


def _pieces(chunk: bytes) -> list[bytes]:
    return [chunk[start : start + LONGEST_EVENT] for start in range(0, len(chunk), LONGEST_EVENT)]


def _client_context(text: str | None) -> str | None:
    if not text:
        return None
    if len(text) > CLIENT_CONTEXT_LIMIT:
        raise errors.invalid_request_content(
            f"Client context must be less than or equal to {CLIENT_CONTEXT_LIMIT} bytes. Actual size was "
            f"{len(text)}"
        )
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise errors.invalid_request_content(
            "Client context must be a valid Base64-encoded JSON object."
        ) from None
