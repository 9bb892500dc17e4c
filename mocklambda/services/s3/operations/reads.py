"""GetObject, HeadObject and GetObjectAttributes."""

from __future__ import annotations

from mocklambda.clock.base import Millis
from mocklambda.services.s3 import ranges
from mocklambda.services.s3.bodies import answer
from mocklambda.services.s3.bucket import Bucket
from mocklambda.services.s3.checksums import COMPOSITE, FULL_OBJECT, Checksum
from mocklambda.services.s3.conditions import ReadConditions, check_read
from mocklambda.services.s3.dates import http_date
from mocklambda.services.s3.encryption import check_read as check_key_of_read, with_usable_key
from mocklambda.services.s3.errors import (
    invalid_argument,
    invalid_object_state,
    invalid_part_number,
    invalid_request,
)
from mocklambda.services.s3.objects import Restore, StoredObject
from mocklambda.services.s3.operations.entry import (
    Ctx,
    Request,
    Result,
    object_at,
    on_bucket,
    on_bucket_head,
    seconds,
)
from mocklambda.services.s3.operations.members import checksum_members, encryption_members, expiration, quoted


@on_bucket("GetObject")
def get_object(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    found = object_at(bucket, request)
    _check(ctx, found, request)
    if not found.is_readable(ctx.now):
        raise invalid_object_state(found.storage_class)
    with_usable_key(found.encryption, ctx.scope.links.keys)
    result, start, end = _described(ctx, bucket, found, request)
    result["Body"] = answer(found.body, start, end)
    return result


@on_bucket_head("HeadObject")
def head_object(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    found = object_at(bucket, request)
    _check(ctx, found, request)
    result, _, _ = _described(ctx, bucket, found, request)
    return result


@on_bucket("GetObjectAttributes")
def get_object_attributes(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    found = object_at(bucket, request)
    _check_key(found, request)
    asked = {name.strip() for text in request["ObjectAttributes"] for name in text.split(",")}
    unknown = asked - set(_ATTRIBUTES)
    if unknown or not asked:
        raise invalid_argument(
            "Invalid attribute name specified.", "x-amz-object-attributes", ",".join(sorted(unknown))
        )
    result: Result = {"LastModified": seconds(found.created_at)}
    if bucket.is_versioned:
        result["VersionId"] = found.version_id
    if "ETag" in asked:
        result["ETag"] = found.etag
    if "Checksum" in asked and found.checksum is not None:
        plain = found.checksum.value.partition("-")[0]
        result["Checksum"] = {found.checksum.member: plain, "ChecksumType": found.checksum.kind}
    if "ObjectParts" in asked and found.parts:
        result["ObjectParts"] = _parts(found, request)
    if "StorageClass" in asked:
        result["StorageClass"] = found.storage_class
    if "ObjectSize" in asked:
        result["ObjectSize"] = found.body.size
    return result


_ATTRIBUTES = ("ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize")


def _parts(found: StoredObject, request: Request) -> Result:
    checksum = found.checksum
    result: Result = {"TotalPartsCount": len(found.parts)}
    if checksum is None or checksum.kind != COMPOSITE:
        return result
    marker, limit = request.get("PartNumberMarker") or 0, request.get("MaxParts", 1000)
    rest = [part for part in found.parts if part.number > marker]
    shown = rest[:limit]
    result |= {
        "IsTruncated": len(rest) > len(shown),
        "MaxParts": limit,
        "PartNumberMarker": marker,
        "NextPartNumberMarker": shown[-1].number if shown else 0,
    }
    if shown:
        result["Parts"] = [
            {"PartNumber": part.number, "Size": part.size, checksum.member: part.checksum} for part in shown
        ]
    return result


def _check(ctx: Ctx, found: StoredObject, request: Request) -> None:
    _check_key(found, request)
    conditions = ReadConditions(
        match=request.get("IfMatch"),
        none_match=request.get("IfNoneMatch"),
        modified_since=request.get("IfModifiedSince"),
        unmodified_since=request.get("IfUnmodifiedSince"),
    )
    check_read(found, conditions, ctx.now)


def _check_key(found: StoredObject, request: Request) -> None:
    check_key_of_read(
        found.encryption,
        request.get("SSECustomerAlgorithm"),
        request.get("SSECustomerKey"),
        request.get("SSECustomerKeyMD5"),
    )


def _described(ctx: Ctx, bucket: Bucket, found: StoredObject, request: Request) -> tuple[Result, int, int]:
    """Return all members of a read but the body, and the range that is read."""
    size = found.body.size
    start, end, is_part = _extent(found, request)
    result = _members(ctx, bucket, found, request)
    result["ContentLength"] = end - start
    if is_part is not None:
        ctx.reply.status = 206
        if end > start:
            result["ContentRange"] = f"bytes {start}-{end - 1}/{size}"
        if is_part and found.parts:
            result["PartsCount"] = len(found.parts)
    checksum = _shown_checksum(found, request, start, end)
    if checksum is not None:
        result.update(checksum_members(checksum))
    return result, start, end


def _extent(found: StoredObject, request: Request) -> tuple[int, int, bool | None]:
    """Return start and end, and whether it is a part (True), a range (False) or neither (None)."""
    number, text = request.get("PartNumber"), request.get("Range")
    size = found.body.size
    if number is not None:
        if text is not None:
            raise invalid_request("Cannot specify both Range header and partNumber query parameter")
        start, end = _part_extent(found, number)
        return start, end, True
    extent = None if text is None else ranges.parse(text, size)
    return (0, size, None) if extent is None else (*extent, False)


def _part_extent(found: StoredObject, number: int) -> tuple[int, int]:
    if not 1 <= number <= 10_000:
        raise invalid_argument(
            "Part number must be an integer between 1 and 10000, inclusive", "partNumber", str(number)
        )
    if not found.parts:
        if number > 1:
            raise invalid_part_number(number, 1)
        return 0, found.body.size
    if number > len(found.parts):
        raise invalid_part_number(number, len(found.parts))
    part = found.parts[number - 1]
    return part.start, part.start + part.size


def _shown_checksum(found: StoredObject, request: Request, start: int, end: int) -> Checksum | None:
    checksum = found.checksum
    if checksum is None or request.get("ChecksumMode", "").upper() != "ENABLED":
        return None
    number = request.get("PartNumber")
    if number is not None and found.parts and checksum.kind == COMPOSITE:
        value = found.parts[number - 1].checksum
        assert value is not None
        return Checksum(algorithm=checksum.algorithm, value=value, kind=COMPOSITE)
    is_whole = start == 0 and end == found.body.size
    return checksum if is_whole and (number is None or checksum.kind == FULL_OBJECT) else None


def _members(ctx: Ctx, bucket: Bucket, found: StoredObject, request: Request) -> Result:
    description = found.description
    result: Result = {
        "AcceptRanges": "bytes",
        "LastModified": seconds(found.created_at),
        "ETag": quoted(found.etag),
        "ContentType": description.content_type,
        "Metadata": description.metadata,
        "CacheControl": description.cache_control,
        "ContentDisposition": description.content_disposition,
        "ContentEncoding": description.content_encoding,
        "ContentLanguage": description.content_language,
        "Expires": description.expires,
        "WebsiteRedirectLocation": description.website_redirect,
    }
    result.update(encryption_members(found.encryption))
    if bucket.is_versioned:
        result["VersionId"] = found.version_id
    if found.storage_class != "STANDARD":
        result["StorageClass"] = found.storage_class
    if found.tags:
        result["TagCount"] = len(found.tags)
    if found.restore is not None:
        result["Restore"] = _restore(found.restore, ctx.now)
    if "VersionId" not in request and bucket.settings.lifecycle:
        result["Expiration"] = expiration(bucket, found)
    _add_lock(result, found)
    _override(result, request)
    return {name: value for name, value in result.items() if value is not None}


def _add_lock(result: Result, found: StoredObject) -> None:
    if found.retention is not None:
        result["ObjectLockMode"] = found.retention.mode
        result["ObjectLockRetainUntilDate"] = found.retention.until
    if found.is_held is not None:
        result["ObjectLockLegalHoldStatus"] = "ON" if found.is_held else "OFF"


_OVERRIDES = {
    "ResponseCacheControl": "CacheControl",
    "ResponseContentDisposition": "ContentDisposition",
    "ResponseContentEncoding": "ContentEncoding",
    "ResponseContentLanguage": "ContentLanguage",
    "ResponseContentType": "ContentType",
    "ResponseExpires": "Expires",
}


def _override(result: Result, request: Request) -> None:
    for member, target in _OVERRIDES.items():
        value = request.get(member)
        if value is not None:
            if isinstance(value, str) and not value.isascii():
                _check_latin(member, value)
            result[target] = value


def _check_latin(member: str, value: str) -> None:
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        raise invalid_argument(
            "Header value cannot be represented using ISO-8859-1.", _QUERY_NAMES[member], value
        ) from None


_QUERY_NAMES = {
    "ResponseCacheControl": "response-cache-control",
    "ResponseContentDisposition": "response-content-disposition",
    "ResponseContentEncoding": "response-content-encoding",
    "ResponseContentLanguage": "response-content-language",
    "ResponseContentType": "response-content-type",
}


def _restore(restore: Restore, now: Millis) -> str:
    if now < restore.ready_at:
        return 'ongoing-request="true"'
    return f'ongoing-request="false", expiry-date="{http_date(restore.expires_at)}"'
