"""How every S3 operation begins: which bucket, whether it may be addressed so, which version of the key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from mocklambda.services.s3 import presigned
from mocklambda.services.s3.access_logs import Access
from mocklambda.services.s3.bucket import Bucket
from mocklambda.services.s3.cors import asked_headers, first_match, headers_of
from mocklambda.services.s3.errors import (
    access_denied,
    bare,
    invalid_version_id,
    method_not_allowed,
    no_such_bucket,
    no_such_key,
    no_such_version,
)
from mocklambda.services.s3.intake import check_document
from mocklambda.services.s3.notifications import Origin
from mocklambda.services.s3.objects import NULL, StoredObject, Version
from mocklambda.services.s3.state import S3State
from mocklambda.services.s3.version_ids import is_well_formed
from mocklambda.services.service import AwsError, Context

Ctx = Context[S3State]
Request = Mapping[str, Any]
Result = dict[str, Any]
_WITHOUT_DOCUMENT = frozenset({"PutObject", "UploadPart", "CompleteMultipartUpload"})
"""Operations whose checksum headers are about an object, as is verified where it is taken in."""
BucketOperation = Callable[[Ctx, Bucket, Request], Result]


def on_bucket(name: str) -> Callable[[BucketOperation], Callable[[Ctx, Request], Result]]:
    """Mark an operation on a bucket that must exist; it is given the bucket."""

    def mark(function: BucketOperation) -> Callable[[Ctx, Request], Result]:
        method = http_method(name)
        has_document = name not in _WITHOUT_DOCUMENT

        @wraps(function)
        def run(ctx: Ctx, request: Request) -> Result:
            bucket = enter(ctx, request, method)
            if has_document and ctx.body:
                check_document(ctx.headers, ctx.body)
            if bucket.settings.logging is None:
                result = function(ctx, bucket, request)
            else:
                result = _logged(ctx, bucket, request, name, function)
            if "RequestPayer" in request and bucket.settings.payer == "Requester":
                result["RequestCharged"] = "requester"
            return result

        run.aws_operation = name  # type: ignore[attr-defined]
        return run

    return mark


def _logged(ctx: Ctx, bucket: Bucket, request: Request, name: str, function: BucketOperation) -> Result:
    """Do the operation, and note in the bucket's access log how it came out."""
    result: Result = {}
    code, status = None, 200
    try:
        result = function(ctx, bucket, request)
        status = ctx.reply.status or (204 if http_method(name) == "DELETE" else 200)
    except AwsError as error:
        code, status = error.code, error.status
        raise
    finally:
        ctx.state.access_logs.note(bucket, _access(ctx, request, name, result, code=code, status=status))
    return result


def _access(
    ctx: Ctx, request: Request, name: str, result: Result, *, code: str | None, status: int
) -> Access:
    return Access(
        operation=name,
        method=http_method(name),
        key=request.get("Key"),
        path=f"{ctx.path}?{ctx.query}" if ctx.query else ctx.path,
        at=ctx.now,
        requester=ctx.account,
        source_ip=ctx.source_ip,
        request_id=ctx.request_id,
        host=ctx.host,
        user_agent=ctx.headers.get("user-agent", ""),
        status=status,
        error_code=code,
        size=result.get("ContentLength"),
        version_id=result.get("VersionId"),
    )


def on_bucket_head(name: str) -> Callable[[BucketOperation], Callable[[Ctx, Request], Result]]:
    """Mark a HEAD operation: its errors have no body, so all they say is their status."""

    def mark(function: BucketOperation) -> Callable[[Ctx, Request], Result]:
        inner = on_bucket(name)(function)

        @wraps(inner)
        def run(ctx: Ctx, request: Request) -> Result:
            try:
                return inner(ctx, request)
            except AwsError as error:
                raise bare(error) from None

        return run

    return mark


_METHODS = (
    (("Get", "List"), "GET"),
    (("Head",), "HEAD"),
    (("CreateMultipart", "Complete", "Restore", "DeleteObjects"), "POST"),
    (("Delete", "Abort"), "DELETE"),
)


