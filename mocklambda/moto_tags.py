"""moto's tagging API (resourcegroupstaggingapi) knows the tags of services that are ours, too, and changes them there.

What is tagged is asked of our services call by call, as by the owner of the account.
https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/Welcome.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from mocklambda.calls import Ask
from mocklambda.services.service import AwsError

Tags = Mapping[str, str]
Original = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Account:
    """One account and region, as its owner asks about it."""

    ask: Ask
    account: str
    region: str

    def call(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """Do an API call of ours; raises AwsError."""
        return self.ask(service, operation, params, self.account, self.region)

    def pages(
        self, service: str, operation: str, token: str, next_token: str, **params: Any
    ) -> Iterator[Any]:
        """Yield all pages of a list."""
        while True:
            page = self.call(service, operation, **params)
            yield page
            if not page.get(next_token):
                return
            params[token] = page[next_token]


@dataclass(frozen=True, slots=True)
class Kind:
    """How tags of one service's resources are listed and changed."""

    name: str
    """As in ResourceTypeFilters."""
    tagged: Callable[[Account], Iterator[tuple[str, Tags]]]
    tag: Callable[[Account, str, Tags], Any]
    untag: Callable[[Account, str, Sequence[str]], Any]


def add_resources(
    ask: Ask,
    original: Original,
    backend: Any,
    tag_filters: Any = None,
    resource_type_filters: Any = None,
    resource_arn_list: Any = None,
) -> Iterator[Any]:
    """Yield what is moto's, and what of ours the filters let through."""
    from moto.core.resource_tagging import TaggedResource, make_tag_matcher, match_resource_type

    yield from original(backend, tag_filters, resource_type_filters, resource_arn_list)
    matches = make_tag_matcher(tag_filters)
    for kind in KINDS.values():
        if match_resource_type(kind.name, resource_type_filters):
            for arn, tags in _tagged(ask, backend, [kind]):
                if matches(tags) and (not resource_arn_list or arn in resource_arn_list):
                    yield TaggedResource(arn=arn, tags=dict(tags), resource_type=kind.name)


def add_keys(ask: Ask, original: Original, backend: Any) -> Iterator[str]:
    """Yield each key of a tag once."""
    ours = (key for _, tags in _tagged(ask, backend) for key in tags)
    return iter(dict.fromkeys(chain(original(backend), ours)))


def add_values(ask: Ask, original: Original, backend: Any, tag_key: str) -> Iterator[str]:
    """Yield each value of a key once."""
    ours = (tags[tag_key] for _, tags in _tagged(ask, backend) if tag_key in tags)
    return iter(dict.fromkeys(chain(original(backend, tag_key), ours)))


def tag(
    ask: Ask, original: Original, backend: Any, resource_arns: Sequence[str], tags: Tags
) -> dict[str, Any]:
    """Tag resources of either's; returns what failed."""
    failed = _changed(ask, backend, resource_arns, lambda kind, account, arn: kind.tag(account, arn, tags))
    return {**failed, **original(backend, _of_others(resource_arns), tags)}


def untag(
    ask: Ask, original: Original, backend: Any, resource_arn_list: Sequence[str], tag_keys: Sequence[str]
) -> dict[str, Any]:
    """Take tags from resources of either's; returns what failed."""
    failed = _changed(
        ask, backend, resource_arn_list, lambda kind, account, arn: kind.untag(account, arn, tag_keys)
    )
    return {**failed, **original(backend, _of_others(resource_arn_list), tag_keys)}


def _tagged(ask: Ask, backend: Any, kinds: Iterable[Kind] | None = None) -> Iterator[tuple[str, Tags]]:
    account = Account(ask, backend.account_id, backend.region_name)
    for kind in KINDS.values() if kinds is None else kinds:
        yield from ((arn, tags) for arn, tags in kind.tagged(account) if tags)


def _changed(
    ask: Ask, backend: Any, arns: Sequence[str], change: Callable[[Kind, Account, str], Any]
) -> dict[str, Any]:
    failed = {}
    for arn in arns:
        kind = KINDS.get(_service(arn))
        if kind is None:
            continue
        try:
            change(kind, Account(ask, backend.account_id, backend.region_name), arn)
        except AwsError as error:
            failed[arn] = {
                "StatusCode": error.status,
                "ErrorCode": "InvalidParameterException",
                "ErrorMessage": error.message,
            }
    return failed


def _of_others(arns: Sequence[str]) -> list[str]:
    return [arn for arn in arns if _service(arn) not in KINDS]


def _service(arn: str) -> str:
    return arn.split(":")[2] if arn.count(":") > 4 else ""


def _as_list(tags: Tags) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _as_tags(listed: Iterable[Mapping[str, str]]) -> Tags:
    return {one["Key"]: one["Value"] for one in listed}


# -- our services ------------------------------------------------------------------------------------------


def _functions(account: Account) -> Iterator[tuple[str, Tags]]:
    for page in account.pages("lambda", "ListFunctions", "Marker", "NextMarker"):
        for one in page["Functions"]:
            arn = one["FunctionArn"]
            yield arn, account.call("lambda", "ListTags", Resource=arn)["Tags"]


