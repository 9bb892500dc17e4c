"""Enhanced fan-out: consumers and their subscriptions."""

from __future__ import annotations

from typing import Any

from mocklambda.services.kinesis import errors
from mocklambda.services.kinesis.consumers import MAX_CONSUMERS, Consumer, consumer_arn
from mocklambda.services.kinesis.iterators import find_position
from mocklambda.services.kinesis.operations.shapes import page_after
from mocklambda.services.kinesis.operations.subscription import Subscription
from mocklambda.services.kinesis.operations.tags import checked_tags
from mocklambda.services.kinesis.operations.targets import find_consumer, find_stream, full_shard_id
from mocklambda.services.kinesis.policies import check_access
from mocklambda.services.kinesis.state import Kinesis
from mocklambda.services.service import Context, Request, Result, operation
from mocklambda.services.tokens import seal


@operation("RegisterStreamConsumer")
def register_stream_consumer(ctx: Context[Kinesis], request: Request) -> Result:
    stream = find_stream(ctx, request, "RegisterStreamConsumer")
    name = request["ConsumerName"]
    if name in stream.consumers:
        raise errors.consumer_exists(name, stream.name, stream.account)
    if len(stream.consumers) >= MAX_CONSUMERS:
        raise errors.limit_exceeded(
            f"This request would exceed the limit of {MAX_CONSUMERS} consumers for stream {stream.name} "
            f"under account {stream.account}."
        )
    consumer = Consumer(
        name=name,
        arn=consumer_arn(stream.arn, name, ctx.now),
        created_at=ctx.now,
        tags=checked_tags(request.get("Tags") or {}, {}, stream.name, stream.account),
    )
    stream.consumers[name] = consumer
    # The reply still shows the state that it passes through.
    return {"Consumer": _shape(consumer, "CREATING")}


@operation("DeregisterStreamConsumer")
def deregister_stream_consumer(ctx: Context[Kinesis], request: Request) -> Result:
    stream, consumer = find_consumer(ctx, request)
    check_access(stream, consumer.arn, "DeregisterStreamConsumer", ctx.account)
    del stream.consumers[consumer.name]
    stream.policies.pop(consumer.arn, None)
    return {}


@operation("DescribeStreamConsumer")
def describe_stream_consumer(ctx: Context[Kinesis], request: Request) -> Result:
    stream, consumer = find_consumer(ctx, request)
    check_access(stream, consumer.arn, "DescribeStreamConsumer", ctx.account)
    return {"ConsumerDescription": _shape(consumer, "ACTIVE") | {"StreamARN": stream.arn}}


@operation("ListStreamConsumers")
def list_stream_consumers(ctx: Context[Kinesis], request: Request) -> Result:
    stream = find_stream(ctx, request, "ListStreamConsumers")
    created = request.get("StreamCreationTimestamp")
    if created is not None and created // 1000 != stream.created_at // 1000:
        raise errors.stream_not_found(stream.name, stream.account)
    start = ""
    if request.get("NextToken") is not None:
        (start,) = page_after(request["NextToken"], "consumers", ctx.now)
    limit = request.get("MaxResults", 100)
    names = sorted(name for name in stream.consumers if name > start)
    page = names[:limit]
    result: Result = {"Consumers": [_shape(stream.consumers[name], "ACTIVE") for name in page]}
    if len(names) > limit:
        result["NextToken"] = seal(ctx.scope.ids, "consumers", ctx.now, page[-1])
    return result


@operation("SubscribeToShard")
def subscribe_to_shard(ctx: Context[Kinesis], request: Request) -> Result:
    if request.get("DryRun"):
        raise errors.invalid_argument("DryRun is not served here.")
    stream, consumer = find_consumer(ctx, request)
    check_access(stream, consumer.arn, "SubscribeToShard", ctx.account)
    asked = full_shard_id(request["ShardId"], stream.name, stream.account)
    shard = stream.shard(int(asked.partition("-")[2]), ctx.now)
    if shard is None:
        raise errors.no_such_shard(asked, stream.name, stream.account)
    start = request["StartingPosition"]
    position = find_position(
        stream, shard, start["Type"], start.get("SequenceNumber"), start.get("Timestamp"), now=ctx.now
    )
    subscription = Subscription(stream, shard, consumer, position, ctx.now)
    if not consumer.take(shard.number, subscription, ctx.now):
        raise errors.already_subscribed(stream.account, stream.name, shard.shard_id, consumer.name)
    clock, outbox = ctx.scope.clock, ctx.outbox
    if ctx.scope.config.long_poll == "real" and ctx.reader is not None:
        events = ctx.follow(lambda: subscription.await_event(clock, outbox))
    else:
        events = iter(outbox.later(lambda: subscription.next_event(clock.now())), None)
    # one by one, as the caller reads: what is put meanwhile is among them
    return {"EventStream": ({"SubscribeToShardEvent": event} for event in events)}


def _shape(consumer: Consumer, status: str) -> dict[str, Any]:
    return {
        "ConsumerName": consumer.name,
        "ConsumerARN": consumer.arn,
        "ConsumerStatus": status,
        "ConsumerCreationTimestamp": consumer.created_at,
    }
