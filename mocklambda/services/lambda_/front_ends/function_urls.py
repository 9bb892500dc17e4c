"""Answers at function URLs: which function a host means, whether the caller may, the run, and its reply."""

from __future__ import annotations

import json
from typing import BinaryIO, NamedTuple

from mocklambda.execution.concurrency import Throttled
from mocklambda.execution.invoker import InvokeRequest
from mocklambda.execution.ports import Pending
from mocklambda.execution.refusals import Unstartable
from mocklambda.execution.tracing import RecursionStopped
from mocklambda.execution.values import Invocation, InvocationKind, Outcome, Streamed
from mocklambda.services.lambda_ import errors
from mocklambda.services.lambda_.front_ends import cors, url_access
from mocklambda.services.lambda_.front_ends.arrival import Arrival, arrival_of
from mocklambda.services.lambda_.front_ends.reply import raw_reply
from mocklambda.services.lambda_.front_ends.url_event import url_event
from mocklambda.services.lambda_.front_ends.url_reply import (
    INTERNAL_SERVER_ERROR,
    JSON,
    HttpReply,
    buffered,
)
from mocklambda.services.lambda_.front_ends.url_stream import Beginning, streamed
from mocklambda.services.lambda_.function import Function, UrlConfig, Version
from mocklambda.services.lambda_.response_stream import ResponseStream
from mocklambda.services.lambda_.state import Lambda
from mocklambda.services.service import AwsError, Context, RawReply

REQUEST_LIMIT = 6_291_456
TOO_LARGE = f"Request must be smaller than {REQUEST_LIMIT} bytes for the InvokeFunction operation"


class Site(NamedTuple):
    """What stands at a function URL."""

    state: Lambda
    """Of the function's owner."""
    function: Function
    alias: str
    """Empty for ``$LATEST``."""
    url: UrlConfig

    @property
    def arn(self) -> str:
        return self.state.arn(self.function.name, self.alias or None)


def answer(ctx: Context[Lambda], method: str, path: str, body: bytes | BinaryIO) -> RawReply | Pending:
    """Answer a request to a function URL's host."""
    arrival = arrival_of(ctx, method, body)
    try:
        return _answered(ctx, arrival)
    except AwsError as error:
        return _refusal(arrival, error)


def _answered(ctx: Context[Lambda], arrival: Arrival) -> RawReply | Pending:
    site = _site(ctx, arrival)
    settings = site.url.cors
    if settings and cors.is_preflight(arrival.method, arrival.headers):
        return _finished(
            arrival, HttpReply(status=200, content_type=JSON), ctx, cors.preflight(settings, arrival.headers)
        )
    caller = _admitted(ctx, arrival, site)
    version = site.function.pick(site.alias or None, ctx.scope.ids.choose)
    if version is None:
        raise url_access.forbidden()
    event = url_event(arrival, url_id=site.url.url_id, caller=caller)
    payload = json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")
    if len(payload) > REQUEST_LIMIT:
        raise errors.too_large(TOO_LARGE)
    return _run(ctx, arrival, site, version, payload)


def _site(ctx: Context[Lambda], arrival: Arrival) -> Site:
    url_id = arrival.name.partition(".")[0]
    for state in ctx.scope.execution.directories.in_region(ctx.region):
        found = state.urls.get(url_id)
        if found is not None:
            function, alias = found
            url = function.urls.get(alias)
            if url is None or url.url_id != url_id:  # R: the alias was deleted, and its URL with it
                raise url_access.forbidden()
            return Site(state, function, alias, url)
    raise url_access.unknown_url()


def _admitted(ctx: Context[Lambda], arrival: Arrival, site: Site) -> dict[str, str] | None:
    """Return who calls, None where nobody is asked; raises when the caller may not."""
    policy = site.function.policies.get(site.alias)
    if site.url.auth_type == "NONE":
        url_access.check_public(policy)
        return None
    scope = site.state.scope
    url_access.check_signed(
        arrival,
        policy,
        caller=ctx.account,
        owner=scope.account,
        region=scope.region,
        signatures=scope.signatures,
    )
    if scope.access is not None and ctx.caller_role:
        url_access.check_role(scope.access, ctx.caller_role, ctx.caller_function, site.arn)
    return url_access.identity(ctx.account, ctx.access_key, ctx.caller_arn, ctx.caller_id)


def _run(
    ctx: Context[Lambda], arrival: Arrival, site: Site, version: Version, payload: bytes
) -> Pending | RawReply:
    url, is_streaming = site.url, site.url.invoke_mode == "RESPONSE_STREAM"
    pending = ctx.outbox.pending()
    more = cors.added(url.cors, arrival.headers) if url.cors else ()
    stream, beginning = ResponseStream(ctx.outbox), Beginning()
    is_read_on = is_streaming and ctx.reader is not None and arrival.method != "HEAD"

    def finish(reply: HttpReply, invocation: Invocation) -> RawReply:
        return _finished(arrival, reply, ctx, (("X-Amzn-Trace-Id", invocation.trace_header), *more))

    def begin(come: Streamed, invocation: Invocation) -> None:
        if pending.done:
            stream.add(come)
            return
        stream.skip(come)
        reply = beginning.reply(come, ctx.follow(stream.take), stream.is_cut_off)
        if reply is not None:
            answer = pending.resolve if reply.chunks is None else pending.begin
            answer(finish(reply, invocation))

    def done(outcome: Outcome, invocation: Invocation) -> None:
        stream.end(outcome)
        if pending.done:
            return
        if is_streaming:
            reply = streamed(outcome)
        else:
            reply = INTERNAL_SERVER_ERROR if outcome.is_error else buffered(outcome.payload)
        pending.resolve(finish(reply, invocation))

    wish = InvokeRequest(
        spec=version.spec,
        invoked_arn=site.arn,
        payload=payload,
        kind=InvocationKind.REQUEST_RESPONSE,
        trigger="url",
        request_id=arrival.request_id,
        causes=ctx.causes,
        trace_header=arrival.trace,
        is_recursion_allowed=site.function.recursive_loop == "Allow",
        is_streamed=is_streaming,
        on_streamed=begin if is_read_on else None,
    )
    try:
        ctx.scope.execution.invoker.invoke(wish, done)
    except Throttled as refusal:
        raise errors.throttled(refusal.reason.value) from None
    except (RecursionStopped, Unstartable):
        return _finished(arrival, INTERNAL_SERVER_ERROR, ctx, more)
    return pending


def _finished(
    arrival: Arrival, reply: HttpReply, ctx: Context[Lambda], more: tuple[tuple[str, str], ...] = ()
) -> RawReply:
    always = (("Content-Type", reply.content_type), ("x-amzn-RequestId", arrival.request_id))
    return raw_reply(
        reply.status,
        (*always, *more, *reply.headers),
        reply.body,
        chunks=reply.chunks,
        is_cut_off=reply.is_cut_off,
        method=arrival.method,
        at=ctx.scope.clock.now(),
    )


def _refusal(arrival: Arrival, error: AwsError) -> RawReply:
    """Say no in the service's own form: not the function's."""
    document = dict(error.fields)
    if not document.keys() & {"Message", "message"}:
        document["message"] = error.message
    headers = (
        ("Content-Type", JSON),
        ("x-amzn-RequestId", arrival.request_id),
        ("x-amzn-ErrorType", error.code),
    )
    body = json.dumps(document, separators=(",", ":")).encode()
    return raw_reply(error.status, headers, body, method=arrival.method, at=arrival.at)
