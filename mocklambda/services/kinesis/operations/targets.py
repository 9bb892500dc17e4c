"""Which stream, shard or consumer a request means."""

from __future__ import annotations

from mocklambda.services.kinesis import errors
from mocklambda.services.kinesis.consumers import Consumer
from mocklambda.services.kinesis.policies import check_access
from mocklambda.services.kinesis.shard import shard_id
from mocklambda.services.kinesis.state import Kinesis
from mocklambda.services.kinesis.stream import Stream
from mocklambda.services.links import Arn
from mocklambda.services.service import Context, Request

_MAX_SHARD_NUMBER = 2_147_483_647


def stream_name(request: Request) -> str:
    """Return the name in StreamName or StreamARN; messages print it, whichever was sent."""
    if request.get("StreamId"):
        raise errors.invalid_argument("StreamId is reserved for future use.")
    name, arn = request.get("StreamName"), request.get("StreamARN")
    if name is None and arn is None:
        raise errors.invalid_argument("Either StreamName or StreamARN should be provided.")
    from_arn = None if arn is None else Arn.parse(arn).resource.removeprefix("stream/")
    if name is not None and from_arn is not None and name != from_arn:
        raise errors.invalid_argument(f"StreamName {name} and StreamARN {arn} do not name the same stream.")
    return str(name if name is not None else from_arn)


def state_for(ctx: Context[Kinesis], arn: str | None) -> Kinesis:
    """Return the state that an ARN points into: the caller's own, or another account's."""
    account = ctx.account if arn is None else Arn.parse(arn).account
    return ctx.state if account == ctx.account else ctx.scope.peer(account, ctx.region)


def find_stream(ctx: Context[Kinesis], request: Request, action: str) -> Stream:
    """Return the stream that StreamName or StreamARN names, if the caller may do ``action`` to it."""
    name = stream_name(request)
    stream = state_for(ctx, request.get("StreamARN")).find(name)
    check_access(stream, stream.arn, action, ctx.account)
    return stream


def find_consumer(ctx: Context[Kinesis], request: Request) -> tuple[Stream, Consumer]:
    """Return the consumer that ConsumerARN, or StreamARN and ConsumerName, or all of them name."""
    arn, name = request.get("ConsumerARN"), request.get("ConsumerName")
    if arn is not None:
        found = state_for(ctx, arn).by_arn(arn)
        if found is None or found[1] is None or name not in {None, found[1].name}:
            raise errors.consumer_not_found(arn, ctx.account)
        return found[0], found[1]
    if request.get("StreamARN") is None or name is None:
        raise errors.invalid_argument(
            "Either ConsumerARN or both StreamARN and ConsumerName should be provided."
        )
    stream = state_for(ctx, request["StreamARN"]).find(stream_name(request))
    if name not in stream.consumers:
        raise errors.consumer_not_found(name, ctx.account)
    return stream, stream.consumers[name]


def find_resource(ctx: Context[Kinesis], arn: str) -> tuple[Stream, Consumer | None]:
    """Return what ResourceARN names: a stream, or one of its consumers."""
    found = state_for(ctx, arn).by_arn(arn)
    if found is None:
        raise errors.stream_not_found(arn, ctx.account)
    return found


def shard_number(text: str, name: str, account: str) -> int:
    """Read a shard id as loosely as AWS: digits after the first hyphen, or all of it."""
    _, hyphen, rest = text.partition("-")
    digits = rest if hyphen else text
    if not (digits.isascii() and digits.isdigit()) or int(digits) > _MAX_SHARD_NUMBER:
        raise errors.shard_not_found(text, name, account)
    return int(digits)


def full_shard_id(text: str, name: str, account: str) -> str:
    return shard_id(shard_number(text, name, account))
