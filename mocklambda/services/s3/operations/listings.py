"""ListObjects, ListObjectsV2 and ListObjectVersions."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from urllib.parse import quote_plus

from mocklambda.clock.base import Millis
from mocklambda.services.s3.acl import canonical_id
from mocklambda.services.s3.bucket import Bucket
from mocklambda.services.s3.errors import invalid_argument
from mocklambda.services.s3.listing import Page, page
from mocklambda.services.s3.objects import Restore, StoredObject, Version
from mocklambda.services.s3.operations.entry import Ctx, Request, Result, on_bucket, seconds
from mocklambda.services.s3.version_listing import VersionPage, version_page

_MOST = 1000


@on_bucket("ListObjects")
def list_objects(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    encode = encoding(request)
    limit = limit_of(request, "MaxKeys", "max-keys")
    prefix, delimiter = request.get("Prefix", ""), request.get("Delimiter", "")
    marker = request.get("Marker", "")
    found = page(bucket.current_names, prefix=prefix, delimiter=delimiter, marker=marker, limit=limit)
    result = _head(bucket, request, encode, limit, is_truncated=found.is_truncated)
    result["Marker"] = encode(marker)
    if delimiter and found.is_truncated and found.last is not None:
        result["NextMarker"] = encode(found.last)
    _add_page(result, bucket, found, encode, owner=canonical_id(bucket.account))
    _add_restores(ctx, request, bucket, found.keys, result)
    _show_region(ctx, bucket)
    return result


@on_bucket("ListObjectsV2")
def list_objects_v2(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    encode = encoding(request)
    limit = limit_of(request, "MaxKeys", "max-keys")
    prefix, delimiter = request.get("Prefix", ""), request.get("Delimiter", "")
    token = request.get("ContinuationToken")
    start_after = request.get("StartAfter", "")
    marker = start_after if token is None else _marker_of(token)
    found = page(bucket.current_names, prefix=prefix, delimiter=delimiter, marker=marker, limit=limit)
    result = _head(bucket, request, encode, limit, is_truncated=found.is_truncated)
    result["KeyCount"] = len(found.keys) + len(found.groups)
    if token is not None:
        result["ContinuationToken"] = token
    elif start_after:
        result["StartAfter"] = encode(start_after)
    if found.is_truncated and found.last is not None:
        result["NextContinuationToken"] = _token_of(found.last)
    owner = canonical_id(bucket.account) if request.get("FetchOwner") else None
    _add_page(result, bucket, found, encode, owner=owner)
    _add_restores(ctx, request, bucket, found.keys, result)
    _show_region(ctx, bucket)
    return result


@on_bucket("ListObjectVersions")
def list_object_versions(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    encode = encoding(request)
    limit = limit_of(request, "MaxKeys", "max-keys")
    key_marker, id_marker = request.get("KeyMarker", ""), request.get("VersionIdMarker", "")
    if id_marker and not key_marker:
        raise invalid_argument(
            "A version-id marker cannot be specified without a key marker.", "version-id-marker", id_marker
        )
    found = version_page(
        bucket,
        prefix=request.get("Prefix", ""),
        delimiter=request.get("Delimiter", ""),
        key_marker=key_marker,
        id_marker=id_marker,
        limit=limit,
    )
    result = _head(bucket, request, encode, limit, is_truncated=found.is_truncated)
    result |= {"KeyMarker": encode(key_marker), "VersionIdMarker": id_marker}
    if found.is_truncated:
        result["NextKeyMarker"] = encode(found.next_key)
        if found.next_version_id is not None:
            result["NextVersionIdMarker"] = found.next_version_id
    _add_versions(result, bucket, found, encode)
    return result


def encoding(request: Request) -> Callable[[str], str]:
    """Return how keys are written: as they are, or url-encoded."""
    kind = request.get("EncodingType")
    if kind is None:
        return str
    if kind != "url":
        raise invalid_argument("Invalid Encoding Method specified in Request", "encoding-type", kind)
    return _url_encoded


def limit_of(request: Request, member: str, name: str) -> int:
    limit: int = request.get(member, _MOST)
    if limit < 0:
        raise invalid_argument(
            "Argument maxKeys must be an integer between 0 and 2147483647", name, str(limit)
        )
    return min(limit, _MOST)


_KEPT = re.compile(r"[A-Za-z0-9/_.*-]*")


def _url_encoded(text: str) -> str:
    return text if _KEPT.fullmatch(text) else quote_plus(text, safe="/*").replace("~", "%7E")


def _head(
    bucket: Bucket, request: Request, encode: Callable[[str], str], limit: int, *, is_truncated: bool
) -> Result:
    """Return what all three listings echo."""
    result: Result = {
        "Name": bucket.name,
        "Prefix": encode(request.get("Prefix", "")),
        "MaxKeys": limit,
        "IsTruncated": is_truncated,
    }
    if request.get("Delimiter"):
        result["Delimiter"] = encode(request["Delimiter"])
    if "EncodingType" in request:
        result["EncodingType"] = "url"
    return result


def _add_page(
    result: Result, bucket: Bucket, found: Page, encode: Callable[[str], str], *, owner: str | None
) -> None:
    entries = []
    for key in found.keys:
        version = bucket.current_object(key)
        assert version is not None
        entry = _entry(version, encode)
        if owner is not None:
            entry["Owner"] = {"ID": owner}
        entries.append(entry)
    if entries:
        result["Contents"] = entries
    if found.groups:
        result["CommonPrefixes"] = [{"Prefix": encode(group)} for group in found.groups]


def _add_restores(ctx: Ctx, request: Request, bucket: Bucket, keys: Sequence[str], result: Result) -> None:
    """Show how far restores are, when that was asked for."""
    asked = request.get("OptionalObjectAttributes") or ()
    if any(name != "RestoreStatus" for name in asked):
        raise invalid_argument(
            "Invalid attribute name specified", "x-amz-optional-object-attributes", ",".join(asked)
        )
    if not asked:
        return
    for key, entry in zip(keys, result.get("Contents", ()), strict=True):
        version = bucket.current_object(key)
        if version is not None and version.restore is not None:
            entry["RestoreStatus"] = _restore_status(version.restore, ctx.now)


def _restore_status(restore: Restore, now: Millis) -> Result:
    if now < restore.ready_at:
        return {"IsRestoreInProgress": True}
    return {"IsRestoreInProgress": False, "RestoreExpiryDate": restore.expires_at}


def _entry(version: StoredObject, encode: Callable[[str], str]) -> Result:
    entry: Result = {
        "Key": encode(version.key),
        "LastModified": version.created_at // 1000 * 1000,
        "ETag": f'"{version.etag}"',
        "Size": version.body.size,
        "StorageClass": version.storage_class,
    }
    checksum = version.checksum
    if checksum is not None:
        entry["ChecksumAlgorithm"] = [checksum.algorithm]
        entry["ChecksumType"] = checksum.kind
    return entry


def _add_versions(result: Result, bucket: Bucket, found: VersionPage, encode: Callable[[str], str]) -> None:
    versions, markers = [], []
    for version, is_latest in found.versions:
        if isinstance(version, StoredObject):
            versions.append(_of_version(version, bucket, _entry(version, encode), is_latest=is_latest))
        else:
            entry: Result = {"Key": encode(version.key), "LastModified": seconds(version.created_at)}
            markers.append(_of_version(version, bucket, entry, is_latest=is_latest))
    if versions:
        result["Versions"] = versions
    if markers:
        result["DeleteMarkers"] = markers
    if found.groups:
        result["CommonPrefixes"] = [{"Prefix": encode(group)} for group in found.groups]


def _of_version(version: Version, bucket: Bucket, entry: Result, *, is_latest: bool) -> Result:
    owner = {"ID": canonical_id(bucket.account)}
    return entry | {"VersionId": version.version_id, "IsLatest": is_latest, "Owner": owner}


def _token_of(last: str) -> str:
    return base64.b64encode(last.encode("utf-8", "surrogatepass")).decode()


def _marker_of(token: str) -> str:
    try:
        marker = base64.b64decode(token, validate=True).decode()
    except (binascii.Error, ValueError):
        marker = ""
    if not marker:
        raise invalid_argument("The continuation token provided is incorrect", "continuation-token")
    return marker


def _show_region(ctx: Ctx, bucket: Bucket) -> None:
    ctx.reply.headers["x-amz-bucket-region"] = bucket.region
