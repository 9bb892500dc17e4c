"""What a write asks for beside its bytes, checked: description, class, encryption, tags, grants, locks."""

from __future__ import annotations

from collections.abc import Mapping

from mocklambda.clock.base import Millis
from mocklambda.services.keys import Keys
from mocklambda.services.s3 import encryption as sse, metadata
from mocklambda.services.s3.bucket import Bucket
from mocklambda.services.s3.dates import pacific
from mocklambda.services.s3.encryption import Encryption
from mocklambda.services.s3.errors import (
    invalid_argument,
    invalid_request,
    invalid_storage_class,
    not_implemented,
)
from mocklambda.services.s3.objects import Description, Retention, Wishes
from mocklambda.services.s3.operations.acls import requested_grants
from mocklambda.services.s3.operations.entry import Request
from mocklambda.services.s3.tagging import check_header_tags

STORAGE_CLASSES = frozenset(
    {
        "STANDARD",
        "STANDARD_IA",
        "ONEZONE_IA",
        "INTELLIGENT_TIERING",
        "GLACIER_IR",
        "REDUCED_REDUNDANCY",
        "GLACIER",
        "DEEP_ARCHIVE",
    }
)
_NO_TAGS: Mapping[str, str] = {}
_NO_WISHES = Wishes(
    description=Description(),
    storage_class="STANDARD",
    encryption=sse.S3_MANAGED,
    tags=_NO_TAGS,
    grants=None,
    retention=None,
    is_held=None,
)
_WISH_NOTHING = frozenset(
    {"Bucket", "Key", "Body", "ContentLength", "ContentMD5", "ChecksumAlgorithm", "IfMatch", "IfNoneMatch"}
)
"""Members of a plain put, as most are: with no others, only the bucket's own settings say something."""
_REFUSED = {
    "AnnotationDirective": "x-amz-annotation-directive",
    "WriteOffsetBytes": "x-amz-write-offset-bytes",
    "ObjectLockEventHold": "x-amz-object-lock-event-hold",
    "ObjectLockEventHoldDurationDays": "x-amz-object-lock-event-hold-duration-days",
    "ObjectLockEventHoldDurationYears": "x-amz-object-lock-event-hold-duration-years",
}


def wishes_of(bucket: Bucket, request: Request, now: Millis, keys: Keys) -> Wishes:
    """Read and check them; raises what AWS answers to the first that is wrong."""
    settings = bucket.settings
    if (
        request.keys() <= _WISH_NOTHING
        and settings.encryption is sse.DEFAULT_RULE
        and settings.default_retention is None
    ):
        return _NO_WISHES
    for member, header in _REFUSED.items():
        if member in request:
            raise not_implemented(header)
    grants = requested_grants(bucket, request) if _names_grants(request) else None
    storage_class = request.get("StorageClass", "STANDARD")
    if storage_class not in STORAGE_CLASSES:
        raise invalid_storage_class(storage_class)
    return Wishes(
        description=description_of(request),
        storage_class=storage_class,
        encryption=sse.with_usable_key(encryption_of(bucket, request), keys),
        tags=tags_of(request),
        grants=grants,
        retention=retention_of(bucket, request, now),
        is_held=hold_of(bucket, request),
    )


def description_of(request: Request) -> Description:
    """Read what the writer says of the object."""
    return Description(
        content_type=request.get("ContentType") or "binary/octet-stream",
        cache_control=request.get("CacheControl"),
        content_disposition=request.get("ContentDisposition"),
        content_encoding=metadata.content_encoding(request.get("ContentEncoding")),
        content_language=request.get("ContentLanguage"),
        expires=request.get("Expires"),
        website_redirect=request.get("WebsiteRedirectLocation"),
        metadata=metadata.kept(request.get("Metadata", {})),
    )


def tags_of(request: Request) -> Mapping[str, str]:
    header = request.get("Tagging")
    return check_header_tags(metadata.tags_of_header(header)) if header else _NO_TAGS


def encryption_of(bucket: Bucket, request: Request) -> Encryption:
    """Read the SSE headers, with the bucket's rule for what they leave open."""
    asked = request.get("ServerSideEncryption")
    customer = sse.customer_key(
        request.get("SSECustomerAlgorithm"),
        request.get("SSECustomerKey"),
        request.get("SSECustomerKeyMD5"),
        server_side=asked,
    )
    if customer is not None:
        return customer
    return sse.requested(
        asked,
        request.get("SSEKMSKeyId"),
        is_bucket_key=request.get("BucketKeyEnabled"),
        context=request.get("SSEKMSEncryptionContext"),
        rule=bucket.settings.encryption,
        region=bucket.region,
        account=bucket.account,
    )


_BOTH = "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied"


def retention_of(bucket: Bucket, request: Request, now: Millis) -> Retention | None:
    """Read the lock headers, or else take the bucket's default retention."""
    mode, until = request.get("ObjectLockMode"), request.get("ObjectLockRetainUntilDate")
    if mode is None and until is None:
        default = bucket.settings.default_retention
        return None if default is None else default.from_instant(now)
    if until is None:
        raise invalid_argument(_BOTH, "x-amz-object-lock-retain-until-date")
    if mode is None:
        raise invalid_argument(_BOTH, "x-amz-object-lock-mode")
    if mode not in {"GOVERNANCE", "COMPLIANCE"}:
        raise invalid_argument("Unknown wormMode directive.", "x-amz-object-lock-mode", mode)
    check_lockable(bucket)
    check_future(until, now)
    return Retention(mode=mode, until=until)


def hold_of(bucket: Bucket, request: Request) -> bool | None:
    status = request.get("ObjectLockLegalHoldStatus")
    if status is None:
        return None
    if status not in {"ON", "OFF"}:
        raise invalid_argument(
            "Legal Hold must be either of 'ON' or 'OFF'", "x-amz-object-lock-legal-hold", status
        )
    check_lockable(bucket)
    return status == "ON"  # type: ignore[no-any-return]


def check_lockable(bucket: Bucket) -> None:
    if not bucket.settings.has_object_lock:
        raise invalid_request("Bucket is missing Object Lock Configuration")


def check_future(until: Millis, now: Millis) -> None:
    if until <= now:
        raise invalid_argument(
            "The retain until date must be in the future!", "RetainUntilDate", pacific(until)
        )


_GRANTS = frozenset({"ACL", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWriteACP", "GrantWrite"})


def _names_grants(request: Request) -> bool:
    return not _GRANTS.isdisjoint(request)
