"""Answers at load balancers' hosts: which listener and rule, which function, whether it may, its reply."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import BinaryIO

from mocklambda.execution.directory import Target
from mocklambda.execution.invoker import InvokeRequest
from mocklambda.execution.ports import Pending
from mocklambda.execution.refusals import NotNow
from mocklambda.execution.tracing import RecursionStopped
from mocklambda.execution.values import Invocation, InvocationKind, Outcome
from mocklambda.services.balancers import Balancer, FixedResponse, Forward, Listener, Redirect, TargetGroup
from mocklambda.services.lambda_.front_ends import balancer_rules
from mocklambda.services.lambda_.front_ends.arrival import Arrival, arrival_of
from mocklambda.services.lambda_.front_ends.balancer_event import NotText, balancer_event
from mocklambda.services.lambda_.front_ends.balancer_reply import (
    LIMIT,
    BadResult,
    BalancerReply,
    own_reply,
    target_reply,
)
from mocklambda.services.lambda_.front_ends.reply import raw_reply
from mocklambda.services.lambda_.policy import Caller
from mocklambda.services.lambda_.state import Lambda
from mocklambda.services.service import Context, RawReply

PRINCIPAL = "elasticloadbalancing.amazonaws.com"
MOST_FORWARDERS = 30
"""Addresses in ``X-Forwarded-For`` that a load balancer takes (D)."""


class _Answered(Exception):
    """The load balancer answers by itself."""

    def __init__(self, status: int) -> None:
        self.reply = own_reply(status)
        super().__init__(status)


def answer(ctx: Context[Lambda], method: str, path: str, body: bytes | BinaryIO) -> RawReply | Pending | None:
    """Answer a request to a load balancer's host; None where there is no such balancer or nobody listens."""
    arrival = arrival_of(ctx, method, body)
    balancer = _balancer(ctx, arrival.name)
    listener = None if balancer is None else balancer_rules.listener_for(balancer, arrival)
    if listener is None:
        return None
    try:
        return _answered(ctx, arrival, listener)
    except _Answered as own:
        return _finished(ctx, arrival, own.reply)


def _balancer(ctx: Context[Lambda], name: str) -> Balancer | None:
    for state in ctx.scope.execution.directories.in_region(ctx.region):
        found: Balancer | None = state.balancers.get(name)
        if found is not None:
            return found
    return ctx.scope.links.balancer(name, ctx.region)


def _answered(ctx: Context[Lambda], arrival: Arrival, listener: Listener) -> RawReply | Pending:
    if arrival.headers.get("x-forwarded-for", "").count(",") >= MOST_FORWARDERS:
        raise _Answered(463)
    action = balancer_rules.choose(listener, arrival)
    if isinstance(action, FixedResponse):
        headers = (("Content-Type", action.content_type),)
        reply = BalancerReply(status=action.status, headers=headers, body=action.body.encode())
        return _finished(ctx, arrival, reply)
    if isinstance(action, Redirect):
        return _finished(ctx, arrival, _redirected(action, arrival, listener))
    if action is None:
        raise _Answered(503)
    return _forwarded(ctx, arrival, listener, _group(ctx, action))


def _group(ctx: Context[Lambda], action: Forward) -> TargetGroup:
    groups = [group for group, _ in action.groups]
    weights = [weight for _, weight in action.groups]
    if not any(weights):
        raise _Answered(503)
    return groups[0] if len(groups) == 1 else ctx.scope.ids.choose(groups, weights)


def _redirected(action: Redirect, arrival: Arrival, listener: Listener) -> BalancerReply:
    parts = {
        "#{protocol}": listener.protocol.lower(),
        "#{host}": arrival.name,
        "#{port}": str(listener.port),
        "#{path}": arrival.path.lstrip("/"),
        "#{query}": arrival.query,
    }

    def filled(text: str) -> str:
        for placeholder, value in parts.items():
            text = text.replace(placeholder, value)
        return text

    query = filled(action.query)
    place = f"{filled(action.protocol).lower()}://{filled(action.host)}:{filled(action.port)}{filled(action.path)}"
    location = f"{place}?{query}" if query else place
    page = own_reply(action.status)
    return replace(page, headers=(*page.headers, ("Location", location)))


def _forwarded(
    ctx: Context[Lambda], arrival: Arrival, listener: Listener, group: TargetGroup
) -> RawReply | Pending:
    if group.target_arn is None:
        raise _Answered(503)
    if arrival.headers.get("upgrade", "").lower() == "websocket":
        raise _Answered(400)
    if len(arrival.body) > LIMIT:
        raise _Answered(413)
    try:
        event = balancer_event(
            arrival,
            target_group_arn=group.arn,
            is_multi_value=group.is_multi_value,
            port=listener.port,
            protocol=listener.protocol,
        )
    except NotText:
        raise _Answered(400) from None
    return _run(ctx, arrival, group, _target(ctx, group, group.target_arn), event)


def _target(ctx: Context[Lambda], group: TargetGroup, arn: str) -> Target:
    """Return what runs; raises where there is none that can, or its policy does not let this group in."""
    target: Target | None = ctx.scope.execution.directories.resolve(arn)
    _, _, _, region, account, _, name, *rest = arn.split(":")
    caller = Caller(service=PRINCIPAL, source_arn=group.arn, source_account=account)
    owner = ctx.scope.peer(account, region)
    if (
        target is None
        or target.spec.is_tenant_isolated
        or not owner.permits(name, rest[0] if rest else None, "lambda:InvokeFunction", caller)
    ):
        raise _Answered(502)
    return target


def _run(
    ctx: Context[Lambda], arrival: Arrival, group: TargetGroup, target: Target, event: dict[str, object]
) -> Pending:
    assert group.target_arn is not None
    wish = InvokeRequest(
        spec=target.spec,
        invoked_arn=group.target_arn,
        payload=json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass"),
        kind=InvocationKind.REQUEST_RESPONSE,
        trigger=f"alb:{group.arn.split('/')[1]}",
        request_id=arrival.request_id,
        causes=ctx.causes,
        trace_header=arrival.trace,
        is_recursion_allowed=target.is_recursion_allowed,
    )
    pending = ctx.outbox.pending()

    def done(outcome: Outcome, _: Invocation) -> None:
        pending.resolve(_finished(ctx, arrival, _reply(outcome, group)))

    try:
        ctx.scope.execution.invoker.invoke(wish, done)
    except (NotNow, RecursionStopped):
        raise _Answered(502) from None
    return pending


def _reply(outcome: Outcome, group: TargetGroup) -> BalancerReply:
    if outcome.is_error:
        return own_reply(502)
    try:
        return target_reply(outcome.payload, is_multi_value=group.is_multi_value)
    except BadResult:
        return own_reply(502)


def _finished(ctx: Context[Lambda], arrival: Arrival, reply: BalancerReply) -> RawReply:
    return raw_reply(reply.status, reply.headers, reply.body, method=arrival.method, at=ctx.scope.clock.now())
