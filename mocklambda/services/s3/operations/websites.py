"""A bucket's website and access logging configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocklambda.services.s3.bucket import Bucket
from mocklambda.services.s3.errors import invalid_argument, invalid_request, malformed_xml, not_configured
from mocklambda.services.s3.operations.entry import Ctx, Request, Result, on_bucket
from mocklambda.services.service import AwsError

Document = Mapping[str, Any]


@on_bucket("GetBucketWebsite")
def get_bucket_website(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    if bucket.settings.website is None:
        raise not_configured("NoSuchWebsiteConfiguration", bucket.name)
    return dict(bucket.settings.website)


@on_bucket("PutBucketWebsite")
def put_bucket_website(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    document = request.get("WebsiteConfiguration") or {}
    _check_website(document)
    bucket.settings.website = document
    return {}


@on_bucket("DeleteBucketWebsite")
def delete_bucket_website(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    bucket.settings.website = None
    return {}


@on_bucket("GetBucketLogging")
def get_bucket_logging(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    logging = bucket.settings.logging
    return {} if logging is None else {"LoggingEnabled": logging}


@on_bucket("PutBucketLogging")
def put_bucket_logging(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    enabled = (request.get("BucketLoggingStatus") or {}).get("LoggingEnabled")
    if enabled is not None:
        _check_logging(ctx, bucket, enabled)
    bucket.settings.logging = enabled
    return {}


def _check_website(document: Document) -> None:
    everything, index = document.get("RedirectAllRequestsTo"), document.get("IndexDocument")
    if everything is not None:
        if any(
            document.get(member) is not None for member in ("IndexDocument", "ErrorDocument", "RoutingRules")
        ):
            raise invalid_argument(
                "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.",
                "RedirectAllRequestsTo",
                "not null",
            )
        _check_protocol(everything)
        return
    if index is None:
        raise invalid_argument(
            "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty",
            "IndexDocument",
            "null",
        )
    suffix = index.get("Suffix") or ""
    if not suffix or "/" in suffix:
        raise invalid_argument("The IndexDocument Suffix is not well formed", "IndexDocument", suffix)
    rules = document.get("RoutingRules")
    if rules is not None and not rules:
        raise malformed_xml()
    for rule in rules or ():
        _check_rule(rule)


def _check_rule(rule: Document) -> None:
    redirect, condition = rule.get("Redirect"), rule.get("Condition")
    if not redirect:
        raise malformed_xml()
    _check_protocol(redirect)
    if "ReplaceKeyPrefixWith" in redirect and "ReplaceKeyWith" in redirect:
        raise invalid_request("You can only define ReplaceKeyPrefix or ReplaceKey but not both.")
    if condition is not None and not condition:
        raise invalid_request(
            "Condition cannot be empty. To redirect all requests without a condition, the condition element "
            "shouldn't be present."
        )


def _check_protocol(redirect: Document) -> None:
    if redirect.get("Protocol") not in {None, "http", "https"}:
        raise invalid_request(
            "Invalid protocol, protocol can be http or https. If not defined the protocol will be selected "
            "automatically."
        )


def _check_logging(ctx: Ctx, bucket: Bucket, enabled: Document) -> None:
    name = enabled.get("TargetBucket")
    if not name or enabled.get("TargetPrefix") is None:
        raise malformed_xml()
    target = ctx.state.buckets.get(name)
    if target is None:
        raise AwsError(
            "InvalidTargetBucketForLogging",
            "The target bucket for logging does not exist",
            fields={"TargetBucket": name},
        )
    if target.region != bucket.region:
        fields = {"TargetBucketLocation": target.region}
        if bucket.region != "us-east-1":
            fields["SourceBucketLocation"] = bucket.region
        # R: both the spelling of the code and the blank at the end of the text
        raise AwsError(
            "CrossLocationLoggingProhibitted", "Cross S3 location logging not allowed. ", 403, fields=fields
        )
