"""Finds what a request's ARN means, and turns pages; shared by the operations."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from mocklambda.services.links import Arn
from mocklambda.services.service import Context, Request
from mocklambda.services.sns import errors
from mocklambda.services.sns.state import Topics
from mocklambda.services.sns.topic import Topic

Sns = Context[Topics]
PAGE = 100


def parsed_arn(request: Request, parameter: str) -> Arn:
    """Return an ARN parameter's parts; raises what SNS says to what is no ARN."""
    text = request.get(parameter)
    if text is None:
        raise errors.required(parameter)
    count = text.count(":") + 1
    if count < 6 or not text.startswith("arn:"):
        reason = f"An ARN must have at least 6 elements, not {count}" if count < 6 else "not an ARN"
        raise errors.invalid_parameter(f"{parameter} Reason: {reason}")
    return Arn.parse(text)


def home(ctx: Sns, arn: Arn) -> Topics:
    """Return the state that holds an ARN's resource, the caller's or another account's."""
    return ctx.state if arn.account == ctx.account else ctx.scope.peer(arn.account, arn.region)


def find_topic(ctx: Sns, request: Request, action: str, parameter: str = "TopicArn") -> Topic:
    """Return the topic that a request names; other accounts need the topic's consent."""
    arn = parsed_arn(request, parameter)
    if arn.region != ctx.region or arn.service != "sns":
        raise errors.invalid_parameter(parameter)
    topic = home(ctx, arn).topics.get(arn.resource)
    if topic is None:
        raise errors.topic_not_found()
    if arn.account != ctx.account and not topic.lets_account(ctx.account, action):
        raise errors.not_authorized(ctx.account, action, topic.arn)
    return topic


def page(request: Request, name: str, items: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a hundred items and the token for the next."""
    start = _start(request.get("NextToken"))
    found = list(islice(items, start, start + PAGE + 1))
    result: dict[str, Any] = {name: found[:PAGE]}
    if len(found) > PAGE:
        result["NextToken"] = base64.b64encode(str(start + PAGE).encode()).decode()
    return result


def _start(token: str | None) -> int:
    if not token:
        return 0
    try:
        return int(base64.b64decode(token, validate=True))
    except ValueError:
        raise errors.invalid_parameter("NextToken") from None
