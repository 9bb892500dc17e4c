"""Tags and resource policies of streams and consumers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from mocklambda.services.kinesis import errors
from mocklambda.services.kinesis.operations.targets import find_resource, find_stream
from mocklambda.services.kinesis.policies import check_access, checked_policy
from mocklambda.services.kinesis.state import Kinesis
from mocklambda.services.service import Context, Request, Result, operation

_MOST_TAGS = 50
_ALLOWED = re.compile(r"[^\W_]|[ _./=+\-%@]")
"""One allowed sign: a letter or digit of any script, or one of these."""


def checked_tags(
    added: Mapping[str, str], existing: Mapping[str, str], name: str, account: str
) -> dict[str, str]:
    """Return ``existing`` with ``added`` on top; raises for signs or numbers that are not allowed."""
    _check_signs((*added.keys(), *added.values()), "add tags to", name, account)
    merged = {**existing, **added}
    if len(merged) > _MOST_TAGS:
        raise errors.too_many_tags(name, account)
    return merged


def _check_signs(texts: Iterable[str], verb: str, name: str, account: str) -> None:
    joined = "".join(texts)
    if _ALLOWED.sub("", joined):
        raise errors.tags_with_bad_characters()
    if "%" in joined:
        raise errors.tags_with_percent(verb, name, account)


@operation("AddTagsToStream")
def add_tags_to_stream(ctx: Context[Kinesis], request: Request) -> Result:
    stream = find_stream(ctx, request, "AddTagsToStream")
    stream.tags = checked_tags(request["Tags"], stream.tags, stream.name, stream.account)
    return {}


@operation("RemoveTagsFromStream")
def remove_tags_from_stream(ctx: Context[Kinesis], request: Request) -> Result:
    stream = find_stream(ctx, request, "RemoveTagsFromStream")
    _check_signs(request["TagKeys"], "remove tags from", stream.name, stream.account)
    for key in request["TagKeys"]:
        stream.tags.pop(key, None)
    return {}


@operation("ListTagsForStream")
def list_tags_for_stream(ctx: Context[Kinesis], request: Request) -> Result:
    stream = find_stream(ctx, request, "ListTagsForStream")
    start = request.get("ExclusiveStartTagKey", "")
    keys = sorted(key for key in stream.tags if key > start)
    page = keys[: request.get("Limit", _MOST_TAGS)]
    return {
        "Tags": [{"Key": key, "Value": stream.tags[key]} for key in page],
        "HasMoreTags": len(page) < len(keys),
    }


@operation("TagResource")
def tag_resource(ctx: Context[Kinesis], request: Request) -> Result:
    stream, consumer = find_resource(ctx, request["ResourceARN"])
    check_access(stream, request["ResourceARN"], "TagResource", ctx.account)
    owner = consumer or stream
    owner.tags = checked_tags(request["Tags"], owner.tags, stream.name, stream.account)
    return {}


@operation("UntagResource")
def untag_resource(ctx: Context[Kinesis], request: Request) -> Result:
    stream, consumer = find_resource(ctx, request["ResourceARN"])
    check_access(stream, request["ResourceARN"], "UntagResource", ctx.account)
    _check_signs(request["TagKeys"], "remove tags from", stream.name, stream.account)
    for key in request["TagKeys"]:
        (consumer or stream).tags.pop(key, None)
    return {}


@operation("ListTagsForResource")
def list_tags_for_resource(ctx: Context[Kinesis], request: Request) -> Result:
    stream, consumer = find_resource(ctx, request["ResourceARN"])
    check_access(stream, request["ResourceARN"], "ListTagsForResource", ctx.account)
    tags = (consumer or stream).tags
    return {"Tags": [{"Key": key, "Value": tags[key]} for key in sorted(tags)]}


@operation("PutResourcePolicy")
def put_resource_policy(ctx: Context[Kinesis], request: Request) -> Result:
    arn = request["ResourceARN"]
    stream, _consumer = find_resource(ctx, arn)
    check_access(stream, arn, "PutResourcePolicy", ctx.account)
    stream.policies[arn] = checked_policy(request["Policy"])
    return {}


@operation("GetResourcePolicy")
def get_resource_policy(ctx: Context[Kinesis], request: Request) -> Result:
    arn = request["ResourceARN"]
    stream, _consumer = find_resource(ctx, arn)
    check_access(stream, arn, "GetResourcePolicy", ctx.account)
    return {"Policy": stream.policies.get(arn, "{}")}


@operation("DeleteResourcePolicy")
def delete_resource_policy(ctx: Context[Kinesis], request: Request) -> Result:
    arn = request["ResourceARN"]
    stream, _consumer = find_resource(ctx, arn)
    check_access(stream, arn, "DeleteResourcePolicy", ctx.account)
    if stream.policies.pop(arn, None) is None:
        raise errors.no_policy(arn)
    return {}
