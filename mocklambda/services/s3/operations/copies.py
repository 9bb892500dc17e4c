"""CopyObject, and how any copy finds its source."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from urllib.parse import unquote_plus

from mocklambda.services.s3 import checksums
from mocklambda.services.s3.bodies import chunks
from mocklambda.services.s3.bucket import Bucket
from mocklambda.services.s3.checksums import FULL_OBJECT, Checksum
from mocklambda.services.s3.conditions import ReadConditions, check_copy_source, check_write, check_write_form
from mocklambda.services.s3.encryption import check_read, with_usable_key
from mocklambda.services.s3.errors import (
    access_denied,
    invalid_argument,
    invalid_object_state,
    invalid_request,
    no_such_key,
    no_such_version,
)
from mocklambda.services.s3.intake import UNSUPPORTED
from mocklambda.services.s3.objects import NULL, StoredObject, Wishes
from mocklambda.services.s3.operations.entry import (
    Ctx,
    Request,
    Result,
    check_version_id,
    find_bucket,
    invalid_owner,
    is_account,
    on_bucket,
    seconds,
)
from mocklambda.services.s3.operations.members import checksum_members, quoted, written
from mocklambda.services.s3.operations.puts import check_key, store
from mocklambda.services.s3.operations.wishes import description_of, tags_of, wishes_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What is copied, and from which bucket."""

    bucket: Bucket
    version: StoredObject
    is_by_id: bool

    @property
    def shown_version_id(self) -> str | None:
        return None if self.version.version_id == NULL else self.version.version_id


def source_of(ctx: Ctx, request: Request) -> Source:
    """Find the source that a request names, and check key, conditions, class and owner."""
    name, key, version_id = _split(request["CopySource"])
    owner = request.get("ExpectedSourceBucketOwner")
    if owner is not None and not is_account(owner):
        raise invalid_owner(owner)
    bucket = find_bucket(ctx, name)
    if owner is not None and owner != bucket.account:
        raise access_denied()
    version = _version(bucket, key, version_id)
    check_read(
        version.encryption,
        request.get("CopySourceSSECustomerAlgorithm"),
        request.get("CopySourceSSECustomerKey"),
        request.get("CopySourceSSECustomerKeyMD5"),
    )
    with_usable_key(version.encryption, ctx.scope.links.keys)
    conditions = ReadConditions(
        match=request.get("CopySourceIfMatch"),
        none_match=request.get("CopySourceIfNoneMatch"),
        modified_since=request.get("CopySourceIfModifiedSince"),
        unmodified_since=request.get("CopySourceIfUnmodifiedSince"),
    )
    check_copy_source(version, conditions, ctx.now)
    if not version.is_readable(ctx.now):
        raise invalid_object_state(version.storage_class)
    return Source(bucket=bucket, version=version, is_by_id=version_id is not None)


@on_bucket("CopyObject")
def copy_object(ctx: Ctx, bucket: Bucket, request: Request) -> Result:
    key = request["Key"]
    check_key(key)
    if_match, if_none_match = request.get("IfMatch"), request.get("IfNoneMatch")
    check_write_form(if_match, if_none_match)
    _check_directives(request)
    source = source_of(ctx, request)
    check_write(key, bucket.current_object(key), if_match, if_none_match)
    _check_self(bucket, source, request)
    wishes = _wishes(ctx, bucket, source.version, request)
    checksum = _checksum(source.version, request)
    version = store(
        ctx,
        bucket,
        key,
        wishes,
        etag=_plain_etag(source.version),
        body=source.version.body,
        checksum=checksum,
        event="ObjectCreated:Copy",
        reason="CopyObject",
    )
    result = written(bucket, version)
    result["CopyObjectResult"] = {
        "ETag": quoted(version.etag),
        "LastModified": seconds(version.created_at),
        **checksum_members(checksum),
    }
    if bucket.settings.versioning == "Suspended":
        result["VersionId"] = NULL
    if source.shown_version_id is not None:
        result["CopySourceVersionId"] = source.shown_version_id
    return result