def _queues(account: Account) -> Iterator[tuple[str, Tags]]:
    for page in account.pages("sqs", "ListQueues", "NextToken", "NextToken", MaxResults=1000):
        for url in page.get("QueueUrls") or ():
            found = account.call("sqs", "GetQueueAttributes", QueueUrl=url, AttributeNames=["QueueArn"])
            tags = account.call("sqs", "ListQueueTags", QueueUrl=url).get("Tags") or {}
            yield found["Attributes"]["QueueArn"], tags


def _queue_url(account: Account, arn: str) -> str:
    *_, owner, name = arn.split(":")
    url: str = account.call("sqs", "GetQueueUrl", QueueName=name, QueueOwnerAWSAccountId=owner)["QueueUrl"]
    return url


def _buckets(account: Account) -> Iterator[tuple[str, Tags]]:
    for one in account.call("s3", "ListBuckets")["Buckets"]:
        found = account.call("s3", "GetBucketLocation", Bucket=one["Name"])
        if (found.get("LocationConstraint") or "us-east-1") == account.region:
            yield f"arn:aws:s3:::{one['Name']}", _bucket_tags(account, one["Name"])


def _bucket_tags(account: Account, name: str) -> Tags:
    try:
        return _as_tags(account.call("s3", "GetBucketTagging", Bucket=name)["TagSet"])
    except AwsError as error:
        if error.code != "NoSuchTagSet":
            raise
        return {}


def _tag_bucket(account: Account, arn: str, tags: Tags, removed: Sequence[str] = ()) -> None:
    name = arn.rpartition(":")[2]
    kept = {key: value for key, value in _bucket_tags(account, name).items() if key not in removed} | dict(
        tags
    )
    account.call("s3", "PutBucketTagging", Bucket=name, Tagging={"TagSet": _as_list(kept)})


def _streams(account: Account) -> Iterator[tuple[str, Tags]]:
    for page in account.pages("kinesis", "ListStreams", "NextToken", "NextToken"):
        for one in page["StreamSummaries"]:
            found = account.call("kinesis", "ListTagsForResource", ResourceARN=one["StreamARN"])
            yield one["StreamARN"], _as_tags(found["Tags"])


def _topics(account: Account) -> Iterator[tuple[str, Tags]]:
    for page in account.pages("sns", "ListTopics", "NextToken", "NextToken"):
        for one in page["Topics"]:
            found = account.call("sns", "ListTagsForResource", ResourceArn=one["TopicArn"])
            yield one["TopicArn"], _as_tags(found["Tags"])


def _rules(account: Account) -> Iterator[tuple[str, Tags]]:
    buses = account.pages("events", "ListEventBuses", "NextToken", "NextToken")
    for bus in (bus["Name"] for page in buses for bus in page["EventBuses"]):
        for page in account.pages("events", "ListRules", "NextToken", "NextToken", EventBusName=bus):
            for one in page["Rules"]:
                found = account.call("events", "ListTagsForResource", ResourceARN=one["Arn"])
                yield one["Arn"], _as_tags(found["Tags"])


KINDS: Mapping[str, Kind] = {
    "events": Kind(
        "events:rule",
        _rules,
        lambda account, arn, tags: account.call(
            "events", "TagResource", ResourceARN=arn, Tags=_as_list(tags)
        ),
        lambda account, arn, keys: account.call("events", "UntagResource", ResourceARN=arn, TagKeys=keys),
    ),
    "kinesis": Kind(
        "kinesis:stream",
        _streams,
        lambda account, arn, tags: account.call("kinesis", "TagResource", ResourceARN=arn, Tags=dict(tags)),
        lambda account, arn, keys: account.call("kinesis", "UntagResource", ResourceARN=arn, TagKeys=keys),
    ),
    "lambda": Kind(
        "lambda:function",
        _functions,
        lambda account, arn, tags: account.call("lambda", "TagResource", Resource=arn, Tags=dict(tags)),
        lambda account, arn, keys: account.call("lambda", "UntagResource", Resource=arn, TagKeys=keys),
    ),
    "s3": Kind(
        "s3:bucket",
        _buckets,
        _tag_bucket,
        lambda account, arn, keys: _tag_bucket(account, arn, {}, keys),
    ),
    "sns": Kind(
        "sns:topic",
        _topics,
        lambda account, arn, tags: account.call("sns", "TagResource", ResourceArn=arn, Tags=_as_list(tags)),
        lambda account, arn, keys: account.call("sns", "UntagResource", ResourceArn=arn, TagKeys=keys),
    ),
    "sqs": Kind(
        "sqs:queue",
        _queues,
        lambda account, arn, tags: account.call(
            "sqs", "TagQueue", QueueUrl=_queue_url(account, arn), Tags=dict(tags)
        ),
        lambda account, arn, keys: account.call(
            "sqs", "UntagQueue", QueueUrl=_queue_url(account, arn), TagKeys=keys
        ),
    ),
}
"""Service, as in ARNs → its resources."""