def http_method(operation: str) -> str:
    """Return the HTTP method that an operation travels by."""
    return next((method for starts, method in _METHODS if operation.startswith(starts)), "PUT")


def enter(ctx: Ctx, request: Request, method: str) -> Bucket:
    """Find the bucket, in AWS's order of checks: signature, expected owner's form, bucket, owner."""
    if "Signature" in ctx.query or "X-Amz-" in ctx.query:
        presigned.enter(ctx, method)
    owner = request.get("ExpectedBucketOwner")
    if owner is not None and not is_account(owner):
        raise invalid_owner(owner)
    bucket = find_bucket(ctx, request["Bucket"])
    if owner is not None and owner != bucket.account:
        raise access_denied()
    if bucket.settings.payer == "Requester" and ctx.account != bucket.account:
        _check_payer(request)
    if bucket.settings.cors and "origin" in ctx.headers:
        _let_origin_read(ctx, bucket, ctx.headers["origin"], method)
    return bucket


def find_bucket(ctx: Ctx, name: str) -> Bucket:
    bucket = ctx.state.buckets.get(name)
    if bucket is None:
        raise no_such_bucket(name)
    return bucket


def is_account(text: str) -> bool:
    return len(text) == 12 and text.isdigit()


def invalid_owner(text: str) -> AwsError:
    return AwsError(
        "InvalidBucketOwnerAWSAccountID",
        f"The value of the expected bucket owner parameter must be an AWS Account ID... [{text}]",
    )


def object_at(bucket: Bucket, request: Request, method: str = "GET") -> StoredObject:
    """Return the version that a request names, or the current one; a delete marker is an error."""
    version = version_at(bucket, request)
    key = request["Key"]
    if isinstance(version, StoredObject):
        return version
    headers = {"x-amz-delete-marker": "true", "x-amz-version-id": version.version_id}
    if request.get("VersionId") is None:
        raise no_such_key(key, headers)
    raise method_not_allowed(method, {**headers, "allow": "DELETE"})


def version_at(bucket: Bucket, request: Request) -> Version:
    """Return the version or marker that a request names, or the current one."""
    key, version_id = request["Key"], request.get("VersionId")
    if version_id is None:
        version = bucket.current(key)
        if version is None:
            raise no_such_key(key)
        return version
    check_version_id(bucket, version_id)
    version = bucket.find(key, version_id)
    if version is None:
        raise no_such_version(key, version_id)
    return version


def settable_at(bucket: Bucket, request: Request, method: str) -> StoredObject:
    """Like ``object_at`` for settings of an object: a marker, current or by id, does not allow the method."""
    version = version_at(bucket, request)
    if isinstance(version, StoredObject):
        return version
    headers = {"x-amz-delete-marker": "true", "x-amz-version-id": version.version_id, "allow": "DELETE"}
    raise method_not_allowed(method, headers)


def check_version_id(bucket: Bucket, version_id: str) -> None:
    """Refuse ids that can not be: malformed, or any but ``null`` where versioning was never set."""
    if not is_well_formed(version_id) or (not bucket.is_versioned and version_id != NULL):
        raise invalid_version_id(version_id)


def origin_of(ctx: Ctx) -> Origin:
    """Return who is asking, for event records."""
    return Origin(
        requester=ctx.account,
        source_ip=ctx.source_ip,
        request_id=ctx.request_id,
        trace_header=ctx.trace_header,
    )


def seconds(at: int) -> int:
    """Return the instant in whole seconds, as S3 shows all times."""
    return at // 1000 * 1000


def _check_payer(request: Request) -> None:
    if request.get("RequestPayer") != "requester":
        raise access_denied()


def _let_origin_read(ctx: Ctx, bucket: Bucket, origin: str, method: str) -> None:
    asked = asked_headers(ctx.headers.get("access-control-request-headers"))
    method = ctx.headers.get("access-control-request-method", method)
    rule = first_match(bucket.settings.cors, origin, method, asked)
    if rule is not None:
        ctx.reply.headers.update(headers_of(rule, origin, ()))