def _split(text: str) -> tuple[str, str, str | None]:
    """Read ``x-amz-copy-source``: bucket, key, version id."""
    path, _, query = text.partition("?versionId=")
    version_id = query.partition("&")[0] or None
    path = unquote_plus(path)
    if path.startswith(("https://", "http://")):
        path = path.split("/", 3)[-1]
    bucket, slash, key = path.removeprefix("/").partition("/")
    if not (bucket and slash and key):
        raise invalid_argument("Invalid copy source object key", "x-amz-copy-source", "x-amz-copy-source")
    return bucket, key, version_id


def _version(bucket: Bucket, key: str, version_id: str | None) -> StoredObject:
    if version_id is None:
        current = bucket.current_object(key)
        if current is None:
            raise no_such_key(key)
        return current
    check_version_id(bucket, version_id)
    version = bucket.find(key, version_id)
    if version is None:
        raise no_such_version(key, version_id)
    if not isinstance(version, StoredObject):
        raise invalid_request(
            "The source of a copy request may not specifically refer to a delete marker by version id."
        )
    return version


def _check_directives(request: Request) -> None:
    for member, what, header in (
        ("MetadataDirective", "metadata", "x-amz-metadata-directive"),
        ("TaggingDirective", "tagging", "x-amz-tagging-directive"),
    ):
        value = request.get(member)
        if value not in {None, "COPY", "REPLACE"}:
            raise invalid_argument(f"Unknown {what} directive.", header, value)


_CHANGES = ("StorageClass", "WebsiteRedirectLocation", "ServerSideEncryption", "SSECustomerAlgorithm")


def _check_self(bucket: Bucket, source: Source, request: Request) -> None:
    """Refuse a copy onto itself that changes nothing."""
    if source.bucket is not bucket or source.version.key != request["Key"]:
        return
    is_changing = (
        request.get("MetadataDirective") == "REPLACE"
        or any(name in request for name in _CHANGES)
        or source.version.encryption.algorithm != "AES256"
        or bucket.settings.was_encryption_put
        or bucket.current_object(source.version.key) is not source.version
    )
    if not is_changing:
        raise invalid_request(
            "This copy request is illegal because it is trying to copy an object to itself without changing "
            "the object's metadata, storage class, website redirect location or encryption attributes."
        )


def _wishes(ctx: Ctx, bucket: Bucket, source: StoredObject, request: Request) -> Wishes:
    is_described = request.get("MetadataDirective") == "REPLACE"
    is_tagged = request.get("TaggingDirective") == "REPLACE"
    asked = {name: value for name, value in request.items() if is_tagged or name != "Tagging"}
    wishes = wishes_of(bucket, asked, ctx.now, ctx.scope.links.keys)
    described = (
        description_of(request)
        if is_described
        else replace(source.description, website_redirect=request.get("WebsiteRedirectLocation"))
    )
    return replace(wishes, description=described, tags=tags_of(request) if is_tagged else dict(source.tags))


def _plain_etag(source: StoredObject) -> str:
    if source.encryption.is_plain and not source.parts:
        return source.etag
    md5 = hashlib.md5()
    for piece in chunks(source.body):
        md5.update(piece)
    return md5.hexdigest()


def _checksum(source: StoredObject, request: Request) -> Checksum:
    """Return the copy's checksum: of the algorithm asked for, or the source's, over the whole."""
    asked = request.get("ChecksumAlgorithm")
    if asked is not None and asked.upper() not in checksums.SIZES:
        raise invalid_request(UNSUPPORTED)
    known = source.checksum
    algorithm = asked.upper() if asked else known.algorithm if known else checksums.DEFAULT
    if known is not None and known.algorithm == algorithm and known.kind == FULL_OBJECT:
        return known
    running = checksums.hasher(algorithm)
    for piece in chunks(source.body):
        running.update(piece)
    return Checksum(algorithm=algorithm, value=checksums.encode(running.digest()))
