"""Subscriptions: to queues and functions, their attributes, their end."""

from __future__ import annotations

from mocklambda.services.links import Arn
from mocklambda.services.service import AwsError, Request, Result, operation
from mocklambda.services.sns import errors
from mocklambda.services.sns.filter_policy import InvalidAttribute
from mocklambda.services.sns.operations.finding import Sns, find_topic, home, page, parsed_arn
from mocklambda.services.sns.subscription import LAMBDA, SQS, Subscription, is_function_arn, is_queue_arn
from mocklambda.services.sns.topic import Topic

_NOT_SERVED = ("http", "https", "email", "email-json", "sms", "application", "firehose")


@operation("Subscribe")
def subscribe(ctx: Sns, request: Request) -> Result:
    topic = find_topic(ctx, request, "Subscribe")
    protocol, endpoint = request.get("Protocol", ""), request.get("Endpoint", "")
    wanted = dict(request.get("Attributes") or {})
    _check_endpoint(topic, protocol, endpoint)
    existing = topic.by_endpoint.get((protocol, endpoint))
    if existing is not None:
        if not existing.agrees_with(wanted):
            raise errors.invalid_parameter(
                "Attributes Reason: Subscription already exists with different attributes"
            )
        return {"SubscriptionArn": existing.arn}
    subscription = Subscription(
        arn=f"{topic.arn}:{ctx.scope.ids.uuid()}",
        topic_arn=topic.arn,
        account=ctx.account,
        protocol=protocol,
        endpoint=endpoint,
        principal=f"arn:aws:iam::{ctx.account}:user/test",
        is_topic_fifo=topic.is_fifo,
    )
    try:
        subscription.configure(wanted)
    except InvalidAttribute as fault:
        raise errors.invalid_parameter(f"Attributes Reason: {fault.text}") from None
    home(ctx, Arn.parse(topic.arn)).subscribe(topic, subscription)
    return {"SubscriptionArn": subscription.arn}


def _check_endpoint(topic: Topic, protocol: str, endpoint: str) -> None:
    if protocol in _NOT_SERVED:
        raise errors.invalid_parameter(
            f"Protocol Reason: mocklambda delivers to sqs and lambda only, so {protocol} was not subscribed"
        )
    if protocol not in {SQS, LAMBDA}:
        raise errors.invalid_parameter(f"Amazon SNS does not support this protocol string: {protocol}")
    if protocol == SQS and not is_queue_arn(endpoint):
        raise errors.invalid_parameter("SQS endpoint ARN")
    if protocol == LAMBDA and not is_function_arn(endpoint):
        raise errors.invalid_parameter("Lambda endpoint ARN")
    if protocol == SQS and endpoint.endswith(".fifo") and not topic.is_fifo:
        raise _bad_endpoint("FIFO SQS Queues can not be subscribed to standard SNS topics")
    if protocol == LAMBDA and topic.is_fifo:
        raise _bad_endpoint("Please use FIFO SQS queue")  # D: FIFO topics deliver to queues only


def _bad_endpoint(reason: str) -> AwsError:
    return errors.invalid_parameter(f"Invalid parameter: Endpoint Reason: {reason}")


@operation("Unsubscribe")
def unsubscribe(ctx: Sns, request: Request) -> Result:
    arn = parsed_arn(request, "SubscriptionArn")
    name, separator, _ = arn.resource.partition(":")
    if not separator:
        raise errors.invalid_parameter("SubscriptionId")
    state = home(ctx, arn)
    subscription = state.subscriptions.get(request["SubscriptionArn"])
    if subscription is not None:
        state.unsubscribe(state.topics[name], subscription)
    return {}


@operation("GetSubscriptionAttributes")
def get_subscription_attributes(ctx: Sns, request: Request) -> Result:
    return {"Attributes": _find(ctx, request).shown()}


@operation("SetSubscriptionAttributes")
def set_subscription_attributes(ctx: Sns, request: Request) -> Result:
    subscription = _find(ctx, request)
    try:
        subscription.configure({request.get("AttributeName", ""): request.get("AttributeValue", "")})
    except InvalidAttribute as fault:
        raise errors.invalid_parameter(fault.text) from None
    return {}


def _find(ctx: Sns, request: Request) -> Subscription:
    arn = parsed_arn(request, "SubscriptionArn")
    subscription = home(ctx, arn).subscriptions.get(request["SubscriptionArn"])
    if subscription is None or ctx.account not in {subscription.account, arn.account}:
        raise errors.subscription_not_found()
    return subscription


@operation("ListSubscriptions")
def list_subscriptions(ctx: Sns, request: Request) -> Result:
    return page(request, "Subscriptions", (entry.listed() for entry in ctx.state.subscriptions.values()))


@operation("ListSubscriptionsByTopic")
def list_subscriptions_by_topic(ctx: Sns, request: Request) -> Result:
    topic = find_topic(ctx, request, "ListSubscriptionsByTopic")
    return page(request, "Subscriptions", (entry.listed() for entry in topic.subscriptions.values()))
