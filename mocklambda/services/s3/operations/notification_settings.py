"""A bucket's notification configuration: which is accepted, and the test messages that tell of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from mocklambda.services.links import Arn
from mocklambda.services.s3.bucket import Bucket
from mocklambda.services.s3.dates import iso_millis
from mocklambda.services.s3.errors import invalid_argument, malformed_xml
from mocklambda.services.s3.notification_rules import Kind, NotificationRule, overlap
from mocklambda.services.s3.notifications import SERVICE
from mocklambda.services.s3.operations.entry import Ctx, Request, Result, on_bucket
from mocklambda.services.service import AwsError

Document = Mapping[str, Any]

_LISTS: tuple[tuple[str, str, Kind, str], ...] = (
    ("TopicConfigurations", "TopicArn", "Topic", "sns"),
    ("QueueConfigurations", "QueueArn", "Queue", "sqs"),
    ("LambdaFunctionConfigurations", "LambdaFunctionArn", "CloudFunction", "lambda"),
)
"""List, member, what errors call it, the service of its ARNs; in the order of checks."""

EVENTS = frozenset(
    "s3:" + name
    for name in (
        "ObjectCreated:*",
        "ObjectCreated:Put",
        "ObjectCreated:Post",
        "ObjectCreated:Copy",
        "ObjectCreated:CompleteMultipartUpload",
        "ObjectRemoved:*",
        "ObjectRemoved:Delete",
        "ObjectRemoved:DeleteMarkerCreated",
        "ObjectRestore:*",
        "ObjectRestore:Post",
        "ObjectRestore:Completed",
        "ObjectRestore:Delete",
        "ObjectTagging:*",
        "ObjectTagging:Put",
        "ObjectTagging:Delete",
        "ObjectAcl:Put",
        "LifecycleExpiration:*",
        "LifecycleExpiration:Delete",
        "LifecycleExpiration:DeleteMarkerCreated",
        "LifecycleTransition",
        # These never happen here, as nothing replicates, tiers or is lost; AWS takes the names.
        "ReducedRedundancyLostObject",
        "Replication:*",
        "Replication:OperationFailedReplication",
        "Replication:OperationNotTracked",
        "Replication:OperationMissedThreshold",
        "Replication:OperationReplicatedAfterThreshold",
        "IntelligentTiering",
    )
)


@on_bucket("GetBucketNotificationConfiguration")
def get_bucket_notification_configuration(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    result: Result = {}
    for member, arn_member, kind, _ in _LISTS:
        rules = [rule for rule in bucket.settings.notifications if rule.kind == kind]
        if rules:
            result[member] = [_shown(rule, arn_member) for rule in rules]
    if bucket.settings.has_event_bridge:
        result["EventBridgeConfiguration"] = {}
    return result


@on_bucket("PutBucketNotificationConfiguration")
def put_bucket_notification_configuration(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    document = request.get("NotificationConfiguration") or {}
    rules = tuple(
        _rule(ctx, entry, arn_member, kind, service)
        for member, arn_member, kind, service in _LISTS
        for entry in document.get(member) or ()
    )
    _check_overlaps(rules)
    is_checked = not request.get("SkipDestinationValidation")
    if is_checked:
        _check_destinations(ctx, bucket, rules)
    bucket.settings.notifications = rules
    bucket.settings.has_event_bridge = document.get("EventBridgeConfiguration") is not None
    if is_checked:
        _send_tests(ctx, bucket, rules)
    return {}


def _rule(ctx: Ctx, entry: Document, arn_member: str, kind: Kind, service: str) -> NotificationRule:
    arn = entry.get(arn_member) or ""
    try:
        parsed = Arn.parse(arn)
    except ValueError:
        parsed = None
    if parsed is None or parsed.service != service:
        raise invalid_argument("The ARN could not be parsed", kind, arn)
    events = tuple(entry.get("Events") or ())
    if not events:
        raise malformed_xml()
    for event in events:
        if event not in EVENTS:
            raise invalid_argument("The event is not supported for notifications", "Event", event)
    return NotificationRule(
        rule_id=entry.get("Id") or ctx.scope.ids.token(36),
        kind=kind,
        arn=arn,
        events=events,
        filters=_filters(entry.get("Filter")),
    )


def _filters(document: Document | None) -> tuple[tuple[str, str], ...] | None:
    if document is None:
        return None
    rules = (document.get("Key") or {}).get("FilterRules") or ()
    found = []
    for rule in rules:
        name, value = rule.get("Name"), rule.get("Value")
        if name is None or value is None:
            raise malformed_xml()
        if name.lower() not in {"prefix", "suffix"}:
            raise invalid_argument(
                "filter rule name must be either prefix or suffix", "FilterRule.Name", name
            )
        found.append((name.capitalize(), value))
    names = [name for name, _ in found]
    for name in ("Prefix", "Suffix"):
        if names.count(name) > 1:
            raise invalid_argument(
                f"Cannot specify more than one {name.lower()} rule in a filter.",
                "FilterRule.Name",
                name.lower(),
            )
    return tuple(found)


def _check_overlaps(rules: Sequence[NotificationRule]) -> None:
    for one, other in combinations(rules, 2):
        if overlap(one, other):
            raise AwsError(
                "InvalidArgument",
                "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the "
                "prefixes are overlapping for the same event type.",
            )


def _check_destinations(ctx: Ctx, bucket: Bucket, rules: Sequence[NotificationRule]) -> None:
    faults = [fault for rule in rules if (fault := _fault(ctx, bucket, rule)) is not None]
    if not faults:
        return
    fields = {}
    for number, (name, value) in enumerate(faults, 1):
        fields[f"ArgumentName{number}"] = name
        fields[f"ArgumentValue{number}"] = value
    raise AwsError(
        "InvalidArgument", "Unable to validate the following destination configurations", fields=fields
    )


def _fault(ctx: Ctx, bucket: Bucket, rule: NotificationRule) -> tuple[str, str] | None:
    """Return what AWS has against a destination: its name for it, and the reason."""
    destination = ctx.scope.links.destination(rule.arn)
    is_permitted = destination is not None and destination.permits(SERVICE, bucket.arn, bucket.account)
    if is_permitted:
        return None
    if rule.kind == "CloudFunction":
        return f"{rule.arn}, null", f"Not authorized to invoke function [{rule.arn}]"
    what = rule.kind.lower()
    if destination is None:
        return rule.arn, f"The destination {what} does not exist"
    return (
        rule.arn,
        f"Permissions on the destination {what} do not allow S3 to publish notifications from this bucket",
    )


def _send_tests(ctx: Ctx, bucket: Bucket, rules: Sequence[NotificationRule]) -> None:
    message = {
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": iso_millis(ctx.now),
        "Bucket": bucket.name,
        "RequestId": ctx.request_id,
        "HostId": ctx.scope.ids.token(48),
    }
    for arn in dict.fromkeys(rule.arn for rule in rules if rule.kind != "CloudFunction"):
        ctx.state.notifier.test(bucket, arn, message)


def _shown(rule: NotificationRule, arn_member: str) -> Result:
    shown: Result = {"Id": rule.rule_id, arn_member: rule.arn, "Events": list(rule.events)}
    if rule.filters is not None:
        rules = [{"Name": name, "Value": value} for name, value in rule.filters]
        shown["Filter"] = {"Key": {"FilterRules": rules}}
    return shown
