"""A bucket's lifecycle configuration: which are accepted, and what they come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mocklambda.clock.base import Millis
from mocklambda.services.s3.bucket import Bucket
from mocklambda.services.s3.dates import iso_millis
from mocklambda.services.s3.errors import invalid_argument, invalid_request, malformed_xml, not_configured
from mocklambda.services.s3.lifecycle import DAY, Filter, Rule, Transition, When
from mocklambda.services.s3.operations.entry import Ctx, Request, Result, on_bucket

_MINIMUMS = ("all_storage_classes_128K", "varies_by_storage_class")
_COLDER = frozenset(
    {"STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"}
)
_MOST_RULES = 1000

Document = Mapping[str, Any]


@on_bucket("GetBucketLifecycleConfiguration")
def get_bucket_lifecycle_configuration(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    settings = bucket.settings
    if settings.lifecycle_document is None:
        raise not_configured("NoSuchLifecycleConfiguration", bucket.name)
    return {
        "Rules": list(settings.lifecycle_document),
        "TransitionDefaultMinimumObjectSize": settings.transition_minimum,
    }


@on_bucket("PutBucketLifecycleConfiguration")
def put_bucket_lifecycle_configuration(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    minimum = request.get("TransitionDefaultMinimumObjectSize", _MINIMUMS[0])
    if minimum not in _MINIMUMS:
        raise invalid_request(f"Invalid TransitionDefaultMinimumObjectSize found: {minimum}")
    rules = (request.get("LifecycleConfiguration") or {}).get("Rules") or ()
    if not rules or len(rules) > _MOST_RULES:
        raise malformed_xml()
    documents = [{**rule, "ID": rule.get("ID") or ctx.scope.ids.token(36)} for rule in rules]
    _check_ids(documents)
    parsed = tuple(_rule(document) for document in documents)
    settings = bucket.settings
    settings.lifecycle, settings.lifecycle_document = parsed, documents
    settings.transition_minimum = minimum
    ctx.state.expiry.rules_changed(bucket)
    return {"TransitionDefaultMinimumObjectSize": minimum}


@on_bucket("DeleteBucketLifecycle")
def delete_bucket_lifecycle(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    bucket.settings.lifecycle, bucket.settings.lifecycle_document = (), None
    ctx.state.expiry.rules_changed(bucket)
    return {}


def _check_ids(documents: Sequence[Document]) -> None:
    ids = [document["ID"] for document in documents]
    if any(len(rule_id) > 255 for rule_id in ids):
        raise invalid_argument("ID length should not exceed allowed limit of 255", "ID")
    for place, rule_id in enumerate(ids):
        if rule_id in ids[:place]:
            raise invalid_argument(
                "Rule ID must be unique. Found same ID for more than one rule", "ID", rule_id
            )


def _rule(document: Document) -> Rule:
    if document.get("Status") not in {"Enabled", "Disabled"}:
        raise malformed_xml()
    expiration = document.get("Expiration")
    noncurrent = document.get("NoncurrentVersionExpiration")
    abort = document.get("AbortIncompleteMultipartUpload")
    if noncurrent is not None and not noncurrent:
        raise malformed_xml()
    rule = Rule(
        rule_id=document["ID"],
        is_enabled=document["Status"] == "Enabled",
        scope=_filter(document),
        expiration=None if expiration is None else _expiration(expiration),
        removes_markers=bool(expiration and expiration.get("ExpiredObjectDeleteMarker")),
        noncurrent_days=None if noncurrent is None else _days(noncurrent.get("NoncurrentDays")),
        newer_kept=0 if noncurrent is None else noncurrent.get("NewerNoncurrentVersions") or 0,
        abort_days=None if abort is None else _days(abort.get("DaysAfterInitiation")),
        transitions=tuple(_transition(one) for one in document.get("Transitions") or ()),
        noncurrent_transitions=tuple(
            _noncurrent_transition(one) for one in document.get("NoncurrentVersionTransitions") or ()
        ),
    )
    _check_acts(rule)
    return rule


def _check_acts(rule: Rule) -> None:
    acts = (
        rule.expiration,
        rule.noncurrent_days,
        rule.abort_days,
        rule.transitions or None,
        rule.noncurrent_transitions or None,
        rule.removes_markers or None,
    )
    if all(act is None for act in acts):
        raise invalid_request("At least one action needs to be specified in a rule")
    if rule.abort_days is not None and (rule.scope.tags or rule.scope.names_sizes):
        raise invalid_request("AbortIncompleteMultipartUpload cannot be specified with Tags")


def _filter(document: Document) -> Filter:
    chosen, prefix = document.get("Filter"), document.get("Prefix")
    if (chosen is None) == (prefix is None):
        raise malformed_xml()
    if chosen is None:
        return Filter(prefix=prefix or "")
    if len(chosen) > 1:
        raise malformed_xml()
    if "And" in chosen:
        chosen = chosen["And"]
        if len(chosen) < 2 and not chosen.get("Tags"):
            raise malformed_xml()
    tags = [*chosen.get("Tags", ()), *([chosen["Tag"]] if "Tag" in chosen else [])]
    if len({tag["Key"] for tag in tags}) < len(tags):
        raise invalid_request("Duplicate Tag Keys are not allowed.")
    return Filter(
        prefix=chosen.get("Prefix") or "",
        tags={tag["Key"]: tag["Value"] for tag in tags},
        larger_than=chosen.get("ObjectSizeGreaterThan"),
        smaller_than=chosen.get("ObjectSizeLessThan"),
    )


def _expiration(document: Document) -> When | None:
    days, date = document.get("Days"), document.get("Date")
    marker = document.get("ExpiredObjectDeleteMarker")
    if sum(member is not None for member in (days, date, marker)) != 1:
        raise malformed_xml()
    if marker is not None:
        return None
    return When(days=_days(days)) if days is not None else When(at=_midnight(date))


def _transition(document: Document) -> Transition:
    days, date = document.get("Days"), document.get("Date")
    if (days is None) == (date is None) or document.get("StorageClass") not in _COLDER:
        raise malformed_xml()
    if days is not None and days < 0:
        raise invalid_argument("'Days' for Transition action must be nonnegative", "Days", str(days))
    when = When(days=days) if days is not None else When(at=_midnight(date))
    return Transition(when=when, storage_class=document["StorageClass"])


def _noncurrent_transition(document: Document) -> Transition:
    days = document.get("NoncurrentDays")
    if days is None or document.get("StorageClass") not in _COLDER:
        raise malformed_xml()
    return Transition(
        when=When(days=days),
        storage_class=document["StorageClass"],
        newer_kept=document.get("NewerNoncurrentVersions") or 0,
    )


def _days(days: int | None) -> int:
    if days is None:
        raise malformed_xml()
    if days <= 0:
        raise invalid_argument("'Days' for Expiration action must be a positive integer", "Days", str(days))
    return days


def _midnight(date: Millis | None) -> Millis:
    if date is None:
        raise malformed_xml()
    if date % DAY:
        raise invalid_argument("'Date' must be at midnight GMT", "Date", iso_millis(date))
    return date
