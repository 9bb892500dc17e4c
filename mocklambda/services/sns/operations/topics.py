"""Topics: their life, attributes, tags and permissions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from mocklambda.services.service import Request, Result, operation
from mocklambda.services.sns import errors
from mocklambda.services.sns.filter_policy import InvalidAttribute
from mocklambda.services.sns.operations.finding import Sns, find_topic, home, page, parsed_arn
from mocklambda.services.sns.topic import Topic
from mocklambda.services.sns.topic_attributes import checked, with_statement, without_statement

_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")


@operation("CreateTopic")
def create_topic(ctx: Sns, request: Request) -> Result:
    name = request.get("Name", "")
    given = dict(request.get("Attributes") or {})
    tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags") or []}
    is_fifo = _is_fifo(name, given.pop("FifoTopic", "false"))
    if request.get("DataProtectionPolicy"):
        raise errors.invalid_parameter("DataProtectionPolicy Reason: not implemented by mocklambda")
    existing = ctx.state.topics.get(name)
    if existing is not None:
        _check_same(existing, given, tags)
        return {"TopicArn": existing.arn}
    try:
        attributes = {key: checked(key, value, is_fifo=is_fifo) for key, value in given.items()}
    except InvalidAttribute as fault:
        raise errors.invalid_parameter(f"Attributes Reason: {fault.text}") from None
    return {"TopicArn": ctx.state.create(name, attributes, tags, is_fifo=is_fifo).arn}


def _is_fifo(name: str, flag: str) -> bool:
    is_fifo = flag.lower() == "true"
    base = name.removesuffix(".fifo") if is_fifo else name
    if len(name) > 256 or not _NAME.fullmatch(base) or name.endswith(".fifo") != is_fifo:
        raise errors.invalid_parameter("Topic Name")
    return is_fifo


def _check_same(topic: Topic, given: Mapping[str, str], tags: Mapping[str, str]) -> None:
    shown = topic.shown()
    if any(shown.get(key) != value for key, value in given.items()):
        raise errors.invalid_parameter("Attributes Reason: Topic already exists with different attributes")
    if any(topic.tags.get(key) != value for key, value in tags.items()):
        raise errors.invalid_parameter("Tags Reason: Topic already exists with different tags")


@operation("DeleteTopic")
def delete_topic(ctx: Sns, request: Request) -> Result:
    arn = parsed_arn(request, "TopicArn")
    if arn.region != ctx.region or arn.service != "sns":
        raise errors.invalid_parameter("TopicArn")
    if arn.account != ctx.account:
        find_topic(ctx, request, "DeleteTopic")
    home(ctx, arn).delete(arn.resource)
    return {}


@operation("ListTopics")
def list_topics(ctx: Sns, request: Request) -> Result:
    return page(request, "Topics", ({"TopicArn": topic.arn} for topic in ctx.state.topics.values()))


@operation("GetTopicAttributes")
def get_topic_attributes(ctx: Sns, request: Request) -> Result:
    return {"Attributes": find_topic(ctx, request, "GetTopicAttributes").shown()}


@operation("SetTopicAttributes")
def set_topic_attributes(ctx: Sns, request: Request) -> Result:
    topic = find_topic(ctx, request, "SetTopicAttributes")
    name, value = request.get("AttributeName", ""), request.get("AttributeValue", "")
    try:
        stored = checked(name, value, is_fifo=topic.is_fifo)
    except InvalidAttribute as fault:
        raise errors.invalid_parameter(fault.text) from None
    topic.attributes[name] = stored
    return {}


# -- permissions -----------------------------------------------------------------------------------------


@operation("AddPermission")
def add_permission(ctx: Sns, request: Request) -> Result:
    topic = find_topic(ctx, request, "AddPermission")
    accounts, actions = list(request.get("AWSAccountId") or []), list(request.get("ActionName") or [])
    topic.attributes["Policy"] = with_statement(
        topic.policy, request.get("Label", ""), accounts, actions, topic.arn
    )
    return {}


@operation("RemovePermission")
def remove_permission(ctx: Sns, request: Request) -> Result:
    topic = find_topic(ctx, request, "RemovePermission")
    topic.attributes["Policy"] = without_statement(topic.policy, request.get("Label", ""))
    return {}


# -- tags ------------------------------------------------------------------------------------------------


@operation("TagResource")
def tag_resource(ctx: Sns, request: Request) -> Result:
    topic = _tagged(ctx, request)
    tags: Sequence[Mapping[str, str]] = request.get("Tags") or []
    if len({tag["Key"] for tag in tags}) < len(tags):
        raise errors.invalid_parameter("Duplicated keys are not allowed.")
    topic.tags.update((tag["Key"], tag["Value"]) for tag in tags)
    return {}


@operation("UntagResource")
def untag_resource(ctx: Sns, request: Request) -> Result:
    topic = _tagged(ctx, request)
    for key in request.get("TagKeys") or []:
        topic.tags.pop(key, None)
    return {}


@operation("ListTagsForResource")
def list_tags_for_resource(ctx: Sns, request: Request) -> Result:
    return {"Tags": [{"Key": key, "Value": value} for key, value in _tagged(ctx, request).tags.items()]}


def _tagged(ctx: Sns, request: Request) -> Topic:
    arn = parsed_arn(request, "ResourceArn")
    topic = ctx.state.topics.get(arn.resource) if arn.account == ctx.account else None
    if topic is None or arn.region != ctx.region:
        raise errors.resource_not_found()
    return topic
