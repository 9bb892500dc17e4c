"""Queues themselves: create, find, list, configure, tag, delete."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping

from mocklambda.services.service import Context, Request, Result, operation
from mocklambda.services.sqs import errors, settings
from mocklambda.services.sqs.addresses import Address
from mocklambda.services.sqs.operations.request import (
    find,
    locate,
    missing_queue,
    refuse_at_queue,
    required,
    url_of,
)
from mocklambda.services.sqs.queue import Queue, status_counts
from mocklambda.services.sqs.state import Sqs

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_FIFO_NAME = re.compile(r"(?=.{1,80}\Z)[A-Za-z0-9_-]+\.fifo")
_BAD_NAME = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
_BAD_FIFO_NAME = (
    "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, "
    "must end with .fifo suffix and be 1 to 80 in length."
)
_MOST_TAGS = 50
_LONGEST_TAG_KEY, _LONGEST_TAG_VALUE = 128, 256
_LONGEST_PAGE = 1000
_READ_ONLY = (
    "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible", "CreatedTimestamp", "LastModifiedTimestamp", "QueueArn",
)  # fmt: skip


@operation("CreateQueue")
def create_queue(ctx: Context[Sqs], request: Request) -> Result:
    refuse_at_queue(ctx, "CreateQueue")
    name, attributes = request.get("QueueName") or "", request.get("Attributes") or {}
    _check_name(name, is_fifo=attributes.get("FifoQueue", "").lower() == "true")
    wanted = settings.initial(attributes)
    queue = ctx.state.queues.get(name)
    if queue is None:
        tags = request.get("tags") or {}
        _check_tags(name, {}, tags)
        queue = ctx.state.create(name, wanted, tags, ctx.now)
    else:
        difference = settings.first_difference(queue.settings, attributes, wanted)
        if difference is not None:
            raise errors.queue_exists(difference)
    return {"QueueUrl": url_of(ctx, queue)}


@operation("GetQueueUrl")
def get_queue_url(ctx: Context[Sqs], request: Request) -> Result:
    account = request.get("QueueOwnerAWSAccountId") or ctx.account
    found = locate(ctx, Address(account, None, required(request, "QueueName")))
    if found is None:
        raise missing_queue(ctx)
    return {"QueueUrl": url_of(ctx, found[1])}


@operation("DeleteQueue")
def delete_queue(ctx: Context[Sqs], request: Request) -> Result:
    owner, queue = find(ctx, request, "DeleteQueue")
    owner.delete(queue, ctx.now)
    return {}


@operation("ListQueues")
def list_queues(ctx: Context[Sqs], request: Request) -> Result:
    refuse_at_queue(ctx, "ListQueues")
    limit = _page_size(request)
    names = ctx.state.named(request.get("QueueNamePrefix") or "", _position(request), limit + 1)
    result = _page(request, "QueueUrls", [ctx.state.queues[name] for name in names], limit, ctx)
    return {name: value for name, value in result.items() if value}


@operation("ListDeadLetterSourceQueues")
def list_dead_letter_source_queues(ctx: Context[Sqs], request: Request) -> Result:
    owner, queue = find(ctx, request, "ListDeadLetterSourceQueues")
    position = _position(request)
    sources = [source for source in owner.sources_of(queue) if source.name > position]
    return _page(request, "queueUrls", sources, _page_size(request), ctx)


@operation("GetQueueAttributes")
def get_queue_attributes(ctx: Context[Sqs], request: Request) -> Result:
    _, queue = find(ctx, request, "GetQueueAttributes")
    names = request.get("AttributeNames") or ()
    for name in names:
        if name not in {"All", *settings.SETTABLE, *_READ_ONLY}:
            raise errors.unknown_attribute(name)
    if "All" in names:
        names = (*_READ_ONLY, *settings.SETTABLE)
    queue.refresh(ctx.now)
    read_only = _read_only(queue)
    shown = {
        name: read_only[name] if name in read_only else settings.show(queue.settings, name) for name in names
    }
    attributes = {name: value for name, value in shown.items() if value is not None}
    return {"Attributes": attributes} if attributes else {}


@operation("SetQueueAttributes")
def set_queue_attributes(ctx: Context[Sqs], request: Request) -> Result:
    owner, queue = find(ctx, request, "SetQueueAttributes")
    attributes: Mapping[str, str] = required(request, "Attributes")
    wanted = settings.changed(queue.settings, attributes)
    if "RedrivePolicy" in attributes:
        owner.check_redrive(queue.arn, wanted)
    queue.configure(wanted, ctx.now)
    owner.announce(queue, ctx.now)
    return {}


@operation("ListQueueTags")
def list_queue_tags(ctx: Context[Sqs], request: Request) -> Result:
    _, queue = find(ctx, request, "ListQueueTags")
    return {"Tags": dict(queue.tags)} if queue.tags else {}


@operation("TagQueue")
def tag_queue(ctx: Context[Sqs], request: Request) -> Result:
    _, queue = find(ctx, request, "TagQueue")
    tags = request.get("Tags") or {}
    if not tags:
        raise errors.missing_parameter("Tags")
    _check_tags(queue.name, queue.tags, tags)
    queue.tags.update(tags)
    return {}


@operation("UntagQueue")
def untag_queue(ctx: Context[Sqs], request: Request) -> Result:
    _, queue = find(ctx, request, "UntagQueue")
    keys = request.get("TagKeys") or ("",)
    _check_tag_keys(keys)
    for key in keys:
        queue.tags.pop(key, None)
    return {}


def _check_name(name: str, *, is_fifo: bool) -> None:
    if is_fifo:
        if not _FIFO_NAME.fullmatch(name):
            raise errors.invalid_parameter(_BAD_FIFO_NAME)
    elif not _NAME.fullmatch(name):
        raise errors.invalid_parameter(_BAD_NAME)


def _check_tags(queue_name: str, current: Mapping[str, str], tags: Mapping[str, str]) -> None:
    _check_tag_keys(tags)
    if not all(len(value) <= _LONGEST_TAG_VALUE for value in tags.values()):
        raise errors.invalid_parameter("Tag values must be between 0 and 256 characters in length.")
    if len({*current, *tags}) > _MOST_TAGS:
        raise errors.invalid_parameter(f"Too many tags added for queue {queue_name}.")


def _check_tag_keys(keys: Iterable[str]) -> None:
    if not all(0 < len(key) <= _LONGEST_TAG_KEY for key in keys):
        raise errors.invalid_parameter("Tag keys must be between 1 and 128 characters in length.")


def _read_only(queue: Queue) -> dict[str, str]:
    counts = {name: str(value) for name, value in status_counts(queue).items()}
    return counts | {
        "CreatedTimestamp": str(queue.created_at // 1000),
        "LastModifiedTimestamp": str(queue.modified_at // 1000),
        "QueueArn": queue.arn,
    }


# -- pages -----------------------------------------------------------------------------------------------


def _page_size(request: Request) -> int:
    size = request.get("MaxResults")
    if size is None:
        return _LONGEST_PAGE
    if not 1 <= size <= _LONGEST_PAGE:
        raise errors.invalid_value(size, "MaxResults", "MaxResults must be an integer between 1 and 1000.")
    return int(size)


def _position(request: Request) -> str:
    """Return the name after which the page begins; tokens are that name in base64."""
    token = request.get("NextToken")
    if not token:
        return ""
    try:
        return base64.b64decode(token, validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        raise errors.invalid_value(token, "NextToken", "Invalid or expired next token.") from None


def _page(request: Request, member: str, queues: list[Queue], limit: int, ctx: Context[Sqs]) -> Result:
    """Show the first ``limit`` queues; a token only where MaxResults was given and more exist (recorded)."""
    result: Result = {member: [url_of(ctx, queue) for queue in queues[:limit]]}
    if len(queues) > limit and request.get("MaxResults") is not None:
        result["NextToken"] = base64.b64encode(queues[limit - 1].name.encode()).decode()
    return result
